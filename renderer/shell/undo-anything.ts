import type { QueryClient } from "@tanstack/react-query";
import { sendUndoLast } from "../queries/audit.ts";
import { CallFailed, refusalInWords } from "../queries/client.ts";
import { followUndo } from "../triage/bulk-runs.tsx";
import { notify, undoLast } from "../ui/toast.tsx";
import { formatInstant, formatPlural } from "../view/format.ts";
import type { TimeZone } from "../view/view.ts";

/** What was taken back may be seen anywhere. */
function refresh(client: QueryClient): void {
  void client.invalidateQueries();
  void client.resetQueries({ queryKey: ["verdicts", "pages"] });
}

async function undoFromLog(client: QueryClient, zone: TimeZone): Promise<void> {
  try {
    const { undone, event_id, job_id } = await sendUndoLast();
    if (job_id !== null) followUndo(client, job_id);
    if (event_id === null) return;
    // It offers no undo itself: the next press takes back what was done before.
    const many = undone.entities > 1 ? ` of ${formatPlural(undone.entities, undone.entity_type)}` : "";
    notify(`Taken back: ${undone.kind}${many}, done ${formatInstant(undone.at, zone)}.`);
    refresh(client);
  } catch (error) {
    const isNothing = error instanceof CallFailed && error.code === "NOT_FOUND";
    if (isNothing) notify("There is nothing left to undo.");
    else notify(`Not undone: ${refusalInWords(error as Error)}`, { tone: "danger" });
  }
}

/** Takes back the last thing that a message still offers, else the last thing that was done here at all. */
export function undoAnything(client: QueryClient, zone: TimeZone): void {
  if (!undoLast()) void undoFromLog(client, zone);
}
