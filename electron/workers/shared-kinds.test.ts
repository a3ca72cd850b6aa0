import { expect, test } from "vitest";
import { approvalKinds } from "../../shared/approval.ts";
import { RuleCause } from "../../shared/rule-record.ts";
import type { Principal } from "../engine/base/principals.ts";
import { RuleRecord, ruleModule, saveRule } from "../engine/respond/rules/rule-state.ts";
import { openInlineStore } from "../engine/store/inline-store.ts";
import { decisionsVersion } from "../engine/store/shared-decision.ts";
import type { StoreModule } from "../engine/store/store.ts";
import { storeModules } from "./modules.ts";

test("what engines decide together is what their version of decisions says: with another kind it is counted up", () => {
  const kinds = storeModules.flatMap(({ projections }) =>
    projections.flatMap(({ shared, kinds }) => (shared === undefined ? [] : [[shared.entityType, [...kinds].sort()]])),
  );
  // Also values that the projections insist on: who does not know one cannot apply what has it.
  const values = { approvals: approvalKinds, causes: RuleCause.options };
  expect({ decisionsVersion, values, kinds: Object.fromEntries(kinds) }).toMatchInlineSnapshot(`
    {
      "decisionsVersion": 3,
      "kinds": {
        "alert": [
          "alert.changed",
        ],
        "approval": [
          "approval.denied",
          "approval.granted",
          "approval.reopened",
          "approval.requested",
          "approval.superseded",
          "approval.used",
          "approval.withdrawn",
        ],
        "case": [
          "case.removed",
          "case.saved",
        ],
        "case_item": [
          "case_item.removed",
          "case_item.saved",
        ],
        "false_positive": [
          "false_positive.removed",
          "false_positive.reported",
        ],
        "handover_note": [
          "handover.removed",
          "handover.written",
        ],
        "label": [
          "label.removed",
          "label.set",
        ],
        "label_exclusion": [
          "labels.excluded",
          "labels.included",
        ],
        "named_query": [
          "query.removed",
          "query.saved",
        ],
        "payload_champion": [
          "payload_champion.chosen",
        ],
        "payload_model": [
          "payload_model.evaluated",
          "payload_model.gates_overridden",
          "payload_model.override_removed",
          "payload_model.registered",
          "payload_model.withdrawn",
          "payload_model_alias.set",
        ],
        "waf_rule": [
          "rule.removed",
          "rule.saved",
        ],
      },
      "values": {
        "approvals": [
          "rule",
          "exclusion",
          "rollout",
          "renewal",
          "promotion",
          "plan",
          "tool_call",
        ],
        "causes": [
          "made",
          "edited",
          "measured",
          "policy",
          "asked",
          "approved",
          "rolled_back",
          "excluded",
          "exclusion_removed",
          "renewed",
        ],
      },
    }
  `);
});

test("an engine from before a rule could be given another end stops at one that was, and does not pass it over", async () => {
  const clock = { now: () => Date.UTC(2026, 0, 31) };
  const by: Principal = { actor: "ada", role: "analyst", caller: "ui" };
  const Former = RuleRecord.extend({ because: RuleCause.exclude(["renewed"]) });
  const former: StoreModule = {
    ...ruleModule,
    projections: ruleModule.projections.map((projection) => ({
      ...projection,
      prepare(db) {
        const apply = projection.prepare(db);
        return (event) => apply({ ...event, payload: Former.parse(event.payload) });
      },
    })),
  };
  const open = (nodeId: string, module: StoreModule) =>
    openInlineStore({ modules: [module], clock, nodeId, sharing: true });
  const record = (because: RuleCause) =>
    RuleRecord.parse({
      definition: {
        ...{ class: "sql_injection", family: null, match: { kind: "string", text: "union" } },
        ...{ scope: { method: null, path: null, place: null, parameter: null }, action: "block", expires_at: null },
      },
      provenance: { simulations: [], verdicts: [], samples: [], by: "ada", at: 0 },
      ...{ name: "Rule", exclusions: [], stage: "proposed", authors: ["ada"], because, at: 0 },
      ...{ measured: null, decision: null, approval_id: null },
    });
  const says = open("n1", ruleModule);
  await says.append([saveRule("edited", record("edited"), null)], by);
  await says.append([saveRule("renewed", record("renewed"), null)], by);
  const [edited, renewed] = (await says.waiting({ seq: 0, member: null }, 10)).map(({ decision }, offset) => ({
    ...{ offset, decision, isNewer: (decision.version ?? 1) > 1 },
  }));
  const hears = open("n0", former);
  expect(await hears.judge([edited!])).toEqual([{ offset: 0, outcome: "accepted" }]);
  await expect(hears.judge([renewed!])).rejects.toMatchObject({ code: "UNAVAILABLE" });
  expect((await hears.sharedState(false)).offset).toBe(0);
  await says.close();
  await hears.close();
});
