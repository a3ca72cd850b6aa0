import { type Alert, type AlertChange, type CloseReason, severities } from "../../shared/alert.ts";
import type { AlertTerm } from "../../shared/alert-query.ts";
import type { Comparison } from "../../shared/query-language.ts";
import { visibleWords } from "../../shared/visible-text.ts";
import { formatInstant, formatPlural } from "./format.ts";
import { classLabels, severityLabels } from "./labels.ts";
import { nameAssignee, ownName } from "./own-name.ts";
import type { TimeZone } from "./view.ts";

/** The alert as a change will leave it, a version on. What only the engine knows stays as it is until it is read again. */
export function changeAlert(alert: Alert, change: AlertChange, noted: boolean): Alert {
  const { status, reason, assignee, severity, add_tags = [], remove_tags = [], snoozed_until, case_id } = change;
  const tags = new Set([...alert.tags, ...add_tags]);
  for (const tag of remove_tags) tags.delete(tag);
  return {
    ...alert,
    version: alert.version + 1,
    ...(status === undefined ? {} : { status, reason: reason ?? null, reopened: false }),
    ...(assignee === undefined ? {} : { assignee }),
    ...(severity === undefined ? {} : { severity: severity ?? alert.severity, severity_set: severity !== null }),
    ...(snoozed_until === undefined ? {} : { snoozed_until }),
    ...(case_id === undefined ? {} : { case_id }),
    // Whoever takes an alert into a case has begun to work on it.
    ...(typeof case_id === "string" && status === undefined && alert.status === "new"
      ? { status: "in_progress" as const, reopened: false }
      : {}),
    tags: [...tags].sort(),
    notes: alert.notes + (noted ? 1 : 0),
  };
}

/** Whether a change would leave anything different. */
export function isChangedBy(alert: Alert, change: AlertChange): boolean {
  // Which class it was closed with is not told of it.
  if (change.label !== undefined) return true;
  const before = { ...alert, reopened: false };
  const after = { ...changeAlert(alert, change, false), version: alert.version, reopened: false };
  const isReopenedSettled = alert.reopened && change.status !== undefined && change.status !== "new";
  return isReopenedSettled || JSON.stringify(before) !== JSON.stringify(after);
}

export function isSnoozed(alert: Alert, now: number): boolean {
  return alert.snoozed_until !== null && Date.parse(alert.snoozed_until) > now;
}

/** Null: only the engine knows. */
function isInState(alert: Alert, state: string, now: number): boolean | null {
  switch (state) {
    case "open":
      return alert.status !== "closed" && !isSnoozed(alert, now);
    case "snoozed":
      return isSnoozed(alert, now);
    case "reopened":
      return alert.reopened;
    case "unassigned":
      return alert.assignee === null;
    case "new":
    case "in_progress":
    case "closed":
      return alert.status === state;
    default:
      return null;
  }
}

function compare(a: number, op: Comparison, b: number): boolean {
  switch (op) {
    case ">":
      return a > b;
    case ">=":
      return a >= b;
    case "<":
      return a < b;
    case "<=":
      return a <= b;
    case "=":
      return a === b;
  }
}

/** Null: a change of the alert cannot change what the term says, or only the engine knows what the change makes of it. */
function holds(term: AlertTerm, alert: Alert, now: number): boolean | null {
  const rank = alert.severity_set ? severities.indexOf(alert.severity) : null;
  if (term.kind === "compare" && term.field === "severity")
    return rank === null ? null : compare(rank, term.op, term.value);
  if (term.kind !== "match") return null;
  const any = (test: (text: string) => boolean | null) => {
    const answers = term.values.map(({ text }) => test(text));
    return answers.includes(true) || (answers.includes(null) ? null : false);
  };
  switch (term.field) {
    case "is":
      return any((state) => isInState(alert, state, now));
    case "status":
      return any((status) => alert.status === status);
    case "reason":
      return any((reason) => alert.reason === reason);
    case "severity":
      return rank === null ? null : any((severity) => alert.severity === severity);
    case "assignee":
      return any((name) => alert.assignee === (name === "none" ? null : name === "me" ? ownName : name));
    case "tag":
      return any((tag) => alert.tags.includes(tag));
    case "case":
      // It may be in one that was merged into this one.
      return any((id) =>
        alert.case_id === null ? id === "none" : id === "none" ? false : alert.case_id === id || null,
      );
    default:
      return null;
  }
}

/** Whether an alert that matched a query before it was changed still does. */
export function stillMatches(terms: readonly AlertTerm[], alert: Alert, now: number): boolean {
  return terms.every((term) => (holds(term, alert, now) ?? !term.negated) !== term.negated);
}

const reasonWords: Record<CloseReason, string> = {
  true_positive: "a true positive",
  false_positive: "a false positive",
  benign_true_positive: "a benign positive",
  duplicate: "a duplicate",
};

/** What a change does, as it stands behind the name of an alert: "closed as a false positive". */
export function describeChange(change: AlertChange, zone: TimeZone): string {
  const { status, reason, assignee, severity, add_tags, remove_tags, snoozed_until, case_id, label } = change;
  const words: string[] = [];
  if (status === "closed" && reason !== undefined) {
    words.push(`closed as ${reasonWords[reason]}${label === undefined ? "" : `, ${classLabels[label]}`}`);
  }
  if (status === "in_progress") words.push("set to in progress");
  if (status === "new") words.push("set to new");
  if (assignee !== undefined) {
    words.push(`assigned to ${assignee === ownName ? "you" : nameAssignee(assignee).replace(/^Nobody$/, "nobody")}`);
  }
  if (severity !== undefined) {
    words.push(
      severity === null
        ? "severity as its sessions make it"
        : `severity set to ${severityLabels[severity].toLowerCase()}`,
    );
  }
  if (add_tags !== undefined) words.push(`tagged ${add_tags.join(", ")}`);
  if (remove_tags !== undefined)
    words.push(`${remove_tags.length === 1 ? "tag" : "tags"} ${remove_tags.join(", ")} removed`);
  if (snoozed_until !== undefined) {
    words.push(
      snoozed_until === null
        ? "put back into the queue"
        : `snoozed until ${formatInstant(snoozed_until, zone).slice(0, 16)}`,
    );
  }
  if (case_id !== undefined) words.push(case_id === null ? "taken out of its case" : "put into a case");
  return words.join(", ");
}

type Named = Pick<Alert, "class" | "client" | "request_line">;

/** An alert in a few words. */
export function nameAlert({ class: kind, client, request_line }: Named): string {
  const what = kind === "benign" ? "Unusual behaviour" : classLabels[kind];
  return client === null ? `${what} at ${visibleWords(request_line)}` : `${what} from ${visibleWords(client)}`;
}

/** The one by its name, several by their number. */
export function nameAlerts(alerts: readonly Named[]): string {
  const [only] = alerts;
  return only !== undefined && alerts.length === 1 ? nameAlert(only) : formatPlural(alerts.length, "alert");
}
