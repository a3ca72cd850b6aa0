import type { Alert } from "../../shared/alert.ts";
import type { KeyAction } from "../../shared/keymap.ts";
import { ownName } from "../view/own-name.ts";

/** Why an action that asks for nothing more would change none of the alerts; null: it has something to do. */
export function whyNot(action: KeyAction, alerts: readonly Alert[]): string | null {
  const are = alerts.length === 1 ? "it is" : "all of them are";
  const every = (holds: (alert: Alert) => boolean, why: string) => (alerts.every(holds) ? why : null);
  switch (action) {
    case "inProgress":
      return every(({ status }) => status === "in_progress", `${are} in progress already`);
    case "reopen":
      return every(({ status }) => status === "new", `${are} new already`);
    case "assignToMe":
      return every(({ assignee }) => assignee === ownName, `${are} assigned to you already`);
    case "makeRule":
      return every(({ reason }) => reason !== "true_positive", "rules are made of closed true positives");
    default:
      return null;
  }
}
