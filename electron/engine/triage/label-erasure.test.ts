import { afterEach, expect, test } from "vitest";
import { bulkEntityId } from "../store/bulk.ts";
import { entityVersion, eventsAfter } from "../store/event-table.ts";
import { openInlineStore } from "../store/inline-store.ts";
import { Decision } from "../store/shared-decision.ts";
import type { Place } from "../store/shared-tables.ts";
import { defineRead, type StoreHost, type StoreModule } from "../store/store.ts";
import { draftChange } from "./alert-changes.ts";
import { alertEntity, untouched } from "./alert-state.ts";
import { alertModules, ana, ben, clock } from "./fixture-alerts.ts";
import { createLabelIds, eraseLabels, findLabels } from "./label-erasure.ts";
import { labelledByIds, labelledPages } from "./label-reads.ts";

const idOf = createLabelIds(Buffer.alloc(32, 7));
const never = new AbortController().signal;
const names = (text: string) => text.includes("jane");

const plans = defineRead("test.plans", (db) => (_: null) => {
  const args = { after: "", item: "", limit: 10 };
  return Object.values(labelledPages).map((sql) => {
    const rows = db.prepare<typeof args, { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).all(args);
    return rows.map(({ detail }) => detail).join("; ");
  });
});
const tests: StoreModule = { name: "test", migrations: [], reads: [plans], writes: [], projections: [] };

const stores: StoreHost[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});

function open(nodeId: string, sharing: boolean): StoreHost {
  const store = openInlineStore({ modules: [...alertModules, tests], clock, nodeId, sharing });
  stores.push(store);
  return store;
}

const labelled = (store: StoreHost, ...ids: string[]) => store.read(labelledByIds, { type: alertEntity, ids });
const tagsOf = async (store: StoreHost, ...ids: string[]) => (await labelled(store, ...ids)).map(({ tags }) => tags);
const erase = async (store: StoreHost) => {
  const { labels } = await findLabels(store, names, idOf, never);
  return await eraseLabels(store, labels, idOf, ana, never);
};

/** Alerts one by one, as an analyst who goes through them does it. */
async function tag(store: StoreHost, ids: readonly string[], tag: string, by = ana) {
  for (const { id, version, tags, assignee } of await labelled(store, ...ids)) {
    const standing = { id, version, severityFound: 0, state: { ...untouched, tags, assignee } };
    const draft = draftChange([{ id, base_version: version }], [standing], { set: { add_tags: [tag] } });
    await store.append([draft], by);
  }
}

const alertsNamed = (count: number) => Array.from({ length: count }, (_, n) => `a${String(n).padStart(5, "0")}`);

test("in a fleet a change at the same moment keeps its own alert from it, and no other", async () => {
  const topic: unknown[] = [];
  const [here, there] = [open("here", true), open("there", true)];
  const sent = new Map<StoreHost, Place>();
  const send = async (store: StoreHost) => {
    for (const { place, decision } of await store.waiting(sent.get(store) ?? { seq: 0, member: null }, 1000)) {
      topic.push(JSON.parse(JSON.stringify(decision)));
      sent.set(store, place);
    }
  };
  let heard = 0;
  const hear = async () => {
    const news = topic.slice(heard).map((decision, n) => ({ offset: heard + n, decision: Decision.parse(decision) }));
    for (const store of [here, there]) await store.judge(news);
    heard = topic.length;
  };
  const ids = alertsNamed(60);
  await tag(here, ids, "mail of jane");
  await send(here);
  await hear();

  await tag(there, [ids[7]!], "urgent", ben);
  await send(there);
  expect(await erase(here)).toBe(60);
  await send(here);
  await hear();
  const kept = (id: string) => (id === ids[7] ? ["mail of jane", "urgent"] : []);
  for (const store of [here, there]) expect(await tagsOf(store, ...ids)).toEqual(ids.map(kept));

  // What was lost to somebody else's change is found again, and taken off.
  expect(await findLabels(here, names, idOf, never)).toEqual({ labels: [idOf("mail of jane")], labelled: 1 });
  expect(await erase(here)).toBe(1);
  await send(here);
  await hear();
  for (const store of [here, there]) expect((await tagsOf(store, ...ids)).flat()).toEqual(["urgent"]);
});

test("alerts are changed a thousand an event, and what was taken off before is told from what stands", async () => {
  const store = open("here", false);
  const ids = alertsNamed(1500);
  const standings = ids.map((id) => ({ id, version: 0, severityFound: 0, state: untouched }));
  const at = ids.map((id) => ({ id, base_version: 0 }));
  const [tagged] = await store.append([draftChange(at, standings, { set: { assignee: "jane" } })], ana);
  await tag(store, ids.slice(0, 1), "other");
  const withJane = (await labelled(store, ...ids.slice(0, 500))).map(({ id, version, assignee, tags }) => ({
    ...{ id, version, severityFound: 0, state: { ...untouched, assignee, tags } },
  }));
  const moved = withJane.map(({ id, version }) => ({ id, base_version: version }));
  const [given] = await store.append([draftChange(moved, withJane, { set: { assignee: "ben" } })], ana);

  expect(await findLabels(store, names, idOf, never)).toEqual({ labels: [idOf("jane")], labelled: 1000 });
  const before = (await store.read(eventsAfter, { after: 0, limit: 100 })).length;
  expect(await erase(store)).toBe(1000);
  const made = await store.read(eventsAfter, { after: before, limit: 100 });
  expect(made.map(({ entity_id, inverse }) => [entity_id, inverse])).toEqual([
    [bulkEntityId, null],
    [bulkEntityId, null],
  ]);
  for (const event of [given!, tagged!]) {
    await expect(store.undo(event.id, ana, { partial: true })).rejects.toMatchObject({ code: "CONFLICT" });
  }
  expect(new Set((await labelled(store, ...ids)).map(({ assignee }) => assignee))).toEqual(new Set(["ben", null]));
  // Nothing is left to find: it is not taken off again and again.
  expect(await findLabels(store, names, idOf, never)).toEqual({ labels: [], labelled: 0 });
  const { version } = (await labelled(store, ids[0]!))[0]!;
  expect(await erase(store)).toBe(0);
  expect(await store.read(entityVersion, { entityType: alertEntity, entityId: ids[0]! })).toBe(version);
});

test("who is called like an erased person can be named anew", async () => {
  const store = open("here", false);
  await tag(store, ["a1"], "jane");
  await erase(store);
  await tag(store, ["a1"], "jane");
  expect(await findLabels(store, names, idOf, never)).toEqual({ labels: [idOf("jane")], labelled: 1 });
  expect(await erase(store)).toBe(1);
});

test("each page of what is labelled begins at its key", async () => {
  for (const plan of await open("here", false).read(plans, null)) expect(plan).toMatch(/^SEARCH \w+ USING PRIMARY KEY/);
});
