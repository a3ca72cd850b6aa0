import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Combine, Download, Inbox, Upload } from "lucide-react";
import { useRef, useState } from "react";
import type { FederatedUpdate, Federation } from "../../../shared/federation.ts";
import { shortId } from "../../learn/estimate.ts";
import { refusalInWords } from "../../queries/client.ts";
import { sendCombination, sendUpdateFile, takeUpdateFile } from "../../queries/federation.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button, IconButton } from "../../ui/button.tsx";
import { offerUndo } from "../../ui/offer-undo.ts";
import { EmptyPanel } from "../../ui/panel-status.tsx";
import { saveFile } from "../../ui/save-file.ts";
import { notify } from "../../ui/toast.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatCount, formatInstant } from "../../view/format.ts";
import { placeHash } from "../../view/place.ts";
import { formatEpsilon } from "../../view/privacy.ts";
import { useKeys } from "../../view/use-keys.ts";

interface RowProps {
  readonly update: FederatedUpdate;
  readonly isChosen: boolean;
  readonly onChoose: (isChosen: boolean) => void;
  readonly onTake: () => void;
}

function UpdateRow({ update, isChosen, onChoose, onTake }: RowProps) {
  const zone = useTimeZone();
  const { id, is_own, base, round, epsilon, groups, norm, fingerprint, is_base_known, at, by } = update;
  return (
    <tr className={`h-9 border-t border-line ${isChosen ? "bg-selected" : ""}`}>
      <td className="pl-4">
        <label className="flex h-6 items-center gap-2">
          <input
            type="checkbox"
            checked={isChosen}
            disabled={!is_base_known}
            onChange={(event) => onChoose(event.target.checked)}
          />
          <span className="font-mono">{shortId(id)}</span>
        </label>
      </td>
      <td className="truncate">
        {is_own ? <Badge tone="accent">This engine</Badge> : <span className="font-mono">{fingerprint}</span>}
      </td>
      <td className="truncate">
        {is_base_known ? (
          <a className="font-mono text-accent underline" href={placeHash({ screen: "models", item: base })}>
            {shortId(base)}
          </a>
        ) : (
          <span className="text-ink-3">{shortId(base)}, not here</span>
        )}
      </td>
      <td className="text-right tabular-nums">{round}</td>
      <td className="text-right tabular-nums">{formatEpsilon(epsilon)}</td>
      <td className="text-right tabular-nums">{formatCount(groups)}</td>
      <td className="text-right tabular-nums">{norm.toFixed(2)}</td>
      <td className="truncate pl-4 text-ink-2 [&_.untrusted]:font-sans">
        {formatInstant(at, zone).slice(0, 16)} by <UntrustedText text={by} />
      </td>
      <td className="pr-2 text-right">
        {is_own && <IconButton icon={Download} label={`Save the file of ${shortId(id)}`} onClick={onTake} />}
      </td>
    </tr>
  );
}

/** Updates of this engine and of others, and what is made of them. */
export function UpdatesPanel({ federation, isBusy }: { federation: Federation; isBusy: boolean }) {
  const client = useQueryClient();
  const file = useRef<HTMLInputElement>(null);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const { updates, fewest_peers } = federation;
  const refresh = () => void client.invalidateQueries({ queryKey: ["models"] });
  const acting = useMutation({
    mutationFn: (action: () => Promise<unknown>) => action(),
    networkMode: "always",
    onError: (error) => notify(refusalInWords(error), { tone: "danger" }),
    onSettled: refresh,
  });
  const bringing = useMutation({
    mutationFn: async (files: readonly File[]) => {
      for (const one of files) {
        const { id, event_id } = await sendUpdateFile(one);
        offerUndo(`The update ${shortId(id)} is taken in.`, { eventId: event_id, onTried: refresh });
      }
    },
    networkMode: "always",
    onSettled: refresh,
  });
  const picked = updates.filter(({ id }) => chosen.has(id));
  const why = whyNot(picked, fewest_peers, isBusy || acting.isPending);
  const combine = () =>
    acting.mutate(async () => {
      await sendCombination(picked.map(({ id }) => id));
      await client.invalidateQueries({ queryKey: ["jobs"] });
    });
  useKeys({ combineUpdates: combine }, () => why);
  useKeys({ bringUpdate: () => file.current?.click() });
  return (
    <section aria-labelledby="updates" className="card">
      <div className="flex flex-wrap items-center gap-2 px-4 pt-4 pb-2">
        <h2 id="updates" className="min-w-0 flex-1 text-sm font-semibold">
          Updates{" "}
          <span className="font-normal text-ink-3">
            {why === null ? `${picked.length} chosen` : `to combine, ${why}`}
          </span>
        </h2>
        <Button icon={Upload} disabled={bringing.isPending} onClick={() => file.current?.click()}>
          Bring updates…
        </Button>
        <Button tone="primary" icon={Combine} disabled={why !== null} onClick={combine}>
          Combine to a candidate
        </Button>
        <input
          ref={file}
          type="file"
          hidden
          multiple
          aria-label="Update files"
          onChange={(event) => {
            const files = [...(event.target.files ?? [])];
            event.target.value = "";
            if (files.length > 0) bringing.mutate(files);
          }}
        />
      </div>
      {bringing.error !== null && (
        <p role="alert" className="px-4 pb-2 text-xs break-words text-danger [&_.untrusted]:font-sans">
          Not taken in: <UntrustedText text={refusalInWords(bringing.error)} />
        </p>
      )}
      {updates.length === 0 ? (
        <EmptyPanel icon={Inbox} title="There is no update yet">
          Make one of your labelled rows, and bring those of other engines. Three of one model, of three engines, can be
          combined.
        </EmptyPanel>
      ) : (
        <div className="overflow-x-auto">
          <table aria-label="Updates" className="w-full min-w-[1080px] table-fixed text-xs">
            <thead>
              <tr>
                <th className="th w-[150px] py-1 pl-4">Update</th>
                <th className="th">Engine</th>
                <th className="th w-[120px]">Of model</th>
                <th className="th w-[60px] !text-right">Round</th>
                <th className="th w-[60px] !text-right">ε</th>
                <th className="th w-[104px] !text-right">About groups</th>
                <th className="th w-[70px] !text-right">Length</th>
                <th className="th w-[220px] pl-4">Here since</th>
                <td className="w-[48px]" />
              </tr>
            </thead>
            <tbody>
              {updates.map((update) => (
                <UpdateRow
                  key={update.id}
                  update={update}
                  isChosen={chosen.has(update.id)}
                  onChoose={(isChosen) => {
                    const next = new Set(chosen);
                    if (isChosen) next.add(update.id);
                    else next.delete(update.id);
                    setChosen(next);
                  }}
                  onTake={() =>
                    acting.mutate(async () =>
                      saveFile(await takeUpdateFile(update.id), `${shortId(update.id)}.sentinel-update`),
                    )
                  }
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <p className="border-t border-line px-4 py-3 text-xs text-ink-2">
        They are combined by their geometric median, in which what lies far from the others has little: fewer than half
        of the engines may be hostile. This engine signs with{" "}
        <code className="font-mono break-all select-all">{federation.key}</code>, fingerprint{" "}
        <code className="font-mono">{federation.fingerprint}</code>; others have to trust it first.
      </p>
    </section>
  );
}

function whyNot(picked: readonly FederatedUpdate[], fewest: number, isBusy: boolean): string | null {
  if (picked.length < fewest) return `choose at least ${fewest} of one model`;
  if (new Set(picked.map(({ base }) => base)).size > 1) return "choose those of one model";
  if (new Set(picked.map(({ key }) => key)).size < picked.length) return "choose one of each engine";
  return isBusy ? "wait for the work that runs" : null;
}
