import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Alert } from "../../../../shared/alert.ts";
import { siemFormats } from "../../../../shared/siem.ts";
import type { Score } from "../../../../shared/units.ts";
import { plainAlert } from "../../report/fixture-case.ts";
import { hostileAlert, telling } from "./fixture-hostile.ts";
import { mappingOf } from "./format.ts";
import { alertFormats } from "./formats.ts";

/** An alert with a value in every field, and another value for each. */
const full = plainAlert({
  status: "closed",
  reason: "true_positive",
  family: "union",
  assignee: "ana",
  tags: ["night"],
  snoozed_until: "2026-06-03T08:00:00.000Z",
  notes: 1,
  watched: ["shop"],
});
const others: Alert = {
  id: "a2",
  version: 7,
  status: "new",
  reason: "false_positive",
  reopened: true,
  severity: "low",
  severity_set: true,
  class: "xss",
  family: "stacked",
  outcome: "succeeded",
  score: 0.31 as Score,
  verdict_id: "v2",
  judged_by: "other-engine",
  client: "198.51.100.9",
  host: "other.example",
  request_line: "POST /other",
  payload: "<script>",
  payload_place: "form q",
  sessions: 9,
  first_seen: "2026-05-01T08:00:00.000Z",
  last_seen: "2026-06-02T08:30:00.000Z",
  assignee: "ben",
  tags: ["day"],
  snoozed_until: "2026-06-04T08:00:00.000Z",
  notes: 5,
  case_id: "c2",
  watched: ["bank"],
};

describe.each(siemFormats)("%s", (name) => {
  const format = alertFormats[name];

  test.each(Object.keys(full) as (keyof Alert)[])(
    "what it says of %s is so: kept if it says where, else lost",
    (field) => {
      const { mapping } = mappingOf(format, full);
      const { to } = mapping.find((each) => each.field === field)!;
      const changed = format.write({ ...full, [field]: others[field] }, telling) !== format.write(full, telling);
      // A closed alert is announced as closed in STIX by its indicator alone: what it does not say of the rest is lost.
      expect(changed).toBe(to !== null);
    },
  );

  test("says of every field whether it is kept", () => {
    expect(
      mappingOf(format, full)
        .mapping.map(({ field }) => field)
        .sort(),
    ).toEqual(Object.keys(full).sort());
  });

  test("is the same for the same alert, and one piece of well-formed text whatever is in it", () => {
    fc.assert(
      fc.property(hostileAlert, (alert) => {
        const document = format.write(alert, telling);
        expect(document).toBe(format.write(alert, telling));
        expect(document.isWellFormed()).toBe(true);
        expect(document).not.toMatch(/undefined|NaN/);
      }),
      { numRuns: 200 },
    );
  });
});

test("only what an alert has can be lost", () => {
  const bare = plainAlert({ assignee: null, tags: [], case_id: null });
  expect(mappingOf(alertFormats.cef, bare).lost).not.toContain("assignee");
  expect(mappingOf(alertFormats.cef, full).lost).toContain("assignee");
  expect(mappingOf(alertFormats.webhook, full).lost).toEqual([]);
});

test("more sessions than STIX counts are told as its most, and said to be cut", () => {
  const many = plainAlert({ sessions: 1_000_000_000 });
  expect(mappingOf(alertFormats.stix, many).lost).toContain("sessions");
  expect(alertFormats.stix.write(many, telling)).toContain('"number_observed":999999999');
});

test("a STIX alert without a clock or a client says what that costs", () => {
  const timeless = plainAlert({ first_seen: null, last_seen: null, client: "someone" });
  expect(mappingOf(alertFormats.stix, timeless).lost).toEqual(expect.arrayContaining(["id", "client", "sessions"]));
});
