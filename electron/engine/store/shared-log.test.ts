import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Principal } from "../base/principals.ts";
import { bulkEntityId } from "./bulk.ts";
import { entityVersion, eventsAfter } from "./event-table.ts";
import { openInlineStore } from "./inline-store.ts";
import { type Decision, Decision as DecisionSchema } from "./shared-log.ts";
import { defineRead, type EventDraft, forgetRow, type StoreHost, type StoreModule } from "./store.ts";
import { decisionRejected } from "./undo-chain.ts";

const runs = 60 * Number(process.env.TORTURE ?? 1);
let at = Date.UTC(2026, 0, 31);
const clock = { now: () => at++ };
const by = (actor: string): Principal => ({ actor, role: "approver", caller: "ui" });

const dump = defineRead("test.dump", (db) => (_: null) => ({
  words: db.prepare("SELECT * FROM words ORDER BY id").all(),
  accepted: db.prepare("SELECT * FROM fleet_entities ORDER BY entity_type, entity_id").all(),
  offset: db.prepare("SELECT offset FROM fleet_position").pluck().get(),
}));
const pending = defineRead("test.pending", (db) => (_: null) => db.prepare("SELECT * FROM fleet_pending").all());
const wordOf = defineRead("test.word", (db) => (id: string): string => {
  const row = db.prepare<[string], string>("SELECT words FROM words WHERE id = ?").pluck().get(id);
  return row ?? "";
});

/** An entity whose state tells in which order it was changed. */
const words: StoreModule = {
  name: "words",
  migrations: [{ id: 9001, sql: "CREATE TABLE words (id TEXT PRIMARY KEY, words TEXT NOT NULL) STRICT;" }],
  reads: [dump, pending, wordOf],
  writes: [],
  projections: [
    {
      name: "words",
      tables: ["words"],
      kinds: ["word.added", "word.removed", "words.added", "words.removed"],
      shared: { entityType: "word", forget: (db) => forgetRow(db, "words"), rows: "SELECT * FROM words ORDER BY id" },
      prepare(db) {
        const get = db.prepare<[string], string>("SELECT words FROM words WHERE id = ?").pluck();
        const set = db.prepare("INSERT OR REPLACE INTO words (id, words) VALUES (?, ?)");
        const unset = db.prepare("DELETE FROM words WHERE id = ?");
        const change = (id: string, { add, cut }: { add?: string; cut?: number }) => {
          const now = (get.get(id) ?? "").slice(0, cut === undefined ? undefined : -cut) + (add ?? "");
          now === "" ? unset.run(id) : set.run(id, now);
        };
        return ({ entity_id: id, payload }) => {
          const { members, ...shared } = payload as { members?: { id: string }[]; add?: string; cut?: number };
          for (const each of members ?? [{ id }]) change(each.id, shared);
        };
      },
    },
  ],
};

const open = (nodeId: string) => openInlineStore({ modules: [words], clock, nodeId, sharing: true });

const versionOf = (store: StoreHost, entityId: string) => store.read(entityVersion, { entityType: "word", entityId });

async function draft(store: StoreHost, id: string, text: string): Promise<EventDraft> {
  const inverse = { kind: "word.removed", payload: { cut: text.length } };
  const baseVersion = await versionOf(store, id);
  return { entityType: "word", entityId: id, baseVersion, kind: "word.added", payload: { add: text }, inverse };
}

async function bulk(store: StoreHost, ids: readonly string[], text: string): Promise<EventDraft> {
  const members = await Promise.all(ids.map(async (id) => ({ id, base_version: await versionOf(store, id) })));
  const inverse = { kind: "words.removed", payload: { cut: text.length, members } };
  return {
    entityType: "word",
    entityId: bulkEntityId,
    baseVersion: 0,
    kind: "words.added",
    payload: { add: text, members },
    inverse,
  };
}

/** One partition of a topic. */
type Topic = string[];

class Node {
  readonly store: StoreHost;
  sent = 0;
  heard = 0;
  readonly topic: Topic;

  constructor(name: string, topic: Topic) {
    this.store = open(name);
    this.topic = topic;
  }

  async send(limit: number): Promise<number> {
    const waiting = await this.store.waiting(this.sent, limit);
    for (const { seq, decision } of waiting) {
      this.topic.push(JSON.stringify(decision));
      this.sent = seq;
    }
    return waiting.length;
  }

  async hear(limit: number): Promise<number> {
    const messages = this.topic.slice(this.heard, this.heard + limit);
    await this.store.judge(
      messages.map((text, i) => ({ offset: this.heard + i, decision: DecisionSchema.parse(JSON.parse(text)) })),
    );
    this.heard += messages.length;
    return messages.length;
  }
}

/** What the topic says, worked out in the plainest way. */
function reference(topic: Topic): Map<string, string> {
  const last = new Map<string, string | null>();
  const said = new Map<string, string>();
  for (const text of topic) {
    const { events }: Decision = JSON.parse(text);
    const now = new Map(last);
    const change = (id: string, { add, cut }: { add?: string; cut?: number }, event: string) => {
      said.set(id, (said.get(id) ?? "").slice(0, cut === undefined ? undefined : -cut) + (add ?? ""));
      now.set(id, event);
    };
    const isBulk = events[0]!.entity_id === bulkEntityId;
    const before = new Map(said);
    let isAccepted = true;
    for (const event of events) {
      for (const { id, event: seen } of event.seen) {
        const isCurrent = (now.get(id) ?? null) === seen;
        if (isCurrent) change(id, event.payload as { add?: string }, event.id);
        else if (!isBulk) isAccepted = false;
      }
    }
    if (isAccepted) for (const [id, event] of now) last.set(id, event);
    else {
      said.clear();
      for (const [id, word] of before) said.set(id, word);
    }
  }
  for (const [id, word] of said) if (word === "") said.delete(id);
  return said;
}

const node = fc.integer({ min: 0, max: 2 });
const entity = fc.constantFrom("a", "b", "c", "d");
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ op: fc.constant("decide" as const), node, ids: fc.tuple(entity) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constantFrom("together" as const, "bulk" as const),
      node,
      ids: fc.uniqueArray(entity, { minLength: 2, maxLength: 4 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("undo" as const), node, back: fc.nat(6) }) },
  {
    weight: 3,
    arbitrary: fc.record({ op: fc.constant("send" as const), node, count: fc.integer({ min: 1, max: 4 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ op: fc.constant("hear" as const), node, count: fc.integer({ min: 1, max: 5 }) }),
  },
  // A restart: what may have been sent is sent again; what may have been heard is heard again.
  { weight: 1, arbitrary: fc.record({ op: fc.constant("restart" as const), node, back: fc.nat(5) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

let counter = 0;
async function perform(nodes: readonly Node[], step: Step): Promise<void> {
  const { store } = nodes[step.node]!;
  const text = `${String.fromCharCode(97 + step.node)}${counter++ % 1000};`;
  switch (step.op) {
    case "decide":
    case "together":
      await store.append(await Promise.all(step.ids.map((id) => draft(store, id, text))), by(`analyst ${step.node}`));
      return;
    case "bulk":
      await store.append([await bulk(store, step.ids, text)], by(`analyst ${step.node}`));
      return;
    case "undo": {
      const events = await store.read(eventsAfter, { after: 0, limit: 1000 });
      const undoable = events.filter(({ inverse }) => inverse !== null);
      const event = undoable.at(-1 - step.back);
      // What cannot be taken back any more is refused, as for anybody.
      if (event !== undefined) await store.undo(event.id, by("undoer"), { partial: true }).catch(() => {});
      return;
    }
    case "send":
      await nodes[step.node]!.send(step.count);
      return;
    case "hear":
      await nodes[step.node]!.hear(step.count);
      return;
    case "restart":
      nodes[step.node]!.sent = 0;
      nodes[step.node]!.heard = Math.max(0, nodes[step.node]!.heard - step.back);
  }
}

async function settle(nodes: readonly Node[]): Promise<void> {
  for (let moved = 1; moved > 0; ) {
    moved = 0;
    for (const node of nodes) moved += (await node.send(100)) + (await node.hear(100));
  }
}

describe("what a fleet decides together", () => {
  test("engines converge, whatever comes in whatever order", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
        const topic: Topic = [];
        const nodes = ["n0", "n1", "n2"].map((name) => new Node(name, topic));
        for (const one of steps) await perform(nodes, one);
        await settle(nodes);
        // One that joins late, and one that decided by itself before it joined.
        const late = new Node("n3", topic);
        await late.store.append([await draft(late.store, "a", "own;")], by("late"));
        await late.store.append([await draft(late.store, "z", "own;")], by("late"));
        nodes.push(late);
        await settle(nodes);
        // And one that begins with a snapshot of another, taken while that one has something waiting.
        await nodes[0]!.store.append([await draft(nodes[0]!.store, "b", "late;")], by("late"));
        const snapshot = await nodes[0]!.store.takeSnapshot();
        const fresh = new Node("n4", topic);
        await fresh.store.append([await draft(fresh.store, "c", "own;")], by("fresh"));
        expect(await fresh.store.loadSnapshot(JSON.parse(JSON.stringify(snapshot)))).toBe(topic.length > 0);
        fresh.heard = snapshot!.offset + 1;
        nodes.push(fresh);
        await settle(nodes);

        const expected = reference(topic);
        const [first] = await Promise.all(nodes.map(({ store }) => store.read(dump, null)));
        expect(Object.fromEntries(expected)).toEqual(
          Object.fromEntries((first!.words as { id: string; words: string }[]).map(({ id, words }) => [id, words])),
        );
        for (const { store } of nodes) {
          expect(await store.read(pending, null)).toEqual([]);
          expect(await store.read(dump, null)).toEqual(first);
          expect((await store.verify()).ok).toBe(true);
          await store.rebuild();
          expect(await store.read(dump, null)).toEqual(first);
          await store.close();
        }
      }),
      { numRuns: runs },
    );
  }, 120_000);

  test("who was later loses at once all that was decided together with it and upon it, and is told to whom", async () => {
    const topic: Topic = [];
    const [first, second] = [new Node("n0", topic), new Node("n1", topic)];
    await first.store.append([await draft(first.store, "a", "first;")], by("Ada"));
    await first.send(10);
    const together = [await draft(second.store, "a", "second;"), await draft(second.store, "b", "second;")];
    const [lost] = await second.store.append(together, by("Bo"));
    await second.store.append([await draft(second.store, "b", "more;")], by("Bo"));
    await second.store.append([await draft(second.store, "c", "stays;")], by("Bo"));
    expect(await second.store.read(wordOf, "b")).toBe("second;more;");

    await second.hear(1);
    expect(await second.store.read(wordOf, "a")).toBe("first;");
    expect(await second.store.read(wordOf, "b")).toBe("");
    expect(await second.store.read(wordOf, "c")).toBe("stays;");
    const events = await second.store.read(eventsAfter, { after: 0, limit: 100 });
    expect(events.map(({ kind, state, entity_id }) => `${kind} ${entity_id} ${state}`)).toEqual([
      "word.added a pending",
      "word.added b pending",
      "word.added b pending",
      "word.added c pending",
      `${decisionRejected} a rejected`,
      `${decisionRejected} b rejected`,
      "word.added a confirmed",
    ]);
    const { payload } = events.find(({ kind, entity_id }) => kind === decisionRejected && entity_id === "a")!;
    expect(payload).toEqual({
      events: [lost!.id],
      because: { node_id: "n0", actor: "Ada", at: expect.any(String) },
    });
    expect(events.at(-1)).toMatchObject({ node_id: "n0", origin: "0", actor: "Ada" });
    await expect(second.store.undo(lost!.id, by("Bo"))).rejects.toThrow(/CONFLICT|version/);

    // What was lost is never accepted, also when it is told all the same.
    await settle([first, second]);
    expect(await first.store.read(dump, null)).toEqual(await second.store.read(dump, null));
    expect(await first.store.read(wordOf, "c")).toBe("stays;");
  });

  test("each member of a bulk action is judged alone, and a large one travels in parts", async () => {
    const topic: Topic = [];
    const [first, second] = [new Node("n0", topic), new Node("n1", topic)];
    const ids = Array.from({ length: 6000 }, (_, i) => `e${i}`);
    await first.store.append([await draft(first.store, "e5500", "first;")], by("Ada"));
    await first.send(10);
    const [event] = await second.store.append([await bulk(second.store, ids, "all;")], by("Bo"));
    await settle([first, second]);
    expect(topic).toHaveLength(3);
    for (const { store } of [first, second]) {
      expect(await store.read(wordOf, "e0")).toBe("all;");
      expect(await store.read(wordOf, "e5500")).toBe("first;");
      expect(await store.read(wordOf, "e5999")).toBe("all;");
    }
    // Whoever made it takes back what was accepted of it, at once and everywhere.
    await second.store.undo(event!.id, by("Bo"), { partial: true });
    await settle([first, second]);
    expect(await first.store.read(dump, null)).toEqual(await second.store.read(dump, null));
    expect((await first.store.read(dump, null)).words).toEqual([{ id: "e5500", words: "first;" }]);
  });

  test("what no engine would say changes nothing and holds nothing up", async () => {
    const topic: Topic = [];
    const node = new Node("n0", topic);
    const other = new Node("n1", topic);
    await other.store.append([await draft(other.store, "a", "good;")], by("Ada"));
    await other.send(10);
    const good: Decision = JSON.parse(topic[0]!);
    const change = (more: object): Decision => ({ ...good, events: [{ ...good.events[0]!, ...more }] });
    const bad: (Decision | null)[] = [
      null,
      change({ entity_type: "settings" }),
      change({ kind: decisionRejected }),
      change({ seen: [{ id: "b", base_version: 0, event: null }] }),
      change({ entity_id: bulkEntityId }),
      { ...good, events: [...change({ entity_id: bulkEntityId }).events, ...good.events] },
    ];
    const outcomes = await node.store.judge([...bad, good].map((decision, offset) => ({ offset, decision })));
    expect(outcomes.map(({ outcome }) => outcome)).toEqual([...bad.map(() => "unreadable"), "accepted"]);
    expect(await node.store.read(wordOf, "a")).toBe("good;");
    expect(await node.store.read(eventsAfter, { after: 0, limit: 10 })).toHaveLength(1);
  });
});
