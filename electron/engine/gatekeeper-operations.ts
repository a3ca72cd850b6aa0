import { SentinelError } from "../../shared/errors.ts";
import type {
  compareGatekeeper,
  Gatekeeper,
  HitFlood,
  judgeRuleHit,
  listGatekeepers,
  listRuleHits,
  RuleHitExample,
  removeGatekeeper,
  saveGatekeeper,
} from "../../shared/gatekeeper.ts";
import type { GateRule } from "../../shared/gatekeeper-protocol.ts";
import type { Input, Output } from "../../shared/route.ts";
import { type Clock, toInstant } from "./base/clock.ts";
import { uuidv7 } from "./base/ids.ts";
import { type Principal, requireRole } from "./base/principals.ts";
import { allRulesKey, outboxTarget, ruleKey } from "./gatekeeper-rounds.ts";
import { parseGatekeeperAddress } from "./respond/gatekeeper/gatekeeper-address.ts";
import {
  allGatekeepers,
  type GatekeeperRecord,
  gatekeeperEntity,
  gatekeeperRemoved,
  gatekeeperSaved,
  type StoredGatekeeper,
} from "./respond/gatekeeper/gatekeeper-state.ts";
import type { Flood } from "./respond/gatekeeper/hit-flood.ts";
import { type HitExample, hitMinutes, lastExamples } from "./respond/gatekeeper/hit-table.ts";
import { type Link, linkOf, takenRules } from "./respond/gatekeeper/link-table.ts";
import type { RuleSource } from "./respond/gatekeeper/rule-source.ts";
import { gateFingerprint, gateKey } from "./respond/gatekeeper/signed-text.ts";
import { type OutboxEntry, waitingOutbox } from "./store/outbox-table.ts";
import type { Store } from "./store/store.ts";

/** Failures in a row after which a gatekeeper is called away. */
const awayAfter = 2;
const mostSteps = 180;
const hourMs = 3_600_000;
/** How long a lie stands beside a gatekeeper, milliseconds: a day. It stays in the audit log. */
const lieShownMs = 86_400_000;

export interface GatekeeperOperations {
  list(): Promise<Output<typeof listGatekeepers>>;
  /** @throws SentinelError INPUT_INVALID, NOT_FOUND, CONFLICT, FORBIDDEN */
  save(input: Input<typeof saveGatekeeper>, by: Principal): Promise<Output<typeof saveGatekeeper>>;
  remove(input: Input<typeof removeGatekeeper>, by: Principal): Promise<Output<typeof removeGatekeeper>>;
  compare(input: Input<typeof compareGatekeeper>): Promise<Output<typeof compareGatekeeper>>;
  hits(input: Input<typeof listRuleHits>): Promise<Output<typeof listRuleHits>>;
  /** @throws SentinelError NOT_FOUND, CONFLICT */
  judge(input: Input<typeof judgeRuleHit>, by: Principal): Promise<Output<typeof judgeRuleHit>>;
}

export function createGatekeeperOperations(options: {
  readonly store: Store;
  readonly clock: Clock;
  readonly seed: Uint8Array;
  readonly rules: Pick<RuleSource, "all">;
  readonly isHeld: () => Promise<boolean>;
  readonly floods: () => readonly Flood[];
  readonly judge: GatekeeperOperations["judge"];
  readonly compare: (gatekeeper: StoredGatekeeper) => Promise<void>;
}): GatekeeperOperations {
  const { store, clock, rules, isHeld } = options;
  const key = gateKey(options.seed);

  async function find(id: string): Promise<StoredGatekeeper> {
    const found = (await store.read(allGatekeepers, null)).find((one) => one.id === id);
    if (found === undefined) throw new SentinelError("NOT_FOUND", "There is no such gatekeeper.");
    return found;
  }

  async function show(gatekeeper: StoredGatekeeper): Promise<Gatekeeper> {
    const { id, at, ...record } = gatekeeper;
    const link = await store.read(linkOf, id);
    const waiting = await store.read(waitingOutbox, { target: outboxTarget(id), limit: 10_000 });
    const held = await isHeld();
    const isHeldBack = (entry: OutboxEntry) => held && entry.priority === 0;
    const wanted = new Map((await rules.all()).map((rule) => [rule.id, rule]));
    const taken = new Map((await store.read(takenRules, id)).map((rule) => [rule.id, rule]));
    const ids = new Set([
      ...taken.keys(),
      ...[...wanted.values()].filter(({ stage }) => stage !== "off").map((one) => one.id),
    ]);
    const shown = [...ids].flatMap((ruleId) => {
      const rule = taken.get(ruleId);
      const named = wanted.get(ruleId) ?? rule!;
      const entry = waiting.find((one) => one.key === ruleKey(ruleId)) ?? null;
      if ((rule === undefined || rule.stage === "off") && entry === null) return [];
      return [toEnforced(named, rule ?? null, entry, entry !== null && isHeldBack(entry))];
    });
    const { problem } = link;
    const isRepairing = waiting.some((entry) => entry.key === allRulesKey);
    return {
      ...record,
      id,
      at: toInstant(at),
      fingerprint: gateFingerprint(record.key),
      state:
        link.failures >= awayAfter || (link.answered_at === null && problem !== null)
          ? "away"
          : link.differences.length > 0
            ? "differs"
            : waiting.some(isHeldBack)
              ? "held"
              : waiting.length > 0 || isRepairing || link.compared_at === null
                ? "waiting"
                : "in_step",
      problem:
        problem ??
        lieOf(link, wanted, clock.now()) ??
        waiting.find((entry) => entry.problem !== null)?.problem ??
        link.told?.problem ??
        null,
      answered_at: instantOrNull(link.answered_at),
      compared_at: instantOrNull(link.compared_at),
      next_at: link.next_at > clock.now() ? toInstant(link.next_at) : null,
      clock_offset_ms: Math.round(link.offset_ms),
      differences: link.differences.map((difference) => ({ ...difference })),
      rules: shown.sort((a, b) => a.number - b.number),
      waiting: waiting.length,
      counters: link.told?.counters ?? null,
      started_at: link.told?.started_at ?? null,
    };
  }

  return {
    async list() {
      const items: Gatekeeper[] = [];
      for (const gatekeeper of await store.read(allGatekeepers, null)) items.push(await show(gatekeeper));
      return {
        items,
        engine_key: key,
        engine_fingerprint: gateFingerprint(key),
        is_held: await isHeld(),
        floods: options.floods().map(toFlood),
        hits: (await store.read(lastExamples, { rule: null, limit: 30 })).map(toExample),
      };
    },
    async save({ id: given, base_version, ...draft }, by) {
      requireRole(by, "admin");
      const { url, isTls } = parseGatekeeperAddress(draft.address);
      // SECURITY: what is signed cannot be changed on its way, but it could be read.
      if (draft.is_public && !isTls) {
        throw new SentinelError("INPUT_INVALID", "address: outside of private networks it has to begin with https://.");
      }
      const before = given === undefined ? null : await find(given);
      const { id: _, version: _version, by: _by, ...former } = before ?? { id: "", version: 0, by: "" };
      const id = given ?? uuidv7(clock);
      const record: GatekeeperRecord = { ...draft, address: url.origin, at: clock.now() };
      const inverse =
        before === null ? { kind: gatekeeperRemoved, payload: {} } : { kind: gatekeeperSaved, payload: former };
      const kind = gatekeeperSaved;
      const draftEvent = {
        entityType: gatekeeperEntity,
        entityId: id,
        baseVersion: base_version,
        kind,
        payload: record,
        inverse,
      };
      const [event] = await store.append([draftEvent], by);
      return { id, event_id: event!.id };
    },
    async remove({ id, base_version }, by) {
      requireRole(by, "admin");
      const { id: _, version: _version, by: _by, ...record } = await find(id);
      const inverse = { kind: gatekeeperSaved, payload: record };
      const kind = gatekeeperRemoved;
      const draft = {
        entityType: gatekeeperEntity,
        entityId: id,
        baseVersion: base_version,
        kind,
        payload: {},
        inverse,
      };
      const [event] = await store.append([draft], by);
      return { event_id: event!.id };
    },
    async compare({ id }) {
      const gatekeeper = await find(id);
      await options.compare(gatekeeper);
      return await show(gatekeeper);
    },
    async hits({ rule, hours }) {
      const now = clock.now();
      const minutes = await store.read(hitMinutes, { rule, since: now - hours * hourMs });
      const step = Math.max(1, Math.ceil((hours * 60) / mostSteps));
      const steps = new Map<number, { logged: number; tagged: number; challenged: number; blocked: number }>();
      for (const { minute, deed, count } of minutes) {
        const at = minute - (minute % (step * 60_000));
        const sum = steps.get(at) ?? { logged: 0, tagged: 0, challenged: 0, blocked: 0 };
        sum[deed] += count;
        steps.set(at, sum);
      }
      const flood = options.floods().find((one) => one.rule === rule);
      return {
        step_minutes: step,
        steps: [...steps].map(([at, sum]) => ({ at: toInstant(at), ...sum })),
        total: minutes.reduce((sum, { count }) => sum + count, 0),
        examples: (await store.read(lastExamples, { rule, limit: 50 })).map(toExample),
        flood: flood === undefined ? null : toFlood(flood),
      };
    },
    judge: options.judge,
  };
}

/** What is said of a gatekeeper that told of a hit which cannot have been; null: it did not lately. */
function lieOf({ lie }: Link, rules: ReadonlyMap<string, GateRule>, now: number): string | null {
  if (lie === null || now - lie.at > lieShownMs) return null;
  const rule = rules.get(lie.rule);
  return `It told of a hit that ${rule === undefined ? "its rule" : `rule ${rule.number}`} does not match. It may be taken over: look at it.`;
}

const instantOrNull = (at: number | null) => (at === null ? null : toInstant(at));

function toEnforced(
  named: GateRule,
  taken: GateRule | null,
  entry: OutboxEntry | null,
  held: boolean,
): Gatekeeper["rules"][number] {
  return {
    id: named.id,
    number: named.number,
    name: named.name,
    version: taken?.version ?? 0,
    stage: taken?.stage ?? "off",
    waits:
      entry === null
        ? null
        : { since: toInstant(entry.queued_at), attempts: entry.attempts, problem: entry.problem, held },
  };
}

function toExample({ at, sample: _, anywhere: _anywhere, ...example }: HitExample): RuleHitExample {
  return { ...example, at: toInstant(at) };
}

const toFlood = ({ rule, since, lastMinutes, usual }: Flood): HitFlood => ({
  rule,
  since: toInstant(since),
  last_minutes: lastMinutes,
  usual,
});
