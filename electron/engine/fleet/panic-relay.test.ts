import { setTimeout } from "node:timers/promises";
import pino from "pino";
import { afterEach, describe, expect, test } from "vitest";
import { SentinelError } from "../../../shared/errors.ts";
import { PanicDecision } from "../../../shared/fleet.ts";
import { openInlineStore } from "../store/inline-store.ts";
import { outboxModule, putOutbox, waitingOutbox } from "../store/outbox-table.ts";
import type { Store } from "../store/store.ts";
import type { MessageBus, SubscribeOptions } from "./message-bus.ts";
import { createPanicRelay, type PanicPress } from "./panic-relay.ts";

const minute = 60_000;
const press = { pressId: "0198c0de-0000-7000-8000-000000000001", actor: "Ada" };
const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** An engine whose broker is away until it is told otherwise. */
function createNode(nodeId: string, rearmedAt: number | null = null, kept?: Store, now = Date.UTC(2026, 0, 31)) {
  const state = {
    now,
    isAway: false,
    refusal: null as Error | null,
    tries: 0,
    sent: [] as Buffer[],
    pulled: [] as PanicPress[],
  };
  let reader: SubscribeOptions | null = null;
  const bus: MessageBus = {
    prepare: async () => {},
    async send(messages) {
      state.tries++;
      if (state.refusal !== null) throw state.refusal;
      if (state.isAway) throw new SentinelError("UNAVAILABLE", "The broker is away.");
      state.sent.push(...messages.map(({ value }) => Buffer.from(value ?? "")));
    },
    subscribe(options) {
      reader = options;
      return { problem: () => null, lag: async () => 0, close: async () => {} };
    },
    close: async () => {},
  };
  const store = kept ?? openStore();
  const relay = createPanicRelay({
    ...{ bus, store, nodeId, clock: { now: () => state.now }, log: pino({ level: "silent" }) },
    rearmedAt: async () => rearmedAt,
  });
  relay.start(async (pull) => void state.pulled.push(pull));
  open.push(relay.close);
  const take = (value: Buffer) => {
    const message = { topic: "t", partition: 0, offset: 0n, key: null, value };
    return reader!.take(message, AbortSignal.timeout(1000));
  };
  return Object.assign(state, { relay, take });
}

function openStore(): Store {
  const store = openInlineStore({ modules: [outboxModule], clock: { now: () => Date.UTC(2026, 0, 31) } });
  open.push(async () => store.close());
  return store;
}

const waiting = (store: Store) => store.read(waitingOutbox, { target: "fleet panic", limit: 10 });

describe("a panic that the broker had not taken when the engine ended", () => {
  test.each([
    { why: "is told once by the next start, with how late it is", late: 30, told: 1 },
    { why: "is not told when nobody would follow it any more", late: 121, told: 0 },
  ])("$why", async ({ late, told }) => {
    const store = openStore();
    const before = createNode("one", null, store);
    before.isAway = true;
    before.relay.tell(press);
    await expect.poll(() => waiting(store)).toHaveLength(1);
    await before.relay.close();
    const after = createNode("one", null, store, before.now + late * minute);
    await expect.poll(() => waiting(store)).toEqual([]);
    const sent = after.sent.map((value) => PanicDecision.parse(JSON.parse(value.toString())));
    expect(sent).toHaveLength(told);
    const at = new Date(before.now).toISOString();
    for (const one of sent) expect(one).toMatchObject({ press_id: press.pressId, late_ms: late * minute, at });
    expect(after.relay.problem()).toBeNull();
    await after.relay.close();
    expect(createNode("one", null, store, after.now).sent).toEqual([]);
  });
});

test("a panic that the broker did not take is told once it is back, with how late it is", async () => {
  const node = createNode("one");
  const pressed = node.now;
  node.isAway = true;
  node.relay.tell(press);
  await expect.poll(() => node.tries).toBe(1);
  expect(node.relay.problem()).toMatch(/not told yet/);
  node.now += 10 * minute;
  node.isAway = false;
  await expect.poll(() => node.sent.length).toBe(1);
  const told = PanicDecision.parse(JSON.parse(node.sent[0]!.toString()));
  expect(told).toMatchObject({ press_id: press.pressId, late_ms: 10 * minute, at: new Date(pressed).toISOString() });
  await expect.poll(() => node.relay.problem()).toBeNull();
});

test("what was kept of a panic and cannot be read holds up no other", async () => {
  const store = openStore();
  const rows = ["{", JSON.stringify({ press_id: press.pressId, actor: press.actor, pressed: Date.UTC(2026, 0, 31) })];
  for (const [i, payload] of rows.entries()) {
    const draft = { target: "fleet panic", key: i === 0 ? "broken" : press.pressId, version: 1, priority: 0, payload };
    await store.write(putOutbox, { ...draft, now: i });
  }
  const node = createNode("one", null, store);
  await expect.poll(() => waiting(store)).toEqual([]);
  expect(node.sent).toHaveLength(1);
});

test("a panic that was pulled while the engine started waits until it is told, and is told once", async () => {
  const store = openStore();
  const node = createNode("one", null, store);
  node.isAway = true;
  node.relay.tell(press);
  await expect.poll(() => waiting(store)).toHaveLength(1);
  // The start finds it waiting, while it is being told.
  node.relay.start(async () => {});
  await setTimeout(50);
  expect(await waiting(store)).toHaveLength(1);
  node.isAway = false;
  await expect.poll(() => waiting(store)).toEqual([]);
  expect(node.sent).toHaveLength(1);
});

test("a panic that the broker refused is not told yet, and waits for the next start", async () => {
  const store = openStore();
  const node = createNode("one", null, store);
  node.refusal = new Error("not for you");
  node.relay.tell(press);
  await expect.poll(() => node.tries).toBe(1);
  await setTimeout(50);
  expect(await waiting(store)).toHaveLength(1);
  expect(node.relay.problem()).toMatch(/not told yet/);
  await node.relay.close();
  const after = createNode("one", null, store);
  await expect.poll(() => after.sent.length).toBe(1);
  await expect.poll(() => waiting(store)).toEqual([]);
});

describe("a panic of another engine", () => {
  const now = Date.UTC(2026, 0, 31);
  test.each([
    { why: "is followed at once", late: 0, rearmed: null, follows: true },
    {
      why: "is followed though the teller's clock is slow and this engine was re-armed just before",
      late: 0,
      rearmed: -1,
      behind: 10,
      follows: true,
    },
    { why: "is followed late where nobody re-armed", late: 50, rearmed: null, follows: true },
    { why: "is followed late where this engine was re-armed before it", late: 50, rearmed: -51, follows: true },
    { why: "is not followed late where this engine was re-armed since", late: 50, rearmed: -49, follows: false },
    { why: "of long ago is not followed", late: 121, rearmed: null, follows: false },
    {
      why: "of an engine that does not tell how late it is, is followed",
      late: undefined,
      rearmed: -1,
      behind: 10,
      follows: true,
    },
  ])("$why", async ({ late, rearmed, behind, follows }) => {
    const node = createNode("one", rearmed === null ? null : now + rearmed * minute);
    const at = new Date(now - (behind ?? late ?? 0) * minute).toISOString();
    const told = { schema_version: 1, node_id: "two", at, kind: "panic", press_id: press.pressId, actor: "Ada" };
    await node.take(
      Buffer.from(JSON.stringify({ ...told, ...(late === undefined ? {} : { late_ms: late * minute }) })),
    );
    expect(node.pulled).toEqual(follows ? [press] : []);
  });
});
