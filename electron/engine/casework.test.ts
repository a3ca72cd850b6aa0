import { afterAll, beforeAll, expect, test } from "vitest";
import type { Alert } from "../../shared/alert.ts";
import { analyst, bring, entryOf, finished, harOf, openTestEngine, type TestEngine } from "./test-engine.ts";

let t: TestEngine;
let alerts: Alert[];

/** A short visit of one client that ends in an injection. */
const visit = (client: string, day: number) =>
  ["green tea", "black tea", "1' UNION SELECT name, password FROM users -- "].map((q, i) => ({
    ...entryOf(`https://shop.example/search?q=${encodeURIComponent(q)}`, {
      at: day * 86_400 + i * 20,
      cookie: `visit=${client}`,
    }),
    _clientAddress: client,
  }));

beforeAll(async () => {
  t = await openTestEngine();
  const job = await bring(t, harOf([...visit("a", 1), ...visit("b", 2), ...visit("c", 3)]), "visits.har");
  await finished(t, job);
  const page = await t.engine.alerts.list({ q: "", order: "newest", limit: 10 }, analyst);
  alerts = page.items;
  expect(alerts.length).toBeGreaterThanOrEqual(3);
}, 60_000);
afterAll(async () => {
  await t?.close();
});

const at = (alert: Alert) => ({ id: alert.id, base_version: alert.version });
const plain = { summary: "", severity: null, assignee: null, tags: [] };
const read = (id: string) => t.engine.cases.get({ id }, analyst);

test("a case holds its alerts, what was written, what they share with others, and when it was", async () => {
  const [first, second] = alerts;
  const opened = await t.engine.cases.open(
    { ...plain, title: "Wave of injections", alerts: [at(first!), at(second!)] },
    analyst,
  );
  const { id } = opened;
  const write = (item: Parameters<typeof t.engine.cases.saveItem>[0]["item"]) =>
    t.engine.cases.saveItem({ id, base_version: 0, item }, analyst);
  await write({ kind: "task", text: "Ask the owner of the shop", done: false, assignee: "ben" });
  await write({ kind: "note", text: "**seen** before" });
  await write({ kind: "entry", text: "The shop went down", at: "2020-01-01T00:00:00.000Z" });
  await write({ kind: "observable", type: "hash", value: "d41d8cd98f00b204", text: "dropped file" });
  await write({ kind: "observable", type: "host", value: "shop.example", text: "ours" });

  const found = await read(id);
  expect(found.case).toMatchObject({ title: "Wave of injections", status: "open", alerts: 2, open_tasks: 1, tasks: 1 });
  expect(found.alerts.map((alert) => alert.id).sort()).toEqual([first!.id, second!.id].sort());
  expect((await t.engine.alerts.get({ id: first!.id })).case_title).toBe("Wave of injections");
  expect((await t.engine.alerts.get({ id: alerts[2]!.id })).case_title).toBeNull();
  expect(found.alerts.every(({ case_id, status }) => case_id === id && status === "in_progress")).toBe(true);
  expect(found.items.map(({ kind }) => kind)).toEqual(["task", "note", "entry", "observable", "observable"]);
  expect(found.observables).toContainEqual(
    expect.objectContaining({ type: "host", value: "shop.example", alerts: 2, elsewhere: 1, text: "ours" }),
  );
  expect(found.observables).toContainEqual(
    expect.objectContaining({ type: "hash", alerts: 0, elsewhere: null, q: null, text: "dropped file" }),
  );
  // The queue finds as many as the case says.
  const host = found.observables.find(({ type }) => type === "host")!;
  const { total } = await t.engine.alerts.counts({ q: host.q! }, analyst);
  expect(total).toBe(host.alerts + host.elsewhere!);
  expect(found.timeline[0]).toMatchObject({ kind: "entry", text: "The shop went down", by: "analyst" });
  expect(found.timeline[1]?.text).toMatch(/ · SQL injection$/);
  expect(found.timeline.map(({ kind }) => kind)).toEqual(["entry", "alert", "alert", "opened"]);
  expect(found.history.at(-1)).toMatchObject({ did: "opened the case" });
  expect(found.history[0]).toMatchObject({ did: "wrote an observable", undoable: true });

  await t.engine.audit.undoLast({}, analyst);
  expect((await read(id)).items).toHaveLength(4);
});

test("whatever is written into a case, it can be read", async () => {
  const { id } = await t.engine.cases.open({ ...plain, title: "Odd values", alerts: [] }, analyst);
  const odd = [
    { type: "payload", value: '"'.repeat(1000) },
    { type: "host", value: "*" },
    { type: "address", value: "none" },
    { type: "path", value: "\u202Egnp.exe -case:x" },
  ] as const;
  for (const each of odd) {
    await t.engine.cases.saveItem({ id, base_version: 0, item: { kind: "observable", text: "", ...each } }, analyst);
  }
  const { observables } = await read(id);
  expect(observables.map(({ value }) => value)).toEqual(odd.map(({ value }) => value));
  expect(observables.map(({ elsewhere }) => elsewhere)).toEqual([null, null, 0, 0]);
});

test("opening one is taken back with one undo, with the alerts as they were", async () => {
  const third = (await t.engine.alerts.get({ id: alerts[2]!.id })).alert;
  await t.engine.cases.open({ ...plain, title: "By mistake", alerts: [at(third)] }, analyst);
  const { job_id } = await t.engine.audit.undoLast({}, analyst);
  await finished(t, job_id!);
  const now = (await t.engine.alerts.get({ id: third.id })).alert;
  expect(now).toMatchObject({ case_id: null, status: third.status });
  const { items } = await t.engine.cases.list({ text: "By mistake", limit: 10 });
  expect(items).toEqual([]);
});

test("cases are found by title, tag and id, page by page; merged ones are seen in the other", async () => {
  const ids: string[] = [];
  for (const title of ["Alpha one", "Alpha two", "Beta"]) {
    ids.push((await t.engine.cases.open({ ...plain, title, tags: [`t-${ids.length}`], alerts: [] }, analyst)).id);
  }
  const list = async (text: string, limit = 10, cursor?: string) =>
    await t.engine.cases.list({ text, limit, ...(cursor === undefined ? {} : { cursor }) });
  expect((await list("ALPHA")).items.map(({ title }) => title)).toEqual(["Alpha two", "Alpha one"]);
  expect((await list("t-2")).items.map(({ title }) => title)).toEqual(["Beta"]);
  expect((await list(ids[0]!)).items.map(({ title }) => title)).toEqual(["Alpha one"]);
  const page = await list("", 2);
  expect(page.items).toHaveLength(2);
  expect((await list("", 2, page.next!)).items[0]!.title).toBe("Alpha one");
  const before = (await list("")).open;
  await t.engine.cases.merge({ id: ids[0]!, cases: [{ id: ids[2]!, base_version: 1 }] }, analyst);
  expect((await list("")).open).toBe(before - 1);
  const whole = await read(ids[0]!);
  expect(whole.merged).toMatchObject([{ id: ids[2], title: "Beta", merged_into: ids[0] }]);
  expect(whole.history.some(({ did }) => did === '"Beta": merged it into another case')).toBe(true);
});

test("alerts are only put into a case that takes them", async () => {
  const { id } = await t.engine.cases.open({ ...plain, title: "Over", alerts: [] }, analyst);
  const closing = { status: "closed", outcome: "indeterminate" } as const;
  await t.engine.cases.change({ id, base_version: 1, change: closing, despite_open_tasks: false }, analyst);
  const third = (await t.engine.alerts.get({ id: alerts[2]!.id })).alert;
  const put = (to: string) => t.engine.alerts.change({ alerts: [at(third)], change: { case_id: to } }, analyst);
  await expect(put(id)).rejects.toMatchObject({ code: "CONFLICT" });
  await expect(put("none")).rejects.toMatchObject({ code: "NOT_FOUND" });
  const all = t.engine.alerts.changeMatching({ q: "", change: { case_id: id } }, analyst);
  await expect(all).rejects.toMatchObject({ code: "CONFLICT" });
});
