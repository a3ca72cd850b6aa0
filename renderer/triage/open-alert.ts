import type { Alert } from "../../shared/alert.ts";
import { goTo, type SessionTab } from "../view/place.ts";
import { useQueue } from "../view/queue.ts";

/**
 * Shows an alert of the queue: its worst session, and what is decided about it. The queue's cursor follows.
 * @param options.replace leaves no entry to go back to: the way back leads to the queue
 */
export function openAlert(
  { id, verdict_id }: Pick<Alert, "id" | "verdict_id">,
  { tab = "requests", replace = false }: { tab?: SessionTab; replace?: boolean } = {},
): void {
  useQueue.setState({ cursor: id });
  goTo({ screen: "session", id: verdict_id, tab }, { replace });
}
