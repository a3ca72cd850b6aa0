import { afterAll, beforeAll, expect, test } from "vitest";
import { analysed, analyst, entryOf, finished, harOf, openTestEngine, type TestEngine } from "./test-engine.ts";

let opened: TestEngine;
let first: string;

const shop = "https://shop.example";
const evidence = harOf([
  entryOf(`${shop}/start?id=1`, { at: 0 }),
  entryOf(`${shop}/comment`, { at: 1, form: "comment=a+quiet+pelican&password=hunter2secret" }),
  entryOf(`${shop}/search?q=${encodeURIComponent("1' UNION SELECT password FROM users--")}`, { at: 2 }),
  entryOf(`${shop}/page`, {
    at: 3,
    headers: [["X-Trace", "trace-heron-17"]],
    response: { status: 500, content: { size: 9, mimeType: "text/html", text: "<p>stacktrace of albatross</p>" } },
  }),
]);

beforeAll(async () => {
  opened = await openTestEngine();
  first = (await analysed(opened, evidence, "shop.har")).evidence.id;
}, 60_000);
afterAll(() => opened.close());

const found = async (q: string) => (await opened.engine.search.requests({ q, limit: 100 })).items;
const indexes = async (q: string) => (await found(q)).map(({ request }) => request);

async function scan(text: string, evidence_id?: string) {
  const input = evidence_id === undefined ? { text } : { text, evidence_id };
  const { job_id } = await opened.engine.search.scan(input, analyst);
  return await finished(opened, job_id);
}

test("benign requests are found, with the session that they are opened in", async () => {
  const [start] = await found("is:benign /start");
  expect(start).toMatchObject({
    evidence_id: first,
    file_name: "shop.har",
    request: 0,
    target: "/start?id=1",
    worst: null,
  });
  const requests = await opened.engine.verdicts.requests({ id: start!.verdict!.id, limit: 10, offset: 0 });
  expect(requests.items.map(({ request }) => request)).toContain(0);
});

test("flagged requests are found by what their payload says once it is decoded", async () => {
  const [flagged] = await found('payload:"union select"');
  expect(flagged).toMatchObject({ request: 2, worst: { class: "sql_injection" } });
  expect(await indexes("param:q class:sql_injection")).toEqual([2]);
});

test("counts tell how many are flagged and when they were seen", async () => {
  expect(await opened.engine.search.counts({ q: "host:shop.example" })).toEqual({
    requests: 4,
    flagged: 1,
    sessions: 1,
    first_seen: "2026-01-05T08:00:00.000Z",
    last_seen: "2026-01-05T08:00:03.000Z",
    exact: true,
  });
});

test.each([
  { where: "a form", text: "Quiet Pelican", request: 1 },
  { where: "a header", text: "trace-heron", request: 3 },
  { where: "a response", text: "of albatross", request: 3 },
])("a scan finds what stands in $where, where no index looks", async ({ text, request }) => {
  expect(await indexes(`"${text}"`)).toEqual([]);
  const { state, result } = await scan(text);
  expect({ state, found: result?.found }).toEqual({ state: "done", found: 1 });
  expect(await indexes(`scan:${result?.scan}`)).toEqual([request]);
});

test("secrets are found by neither, and no text that was looked for reaches the log", async () => {
  expect(await indexes("hunter2")).toEqual([]);
  expect((await scan("hunter2")).result?.found).toBe(0);
  expect(opened.log()).not.toContain("hunter2");
  expect(JSON.stringify(await opened.engine.jobs.list())).not.toContain("hunter2");
});

test("a scan of one piece of evidence looks through that alone", async () => {
  expect((await scan("pelican", first)).result).toMatchObject({ found: 1, evidence: 1 });
  expect(await scan("pelican", "0198nothing")).toMatchObject({ state: "failed", error: { code: "NOT_FOUND" } });
});

test("a scan that is cancelled ends as cancelled", async () => {
  const { job_id } = await opened.engine.search.scan({ text: "anything" }, analyst);
  await opened.engine.jobs.cancel({ id: job_id }, analyst);
  expect((await finished(opened, job_id)).state).toBe("cancelled");
});

test("what cannot be understood is refused in words", async () => {
  await expect(found("staus:200")).rejects.toMatchObject({
    code: "INPUT_INVALID",
    message: expect.stringContaining("status"),
  });
  await expect(opened.engine.search.requests({ q: "", limit: 1, cursor: "x" })).rejects.toMatchObject({
    code: "INPUT_INVALID",
  });
});

test("a watch meets requests of all evidence in view, benign ones and those of before included", async () => {
  const { engine } = opened;
  expect(await indexes("is:watched")).toEqual([]);
  const watch = async (name: string, q: string) =>
    await engine.alerts.saveQuery({ base_version: 0, query: { kind: "watch", name, q } }, analyst);
  await watch("a value of the start page", 'payload:"id=1"');
  await watch("an outcome, which requests have not", "outcome:succeeded");
  expect(await indexes("is:watched")).toEqual([0]);
  expect(await indexes("is:watched is:flagged")).toEqual([]);
  await watch("a parameter", 'param:"query q"');
  expect((await indexes("is:watched")).toSorted()).toEqual([0, 2]);
  expect((await indexes("-is:watched")).toSorted()).toEqual([1, 3]);
  expect(await engine.search.counts({ q: "is:watched" })).toMatchObject({ requests: 2, flagged: 1, exact: true });
});

test("long lists are looked for, and watched together", async () => {
  const { engine } = opened;
  const hosts = Array.from({ length: 600 }, (_, i) => i.toString(36)).join(",");
  expect(await indexes(`host:${hosts}`)).toEqual([]);
  for (let list = 0; list < 6; list++) {
    const q = `client:${Array.from({ length: 130 }, (_, i) => `198.51.${list}.${i}`).join(",")}`;
    await engine.alerts.saveQuery({ base_version: 0, query: { kind: "watch", name: `list ${list}`, q } }, analyst);
  }
  expect((await indexes("is:watched")).toSorted()).toEqual([0, 2]);
});
