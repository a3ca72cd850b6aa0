import { useMutation, useQueryClient } from "@tanstack/react-query";
import { PackagePlus } from "lucide-react";
import { useId, useRef, useState } from "react";
import type { Federation } from "../../../shared/federation.ts";
import { shortId } from "../../learn/estimate.ts";
import { refusalInWords } from "../../queries/client.ts";
import { sendUpdate } from "../../queries/federation.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { describeEpsilon, formatEpsilon } from "../../view/privacy.ts";
import { useKeys } from "../../view/use-keys.ts";

/** Asks once more: what leaves cannot be taken back. */
function ConfirmDialog(props: { epsilon: number; onClose: () => void; onConfirm: () => void }) {
  const confirm = useRef<HTMLButtonElement>(null);
  return (
    <Dialog
      title={`Spend ε ${formatEpsilon(props.epsilon)} of the privacy budget?`}
      onClose={props.onClose}
      focus={confirm}
      actions={
        <>
          <Button onClick={props.onClose}>Cancel</Button>
          <Button ref={confirm} tone="primary" onClick={props.onConfirm}>
            Make the update
          </Button>
        </>
      }
    >
      <p className="text-ink-2">
        It is spent for good, also if the file is never sent: this cannot be undone. By this update alone, a conclusion
        about one group of rows may be {describeEpsilon(props.epsilon)}.
      </p>
    </Dialog>
  );
}

/** Makes an update of the newest dataset version. */
export function MakeUpdate({ federation, isBusy }: { federation: Federation; isBusy: boolean }) {
  const client = useQueryClient();
  const id = useId();
  const [text, setText] = useState("2");
  const [isAsking, setIsAsking] = useState(false);
  const { base } = federation;
  const epsilon = Number(text);
  const making = useMutation({
    mutationFn: sendUpdate,
    networkMode: "always",
    onSuccess: () => client.invalidateQueries({ queryKey: ["jobs"] }),
  });
  const why = whyNot(federation, epsilon, isBusy || making.isPending);
  useKeys({ makeUpdate: () => setIsAsking(true) }, () => why);
  return (
    <section aria-labelledby="make-update" className="card space-y-3 p-4">
      <div className="flex items-baseline gap-2">
        <h2 id="make-update" className="text-sm font-semibold">
          Make an update for others
        </h2>
        {base !== null && (
          <span className="text-sm text-ink-3">
            of model <span className="font-mono">{shortId(base.id)}</span>, round {base.round}
          </span>
        )}
      </div>
      <div className="flex flex-wrap items-end gap-4">
        <div className="w-[180px]">
          <label htmlFor={id} className="mb-1 block text-xs font-medium text-ink-2">
            Privacy of this update (ε)
          </label>
          <input
            id={id}
            type="number"
            className="input w-full"
            min={0.1}
            max={20}
            step={0.1}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </div>
        <Button tone="primary" icon={PackagePlus} disabled={why !== null} onClick={() => setIsAsking(true)}>
          Make an update…
        </Button>
        {why !== null && <p className="pb-1.5 text-xs text-ink-2">Not now: {why}.</p>}
      </div>
      <p className="max-w-[100ch] text-xs text-ink-2">
        Of the newest dataset version: 198 numbers that say what its rows would change, cut and noised, in a signed file
        of less than 3 KB. No payload is in it, and no count is exact. The smaller ε, the more noise; with some hundred
        groups, ε 1 to 4 still teaches.
      </p>
      {making.error !== null && (
        <p role="alert" className="text-xs break-words text-danger">
          Not made: {refusalInWords(making.error)}
        </p>
      )}
      {isAsking && (
        <ConfirmDialog
          epsilon={epsilon}
          onClose={() => setIsAsking(false)}
          onConfirm={() => {
            setIsAsking(false);
            making.mutate(epsilon);
          }}
        />
      )}
    </section>
  );
}

function whyNot({ base, budget }: Federation, epsilon: number, isBusy: boolean): string | null {
  if (base === null) return "the model that decides has no layer to exchange";
  if (base.is_of_own_rows)
    return "the model that decides was trained on these rows without noise, and would tell of them";
  if (budget.epsilon === 0) return "the settings give no privacy budget";
  if (!(epsilon >= 0.1 && epsilon <= 20)) return "ε is a number from 0.1 to 20";
  if (epsilon > budget.left) return `one more update may have ε ${formatEpsilon(budget.left)} at most`;
  return isBusy ? "an update is being made" : null;
}
