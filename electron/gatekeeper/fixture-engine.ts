import { randomBytes, randomUUID } from "node:crypto";
import type { GateStage } from "../../shared/gatekeeper-protocol.ts";
import type { PayloadClass, Place } from "../../shared/payload.ts";
import type { RuleAction, RuleMatch } from "../../shared/rule.ts";
import { createGatekeeperCaller } from "../adapters/gatekeeper.ts";
import { type Clock, systemClock } from "../engine/base/clock.ts";
import { createLogger } from "../engine/base/logging.ts";
import type { Principal } from "../engine/base/principals.ts";
import { createGateRules } from "../engine/gate-rules.ts";
import { createGatekeeping } from "../engine/gatekeeping.ts";
import { type LabelSet, labelEntity, labelEntityId, labelSet } from "../engine/learn/label-state.ts";
import { payloadSampleId } from "../engine/learn/sample-identity.ts";
import { originOf, storeSamples } from "../engine/learn/sample-table.ts";
import type { CallGatekeeper } from "../engine/respond/gatekeeper/gatekeeper-line.ts";
import { gateKey } from "../engine/respond/gatekeeper/signed-text.ts";
import { rearm, responseState } from "../engine/respond/policy/response-state.ts";
import { ruleById } from "../engine/respond/rules/rule-state.ts";
import { createRuleBook } from "../engine/rule-book.ts";
import { eventsAfter } from "../engine/store/event-table.ts";
import { openInlineStore } from "../engine/store/inline-store.ts";
import type { StoreHost } from "../engine/store/store.ts";
import { storeModules } from "../workers/modules.ts";

export const admin: Principal = { actor: "ada", role: "admin", caller: "ui" };

/** A clock that is moved by hand, beginning now. */
export function createHandClock(): Clock & { move(ms: number): void } {
  let now = Date.now();
  return {
    now: () => now,
    move: (ms) => {
      now += ms;
    },
  };
}

/** What an engine has of gatekeepers, over a store of its own: rules are real ones, and so is the way to the gatekeeper. */
export async function openGateEngine(
  options: { clock?: Clock; path?: string; store?: StoreHost; seed?: Buffer; call?: CallGatekeeper } = {},
) {
  const { clock = systemClock, seed = randomBytes(32) } = options;
  const store =
    options.store ??
    openInlineStore({ modules: storeModules, clock, ...(options.path === undefined ? {} : { path: options.path }) });
  const lines: string[] = [];
  const log = createLogger("debug", { write: (line) => void lines.push(line) });
  const book = createRuleBook({ store, approvals: { supersede: async () => [] }, clock });
  const rules = createGateRules({ store, book });
  const gatekeeping = await createGatekeeping({
    store,
    keys: { get: async () => seed, create: async () => seed },
    clock,
    log,
    call: options.call ?? createGatekeeperCaller(),
    rules,
    isHeld: async () => (await store.read(responseState, null)).heldAt !== null,
    onChange: () => {},
    random: () => 0,
  });
  return {
    store,
    book,
    seed,
    key: gateKey(seed),
    gatekeeping,
    log: () => lines.join(""),
    /** Sets a rule's stage, and makes it first where there is none. */
    async stage(id: string, stage: GateStage, match: RuleMatch = union, action: RuleAction = "block"): Promise<void> {
      const rule = await store.read(ruleById, id);
      if (rule !== null) {
        await book.change(rule, { set: { stage }, because: "approved" }, admin);
        return;
      }
      const scope = { method: null, path: null, place: null, parameter: null };
      const record = {
        name: `Rule ${id}`,
        definition: { class: "sql_injection" as const, family: null, match, scope, action, expires_at: null },
        exclusions: [],
        stage,
        provenance: { simulations: [], verdicts: [], samples: [], by: "ada", at: 1 },
        measured: null,
        decision: null,
        because: "made" as const,
        approval_id: null,
      };
      await book.add(id, record, admin);
    },
    async stageOf(id: string): Promise<string | undefined> {
      return (await store.read(ruleById, id))?.record.stage;
    },
    async add(gatekeeper: { control: string; key: string }, more: { address?: string } = {}): Promise<string> {
      const draft = {
        name: "Shop",
        address: more.address ?? gatekeeper.control,
        key: gatekeeper.key,
        is_public: false,
      };
      return (await gatekeeping.operations.save({ ...draft, base_version: 0 }, admin)).id;
    },
    /** Labels a value as one person does; the last word counts. */
    async label(place: Place | null, text: string, label: PayloadClass): Promise<void> {
      const sample = payloadSampleId(place, text);
      await store.write(storeSamples, [
        { id: sample, kind: "payload", place, text, origin: originOf.text("test"), campaign: null },
      ]);
      const entityId = labelEntityId(sample, admin.actor);
      const earlier = (await store.read(eventsAfter, { after: 0, limit: 10_000 })).filter(
        (event) => event.entity_id === entityId,
      );
      const said = {
        sample,
        kind: "payload" as const,
        place,
        evidence_id: null,
        campaign: null,
        text: "sealed",
        said: null,
      };
      const payload: LabelSet = {
        ...said,
        labeller: admin.actor,
        label,
        flagged: false,
        resolves: false,
        note: null,
        at: clock.now(),
        source: "add-sample",
      };
      const draft = {
        entityType: labelEntity,
        entityId,
        baseVersion: earlier.length,
        kind: labelSet,
        payload,
        inverse: null,
      };
      await store.append([draft], admin);
    },
    async panic(): Promise<void> {
      const entityId = randomUUID();
      const draft = { entityType: "panic", entityId, baseVersion: 0, kind: "panic.pulled", payload: {}, inverse: null };
      await store.append([draft], admin);
    },
    async rearm(): Promise<void> {
      await store.append([rearm(await store.read(responseState, null), "sealed", clock.now())], admin);
    },
    /** Without the store, as a process that dies. */
    kill: () => gatekeeping.close(),
    async close(): Promise<void> {
      await gatekeeping.close();
      await store.close();
    },
  };
}
export type GateEngine = Awaited<ReturnType<typeof openGateEngine>>;

export const union: RuleMatch = { kind: "string", text: "union select" };
