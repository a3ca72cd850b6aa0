import fc from "fast-check";
import { expect, test } from "vitest";
import type { RuleStage } from "../../../shared/rule-record.ts";
import type { Principal } from "../base/principals.ts";
import { type RuleRecord, ruleById, ruleModule, saveRule } from "../respond/rules/rule-state.ts";
import { entityVersion, eventsAfter } from "../store/event-table.ts";
import { openInlineStore } from "../store/inline-store.ts";
import { Decision } from "../store/shared-decision.ts";
import type { EventDraft, StoreHost } from "../store/store.ts";
import { caseProjection, caseTables } from "../triage/case-state.ts";

// Random decisions about rules and cases, as the product keeps them, at three engines that hear of each other in any order.

const runs = 25 * Number(process.env.TORTURE ?? 1);
let at = Date.UTC(2026, 0, 31);
const clock = { now: () => at++ };
const by: Principal = { actor: "Ada", role: "approver", caller: "ui" };
const cases = {
  name: "cases",
  migrations: [{ id: 9001, sql: caseTables }],
  reads: [],
  writes: [],
  projections: [caseProjection],
};
const nowhere = { seq: 0, member: null };

const record = (stage: RuleStage, name: string): RuleRecord => ({
  name,
  definition: {
    ...{ class: "xss", family: null, action: "block", expires_at: null },
    match: { kind: "string", text: "<script" },
    scope: { method: null, path: "/search", place: "query", parameter: "q" },
  },
  exclusions: [],
  stage,
  provenance: { simulations: [], verdicts: [], samples: [], by: "Ada", at: 0 },
  authors: ["Ada"],
  measured: null,
  decision: null,
  because: "made",
  approval_id: null,
  at: 0,
});

async function changeRule(store: StoreHost, id: string, stage: RuleStage, name: string): Promise<EventDraft> {
  const former = await store.read(ruleById, id);
  const version = await store.read(entityVersion, { entityType: "waf_rule", entityId: id });
  const draft = saveRule(id, record(stage, name), former);
  return { ...draft, baseVersion: version };
}

async function changeCase(store: StoreHost, id: string, text: string): Promise<EventDraft> {
  const baseVersion = await store.read(entityVersion, { entityType: "case", entityId: id });
  const payload = {
    ...{ text, status: "open", outcome: null, severity: null, assignee: null, tags: [], merged_into: null },
    ...{ opened_by: "Ada", opened_at: "2026-01-31", closed_at: null },
  };
  const inverse = { kind: "case.removed", payload: {} };
  return { entityType: "case", entityId: id, baseVersion, kind: "case.saved", payload, inverse };
}

/** An engine's store, and how far it has told and heard a topic. */
function openNode(name: string, topic: string[]) {
  const store = openInlineStore({ modules: [ruleModule, cases], clock, nodeId: name, sharing: true });
  let sent: typeof nowhere | { seq: number; member: string | null } = nowhere;
  let heard = 0;
  return {
    store,
    async send(limit: number): Promise<number> {
      const waiting = await store.waiting(sent, limit);
      for (const { place, decision } of waiting) {
        topic.push(JSON.stringify(decision));
        sent = place;
      }
      return waiting.length;
    },
    async hear(limit: number): Promise<number> {
      const messages = topic.slice(heard, heard + limit);
      await store.judge(messages.map((text, i) => ({ offset: heard + i, decision: Decision.parse(JSON.parse(text)) })));
      heard += messages.length;
      return messages.length;
    },
    restart(): void {
      sent = nowhere;
      heard = Math.max(0, heard - 3);
    },
  };
}

const node = fc.integer({ min: 0, max: 2 });
const id = fc.constantFrom("a", "b");
const stage = fc.constantFrom<RuleStage>("proposed", "log", "tag", "off");
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ op: fc.constant("rule" as const), node, id, stage }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("case" as const), node, id }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("both" as const), node, id, stage }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("undo" as const), node, back: fc.nat(4) }) },
  { weight: 8, arbitrary: fc.record({ op: fc.constantFrom<"send" | "hear">("send", "hear"), node }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constantFrom<"restart" | "rebuild">("restart", "rebuild"), node }) },
);

test("engines come to the same rules and cases, whatever comes in whatever order", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
      const topic: string[] = [];
      const nodes = ["n0", "n1", "n2"].map((name) => openNode(name, topic));
      for (const [i, one] of steps.entries()) {
        const { store, send, hear, restart } = nodes[one.node]!;
        if (one.op === "rule") await store.append([await changeRule(store, one.id, one.stage, `rule ${i}`)], by);
        else if (one.op === "case") await store.append([await changeCase(store, one.id, `case ${i}`)], by);
        else if (one.op === "both") {
          const drafts = [
            await changeRule(store, one.id, one.stage, `rule ${i}`),
            await changeCase(store, one.id, "both"),
          ];
          await store.append(drafts, by);
        } else if (one.op === "send") await send(2);
        else if (one.op === "hear") await hear(3);
        else if (one.op === "restart") restart();
        else if (one.op === "rebuild") await store.rebuild();
        else if (one.op === "undo") {
          const events = await store.read(eventsAfter, { after: 0, limit: 1000 });
          const event = events.filter(({ inverse }) => inverse !== null).at(-1 - one.back);
          // What cannot be taken back any more is refused, as for anybody.
          if (event !== undefined) await store.undo(event.id, by, { partial: true }).catch(() => {});
        }
      }
      for (let moved = 1; moved > 0; ) {
        moved = 0;
        for (const { send, hear } of nodes) moved += (await send(100)) + (await hear(100));
      }
      const first = await nodes[0]!.store.sharedState(true);
      expect(first.waiting).toBe(0);
      for (const { store } of nodes) {
        expect(await store.sharedState(true)).toEqual(first);
        expect((await store.verify()).ok).toBe(true);
        await store.rebuild();
        expect(await store.sharedState(true)).toEqual(first);
        await store.close();
      }
    }),
    { numRuns: runs },
  );
}, 60_000);
