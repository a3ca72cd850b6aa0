import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Undo2, X } from "lucide-react";
import type { AuditEntry } from "../../../shared/audit.ts";
import { requestNumber } from "../../../shared/request-number.ts";
import { undo } from "../../queries/audit.ts";
import { refusalInWords } from "../../queries/client.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { Fact, Facts } from "../../ui/facts.tsx";
import { notify } from "../../ui/toast.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { describeDeed, nameEvent } from "../../view/deed-words.ts";
import { formatInstant } from "../../view/format.ts";
import { AuditMembers, onWhat } from "./audit-members.tsx";

/** Index of the request that an entry is about; null: about none. */
function requestOf({ payload }: AuditEntry): number | null {
  if (typeof payload !== "object" || payload === null || !("request" in payload)) return null;
  return Number.isInteger(payload.request) ? (payload.request as number) : null;
}

/** One entry whole, with its place in the chain. */
export function AuditDetail({ entry, onClose }: { entry: AuditEntry; onClose: () => void }) {
  const client = useQueryClient();
  const zone = useTimeZone();
  const name = nameEvent(entry.kind);
  const request = requestOf(entry);
  const undoing = useMutation({
    mutationFn: () => undo(entry.id),
    onSuccess: () => notify(`Undone: ${describeDeed(entry.kind, 1)}.`),
    onError: (error) => notify(`Not undone: ${refusalInWords(error)}`, { tone: "danger" }),
    onSettled: () => {
      void client.invalidateQueries();
      void client.resetQueries({ queryKey: ["verdicts", "pages"] });
    },
  });
  return (
    <section
      aria-label={`Entry ${entry.seq}`}
      tabIndex={0}
      className="w-[350px] shrink-0 space-y-3 overflow-y-auto border-l border-line bg-surface p-4 focus-visible:outline-offset-[-2px] 2xl:w-[480px]"
    >
      <div className="flex items-start justify-between gap-2">
        <h2 className="text-sm font-semibold">
          {name ?? entry.kind}{" "}
          <span className="font-normal text-ink-3">
            {name !== null && entry.kind} #{entry.seq}
          </span>
        </h2>
        <IconButton icon={X} label="Close" className="!size-6" onClick={onClose} />
      </div>
      {entry.undoable ? (
        <Button size="small" icon={Undo2} disabled={undoing.isPending} onClick={() => undoing.mutate()}>
          Undo this
        </Button>
      ) : (
        <p className="text-xs text-ink-3">This has no inverse: it cannot be undone.</p>
      )}
      <Facts>
        <Fact name="At">{formatInstant(entry.at, zone)}</Fact>
        <Fact name="Who">
          <UntrustedText text={entry.actor} /> ({entry.role})
        </Fact>
        <Fact name="On">
          {onWhat(entry)}
          {entry.members === undefined && <span className="font-mono"> {entry.entity_id}</span>}
        </Fact>
        {request !== null && <Fact name="Request">#{requestNumber(request)} of its evidence</Fact>}
        <Fact name="Version">
          {entry.base_version} → {entry.version}
        </Fact>
        {entry.batch_id !== null && (
          <Fact name="Batch" mono>
            {entry.batch_id}
          </Fact>
        )}
        <Fact name="Node" mono>
          {entry.node_id}
        </Fact>
        <Fact name="Hash" mono>
          {entry.hash}
        </Fact>
        <Fact name="Hash before" mono>
          {entry.prev_hash}
        </Fact>
      </Facts>
      {entry.members !== undefined && <AuditMembers key={entry.id} entry={entry} />}
      <div>
        <h3 className="th mb-1">Content</h3>
        <pre className="rounded-md bg-sunken p-2 font-mono text-xs break-all whitespace-pre-wrap">
          <UntrustedText text={JSON.stringify(entry.payload, null, 2) ?? "null"} lines />
        </pre>
      </div>
    </section>
  );
}
