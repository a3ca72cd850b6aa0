import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Alert } from "../shared/alert.ts";
import { BacktestQuestion } from "../shared/backtest.ts";
import { topics } from "../shared/fleet.ts";
import { SampleSource } from "../shared/rule-record.ts";
import { type KafkaServer, noKafka, startKafka } from "./adapters/fixture-kafka.ts";
import { createFleetPorts } from "./adapters/fleet.ts";
import { createKafkaBus } from "./adapters/kafka.ts";
import { readConfig } from "./engine/base/config.ts";
import type { Principal } from "./engine/base/principals.ts";
import type { MessageBus } from "./engine/fleet/message-bus.ts";
import {
  bring,
  changeSettings,
  entryOf,
  finished,
  harOf,
  openTestEngine,
  panicSupervisor,
  type TestEngine,
} from "./engine/test-engine.ts";

// What people decide at several engines, through a real broker.

const missing = noKafka();
if (missing !== null) process.stdout.write(`SKIPPED: decisions of a fleet: ${missing}\n`);
const patience = 60_000;
const ada: Principal = { actor: "Ada", role: "approver", caller: "ui" };
const bo: Principal = { actor: "Bo", role: "admin", caller: "ui" };
const hourMs = 3_600_000;
const note = "Ada has seen this scanner before";

const visit = (client: string, day: number) => ({
  ...entryOf(`https://shop.example/search?q=${encodeURIComponent("1' UNION SELECT name, password FROM users -- ")}`, {
    at: day * 86_400,
    cookie: `visit=${client}`,
  }),
  _clientAddress: client,
});
const evidence = harOf([visit("198.51.100.1", 1), visit("198.51.100.2", 2), visit("198.51.100.3", 3)]);

/** A bus that can be cut off from the broker: what is sent waits until it is there again. */
function severable(bus: MessageBus): MessageBus & { cut(): void; mend(): void } {
  let whole = Promise.resolve();
  let mend = () => {};
  return {
    ...bus,
    cut() {
      const { promise, resolve } = Promise.withResolvers<void>();
      whole = promise;
      mend = resolve;
    },
    mend: () => mend(),
    async send(messages, signal) {
      await whole;
      await bus.send(messages, signal);
    },
    subscribe: (options) =>
      bus.subscribe({
        ...options,
        async take(message, signal) {
          await whole;
          await options.take(message, signal);
        },
      }),
  };
}

describe.skipIf(missing !== null)("engines that decide together", () => {
  let kafka: KafkaServer;
  let secrets: string;
  let key: Buffer;
  const open: TestEngine[] = [];
  const buses = new Map<TestEngine, ReturnType<typeof severable>>();

  /** How far an engine's clock is from this machine's, milliseconds. */
  const skews = new Map<string, number>([["second", hourMs]]);

  async function join_(name: string, fleetKey: Buffer | null = key): Promise<TestEngine> {
    const environment = { SENTINEL_KAFKA_BROKERS: kafka.brokers.join(","), SENTINEL_SECRETS: secrets };
    const ports = (await createFleetPorts(readConfig({ SENTINEL_HOME: secrets, ...environment }, secrets), name))!;
    const bus = severable(ports.bus);
    const engine = await openTestEngine({
      fleet: { ...ports, bus, keys: fleetKey === null ? [] : [fleetKey] },
      environment,
      clock: { now: () => Date.now() + (skews.get(name) ?? 0) },
      supervisor: panicSupervisor,
    });
    open.push(engine);
    buses.set(engine, bus);
    return engine;
  }

  const alertsOf = async ({ engine }: TestEngine) =>
    (await engine.alerts.list({ q: "", order: "newest", limit: 50 }, ada)).items;
  const alertOf = async (t: TestEngine, id: string) => (await alertsOf(t)).find((alert) => alert.id === id)!;
  const at = ({ id, version }: Alert) => ({ id, base_version: version });
  const notesOf = async ({ engine }: TestEngine, id: string) => (await engine.alerts.get({ id })).notes;
  const kindsOf = async ({ engine }: TestEngine) =>
    (await engine.audit.log({ after: 0, limit: 500 })).entries.map(({ kind, state }) => `${kind} ${state}`);

  beforeAll(async () => {
    kafka = await startKafka();
    secrets = mkdtempSync(join(tmpdir(), "sentinel-decisions-"));
    key = randomBytes(32);
  }, patience);
  afterAll(async () => {
    for (const engine of open) await engine.close();
    await kafka?.close();
    if (secrets !== undefined) rmSync(secrets, { recursive: true, force: true });
  });

  let first: TestEngine;
  let second: TestEngine;

  test(
    "what is decided at one engine stands at the other, with its texts; no text is in the clear at the broker",
    async () => {
      const outside = createKafkaBus({ brokers: kafka.brokers, clientId: "outside", tls: null, sasl: null });
      const told: string[] = [];
      [first, second] = [await join_("first"), await join_("second")];
      for (const topic of [topics.decisions, topics.subjectKeys]) {
        const take = async ({ value }: { value: Buffer }) => void told.push(value.toString());
        outside.subscribe({ topic, group: `outside-${topic}`, concurrency: 1, from: "start", take });
      }
      for (const t of [first, second]) await finished(t, await bring(t, evidence, "visits.har"));
      const [alert, other] = await alertsOf(first);
      expect((await alertsOf(second)).map(({ id }) => id).sort()).toEqual(
        (await alertsOf(first)).map(({ id }) => id).sort(),
      );

      await first.engine.alerts.change(
        { alerts: [at(alert!), at(other!)], change: { status: "in_progress" }, note },
        ada,
      );
      await expect
        .poll(async () => (await alertOf(second, alert!.id)).status, { timeout: patience })
        .toBe("in_progress");
      await expect
        .poll(async () => (await notesOf(second, alert!.id)).map(({ text, by }) => [text, by]), { timeout: patience })
        .toEqual([[note, "Ada"]]);
      // And back: what stands there is changed from there.
      const { event_id } = await second.engine.alerts.change(
        { alerts: [at(await alertOf(second, alert!.id))], change: { status: "closed", reason: "false_positive" } },
        bo,
      );
      await expect.poll(async () => (await alertOf(first, alert!.id)).status, { timeout: patience }).toBe("closed");
      // Whoever sees it can take it back, wherever it was done.
      await first.engine.audit.undo({ id: event_id }, ada);
      await expect
        .poll(async () => (await alertOf(second, alert!.id)).status, { timeout: patience })
        .toBe("in_progress");
      expect(told.length).toBeGreaterThan(3);
      for (const text of told) expect(text).not.toMatch(/scanner|in_progress|Ada/);
      for (const { log } of [first, second]) {
        expect(log()).not.toContain(note);
        expect(log()).not.toContain(key.toString("base64"));
      }
      await outside.close();
    },
    2 * patience,
  );

  test(
    "of two who decide while they are parted, the first stands at both, and the other is taken back with the reason",
    async () => {
      const [alert] = (await alertsOf(first)).filter(({ status }) => status === "new");
      buses.get(second)!.cut();
      await second.engine.alerts.change(
        { alerts: [at(await alertOf(second, alert!.id))], change: { status: "closed", reason: "false_positive" } },
        bo,
      );
      await second.engine.alerts.addNote({ id: alert!.id, text: "harmless" }, bo);
      await first.engine.alerts.change(
        { alerts: [at(alert!)], change: { status: "closed", reason: "true_positive" } },
        ada,
      );
      await expect
        .poll(async () => (await first.engine.fleetDecisions({}, ada)).waiting, { timeout: patience })
        .toBe(0);
      expect((await alertOf(second, alert!.id)).reason).toBe("false_positive");
      buses.get(second)!.mend();
      await expect
        .poll(async () => (await alertOf(second, alert!.id)).reason, { timeout: patience })
        .toBe("true_positive");
      expect((await alertOf(first, alert!.id)).reason).toBe("true_positive");
      expect(await notesOf(second, alert!.id)).toEqual([]);
      expect(await kindsOf(second)).toContain("decision.rejected rejected");
      const { entries } = await second.engine.audit.log({ after: 0, limit: 500 });
      const lost = entries.find(({ kind }) => kind === "decision.rejected")!;
      expect(lost.payload).toMatchObject({ because: { actor: "Ada" } });
      const told = await second.engine.fleetDecisions({}, bo);
      expect(told.lost).toMatchObject([{ entity_type: "alert", count: 1, because: { actor: "Ada" } }]);
      expect((await second.engine.fleetDecisions({}, ada)).lost).toEqual([]);
      const fates = entries.flatMap(({ kind, actor, fate }) => (actor === "Bo" ? [`${kind} ${fate}`] : []));
      expect(fates).toContain("alert.changed rejected");
      expect(fates).toContain("alert.changed accepted");
      for (const { engine } of [first, second]) expect((await engine.audit.verify(bo)).ok).toBe(true);
    },
    2 * patience,
  );

  test(
    "an engine that joins late, and one that was away, come to the same",
    async () => {
      const third = await join_("third");
      await finished(third, await bring(third, evidence, "visits.har"));
      const stateOf = async (t: TestEngine) =>
        (await alertsOf(t)).map(({ id, status, reason }) => `${id} ${status} ${reason}`).sort();
      await expect.poll(() => stateOf(third), { timeout: patience }).toEqual(await stateOf(first));
      const hashOf = async ({ engine }: TestEngine) => (await engine.fleetDecisions({ hash: "1" }, ada)).hash;
      expect(await hashOf(third)).toBe(await hashOf(first));
      expect(await hashOf(second)).toBe(await hashOf(first));
      expect(await notesOf(third, (await alertsOf(first)).at(-1)!.id)).toEqual(
        await notesOf(first, (await alertsOf(first)).at(-1)!.id),
      );
    },
    2 * patience,
  );

  test(
    "a rule that is made, tried and asked for at one is approved at the other, and does the same at both",
    async () => {
      const [alert] = await alertsOf(first);
      const { engine } = first;
      await engine.alerts.change({ alerts: [at(alert!)], change: { status: "closed", reason: "true_positive" } }, ada);
      await changeSettings(first, { rule_propose_confidence: 0, backtest_days: 365 });
      const source = SampleSource.parse({ alerts: [alert!.id] });
      const { groups } = await engine.rules.generate(source);
      const { definition, name, samples } = groups[0]![0]!;
      const made = { name, definition, source, samples: samples.map((one) => one.id) };
      const { id } = await engine.rules.create(made, ada);
      const { job_id } = await engine.rules.backtest(BacktestQuestion.parse({ id }), ada);
      await finished(first, job_id);
      // Tried, it may be let in if somebody approves it: that is asked for by itself.
      const ruleOf = async ({ engine: one }: TestEngine) => {
        const { stage, version, measured, definition_hash } = await one.rules.get({ id });
        return { stage, version, measured, definition_hash };
      };
      const approvalsOf = async ({ engine: one }: TestEngine, decided: "0" | "1") =>
        (await one.approvals.list({ decided, limit: 10 }, bo)).items.map(({ id, state }) => `${id} ${state}`);
      const [asked] = await approvalsOf(first, "0");
      await expect.poll(() => approvalsOf(second, "0"), { timeout: patience }).toEqual([asked]);
      const approval = asked!.split(" ")[0]!;
      const { shown_hash } = await second.engine.approvals.get({ id: approval }, bo);
      const word = { id: approval, granted: true, shown_hash, reason: "" };
      expect(await second.engine.approvals.decide(word, bo)).toMatchObject({ state: "used" });
      await expect.poll(async () => (await ruleOf(first)).stage, { timeout: patience }).toBe("log");
      expect(await ruleOf(first)).toEqual(await ruleOf(second));
      for (const t of [first, second]) expect(await approvalsOf(t, "1")).toEqual([`${approval} used`]);
    },
    2 * patience,
  );

  test(
    "a broker that is away for an hour, and clocks that differ by one, lose neither a decision nor a panic",
    async () => {
      await kafka.kill();
      const [alert] = await alertsOf(first);
      await first.engine.alerts.change({ alerts: [at(alert!)], change: { add_tags: ["during-the-outage"] } }, ada);
      await expect
        .poll(async () => (await first.engine.health()).components.fleet, { timeout: patience })
        .toMatchObject({ status: "degraded", detail: expect.stringContaining("Decisions wait") });
      expect((await first.engine.fleetDecisions({}, ada)).waiting).toBe(1);
      for (const name of ["first", "second", "third"]) skews.set(name, (skews.get(name) ?? 0) + hourMs);
      await kafka.start();
      await expect
        .poll(async () => (await alertOf(second, alert!.id)).tags, { timeout: patience })
        .toContain("during-the-outage");
      // The first one's clock is an hour behind the second's.
      const pulled = async ({ engine }: TestEngine) =>
        (await engine.audit.log({ after: 0, limit: 500 })).entries.filter(({ kind }) => kind === "panic.pulled").length;
      await expect
        .poll(async () => (await second.engine.health()).components.kafka?.status, { timeout: patience })
        .toBe("healthy");
      await first.engine.panic({}, bo);
      await expect.poll(() => pulled(second), { timeout: patience }).toBe(1);
    },
    3 * patience,
  );

  test(
    "what is ordinary at one is known to the other, and no sample of it",
    async () => {
      const outside = createKafkaBus({ brokers: kafka.brokers, clientId: "listener", tls: null, sasl: null });
      const told: string[] = [];
      const take = async ({ value }: { value: Buffer }) => void told.push(value.toString());
      outside.subscribe({ topic: topics.flows, group: "outside-flows", concurrency: 1, from: "start", take });
      const sample = (i: number) => ({
        latency: 20 + ((i * 7919) % 31),
        input_length: 100 + ((i * 104_729) % 57),
        errors: 0,
        route: "/api/user/1",
        user_id: "secret-user",
      });
      const feed = async () => {
        for (const { engine } of [first, second]) {
          for (let i = 0; i < 600; i++) engine.telemetry.analyse(sample(i));
        }
        return [first, second].map(({ engine }) => engine.telemetry.state().model?.engines);
      };
      await expect.poll(feed, { timeout: patience, interval: 300 }).toEqual([2, 2]);
      expect(told.length).toBeGreaterThan(1);
      for (const text of told) expect(text).not.toMatch(/secret-user|latency/);
      await outside.close();
    },
    2 * patience,
  );

  test(
    "what one erases, nobody can read any more",
    async () => {
      const noted = (
        await Promise.all((await alertsOf(first)).map(async ({ id }) => ({ id, notes: await notesOf(first, id) })))
      ).find(({ notes }) => notes.length > 0)!;
      expect((await notesOf(second, noted.id))[0]!.text).toBe(note);
      const { items } = await first.engine.evidence.list({ limit: 10 });
      const { job_id } = await first.engine.erasure.erase({ ids: items.map(({ id }) => id), confirm: "erase" }, bo);
      expect(await finished(first, job_id)).toMatchObject({ state: "done" });
      await expect
        .poll(async () => (await notesOf(second, noted.id)).map(({ text }) => text), { timeout: patience })
        .not.toContain(note);
    },
    2 * patience,
  );

  test(
    "an engine with another key is heard by nobody, and it shows",
    async () => {
      const stranger = await join_("stranger", randomBytes(32));
      await finished(stranger, await bring(stranger, evidence, "visits.har"));
      const [alert] = await alertsOf(stranger);
      expect(alert!.status).toBe("new");
      const before = await alertOf(second, alert!.id);
      await stranger.engine.alerts.change(
        { alerts: [at(alert!)], change: { status: "closed", reason: "duplicate" } },
        bo,
      );
      await expect
        .poll(async () => (await second.engine.health()).components.fleet, { timeout: patience })
        .toMatchObject({ status: "degraded", detail: expect.stringContaining("not of this fleet") });
      expect(await alertOf(second, alert!.id)).toEqual(before);
    },
    2 * patience,
  );
});
