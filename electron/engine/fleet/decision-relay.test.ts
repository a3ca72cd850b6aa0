import { createCipheriv, hkdfSync, randomBytes } from "node:crypto";
import { deflateRawSync } from "node:zlib";
import pino from "pino";
import { afterEach, describe, expect, test } from "vitest";
import { SentinelError } from "../../../shared/errors.ts";
import { topics } from "../../../shared/fleet.ts";
import type { Principal } from "../base/principals.ts";
import { openInlineStore } from "../store/inline-store.ts";
import { decisionsVersion } from "../store/shared-decision.ts";
import type { StoreHost } from "../store/store.ts";
import { caseProjection, caseTables } from "../triage/case-state.ts";
import { createDecisionRelay } from "./decision-relay.ts";
import { fleetKeyModule } from "./key-table.ts";
import type { BusMessage, MessageBus, OutgoingMessage, SubscribeOptions } from "./message-bus.ts";
import { createBoxes } from "./sealed-box.ts";

const ada: Principal = { actor: "Ada", role: "analyst", caller: "ui" };
const clock = { now: () => Date.UTC(2026, 0, 31) };
const log = pino({ level: "silent" });
const secret = randomBytes(32);
const boxes = createBoxes([secret]);

/** What an engine that has the key may put into a box. */
function closeRaw(about: readonly string[], bytes: Buffer): string {
  const key = Buffer.from(hkdfSync("sha256", secret, "", "sentinel fleet messages v1", 32));
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(JSON.stringify(about)));
  return Buffer.concat([nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]).toString("base64");
}
const cases = {
  name: "cases",
  migrations: [{ id: 9001, sql: caseTables }],
  reads: [],
  writes: [],
  projections: [caseProjection],
};

/** A topic in memory: what is sent is taken by all, in one order. */
function createTopic() {
  const messages: Buffer[] = [];
  const readers: { options: SubscribeOptions; problem: string | null }[] = [];
  return {
    messages,
    batches: [] as number[],
    bus(): MessageBus {
      const { batches } = this;
      return {
        prepare: async () => {},
        async send(sent: readonly OutgoingMessage[]) {
          const bytes = sent.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
          if (sent.some(({ topic }) => topic === topics.decisions)) batches.push(bytes);
          for (const { topic, value } of sent) if (topic === topics.decisions) messages.push(Buffer.from(value ?? ""));
        },
        subscribe(options) {
          const reader = { options, problem: null };
          if (options.topic === topics.decisions) readers.push(reader);
          return { problem: () => reader.problem, lag: async () => 0, close: async () => {} };
        },
        close: async () => {},
      };
    },
    /** Has everybody read on from where they say that they are, as after a restart. */
    async read(): Promise<void> {
      for (const reader of readers) {
        const { from, take } = reader.options;
        reader.problem = null;
        const at = typeof from === "string" ? 0n : await from.at();
        for (let i = Number(at); i < messages.length; i++) {
          const message: BusMessage = {
            ...{ topic: topics.decisions, partition: 0, offset: BigInt(i), key: null, value: messages[i]! },
          };
          try {
            await take(message, AbortSignal.timeout(10_000));
          } catch (error) {
            reader.problem = (error as Error).message;
            break;
          }
        }
      }
    },
  };
}

describe("telling and hearing decisions", () => {
  const open: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of open.splice(0).reverse()) await close();
  });

  function node(name: string, bus: MessageBus, topicKeys = { promise: Promise.resolve() }) {
    const store = openInlineStore({ modules: [cases, fleetKeyModule], clock, nodeId: name, sharing: true });
    const erased: string[] = [];
    const keys = {
      start: () => {},
      tell: async () => {},
      arrived: () => topicKeys.promise,
      tellAgain: async () => {},
      forget: async () => {},
      tags: async () => [],
      problem: () => null,
      close: async () => {},
    };
    const relay = createDecisionRelay({
      ...{ bus, store, boxes, keys, nodeId: name, clock, log },
      erase: async (tag) => void erased.push(tag),
      erased: async () => new Set(erased),
      count: () => {},
      snapshots: null,
      onChange: () => {},
    });
    void relay.start();
    open.push(relay.close, store.close);
    return { store, relay, erased };
  }

  async function decide(store: StoreHost, id: string, text = "sealed"): Promise<void> {
    const payload = {
      ...{ text, status: "open", outcome: null, severity: null, assignee: null, tags: [], merged_into: null },
      ...{ opened_by: "Ada", opened_at: "2026-01-31", closed_at: null },
    };
    const inverse = { kind: "case.removed", payload: {} };
    await store.append(
      [{ entityType: "case", entityId: id, baseVersion: 0, kind: "case.saved", payload, inverse }],
      ada,
    );
  }
  const hashOf = async (store: StoreHost) => (await store.sharedState(true)).hash;

  test("what is decided is judged once its texts can be read", async () => {
    const topic = createTopic();
    const keys = Promise.withResolvers<void>();
    const [one, two] = [node("n0", topic.bus()), node("n1", topic.bus(), keys)];
    await decide(one.store, "c1");
    await expect.poll(() => topic.messages.length).toBe(1);
    const reading = topic.read();
    await expect.poll(() => one.relay.counts().accepted).toBe(1);
    expect(two.relay.counts().accepted).toBe(0);
    keys.resolve();
    await reading;
    expect(two.relay.counts().accepted).toBe(1);
  });

  test("an engine that was restored reads on from where its database is, whatever it had read before", async () => {
    const topic = createTopic();
    const [one, two] = [node("n0", topic.bus()), node("n1", topic.bus())];
    for (const id of ["a", "b", "c"]) await decide(one.store, id);
    await expect.poll(() => topic.messages.length).toBe(3);
    await topic.read();
    expect(await hashOf(two.store)).toBe(await hashOf(one.store));
    const restored = node("n1", topic.bus());
    await topic.read();
    expect(await hashOf(restored.store)).toBe(await hashOf(one.store));
  });

  test.each<{ why: string; change: (messages: Buffer[]) => void }>([
    { why: "was made anew, with other messages under the same offsets", change: (all) => void all.reverse() },
    { why: "lacks messages", change: (all) => void all.splice(1, 2) },
  ])("a topic that $why is not read on, and it shows", async ({ change }) => {
    const topic = createTopic();
    const { store, relay } = node("n0", topic.bus());
    for (const id of ["a", "b", "c"]) await decide(store, id);
    await expect.poll(() => topic.messages.length).toBe(3);
    await topic.read();
    expect(relay.problem()).toBeNull();
    const before = await store.sharedState(true);
    const kept = [...topic.messages];
    change(topic.messages);
    topic.messages.push(...kept);
    await topic.read();
    expect(relay.problem()).toMatch(/not as it was read before/);
    expect(await store.sharedState(true)).toEqual(before);
    topic.messages.splice(0, topic.messages.length, ...kept);
    await topic.read();
    expect(relay.problem()).toBeNull();
  });

  test("what waits is told in batches that a broker takes; what it does not take holds nothing else up, and it shows", async () => {
    const topic = createTopic();
    const bus = topic.bus();
    const mostBytes = 1024 ** 2;
    const { store, relay } = node("n0", {
      ...bus,
      async send(sent, signal) {
        if (sent.reduce((sum, { value }) => sum + (value?.length ?? 0), 0) > mostBytes) {
          throw new SentinelError("UNAVAILABLE", "Too large.", { too_large: true });
        }
        await bus.send(sent, signal);
      },
    });
    const text = () => randomBytes(150_000).toString("base64");
    for (let i = 0; i < 8; i++) await decide(store, `large ${i}`, text());
    await decide(store, "too large", Array.from({ length: 8 }, text).join(""));
    await decide(store, "after it");
    await expect.poll(() => topic.messages.length, { timeout: 10_000 }).toBe(9);
    await expect.poll(() => relay.problem()).toMatch(/1 decisions are larger than the brokers take/);
    await topic.read();
    expect((await store.sharedState(false)).waiting).toBe(1);
  });

  test.each(["not deflated", Buffer.alloc(80_000_000)])(
    "a message that opens and says nothing is passed over",
    async (said) => {
      const topic = createTopic();
      const { store, relay } = node("n0", topic.bus());
      const odd = closeRaw(
        [topics.decisions, "decision", "n1"],
        typeof said === "string" ? Buffer.from(said) : deflateRawSync(said),
      );
      const head = { schema_version: 1, node_id: "n1", at: "2026-01-31T00:00:00.000Z", kind: "decision" };
      topic.messages.push(Buffer.from(JSON.stringify({ ...head, box: odd })));
      await topic.read();
      expect(relay.problem()).toBeNull();
      expect((await store.sharedState(false)).offset).toBe(0);
    },
  );

  test("a genuine message that is given another version stops nobody", async () => {
    const topic = createTopic();
    const { relay } = node("n0", topic.bus());
    const box = boxes.close([topics.decisions, "decision", "n1"], {});
    topic.messages.push(Buffer.from(JSON.stringify({ ...headOf("decision", 2), box })));
    await topic.read();
    expect(relay.problem()).toBeNull();
  });

  const headOf = (kind: string, schema_version = 1) => ({
    ...{ schema_version, node_id: "n1", at: "2026-01-31T00:00:00.000Z", kind },
  });

  test.each([
    {
      why: "says what it does not know",
      head: headOf("decision"),
      said: { node_id: "n1", version: decisionsVersion + 1, events: "else" },
    },
    { why: "says it in another form", head: headOf("decision", 2), said: {} },
    { why: "says something of another kind", head: headOf("pact"), said: {} },
  ])(
    "an engine that is older than one who $why stops there, and says so; who has no key stops nobody",
    async (told) => {
      const { head, said } = told;
      const topic = createTopic();
      const { store, relay } = node("n0", topic.bus());
      const about = [
        topics.decisions,
        head.kind,
        "n1",
        ...(head.schema_version > 1 ? [String(head.schema_version)] : []),
      ];
      const box = boxes.close(about, said);
      topic.messages.push(Buffer.from(JSON.stringify({ ...head, box, added: 1 })));
      await decide(store, "later");
      await expect.poll(() => topic.messages.length).toBe(2);
      await topic.read();
      expect(relay.problem()).toMatch(/newer version.*until it is updated/);
      expect((await store.sharedState(false)).waiting).toBe(1);
      const forged = createBoxes([randomBytes(32)]).close(about, said);
      topic.messages[0] = Buffer.from(JSON.stringify({ ...head, box: forged }));
      await topic.read();
      expect(relay.problem()).toBeNull();
      expect((await store.sharedState(false)).waiting).toBe(0);
    },
  );

  test("an own erasure of before a restored backup is followed", async () => {
    const topic = createTopic();
    const { erased } = node("n0", topic.bus());
    const tag = "0".repeat(32);
    const head = { schema_version: 1, node_id: "n0", at: "2026-01-31T00:00:00.000Z", kind: "erasure" };
    const box = boxes.close([topics.decisions, "erasure", "n0"], { tag });
    topic.messages.push(Buffer.from(JSON.stringify({ ...head, box })));
    // Sealed under the same key, told as something else, it is nobody's.
    topic.messages.push(Buffer.from(JSON.stringify({ ...head, node_id: "n1", box })));
    await topic.read();
    expect(erased).toEqual([tag]);
  });
});
