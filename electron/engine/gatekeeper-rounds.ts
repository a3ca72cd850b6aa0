import { SentinelError } from "../../shared/errors.ts";
import type { GateCommand, GateRule } from "../../shared/gatekeeper-protocol.ts";
import type { Clock } from "./base/clock.ts";
import type { Logger } from "./base/logging.ts";
import { enginePrincipal } from "./base/principals.ts";
import { createMeasureRounds } from "./measure-rounds.ts";
import { backOffMs } from "./respond/gatekeeper/back-off.ts";
import type { GatekeeperLine } from "./respond/gatekeeper/gatekeeper-line.ts";
import { gatekeeperEntity, type StoredGatekeeper } from "./respond/gatekeeper/gatekeeper-state.ts";
import { addHits, hitCursor } from "./respond/gatekeeper/hit-table.ts";
import { type Link, linkOf, noteTaken, saveLink, takenRules } from "./respond/gatekeeper/link-table.ts";
import { compareRules, gateRuleHash, isLowering, type RuleDifference } from "./respond/gatekeeper/rule-difference.ts";
import { doneOutbox, failOutbox, type OutboxEntry, putOutbox, waitingOutbox } from "./store/outbox-table.ts";
import type { Store } from "./store/store.ts";

/** How often a gatekeeper is asked what it enforces, and what its rules matched, milliseconds. */
const compareMs = 30_000;
const collectMs = 3_000;
/** How long a push that is refused for what it holds waits until it is tried again, milliseconds. */
const refusedMs = 60_000;
const hitsAtOnce = 500;
export const mostWaiting = 10_000;

export const outboxTarget = (gatekeeper: string) => `gatekeeper ${gatekeeper}`;
export const ruleKey = (rule: string) => `rule ${rule}`;
/** Key of a push of everything. */
export const allRulesKey = "rules";

export interface GatekeeperRounds {
  /**
   * Everything that is due for one gatekeeper.
   * @param options.compare whether to compare now
   * @returns whether anything is different afterwards
   */
  go(gatekeeper: StoredGatekeeper, options?: { compare?: boolean }): Promise<boolean>;
}

/** What goes to and fro between this engine and each gatekeeper. A gatekeeper that fails is left alone for longer and longer. */
export function createGatekeeperRounds(options: {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly line: GatekeeperLine;
  readonly rules: () => Promise<readonly GateRule[]>;
  /** Whether panic holds what does more to requests. */
  readonly isHeld: () => Promise<boolean>;
  readonly random: () => number;
  /** Rises with every change of what should be in force, so that it is not worked out anew each time. */
  readonly changes: () => number;
  /** Hears of examples of hits that are new. */
  readonly onHits: (examples: readonly string[]) => Promise<void>;
}): GatekeeperRounds {
  const { store, clock, log, line } = options;
  const collectMeasures = createMeasureRounds({ store, clock, line });
  /** Gatekeepers of which something is different since their round began. */
  const touched = new Set<string>();
  const collectedAt = new Map<string, number>();
  /** What `changes` was when everything that was due was put into the outbox. */
  const plannedAt = new Map<string, number>();

  async function changeLink(gatekeeper: string, change: (link: Link) => Partial<Link>): Promise<void> {
    const link = await store.read(linkOf, gatekeeper);
    await store.write(saveLink, { gatekeeper, link: { ...link, ...change(link) } });
  }

  /** Puts into the outbox whatever the gatekeeper did not take yet. @returns rules that should be in force there */
  async function plan(gatekeeper: StoredGatekeeper): Promise<GateRule[]> {
    const now = clock.now();
    const target = outboxTarget(gatekeeper.id);
    const changes = options.changes();
    const rules = await options.rules();
    const waiting = await store.read(waitingOutbox, { target, limit: mostWaiting });
    const versions = new Map(waiting.map(({ key, version }) => [key, version]));
    const all = new Map(rules.map((rule) => [rule.id, rule]));
    const taken = new Map((await store.read(takenRules, gatekeeper.id)).map((rule) => [rule.id, rule]));
    for (const [id, before] of taken) {
      // Removed since: its next version does nothing.
      if (!all.has(id) && before.stage !== "off") all.set(id, { ...before, version: before.version + 1, stage: "off" });
    }
    for (const rule of all.values()) {
      const before = taken.get(rule.id) ?? null;
      if (before === null && rule.stage === "off") {
        // It never got there; what waits of it need not go.
        if (versions.has(ruleKey(rule.id))) {
          await store.write(doneOutbox, { target, key: ruleKey(rule.id), version: rule.version });
        }
        continue;
      }
      if ((versions.get(ruleKey(rule.id)) ?? 0) >= rule.version) continue;
      if (before !== null && before.version >= rule.version && gateRuleHash(before) === gateRuleHash(rule)) continue;
      if (before !== null && before.stage === "off" && rule.stage === "off") continue;
      const priority = isLowering(before, rule) ? 1 : 0;
      const draft = {
        target,
        key: ruleKey(rule.id),
        version: rule.version,
        priority,
        payload: JSON.stringify(rule),
        now,
      };
      await store.write(putOutbox, draft);
      touched.add(gatekeeper.id);
    }
    plannedAt.set(gatekeeper.id, changes);
    return rules.filter(({ stage }) => stage !== "off");
  }

  const inForce = async () => (await options.rules()).filter(({ stage }) => stage !== "off");

  /** @returns whether it arrived, or need not go again now; false: the gatekeeper is to be left alone */
  async function send(gatekeeper: StoredGatekeeper, entry: OutboxEntry): Promise<boolean> {
    const { target, key, version } = entry;
    const isAll = key === allRulesKey;
    touched.add(gatekeeper.id);
    const rules = isAll ? await inForce() : [JSON.parse(entry.payload) as GateRule];
    const command: GateCommand = isAll ? { kind: "rules", rules } : { kind: "rule", rule: rules[0]! };
    const fail = async (problem: string, nextAt: number) =>
      await store.write(failOutbox, { target, key, version, nextAt, problem: problem.slice(0, 500) });
    try {
      const result = await line.ask(gatekeeper, command);
      if (result.kind === "taken") {
        await store.write(noteTaken, { gatekeeper: gatekeeper.id, rules, isAll });
        await store.write(doneOutbox, { target, key, version });
        if (isAll) await dropOvertaken(target, rules);
        await changeLink(gatekeeper.id, () => ({ failures: 0, next_at: 0, problem: null, answered_at: clock.now() }));
        return true;
      }
      if (result.kind !== "refused") throw new SentinelError("UNAVAILABLE", "The gatekeeper answers something else.");
      if (result.why === "stale" || result.why === "conflict") {
        // It has something of this rule that was not sent by now: everything is said anew.
        await store.write(doneOutbox, { target, key, version });
        await putAll(target);
        return true;
      }
      await fail(`The gatekeeper refuses it: ${result.message}`, clock.now() + refusedMs);
      return true;
    } catch (error) {
      if (!(error instanceof SentinelError)) throw error;
      await fail(error.message, 0);
      await noteFailure(gatekeeper, error.message);
      return false;
    }
  }

  async function dropOvertaken(target: string, sent: readonly GateRule[]): Promise<void> {
    const versions = new Map(sent.map((rule) => [ruleKey(rule.id), rule.version]));
    for (const { key, version } of await store.read(waitingOutbox, { target, limit: mostWaiting })) {
      if (key === allRulesKey || version > (versions.get(key) ?? version)) continue;
      await store.write(doneOutbox, { target, key, version });
    }
  }

  async function putAll(target: string): Promise<void> {
    const now = clock.now();
    await store.write(putOutbox, { target, key: allRulesKey, version: now, priority: 0, payload: "{}", now });
  }

  async function push(gatekeeper: StoredGatekeeper): Promise<boolean> {
    const target = outboxTarget(gatekeeper.id);
    const { next_at } = await store.read(linkOf, gatekeeper.id);
    const now = clock.now();
    for (const entry of await store.read(waitingOutbox, { target, limit: mostWaiting })) {
      // What only takes away goes through, and is tried at once, however long the gatekeeper was away.
      if (next_at > now && !(entry.priority > 0 && entry.attempts === 0)) continue;
      if (entry.next_at > now) continue;
      // SECURITY: asked anew for each: there may be thousands, and a panic comes in between.
      if (entry.priority === 0 && (await options.isHeld())) continue;
      if (!(await send(gatekeeper, entry))) return false;
    }
    return next_at <= now;
  }

  async function noteFailure(gatekeeper: StoredGatekeeper, problem: string): Promise<void> {
    touched.add(gatekeeper.id);
    await changeLink(gatekeeper.id, ({ failures, problem: before }) => {
      if (before === null) log.warn({ gatekeeper: gatekeeper.id, reason: problem }, "A gatekeeper does not answer");
      return {
        failures: failures + 1,
        next_at: clock.now() + backOffMs(failures + 1, options.random()),
        problem: problem.slice(0, 500),
      };
    });
  }

  /** Asks what it enforces. @returns what differs without a reason */
  async function compare(gatekeeper: StoredGatekeeper): Promise<readonly RuleDifference[]> {
    const result = await line.ask(gatekeeper, { kind: "state" });
    if (result.kind !== "state")
      throw new SentinelError("UNAVAILABLE", "The gatekeeper does not say what it enforces.");
    // What changed while it was asked is on its way, and no difference.
    const wanted = await plan(gatekeeper);
    const waiting = await store.read(waitingOutbox, { target: outboxTarget(gatekeeper.id), limit: mostWaiting });
    const expected = new Set(waiting.map(({ key }) => key));
    const differences = compareRules(wanted, result.rules).filter(({ rule }) => !expected.has(ruleKey(rule)));
    const { version, counters, problem, started_at } = result;
    const told = { version, counters, problem, started_at };
    const before = (await store.read(linkOf, gatekeeper.id)).differences;
    const now = clock.now();
    touched.add(gatekeeper.id);
    await changeLink(gatekeeper.id, () => ({
      differences,
      told,
      compared_at: now,
      answered_at: now,
      failures: 0,
      next_at: 0,
      problem: null,
    }));
    if (differences.length > 0 && JSON.stringify(before) !== JSON.stringify(differences)) {
      await noteDifference(gatekeeper, differences);
    }
    return differences;
  }

  /** A gatekeeper that enforces something else than it was told to is something to be found later, too. */
  async function noteDifference(gatekeeper: StoredGatekeeper, differences: readonly RuleDifference[]): Promise<void> {
    log.warn({ gatekeeper: gatekeeper.id, rules: differences.length }, "A gatekeeper enforces something else");
    const payload = { gatekeeper: gatekeeper.id, differences: differences.slice(0, 100), at: clock.now() };
    const entityType = `${gatekeeperEntity}_difference`;
    const entityId = `${gatekeeper.id}.${clock.now()}`;
    const draft = { entityType, entityId, baseVersion: 0, kind: "gatekeeper.differed", payload, inverse: null };
    // The same millisecond: it is noted already.
    await store.append([draft], enginePrincipal).catch((error: unknown) => {
      if (!(error instanceof SentinelError && error.code === "CONFLICT")) throw error;
    });
  }

  async function repair(gatekeeper: StoredGatekeeper): Promise<void> {
    await putAll(outboxTarget(gatekeeper.id));
    if (await push(gatekeeper)) await compare(gatekeeper);
  }

  async function collect(gatekeeper: StoredGatekeeper): Promise<void> {
    for (let more = true, rounds = 0; more && rounds < 50; rounds++) {
      const after = await store.read(hitCursor, gatekeeper.id);
      const result = await line.ask(gatekeeper, { kind: "hits", after, limit: hitsAtOnce });
      if (result.kind !== "hits")
        throw new SentinelError("UNAVAILABLE", "The gatekeeper does not say what its rules matched.");
      const { counters } = result;
      await changeLink(gatekeeper.id, ({ told }) => {
        if (told === null || JSON.stringify(told.counters) === JSON.stringify(counters)) return {};
        touched.add(gatekeeper.id);
        return { told: { ...told, counters } };
      });
      // SECURITY: a gatekeeper that gives the same again would keep this going for ever.
      more = result.more && result.hits.some(({ seq }) => seq > after);
      if (result.hits.length === 0) break;
      touched.add(gatekeeper.id);
      await options.onHits(
        await store.write(addHits, { gatekeeper: gatekeeper.id, hits: result.hits, now: clock.now() }),
      );
    }
    collectedAt.set(gatekeeper.id, clock.now());
    await changeLink(gatekeeper.id, () => ({ answered_at: clock.now(), failures: 0, next_at: 0, problem: null }));
  }

  return {
    async go(gatekeeper, { compare: comparesNow = false } = {}) {
      touched.delete(gatekeeper.id);
      if (plannedAt.get(gatekeeper.id) !== options.changes()) await plan(gatekeeper);
      // One that is left alone is called for what takes away only.
      if (!(await push(gatekeeper)) && !comparesNow) return touched.has(gatekeeper.id);
      try {
        const now = clock.now();
        const { compared_at } = await store.read(linkOf, gatekeeper.id);
        if (comparesNow || compared_at === null || now - compared_at >= compareMs) {
          if ((await compare(gatekeeper)).length > 0) await repair(gatekeeper);
        }
        const collected = collectedAt.get(gatekeeper.id);
        if (collected === undefined || now - collected >= collectMs) {
          await collect(gatekeeper);
          if (await collectMeasures(gatekeeper)) touched.add(gatekeeper.id);
        }
      } catch (error) {
        if (!(error instanceof SentinelError)) throw error;
        await noteFailure(gatekeeper, error.message);
      }
      return touched.has(gatekeeper.id);
    },
  };
}
