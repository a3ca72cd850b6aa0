import { randomBytes } from "node:crypto";
import pino from "pino";
import { describe, expect, test } from "vitest";
import { SentinelError } from "../../../shared/errors.ts";
import { SubjectKey, topics } from "../../../shared/fleet.ts";
import { sha256 } from "../base/ids.ts";
import { openInlineStore } from "../store/inline-store.ts";
import { fleetKeyModule } from "./key-table.ts";
import type { MessageBus, OutgoingMessage, SubscribeOptions } from "./message-bus.ts";
import { createBoxes } from "./sealed-box.ts";
import { createSubjectKeys } from "./subject-keys.ts";

const clock = { now: () => Date.UTC(2026, 0, 31) };
const tag = "a".repeat(32);

const fleetKey = randomBytes(32);

async function open(boxes = createBoxes([fleetKey])) {
  const store = openInlineStore({ modules: [fleetKeyModule], clock });
  const learned: Buffer[] = [];
  const erased = new Set<string>();
  const dropped: string[] = [];
  const sent: OutgoingMessage[] = [];
  let reader: SubscribeOptions | null = null;
  const bus: MessageBus = {
    prepare: async () => {},
    send: async (messages) => void sent.push(...messages),
    subscribe(options) {
      reader = options;
      return {
        problem: () => null,
        close: async () => {},
        lag: async () => {
          state.asked++;
          return state.lag;
        },
      };
    },
    close: async () => {},
  };
  let whileLearning = () => {};
  const state = { lag: 0 as number | null, asked: 0 };
  const sealer = {
    async unseal(sealed: string) {
      if (learned.length === 0) return null;
      // By another engine's key than the first that came.
      if (sealed.endsWith("b2==") && learned.length < 2)
        throw new SentinelError("EVIDENCE_CORRUPT", "Not by this key.");
      return "clear";
    },
    keysOf: async () => learned,
    async learn(_tag: string, key: Buffer) {
      whileLearning();
      learned.push(key);
    },
    async eraseTag(of: string) {
      dropped.push(of);
      return true;
    },
  };
  const isErased = async (of: string) => erased.has(of);
  const log = pino({ level: "silent" });
  const keys = createSubjectKeys({ bus, store, sealer, boxes, nodeId: "n0", clock, log, isErased });
  keys.start();
  let offset = 0n;
  return Object.assign(state, {
    ...{ learned, erased, dropped, sent, store, keys },
    erasesWhileLearning: () => {
      whileLearning = () => void erased.add(tag);
    },
    at: async () => (typeof reader!.from === "string" ? null : await reader!.from.at()),
    async hear(key: string, name = `${tag}.0123456789abcdef`, by = boxes): Promise<void> {
      const box = by.close([topics.subjectKeys, name, "n1"], { tag, key });
      const value = JSON.stringify({
        ...{ schema_version: 1, node_id: "n1", at: "2026-01-31T00:00:00.000Z", kind: "subject_key", box },
      });
      const message = {
        topic: topics.subjectKeys,
        partition: 0,
        offset: offset++,
        key: name,
        value: Buffer.from(value),
      };
      await reader!.take(message, AbortSignal.timeout(1000));
    },
  });
}

test("a key is learned, and read on from there; one of another length is none", async () => {
  const t = await open();
  for (const length of [31, 33]) await t.hear(randomBytes(length).toString("base64"));
  expect(t.learned).toEqual([]);
  const key = randomBytes(32);
  await t.hear(key.toString("base64"));
  expect(t.learned).toEqual([key]);
  expect(await t.at()).toBe(3n);
  await t.store.close();
});

test("what is erased while its key is learned is erased", async () => {
  const t = await open();
  t.erasesWhileLearning();
  await t.hear(randomBytes(32).toString("base64"));
  expect(t.dropped).toEqual([tag]);
  // And told again, by whoever kept the message, it is forgotten at the broker once more.
  await t.hear(randomBytes(32).toString("base64"));
  expect(t.learned).toHaveLength(1);
  expect(t.sent).toContainEqual(expect.objectContaining({ topic: topics.subjectKeys, value: null }));
  await t.store.close();
});

test("keys that were told are told anew by the first fleet key, under the same names", async () => {
  const next = randomBytes(32);
  const t = await open(createBoxes([next, fleetKey]));
  const key = randomBytes(32);
  const name = `${tag}.${sha256(key).slice(0, 16)}`;
  // Closed by the one before.
  await t.hear(key.toString("base64"), name, createBoxes([fleetKey]));
  // Learned, and told to nobody: an engine that never shared a text of it.
  t.learned.push(randomBytes(32));
  await t.keys.tellAgain();
  expect(t.sent).toEqual([expect.objectContaining({ topic: topics.subjectKeys, key: name })]);
  const { box } = SubjectKey.parse(JSON.parse(String(t.sent[0]!.value)));
  const about = [topics.subjectKeys, name, "n0"];
  expect(createBoxes([next]).open(about, box)).toEqual({ tag, key: key.toString("base64") });
  expect(createBoxes([fleetKey]).open(about, box)).toBeUndefined();
  await t.store.close();
});

describe("the keys of what was decided", () => {
  const text = `{"text":"sealed:v1:${tag}:b1=="}`;
  const never = new AbortController().signal;

  test("are waited for while the topic of keys is not read to its end", async () => {
    const t = await open();
    t.lag = 1;
    let isHere = false;
    const arrived = t.keys.arrived(text, never).then(() => {
      isHere = true;
    });
    await expect.poll(() => t.asked).toBeGreaterThan(1);
    expect(isHere).toBe(false);
    await t.hear(randomBytes(32).toString("base64"));
    await arrived;
    await t.store.close();
  });

  test("are waited for where another engine's key of the same subject is here", async () => {
    const t = await open();
    t.lag = 1;
    await t.hear(randomBytes(32).toString("base64"));
    await t.keys.arrived(text, never);
    expect(t.asked).toBe(0);
    const arrived = t.keys.arrived(`sealed:v1:${tag}:b2==`, never);
    await expect.poll(() => t.asked).toBeGreaterThan(0);
    await t.hear(randomBytes(32).toString("base64"));
    await arrived;
    await t.store.close();
  });

  test("are not waited for where they were erased, where all that was told is read, and where there is nothing to read", async () => {
    const t = await open();
    await t.keys.arrived(text, never);
    expect(t.asked).toBe(1);
    t.lag = null;
    await t.keys.arrived("{}", never);
    t.erased.add(tag);
    await t.keys.arrived(text, never);
    expect(t.asked).toBe(1);
    await t.store.close();
  });

  test("are waited for no longer than until the engine stops", async () => {
    const t = await open();
    t.lag = null;
    const stop = new AbortController();
    const arrived = t.keys.arrived(text, stop.signal);
    stop.abort(new Error("The engine closes."));
    await expect(arrived).rejects.toThrow();
    await t.store.close();
  });
});
