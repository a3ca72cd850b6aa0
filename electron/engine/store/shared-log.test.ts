import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import type { Principal } from "../base/principals.ts";
import { bulkEntityId } from "./bulk.ts";
import { entityVersion, eventsAfter } from "./event-table.ts";
import { openInlineStore } from "./inline-store.ts";
import { type Decision, Decision as DecisionSchema } from "./shared-decision.ts";
import type { Place } from "./shared-tables.ts";
import { defineRead, type EventDraft, forgetRow, type StoreHost, type StoreModule } from "./store.ts";
import { decisionRejected } from "./undo-chain.ts";

const runs = 60 * Number(process.env.TORTURE ?? 1);
const propertyMs = 2_000 * runs;
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
      shared: {
        entityType: "word",
        isBulk: true,
        forget: (db) => forgetRow(db, "words"),
        rows: "SELECT * FROM words ORDER BY id",
      },
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

const secrets = defineRead(
  "test.secrets",
  (db) => (_: null) => db.prepare("SELECT count(*) FROM secrets").pluck().get(),
);

/** What is shared by one entity at a time, and what stays each engine's own. */
const others: StoreModule = {
  name: "others",
  migrations: [
    {
      id: 9002,
      sql: "CREATE TABLE secrets (id TEXT PRIMARY KEY) STRICT; CREATE TABLE singles (id TEXT PRIMARY KEY, json TEXT) STRICT;",
    },
  ],
  reads: [secrets],
  writes: [],
  projections: [
    {
      name: "secrets",
      tables: ["secrets"],
      kinds: ["secret.set"],
      prepare(db) {
        const set = db.prepare("INSERT OR REPLACE INTO secrets (id) VALUES (?)");
        return ({ entity_id: id }) => void set.run(id);
      },
    },
    {
      name: "singles",
      tables: ["singles"],
      kinds: ["single.set"],
      shared: { entityType: "single", forget: (db) => forgetRow(db, "singles"), rows: "SELECT * FROM singles" },
      prepare(db) {
        const set = db.prepare("INSERT OR REPLACE INTO singles (id, json) VALUES (?, json(?))");
        return ({ entity_id: id, payload }) => void set.run(id, (payload as { json?: string }).json ?? null);
      },
    },
  ],
};

const open = (nodeId: string, path = ":memory:") =>
  openInlineStore({ modules: [words, others], clock, nodeId, path, sharing: true });

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

const start: Place = { seq: 0, member: null };

let counter = 0;
const directory = mkdtempSync(join(tmpdir(), "sentinel-shared-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** One partition of a topic. */
type Topic = string[];

class Node {
  store: StoreHost;
  readonly name: string;
  copied: string | null = null;
  sent: Place = start;
  heard = 0;
  readonly topic: Topic;

  constructor(name: string, topic: Topic) {
    this.store = open(name);
    this.topic = topic;
    this.name = name;
  }

  async copy(): Promise<void> {
    this.copied = join(directory, `${counter++}.db`);
    await this.store.copy(this.copied);
  }

  /** Brings back the last copy: what was decided since is unknown here, and may stand on the topic. */
  async restore(): Promise<void> {
    if (this.copied === null) return;
    await this.store.close();
    const path = join(directory, `${counter++}.db`);
    copyFileSync(this.copied, path);
    this.store = open(this.name, path);
    this.sent = start;
    this.heard = (await this.store.sharedState(false)).offset + 1;
  }

  async send(limit: number): Promise<number> {
    const waiting = await this.store.waiting(this.sent, limit);
    for (const { place, decision } of waiting) {
      this.topic.push(JSON.stringify(decision));
      this.sent = place;
    }
    return waiting.length;
  }

  async hear(limit: number): Promise<number> {
    const messages = this.topic.slice(this.heard, this.heard + limit);
    await this.store.judge(
      messages.map((text, i) => ({
        offset: this.heard + i,
        decision: DecisionSchema.nullable().parse(JSON.parse(text)),
      })),
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
    const decision: Decision | null = JSON.parse(text);
    if (decision === null || decision.events.some(({ kind }) => kind === "secret.set")) continue;
    const { events } = decision;
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
  // What nobody can read; a rebuild in the middle; a database that is copied, and brought back later.
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constantFrom("poison", "rebuild", "copy", "restore", "reopen"), node }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

async function perform(nodes: readonly Node[], step: Step): Promise<void> {
  const { store } = nodes[step.node]!;
  const text = `${String.fromCharCode(97 + step.node)}${counter++ % 1000};`;
  const { topic } = nodes[step.node]!;
  switch (step.op) {
    case "poison": {
      const last = topic.at(-1);
      topic.push("null");
      if (last === undefined || last === "null") return;
      // Told by another than who decided it; and of a kind that is not shared.
      topic.push(JSON.stringify({ ...JSON.parse(last), node_id: "n9" }));
      const { node_id, events } = JSON.parse(last) as Decision;
      topic.push(JSON.stringify({ node_id, events: events.map((event) => ({ ...event, kind: "secret.set" })) }));
      return;
    }
    case "rebuild":
      await store.rebuild();
      return;
    case "copy":
      await nodes[step.node]!.copy();
      return;
    case "restore":
      await nodes[step.node]!.restore();
      return;
    case "reopen":
      await nodes[step.node]!.copy();
      await nodes[step.node]!.restore();
      return;
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
      nodes[step.node]!.sent = start;
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
  test(
    "engines converge, whatever comes in whatever order",
    async () => {
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
          expect(await fresh.store.loadSnapshot(JSON.parse(JSON.stringify(snapshot)))).toBe(true);
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
    },
    propertyMs,
  );

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
    expect(topic).toHaveLength(13);
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

  test("a bulk action of thousands is judged, and taken back whole, without others waiting long for the log", async () => {
    const topic: Topic = [];
    const [first, second] = [new Node("n0", topic), new Node("n1", topic)];
    const ids = Array.from({ length: 5000 }, (_, i) => `e${i}`);
    for (const { store } of [first, second]) await store.append([await bulk(store, ids, "all;")], by("Ada"));
    while ((await first.send(10)) > 0);
    // The second loses all of it: taken back, and the first's written.
    const begun = performance.now();
    await second.hear(10);
    const took = performance.now() - begun;
    process.stdout.write(`5,000 members judged in ${Math.round(took)} ms\n`);
    expect(took).toBeLessThan(3000);
    await first.hear(10);
    expect(await first.store.read(dump, null)).toEqual(await second.store.read(dump, null));
  });

  test("what no engine would say changes nothing and holds nothing up", async () => {
    const topic: Topic = [];
    const node = new Node("n0", topic);
    const other = new Node("n1", topic);
    await other.store.append([await draft(other.store, "a", "good;")], by("Ada"));
    await other.send(10);
    const good: Decision = JSON.parse(topic[0]!);
    const change = (more: object): Decision => ({ ...good, events: [{ ...good.events[0]!, ...more }] });
    const members = [{ id: "a", base_version: 0 }];
    const bad: (Decision | null)[] = [
      null,
      // SECURITY: tables are changed by kinds: those of another entity, of an inverse, and of one who may only look.
      change({ kind: "secret.set" }),
      change({ inverse: { kind: "secret.set", payload: {} } }),
      change({ role: "viewer" }),
      change({ entity_type: "secret", kind: "secret.set" }),
      change({
        entity_type: "single",
        entity_id: bulkEntityId,
        kind: "single.set",
        payload: { members },
        inverse: null,
      }),
      // A projection that fails in SQL itself, not by a constraint.
      change({ entity_type: "single", kind: "single.set", payload: { json: "{" }, inverse: null }),
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
    expect(await node.store.read(secrets, null)).toBe(0);
  });

  test("what a newer engine says is taken where it can be read, and waited for where it cannot", async () => {
    const other = new Node("n1", []);
    await other.store.append([await draft(other.store, "a", "good;")], by("Ada"));
    await other.send(1);
    const good: Decision = JSON.parse(other.topic[0]!);
    const newer = { ...good, version: 2, added: 1, events: [{ ...good.events[0]!, added: "later" }] };
    const change = (more: object): Decision => ({ ...good, events: [{ ...good.events[0]!, ...more }] });
    const unknown: (Decision | null)[] = [
      null,
      change({ kind: "word.sung" }),
      change({ entity_type: "song" }),
      change({ entity_type: "single", kind: "single.set", payload: { json: "{" }, inverse: null }),
    ];
    for (const decision of unknown) {
      const node = new Node("n0", []);
      const judging = node.store.judge([{ offset: 0, decision, isNewer: true }]);
      await expect(judging).rejects.toMatchObject({
        code: "UNAVAILABLE",
        message: expect.stringMatching(/newer version/),
      });
      expect((await node.store.sharedState(false)).offset).toBe(-1);
      const decided = { offset: 0, decision: DecisionSchema.parse(newer), isNewer: true };
      expect(await node.store.judge([decided])).toEqual([{ offset: 0, outcome: "accepted" }]);
      expect(await node.store.read(wordOf, "a")).toBe("good;");
    }
  });

  test.each([
    { why: "half a character", more: { actor: "\ud800" } },
    { why: "a zero byte", more: { entity_id: "a\0b" } },
    { why: "a moment that is none", more: { at: "yesterday" } },
  ])(
    "$why is no part of a decision: the log's hashes would not stand, or lists could not show it",
    async ({ more }) => {
      const other = new Node("n1", []);
      await other.store.append([await draft(other.store, "a", "good;")], by("Ada"));
      await other.send(1);
      const good: Decision = JSON.parse(other.topic[0]!);
      expect(DecisionSchema.safeParse(good).success).toBe(true);
      expect(DecisionSchema.safeParse({ ...good, events: [{ ...good.events[0], ...more }] }).success).toBe(false);
    },
  );

  test("what another tells in this engine's name does not part it from the others", async () => {
    const topic: Topic = [];
    const [first, second] = [new Node("n0", topic), new Node("n1", topic)];
    await first.store.append([await draft(first.store, "a", "own;")], by("Ada"));
    await first.store.append([await bulk(first.store, ["b", "c"], "all;")], by("Ada"));
    await first.send(10);
    const forged = topic.map((text) => {
      const { node_id, events } = JSON.parse(text) as Decision;
      return JSON.stringify({ node_id, events: events.map((event) => ({ ...event, role: "viewer" })) });
    });
    topic.unshift(...forged);
    await settle([first, second]);
    expect(await second.store.read(wordOf, "a")).toBe("own;");
    expect(await first.store.read(dump, null)).toEqual(await second.store.read(dump, null));
    await first.store.rebuild();
    expect(await first.store.read(dump, null)).toEqual(await second.store.read(dump, null));
  });

  test("an own decision that nobody can read is taken back, and does not wait for ever", async () => {
    const node = new Node("n0", []);
    const inverse = { kind: "single.set", payload: { json: "{}" } };
    const single = { entityType: "single", entityId: "s", baseVersion: 0, kind: "single.set", inverse };
    await node.store.append([{ ...single, payload: { json: "{}" } }], { ...by("Vi"), role: "viewer" });
    await node.send(1);
    await node.hear(1);
    expect(await node.store.read(pending, null)).toEqual([]);
    const events = await node.store.read(eventsAfter, { after: 0, limit: 10 });
    expect(events.map(({ kind }) => kind)).toEqual(["single.set", decisionRejected]);
  });
});
