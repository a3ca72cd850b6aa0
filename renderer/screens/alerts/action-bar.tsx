import { useQuery, useQueryClient } from "@tanstack/react-query";
import { X } from "lucide-react";
import type { Alert } from "../../../shared/alert.ts";
import { ReadyTaskButton } from "../../agent/start-ready-task.tsx";
import { alertCountsQuery } from "../../queries/alerts.ts";
import { listedAlerts } from "../../triage/alert-cache.ts";
import { nameTarget, type Target } from "../../triage/target.ts";
import { TriageButtons } from "../../triage/triage-buttons.tsx";
import { useTriage } from "../../triage/use-triage.tsx";
import { Button } from "../../ui/button.tsx";
import { formatCount } from "../../view/format.ts";
import { useQueue } from "../../view/queue.ts";

/** What actions work on: all that match, else what is selected, else the row under the cursor. */
function useTarget(rows: readonly Alert[]) {
  const client = useQueryClient();
  const q = useQueue((queue) => queue.q);
  const cursor = useQueue((queue) => queue.cursor);
  const selection = useQueue((queue) => queue.selection);
  const total = useQuery(alertCountsQuery(q)).data?.total ?? null;
  const target = (): Target | null => {
    if (selection.kind === "all") return { kind: "all", q, total };
    const listed = new Map(listedAlerts(client, useQueue.getState()).map((row) => [row.id, row]));
    const ids = selection.kind === "rows" ? [...selection.rows.keys()] : cursor === null ? [] : [cursor];
    const found = ids.flatMap((id) => {
      const row = listed.get(id) ?? (selection.kind === "rows" ? selection.rows.get(id) : undefined);
      return row === undefined ? [] : [row];
    });
    return found.length === 0 ? null : { kind: "rows", rows: found };
  };
  const row = cursor === null ? undefined : rows.find(({ id }) => id === cursor);
  return { target, row, selection, total };
}

/** Says what actions work on, and offers them. */
export function ActionBar({ rows }: { rows: readonly Alert[] }) {
  const { target, row, selection, total } = useTarget(rows);
  const { act, dialog } = useTriage({ target });
  const clearSelection = useQueue((queue) => queue.clearSelection);
  const isBulk = selection.kind !== "none";
  const words =
    selection.kind === "all"
      ? total === null
        ? "All that match"
        : `All ${formatCount(total)} that match`
      : selection.kind === "rows"
        ? `${formatCount(selection.rows.size)} selected`
        : row === undefined
          ? "No alert chosen"
          : nameTarget({ kind: "rows", rows: [row] });
  return (
    <div
      className={`flex h-10 shrink-0 items-center gap-3 border-b border-line px-4 ${isBulk ? "bg-accent-soft" : "bg-surface"}`}
    >
      <p role="status" className="flex min-w-0 flex-1 items-center gap-2">
        <span className={`truncate ${isBulk ? "font-semibold text-accent" : "text-xs text-ink-2"}`}>{words}</span>
      </p>
      {isBulk && (
        <Button size="small" icon={X} title="Clear the selection (Esc)" onClick={clearSelection}>
          Clear
        </Button>
      )}
      <TriageButtons act={act} isDisabled={!isBulk && row === undefined} />
      <ReadyTaskButton subjects={isBulk || row === undefined ? [] : [{ kind: "alert", id: row.id }]} />
      {dialog}
    </div>
  );
}
