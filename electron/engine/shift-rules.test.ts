import { afterEach, expect, test } from "vitest";
import type { RuleStage } from "../../shared/rule-record.ts";
import { toInstant } from "./base/clock.ts";
import { type RuleRecord, ruleModule, saveRule } from "./respond/rules/rule-state.ts";
import { createShift } from "./shift.ts";
import type { StoreHost } from "./store/store.ts";
import { ana, clock, openAlertStore } from "./triage/fixture-alerts.ts";
import { alertConditions } from "./triage/query-sql.ts";
import { shiftModule } from "./triage/shift-reads.ts";

let store: StoreHost;
afterEach(() => store.close());

const hourMs = 3_600_000;

const rule = (stage: RuleStage, expiresInMs: number | null): RuleRecord => ({
  name: "union",
  definition: {
    class: "sql_injection",
    family: null,
    match: { kind: "string", text: "union" },
    scope: { method: null, path: null, place: null, parameter: null },
    action: "block",
    expires_at: expiresInMs === null ? null : toInstant(clock.now() + expiresInMs),
  },
  exclusions: [],
  stage,
  provenance: { simulations: [], verdicts: [], samples: [], by: "ana", at: 0 },
  authors: [],
  measured: null,
  decision: null,
  because: "made",
  approval_id: null,
  at: 0,
});

test("rules in force are those that look at requests and have not ended", async () => {
  store = openAlertStore(shiftModule, ruleModule);
  const rules = [
    rule("log", null),
    rule("block", hourMs),
    rule("block", 0),
    rule("tag", -hourMs),
    rule("off", hourMs),
    rule("proposed", hourMs),
  ];
  await store.append(
    rules.map((record, i) => saveRule(`r${i}`, record, null)),
    ana,
  );
  const shift = createShift({
    store,
    clock,
    views: {
      inForce: async () => ({ suppressions: [], watches: [] }),
      compile: (q, context) => alertConditions(q, context),
      toAlerts: async () => [],
    },
    handover: undefined as never,
    impact: { between: async () => null },
  });
  const now = clock.now();
  const summary = await shift.summary({ from: toInstant(now - hourMs), to: toInstant(now) }, ana);
  expect(summary.rule_quality.rules).toBe(2);
});
