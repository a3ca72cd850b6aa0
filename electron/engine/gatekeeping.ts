import type { ComponentHealth } from "../../shared/health.ts";
import type { Clock } from "./base/clock.ts";
import type { Logger } from "./base/logging.ts";
import { createGatekeeperOperations } from "./gatekeeper-operations.ts";
import { createGatekeeperRounds, mostWaiting, outboxTarget } from "./gatekeeper-rounds.ts";
import { createHitJudging } from "./hit-judging.ts";
import { falsePositiveEntity } from "./learn/false-positive-state.ts";
import { importEntity } from "./learn/import-state.ts";
import { exclusionEntity } from "./learn/label-exclusions.ts";
import { labelEntity } from "./learn/label-state.ts";
import { type KnownSample, samplesByIds } from "./learn/sample-table.ts";
import { agreeOn, bySample } from "./learn/statement.ts";
import { allStatements } from "./learn/statement-reads.ts";
import { type CallGatekeeper, createGatekeeperLine } from "./respond/gatekeeper/gatekeeper-line.ts";
import { allGatekeepers, gatekeeperEntity, type StoredGatekeeper } from "./respond/gatekeeper/gatekeeper-state.ts";
import { type Flood, findFloods } from "./respond/gatekeeper/hit-flood.ts";
import { hitMinutes } from "./respond/gatekeeper/hit-table.ts";
import { dropLink, linkOf, saveLink } from "./respond/gatekeeper/link-table.ts";
import type { RuleSource } from "./respond/gatekeeper/rule-source.ts";
import { responseEntity } from "./respond/policy/response-state.ts";
import { ruleEntity } from "./respond/rules/rule-state.ts";
import type { KeyStore } from "./store/key-store.ts";
import { dropOutbox, waitingOutbox } from "./store/outbox-table.ts";
import type { EventRow, StoreHost } from "./store/store.ts";
import { alertEntity } from "./triage/alert-state.ts";

const keyName = "gatekeepers";
/** Events that change what should be enforced, or whether it may be pushed. */
const concerning: ReadonlySet<string> = new Set([ruleEntity, responseEntity, gatekeeperEntity, "panic"]);
/** How often it is looked whether anything is due, milliseconds. */
const tickMs = 1_000;
const dayMs = 86_400_000;
const labelEntities: ReadonlySet<string> = new Set([
  labelEntity,
  falsePositiveEntity,
  importEntity,
  exclusionEntity,
  alertEntity,
]);

export interface GatekeepingOptions {
  readonly store: StoreHost;
  readonly keys: Pick<KeyStore, "get" | "create">;
  readonly clock: Clock;
  readonly log: Logger;
  readonly call: CallGatekeeper;
  readonly rules: RuleSource;
  readonly isHeld: () => Promise<boolean>;
  readonly onChange: () => void;
  readonly random?: () => number;
}

/** Keeps gatekeepers enforcing what the rules say, and hears from them what that does. */
export async function createGatekeeping(options: GatekeepingOptions) {
  const { store, keys, clock, log, rules, isHeld, onChange } = options;
  const seed = (await keys.get("engine", keyName)) ?? (await keys.create("engine", keyName));
  const line = createGatekeeperLine({ store, clock, seed, call: options.call });
  const judging = createHitJudging({
    ...{ store, clock, log, rules, benignOf },
    async onLie({ gatekeeper, rule }) {
      const link = await store.read(linkOf, gatekeeper);
      await store.write(saveLink, { gatekeeper, link: { ...link, lie: { rule, at: clock.now() } } });
      onChange();
    },
  });
  const rounds = createGatekeeperRounds({
    store,
    clock,
    log,
    line,
    rules: () => rules.all(),
    isHeld,
    random: options.random ?? Math.random,
    changes: () => changes,
    onHits: (examples) => judging.consider(examples),
  });
  let known: readonly StoredGatekeeper[] = await store.read(allGatekeepers, null);
  let floods: readonly Flood[] = [];
  let floodMinute = -1;
  let timer: NodeJS.Timeout | undefined;
  let closing = false;
  /** What is under way for each gatekeeper, and whether it has to go once more. */
  const going = new Map<string, { done: Promise<void>; again: boolean }>();
  let labelsChanged = false;
  let changes = 0;

  async function benignOf(samples: readonly string[]): Promise<ReadonlyMap<string, KnownSample>> {
    const wanted = new Set(samples);
    const { statements, known } = await store.read(allStatements, null);
    const about = statements.filter(({ sample }) => wanted.has(sample));
    const benign = new Set(bySample(about).flatMap(([id, said]) => (agreeOn(said).label === "benign" ? [id] : [])));
    const values = [...known.filter(({ id }) => benign.has(id)), ...(await store.read(samplesByIds, [...benign]))];
    return new Map(values.map((value) => [value.id, value]));
  }

  /** One round after the other for each gatekeeper; who comes meanwhile gets a round that begins afterwards. */
  function goOn(gatekeeper: StoredGatekeeper, compare = false): Promise<void> {
    const running = going.get(gatekeeper.id);
    if (running !== undefined && !compare) {
      running.again = true;
      return running.done;
    }
    const entry = { done: Promise.resolve(), again: false };
    entry.done = (running?.done ?? Promise.resolve())
      .then(async () => {
        do {
          entry.again = false;
          if (!closing && (await rounds.go(gatekeeper, { compare }))) onChange();
        } while (entry.again && !closing);
      })
      .catch((error: unknown) => log.error({ err: error }, "A gatekeeper could not be served"))
      .finally(() => {
        if (going.get(gatekeeper.id) === entry) going.delete(gatekeeper.id);
      });
    going.set(gatekeeper.id, entry);
    return entry.done;
  }

  async function work(): Promise<void> {
    if (labelsChanged) {
      labelsChanged = false;
      await judging.consider(null);
    }
    await Promise.all(known.map((gatekeeper) => goOn(gatekeeper)));
    await lookForFloods();
  }

  async function lookForFloods(): Promise<void> {
    const now = clock.now();
    const minute = Math.floor(now / 10_000);
    if (minute === floodMinute || known.length === 0) return;
    floodMinute = minute;
    const found = findFloods(await store.read(hitMinutes, { rule: null, since: now - dayMs }), now);
    for (const { rule, lastMinutes } of found) {
      if (floods.some((flood) => flood.rule === rule)) continue;
      log.warn({ rule, hits: lastMinutes }, "A rule matches far more requests than before; it is left as it is");
    }
    const isOther = found.length !== floods.length;
    floods = found;
    if (isOther) onChange();
  }

  function tick(): void {
    if (closing || timer !== undefined || (known.length === 0 && !labelsChanged)) return;
    timer = setTimeout(() => {
      work()
        .catch((error: unknown) => log.error({ err: error }, "Gatekeepers could not be served"))
        .finally(() => {
          timer = undefined;
          tick();
        });
    }, tickMs).unref();
  }

  async function follow(events: readonly EventRow[]): Promise<void> {
    if (events.some(({ entity_type }) => labelEntities.has(entity_type)) && known.length > 0) labelsChanged = true;
    if (events.some(({ entity_type }) => entity_type === gatekeeperEntity)) {
      const before = known;
      known = await store.read(allGatekeepers, null);
      for (const one of before) {
        const now = known.find(({ id }) => id === one.id);
        // Elsewhere, or under another key, there is another one: nothing is known of what it has.
        if (now?.address === one.address && now.key === one.key) continue;
        await store.write(dropLink, one.id);
        await store.write(dropOutbox, outboxTarget(one.id));
      }
      onChange();
    }
    const concerns = events.some(({ entity_type }) => concerning.has(entity_type));
    if (concerns) changes++;
    tick();
    // Not at the next tick: a rule that is rolled back has to let go at once.
    if (concerns) await Promise.all(known.map((gatekeeper) => goOn(gatekeeper)));
  }

  const stop = store.onAppended((events) => {
    if (closing) return;
    follow(events).catch((error: unknown) => log.error({ err: error }, "Gatekeepers could not be served"));
  });
  tick();

  const operations = createGatekeeperOperations({
    store,
    clock,
    seed,
    rules,
    isHeld,
    floods: () => floods,
    judge: judging.judge,
    compare: (gatekeeper) => goOn(gatekeeper, true),
  });
  return {
    operations,
    /** Does at once everything that is due, or waits for it. */
    async settle(): Promise<void> {
      known = await store.read(allGatekeepers, null);
      await work();
    },
    /** Pushes that wait and do more to requests: what a panic holds back. */
    async waitingRaises(): Promise<number> {
      const waiting = await Promise.all(
        known.map(({ id }) => store.read(waitingOutbox, { target: outboxTarget(id), limit: mostWaiting })),
      );
      return waiting.flat().filter(({ priority }) => priority === 0).length;
    },
    /** Null: there is no gatekeeper. */
    async health(): Promise<ComponentHealth | null> {
      if (known.length === 0) return null;
      const { items } = await operations.list();
      const troubles = items.flatMap(({ name, state, problem }) => {
        if (state === "away") return [`${name} does not answer`];
        if (state === "differs") return [`${name} enforces something else`];
        return problem === null ? [] : [`${name}: ${problem}`];
      });
      if (floods.length > 0) troubles.push(`${floods.length} rules match far more than before`);
      if (troubles.length > 0) return { status: "degraded", detail: `${troubles.join("; ")}.` };
      const waiting = items.reduce((sum, item) => sum + item.waiting, 0);
      const one = items.length === 1 ? "1 gatekeeper" : `${items.length} gatekeepers`;
      return { status: "healthy", detail: waiting === 0 ? `${one} in step` : `${one}, ${waiting} pushes wait` };
    },
    async close(): Promise<void> {
      closing = true;
      stop();
      clearTimeout(timer);
      await Promise.all([...going.values()].map(({ done }) => done));
    },
  };
}
