/** Who works at this window, as the engine writes it into its log. */
export const ownName = "analyst";

/** Who works on an alert, as a person reads it. */
export function nameAssignee(assignee: string | null): string {
  if (assignee === null) return "Nobody";
  return assignee === ownName ? "Me" : assignee;
}
