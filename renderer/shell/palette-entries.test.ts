import { expect, test } from "vitest";
import { bindKeys } from "../../shared/key-bindings.ts";
import type { KeyAction } from "../../shared/keymap.ts";
import type { NamedQuery } from "../../shared/named-query.ts";
import { findEntries } from "./palette-entries.ts";

const view = { id: "v1", kind: "view", name: "Night shift", q: "is:open severity>=high" } as NamedQuery;
const alive = new Map<KeyAction, string | null>([
  ["close", "no alert is chosen"],
  ["next", null],
  ["selectAll", null],
  ["theme", null],
  ["goAlerts", null],
  ["goAudit", null],
]);
const sources = { alive, bindings: bindKeys({ theme: "b" }), named: [view] };
const find = (typed: string, recent: string[] = []) => findEntries(typed, sources, recent).map(({ id }) => id);

test("at first everything that can be done now, what was chosen last in front", () => {
  expect(find("")).toEqual([
    "action:selectAll",
    "action:theme",
    "action:goAlerts",
    "action:goAudit",
    "view:v1",
    "action:next",
  ]);
  expect(find("", ["view:v1", "action:goAudit"]).slice(0, 2)).toEqual(["view:v1", "action:goAudit"]);
});

test("what cannot be done now is found with the reason, behind the rest", () => {
  expect(findEntries("close", sources, [])).toMatchObject([
    { id: "action:close", why: "no alert is chosen" },
    { id: "ask", why: null },
  ]);
  expect(findEntries("next tab", sources, [])[0]).toMatchObject({
    why: "only in a session, in labelling, in the datasets, on the drift screen or among the rules",
  });
  expect(findEntries("snooze", sources, [])[0]).toMatchObject({ why: "only in the alert queue or in a session" });
  expect(find("go to").slice(0, 2)).toEqual(["action:goAlerts", "action:goAudit"]);
});

test("of equal ones the last chosen comes first, and each has the key in force", () => {
  expect(find("go to the a", ["action:goAudit"])[0]).toBe("action:goAudit");
  expect(findEntries("theme", sources, [])[0]).toMatchObject({ id: "action:theme", key: "b" });
});

test("saved views are found by name and by query", () => {
  expect(find("night")[0]).toBe("view:v1");
  expect(find("view severity")).toContain("view:v1");
});

test.each([
  { typed: "severity:high", first: { id: "ask", why: null } },
  { typed: "severity:hihg", first: { id: "ask", why: expect.stringContaining("high") } },
  { typed: "0198A2B3".repeat(8), first: { id: "alert", deed: { kind: "alert", id: "0198a2b3".repeat(8) } } },
  { typed: "nothing like it", first: { id: "ask", why: null } },
])("$typed is $first.id", ({ typed, first }) => expect(findEntries(typed, sources, [])[0]).toMatchObject(first));
