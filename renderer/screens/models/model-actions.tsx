import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Crown, Download, FlaskConical, Gavel, ShieldAlert, Trash2 } from "lucide-react";
import { useState } from "react";
import type { ModelEntry } from "../../../shared/model.ts";
import { shortId } from "../../learn/estimate.ts";
import { refusalInWords } from "../../queries/client.ts";
import { sendAlias, sendEvaluation, sendWithdrawal, takeModelFile } from "../../queries/models.ts";
import { heldQuery } from "../../queries/rules.ts";
import { Button } from "../../ui/button.tsx";
import { offerUndo } from "../../ui/offer-undo.ts";
import { saveFile } from "../../ui/save-file.ts";
import { notify } from "../../ui/toast.tsx";
import { goTo } from "../../view/place.ts";
import { useKeys } from "../../view/use-keys.ts";
import { OverrideDialog } from "./override-dialog.tsx";

/** Why a model cannot be made champion; null: it can. */
function whyNot(model: { isChampion: boolean; mayDecide: boolean; isHeld: boolean }): string | null {
  if (model.isChampion) return "it is the champion already";
  if (!model.mayDecide) return "its gates did not pass";
  return model.isHeld ? "panic holds the response until an admin re-arms it" : null;
}

/** What can be done with a model. */
export function ModelActions({ model }: { model: ModelEntry }) {
  const client = useQueryClient();
  const [isOverriding, setIsOverriding] = useState(false);
  const { metadata, aliases, evaluation, may_decide, version } = model;
  const { id } = metadata;
  const isShipped = metadata.origin === "shipped";
  const isChampion = aliases.includes("champion");
  const isChallenger = aliases.includes("challenger");
  const refresh = () => {
    for (const queryKey of [["models"], ["settings"], ["health"]]) void client.invalidateQueries({ queryKey });
  };
  const acting = useMutation({
    mutationFn: (action: () => Promise<void>) => action(),
    networkMode: "always",
    onError: (error) => notify(refusalInWords(error), { tone: "danger" }),
    onSettled: refresh,
  });
  const done = (words: string) => (answer: { event_id: string }) =>
    offerUndo(words, { eventId: answer.event_id, onTried: refresh });
  const champion = () =>
    acting.mutate(() =>
      sendAlias({ id, alias: "champion", on: true }).then(
        done(`${shortId(id)} is the champion: it decides from now on.`),
      ),
    );
  const challenger = () =>
    acting.mutate(() =>
      sendAlias({ id, alias: "challenger", on: !isChallenger }).then(
        done(isChallenger ? `${shortId(id)} is no challenger any more.` : `${shortId(id)} is the challenger.`),
      ),
    );
  // What ships with the product may decide whatever happens.
  const isHeld = useQuery(heldQuery()).data != null && !isShipped;
  const canDecide = may_decide && !isChampion && !isHeld;
  const why = whyNot({ isChampion, mayDecide: may_decide, isHeld });
  useKeys({ makeChampion: () => canDecide && champion() }, () => why);
  return (
    <div className="flex flex-wrap gap-2">
      <Button
        tone="primary"
        icon={Crown}
        disabled={!canDecide || acting.isPending}
        title={why ?? undefined}
        onClick={champion}
      >
        Make champion
      </Button>
      <Button icon={FlaskConical} disabled={!may_decide || isChampion || acting.isPending} onClick={challenger}>
        {isChallenger ? "No challenger" : "Make challenger"}
      </Button>
      {!isShipped && (
        <>
          <Button
            icon={Gavel}
            disabled={acting.isPending}
            onClick={() =>
              acting.mutate(async () => {
                await sendEvaluation(id);
                notify("It is being judged beside the model that decides.");
              })
            }
          >
            Judge again
          </Button>
          {evaluation !== null && !evaluation.passed && model.override === null && (
            <Button icon={ShieldAlert} onClick={() => setIsOverriding(true)}>
              Override…
            </Button>
          )}
          <Button
            icon={Download}
            disabled={acting.isPending}
            onClick={() =>
              acting.mutate(async () => saveFile(await takeModelFile(id), `model-${shortId(id)}.sentinel-model`))
            }
          >
            Export
          </Button>
          <Button
            icon={Trash2}
            disabled={isChampion || isChallenger || acting.isPending}
            onClick={() =>
              acting.mutate(async () => {
                done(`${shortId(id)} is withdrawn.`)(await sendWithdrawal({ id, base_version: version }));
                goTo({ screen: "models" }, { replace: true });
              })
            }
          >
            Withdraw
          </Button>
        </>
      )}
      {isOverriding && <OverrideDialog model={model} onClose={() => setIsOverriding(false)} />}
    </div>
  );
}
