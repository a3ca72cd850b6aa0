import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../base/clock.ts";
import { labelOf } from "../base/labels.ts";
import { openInlineStore } from "../store/inline-store.ts";
import { jobModule } from "../store/job-table.ts";
import type { StoreHost } from "../store/store.ts";
import { storeChunks } from "./chunk-writes.ts";
import { ana } from "./fixture-memory.ts";
import { memoryItemEntity, type Stored } from "./memory-events.ts";
import { memoryModule } from "./memory-module.ts";
import { searchWords } from "./word-search.ts";

const open = labelOf("user", "trusted");
const closed = labelOf("user", "trusted", ["bob"]);
let store: StoreHost;
/** Numbers of the labels as they were stored. */
const [openLabel, closedLabel] = [1, 2];

/** 6,000 chunks with "log" in each; of them 5,000 with "server", 3,000 with "login", 2,000 with "failed", 20 with "beacon". */
beforeAll(async () => {
  store = openInlineStore({ modules: [jobModule, memoryModule], clock: systemClock });
  await put("open", open, 0, 3000);
  await put("closed", closed, 3000, 6000);
});
afterAll(() => store.close());

async function put(id: string, label: typeof open, from: number, to: number): Promise<void> {
  const at = "2026-01-05T08:00:00.000Z";
  const source = { id, kind: "file" as const, title: null, subject: id };
  const payload: Stored = { source: id, kind: "file", title: null, label, text: "", at };
  const draft = { entityType: memoryItemEntity, entityId: id, baseVersion: 0, kind: "memory.stored", payload };
  const inverse = { kind: "memory.taken_back", payload: { source: id } };
  const chunks = Array.from({ length: to - from }, (_, i) => ({
    id: `c${from + i}`,
    words: wordsAt(from + i),
    sealed: "",
    vector: new Uint8Array(256),
  }));
  const args = { item: id, source, label, at, embedder: "none", chunks };
  await store.append([{ ...draft, inverse }], ana, [{ write: storeChunks, args }]);
}

function wordsAt(i: number): string {
  const words = ["log"];
  if (i % 6 !== 0) words.push("server");
  if (i % 2 === 0) words.push("login");
  if (i % 3 === 0) words.push("failed");
  if (i % 300 === 0) words.push("beacon");
  // What is closed is shorter, so it ranks first.
  return i < 3000 ? `${words.join(" ")} and so on and so forth` : words.join(" ");
}

const search = (words: readonly string[], labels = [openLabel, closedLabel], limit = 100) =>
  store.read(searchWords, { words, labels, limit });

test("rare words are ranked; a word that makes them too many is left out", async () => {
  expect((await search(["beacon", "server", "log"])).toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: 20 }, (_, i) => i * 300 + 1),
  );
  // Both together stand in more than are ranked: the rarer of the two decides.
  for (const n of await search(["login", "failed"])) expect(wordsAt(n - 1)).toContain("failed");
});

test("where every word is common, the last stored with all of them are found", async () => {
  expect(await search(["server", "log"], undefined, 3)).toEqual([6000, 5999, 5998]);
});

// SECURITY: what may not be read is never found, and does not crowd out what may.
test("what the asker may read is found behind any number of better chunks", async () => {
  const found = await search(["failed"], [openLabel], 5);
  expect(found).toHaveLength(5);
  for (const n of found) expect(n).toBeLessThanOrEqual(3000);
  expect(await search(["failed"], [99])).toEqual([]);
  expect(await search(["server", "log"], [99])).toEqual([]);
});

test("nothing is found by words that nothing has, or by none", async () => {
  expect(await search(["absent"])).toEqual([]);
  expect(await search([])).toEqual([]);
});
