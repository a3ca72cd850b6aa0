import { expect, test } from "vitest";
import type { Alert, AlertChange } from "../../shared/alert.ts";
import { parseAlertQuery } from "../../shared/alert-query.ts";
import { changeAlert, describeChange, isChangedBy, nameAlerts, stillMatches } from "./alert-change.ts";
import { ownName } from "./own-name.ts";

const now = Date.parse("2026-11-26T15:30:00Z");
const later = "2026-11-27T09:00:00.000Z";
const alert = {
  id: "a",
  version: 3,
  status: "new",
  reason: null,
  reopened: false,
  severity: "high",
  severity_set: false,
  class: "xss",
  client: "10.0.0.5",
  assignee: null,
  tags: ["b"],
  snoozed_until: null,
  notes: 0,
} as unknown as Alert;

test.each<{ change: AlertChange; q: string; stays: boolean }>([
  { change: { status: "closed", reason: "duplicate" }, q: "is:open", stays: false },
  { change: { status: "closed", reason: "duplicate" }, q: "class:xss", stays: true },
  { change: { status: "closed", reason: "duplicate" }, q: "status:closed,new", stays: true },
  { change: { status: "closed", reason: "duplicate" }, q: "-reason:duplicate", stays: false },
  { change: { status: "in_progress" }, q: "is:open score>0.5 alert(", stays: true },
  { change: { status: "in_progress" }, q: "is:new", stays: false },
  { change: { snoozed_until: later }, q: "is:open", stays: false },
  { change: { snoozed_until: later }, q: "is:snoozed", stays: true },
  { change: { assignee: ownName }, q: "is:unassigned", stays: false },
  { change: { assignee: ownName }, q: "is:suppressed", stays: true },
  { change: { assignee: ownName }, q: "is:unassigned,suppressed", stays: true },
  { change: { assignee: ownName }, q: "assignee:me", stays: true },
  { change: { assignee: "Ada" }, q: "by:none,Grace", stays: false },
  { change: { add_tags: ["a"] }, q: "-tag:a", stays: false },
  { change: { remove_tags: ["b"] }, q: "tag:b", stays: false },
  { change: { severity: "low" }, q: "severity>=high", stays: false },
  { change: { severity: "low" }, q: "severity:low,high", stays: true },
  { change: { severity: "low" }, q: "-severity:low", stays: false },
  { change: { severity: null }, q: "severity>=high", stays: true },
])("after $change the row of $q stays: $stays", ({ change, q, stays }) => {
  expect(stillMatches(parseAlertQuery(q, now).terms, changeAlert(alert, change, false), now)).toBe(stays);
});

test("a change is seen at once, a version on", () => {
  expect(changeAlert(alert, { add_tags: ["a"], remove_tags: ["b"] }, true)).toMatchObject({
    version: 4,
    tags: ["a"],
    notes: 1,
  });
  expect(changeAlert({ ...alert, reopened: true }, { status: "closed", reason: "duplicate" }, false)).toMatchObject({
    status: "closed",
    reason: "duplicate",
    reopened: false,
  });
});

test("what would change nothing is known beforehand", () => {
  expect(isChangedBy(alert, { status: "new" })).toBe(false);
  expect(isChangedBy(alert, { assignee: null })).toBe(false);
  expect(isChangedBy(alert, { add_tags: ["b"] })).toBe(false);
  expect(isChangedBy(alert, { assignee: "Ada" })).toBe(true);
  expect(isChangedBy({ ...alert, reopened: true }, { status: "in_progress" })).toBe(true);
});

test.each<[AlertChange, string]>([
  [{ status: "closed", reason: "false_positive" }, "closed as a false positive"],
  [{ assignee: null }, "assigned to nobody"],
  [{ assignee: ownName }, "assigned to you"],
  [{ assignee: "Ada" }, "assigned to Ada"],
  [{ snoozed_until: later }, "snoozed until 2026-11-27 09:00"],
  [{ add_tags: ["a", "b"], remove_tags: ["c"] }, "tagged a, b, tag c removed"],
])("%j in words", (change, words) => expect(describeChange(change, "utc")).toBe(words));

test("one alert has a name, several a number", () => {
  expect(nameAlerts([alert])).toBe("Cross-site scripting from 10.0.0.5");
  expect(nameAlerts([{ class: "benign", client: null, request_line: "GET /a\u202e" }])).toBe(
    "Unusual behaviour at GET /a[RLO]",
  );
  expect(nameAlerts([alert, alert])).toBe("2 alerts");
});
