import type { AlertChange } from "../../../shared/alert.ts";

/** What a change of many does to each, in words without names: for whoever finds it stopped. */
export function nameDeed(change: AlertChange | null, isNoted: boolean): string {
  const deeds: Partial<Record<keyof AlertChange, string>> = {
    assignee: change?.assignee === null ? "assigned to nobody" : "assigned",
    severity: "severity",
    add_tags: "tagged",
    remove_tags: "tags removed",
    snoozed_until: change?.snoozed_until === null ? "back into the queue" : "snoozed",
    case_id: change?.case_id === null ? "out of its case" : "put into a case",
  };
  const status =
    change?.status === "closed"
      ? `closed as ${change.reason?.replaceAll("_", " ")}`
      : change?.status?.replace("_", " ");
  const told = Object.entries(deeds).flatMap(([name, words]) =>
    change?.[name as keyof AlertChange] === undefined ? [] : [words],
  );
  return [...(status === undefined ? [] : [status]), ...told, ...(isNoted ? ["noted"] : [])].join(", ");
}
