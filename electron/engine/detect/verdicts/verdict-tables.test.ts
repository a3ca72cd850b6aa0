import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../base/clock.ts";
import { evidenceModule } from "../../evidence/evidence-tables.ts";
import { openInlineStore } from "../../store/inline-store.ts";
import { defineRead, type StoreHost } from "../../store/store.ts";
import { successorOf } from "./past-verdicts.ts";
import { plainVerdict } from "./plain-verdict.ts";
import { deleteVerdictsOf, newestVerdict, replaceVerdicts, storeVerdicts, verdictTables } from "./verdict-tables.ts";

const ids = defineRead("test.ids", (db) => {
  const select = db.prepare<[string], string>("SELECT id FROM verdicts WHERE evidence_id = ? ORDER BY id").pluck();
  return (evidenceId: string) => select.all(evidenceId);
});

let store: StoreHost;
beforeEach(() => {
  const testReads = { name: "test", migrations: [], reads: [ids], writes: [], projections: [] };
  store = openInlineStore({ modules: [evidenceModule, verdictTables, testReads], clock: systemClock });
});
afterEach(() => store.close());

const verdict = (id: string, session: string, evidenceId = "a", judgedBy?: string) =>
  plainVerdict({ id, session, evidenceId, ...(judgedBy === undefined ? {} : { judgedBy }) });

test("a verdict takes the place of what was decided about its session, also under the same id and by somebody else", async () => {
  await store.write(storeVerdicts, [
    verdict("one", "s0", "a", "engine-b"),
    verdict("two", "s1"),
    verdict("three", "s0", "b"),
  ]);
  expect(await store.write(replaceVerdicts, [verdict("one", "s0"), verdict("four", "s1")])).toBe(2);
  expect(await store.read(ids, "a")).toEqual(["four", "one"]);
  expect(await store.read(ids, "b")).toEqual(["three"]);
});

test("what is left of earlier sessions is told from what replaced the newest of all", async () => {
  await store.write(storeVerdicts, [verdict("gone", "s0"), verdict("old", "s1")]);
  const earlier = await store.read(newestVerdict, null);
  await store.write(replaceVerdicts, [verdict("new", "s1")]);
  while (!(await store.write(deleteVerdictsOf, { evidenceId: "a", upTo: earlier, limit: 1 })));
  expect(await store.read(ids, "a")).toEqual(["new"]);
});

test("an earlier verdict leads to what is in force of exactly its session, however often that was judged", async () => {
  await store.write(storeVerdicts, [verdict("first", "s0"), verdict("cut", "s1")]);
  await store.write(replaceVerdicts, [verdict("second", "s0"), { ...verdict("other", "s1"), requests: 9 }]);
  await store.write(replaceVerdicts, [verdict("third", "s0")]);
  expect(await store.read(successorOf, "first")).toEqual({ evidenceId: "a", verdictId: "third" });
  expect(await store.read(successorOf, "second")).toEqual({ evidenceId: "a", verdictId: "third" });
  expect(await store.read(successorOf, "cut")).toEqual({ evidenceId: "a", verdictId: null });
  expect(await store.read(successorOf, "third")).toBeNull();
});
