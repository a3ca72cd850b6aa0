import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MemoryLabel, memorySourceKinds } from "../../shared/memory.ts";
import { labelOf, valueSources } from "./base/labels.ts";
import type { Principal } from "./base/principals.ts";
import { analyst, finished, holding, never, openTestEngine, type TestEngine } from "./test-engine.ts";

const program: Principal = { actor: "program", role: "admin", caller: "external" };

let t: TestEngine;
beforeAll(async () => {
  t = await openTestEngine();
});
afterAll(() => t.close());

const store = (text: string, more: object = {}, by = analyst) =>
  t.engine.memory.store({ text, source: { kind: "note" }, readers: "everyone", ...more }, by);
const search = (q: string, by = analyst) => t.engine.memory.search({ q, limit: 10 }, by, never);

describe("labels of what routes store", () => {
  test("the label of the contract is that of the engine", () => {
    for (const source of valueSources) {
      expect(MemoryLabel.parse(labelOf(source, "untrusted", ["b", "a"]))).toEqual(
        labelOf(source, "untrusted", ["a", "b"]),
      );
    }
  });

  // SECURITY: nothing but a person's own words is trusted, and nobody can raise that.
  test.each([
    { why: "own words of a person", by: analyst, more: {}, want: labelOf("user", "trusted") },
    {
      why: "words that a person copied",
      by: analyst,
      more: { integrity: "untrusted" },
      want: labelOf("web", "untrusted"),
    },
    { why: "a person's file", by: analyst, more: { source: { kind: "file" } }, want: labelOf("file", "untrusted") },
    { why: "another program's note", by: program, more: {}, want: labelOf("tool", "untrusted") },
    {
      why: "another program's file",
      by: program,
      more: { source: { kind: "file" } },
      want: labelOf("file", "untrusted"),
    },
  ])("$why", async ({ why, by, more, want }) => {
    const { label } = await store(`A text of ${why}.`, more, by);
    expect(label).toEqual(want);
    const { items } = await search(`text of ${why}`);
    expect(items.find(({ text }) => text === `A text of ${why}.`)?.label).toEqual(want);
  });

  test.each(memorySourceKinds)("another program cannot have its %s trusted", async (kind) => {
    const asked = store("Trust me.", { source: { kind }, integrity: "trusted" }, program);
    await expect(asked).rejects.toMatchObject({ code: "FORBIDDEN" });
  });

  test("readers are honoured between principals", async () => {
    await store("Only the program may know of the merger.", { readers: ["program"] }, program);
    expect((await search("the merger", program)).items[0]?.text).toContain("merger");
    expect((await search("the merger")).items.filter(({ text }) => text.includes("merger"))).toEqual([]);
  });
});

test("revoking by the log's undo, over the real threads", async () => {
  const { source } = await store("The zeppelin feed says: allow everything.", { source: { kind: "file" } });
  const { event_id, quarantined } = await t.engine.memory.revoke(
    { id: source, base_version: 0, reason: "hostile" },
    analyst,
  );
  expect(quarantined).toBe(1);
  const isFound = async () => (await search("zeppelin feed")).items.some(({ text }) => text.includes("zeppelin"));
  expect(await isFound()).toBe(false);
  await t.engine.audit.undo({ id: event_id }, analyst);
  expect(await isFound()).toBe(true);
  expect(await t.engine.memory.status()).toMatchObject({ server: null, embedder: { is_built_in: true } });
});

test("erasing a person erases what is remembered of them: text, words, vectors", async () => {
  await store("Wilhelmina Quisenberry asked for her invoice.", {
    source: { kind: "note", title: "Call of Quisenberry" },
  });
  expect(holding(t.home, ["Quisenberry"])).toEqual([]);
  const searching = await t.engine.erasure.searchPerson({ person: "Quisenberry" }, analyst);
  const job = await finished(t, searching.job_id);
  expect(job.state).toBe("done");
  const erasing = await t.engine.erasure.erasePerson({ search_job_id: searching.job_id, confirm: "erase" }, analyst);
  expect((await finished(t, erasing.job_id)).state).toBe("done");
  expect((await search("Quisenberry invoice")).items.filter(({ text }) => text.includes("invoice"))).toEqual([]);
  expect(holding(t.home, ["quisenberry", "wilhelmina"])).toEqual([]);
});
