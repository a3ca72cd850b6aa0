import type { QueryClient } from "@tanstack/react-query";
import { sendUndoLast } from "../queries/audit.ts";
import { CallFailed, refusalInWords } from "../queries/client.ts";
import { followUndo } from "../triage/bulk-runs.tsx";
import { notify, undoLast } from "../ui/toast.tsx";
import { describeDeed, describeInTheWay } from "../view/deed-words.ts";
import { formatInstant } from "../view/format.ts";
import { useKeysInForce, wordKey } from "../view/keys-in-force.ts";
import type { TimeZone } from "../view/view.ts";

/** What was taken back may be seen anywhere. */
function refresh(client: QueryClient): void {
  void client.invalidateQueries();
  void client.resetQueries({ queryKey: ["verdicts", "pages"] });
}

/** The last event that cannot be undone and of which this window has told. */
let told: string | undefined;

async function undoFromLog(client: QueryClient, zone: TimeZone): Promise<void> {
  try {
    const { undone, in_the_way, event_id, job_id } = await sendUndoLast(told);
    if (in_the_way !== null) {
      told = in_the_way.event_id;
      const { undo } = useKeysInForce.getState().bindings;
      notify(
        `${describeInTheWay(in_the_way.kind)} ${wordKey(undo[0] ?? "")} once more takes back what you did before.`,
      );
    }
    if (job_id !== null) followUndo(client, job_id);
    if (event_id === null || undone === null) return;
    // It offers no undo itself: the next press takes back what was done before.
    notify(`Taken back: ${describeDeed(undone.kind, undone.entities)}, done ${formatInstant(undone.at, zone)}.`);
    refresh(client);
  } catch (error) {
    const code = error instanceof CallFailed ? error.code : "";
    if (code === "NOT_FOUND") notify("There is nothing left to undo.");
    else if (code === "BUSY") notify((error as Error).message);
    else notify(`Not undone: ${refusalInWords(error as Error)}`, { tone: "danger" });
  }
}

/** Takes back the last thing that a message still offers, else the last thing that was done here at all. */
export function undoAnything(client: QueryClient, zone: TimeZone): void {
  if (!undoLast()) void undoFromLog(client, zone);
}
