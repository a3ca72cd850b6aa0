import type { CaseMoment } from "../../../shared/case.ts";
import type { EventRow } from "../store/store.ts";
import { SavedCase, SavedItem } from "./case-state.ts";

const itemNames = { task: "a task", note: "a note", entry: "an entry of the timeline", observable: "an observable" };
const words = (name: string) => name.replaceAll("_", " ");

/** The state that an event leaves and the one that it found; null: none. */
function sides<T>(event: EventRow, kind: string, read: (payload: unknown) => T): { after: T | null; before: T | null } {
  const { inverse } = event;
  return {
    after: event.kind === kind ? read(event.payload) : null,
    before: inverse?.kind === kind ? read(inverse.payload) : null,
  };
}

/** What an event did to a case, in a few words. */
export function describeCaseEvent(event: EventRow): string {
  const { after, before } = sides(event, "case.saved", (payload) => SavedCase.parse(payload));
  if (after === null) return "took the opening back";
  if (before === null) return "opened the case";
  if (after.took !== undefined) return "took another case in";
  if (before.took !== undefined) return "let the other case out again";
  const did: string[] = [];
  if (after.status !== before.status || after.outcome !== before.outcome) {
    did.push(after.status === "closed" ? `closed it as ${words(after.outcome ?? "")}` : "opened it again");
  }
  if (after.merged_into !== before.merged_into) {
    did.push(after.merged_into === null ? "took it out of the other case" : "merged it into another case");
  }
  if (after.assignee !== before.assignee) {
    did.push(after.assignee === null ? "took it from its assignee" : `gave it to ${after.assignee}`);
  }
  if (after.severity !== before.severity) did.push("set its severity");
  if (after.tags.join() !== before.tags.join()) did.push("changed its tags");
  if (after.text !== before.text) did.push("changed its title or summary");
  return did.join(", ") || "left it as it was";
}

/** What an event did to something that is written in a case. */
export function describeItemEvent(event: EventRow): string {
  const { after, before } = sides(event, "case_item.saved", (payload) => SavedItem.parse(payload));
  const name = itemNames[(after ?? before)?.kind ?? "note"];
  if (after === null) return `took ${name} out`;
  if (before === null) return `wrote ${name}`;
  if (after.done !== before.done) return after.done === true ? "ticked a task off" : "took up a task again";
  return `changed ${name}`;
}

type Turn = Extract<CaseMoment["kind"], "opened" | "closed" | "reopened" | "merged" | "unmerged">;

/** The turn that an event gave a case; null: none that its timeline shows. */
export function turnOf(event: EventRow): Turn | null {
  const { after, before } = sides(event, "case.saved", (payload) => SavedCase.parse(payload));
  if (after === null) return null;
  if (before === null) return "opened";
  if (after.status !== before.status) return after.status === "closed" ? "closed" : "reopened";
  if (after.merged_into !== before.merged_into) return after.merged_into === null ? "unmerged" : "merged";
  return null;
}
