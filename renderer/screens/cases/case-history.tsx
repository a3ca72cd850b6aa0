import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Undo2 } from "lucide-react";
import type { CaseHistoryEntry } from "../../../shared/case.ts";
import { visibleWords } from "../../../shared/visible-text.ts";
import { undo } from "../../queries/audit.ts";
import type { CaseDetail } from "../../queries/cases.ts";
import { refusalInWords } from "../../queries/client.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { refreshCases } from "../../triage/casework.ts";
import { Button } from "../../ui/button.tsx";
import { notify } from "../../ui/toast.tsx";
import { formatInstant } from "../../view/format.ts";

function Entry({ entry }: { entry: CaseHistoryEntry }) {
  const client = useQueryClient();
  const zone = useTimeZone();
  const undoing = useMutation({
    mutationFn: () => undo(entry.event_id),
    networkMode: "always",
    onSuccess: () => notify(`Undone: ${visibleWords(entry.did)}.`),
    onError: (error) => notify(`Not undone: ${refusalInWords(error)}`, { tone: "danger" }),
    onSettled: () => refreshCases(client),
  });
  return (
    <li className="flex min-h-8 items-center gap-3 py-1 text-xs">
      <span className="w-[124px] shrink-0 text-ink-3">{formatInstant(entry.at, zone)}</span>
      <span className="w-20 shrink-0 truncate font-medium">{visibleWords(entry.by)}</span>
      <span className="min-w-0 flex-1 break-words">{visibleWords(entry.did)}</span>
      {entry.undoable && (
        <Button size="small" icon={Undo2} disabled={undoing.isPending} onClick={() => undoing.mutate()}>
          Undo
        </Button>
      )}
    </li>
  );
}

/** Who did what with the case, the last first. */
export function CaseHistory({ detail }: { detail: CaseDetail }) {
  return (
    <section aria-labelledby="case-history" className="card p-4">
      <h3 id="case-history" className="mb-1 text-sm font-semibold">
        History
      </h3>
      <ul className="max-h-[420px] divide-y divide-line overflow-y-auto">
        {detail.history.map((entry) => (
          <Entry key={entry.event_id} entry={entry} />
        ))}
      </ul>
    </section>
  );
}
