import { afterEach, beforeEach, expect, test } from "vitest";
import type { StoreHost } from "../store/store.ts";
import {
  ana,
  createWordServer,
  type MemoryUnderTest,
  never,
  openMemory,
  own,
  temporaryFolder,
  until,
} from "./fixture-memory.ts";

let folder: ReturnType<typeof temporaryFolder>;
let t: MemoryUnderTest;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(async () => {
  await t.stop();
  folder.remove();
});

const put = (text: string) => t.memory.store({ text, label: own, source: { kind: "note" } }, ana);
async function fill(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await put(`Remembered line ${i} about basket ${i}.`);
}
const idle = () => until(async () => t.jobs.active("embed-memory").length === 0);
const embedJobs = async () => (await t.jobs.list()).filter(({ kind }) => kind === "embed-memory");
const status = async () => await t.memory.status();

test("without a server the built-in embedder is in force, and said to be", async () => {
  t = await openMemory(folder.path);
  await fill(3);
  expect(await status()).toMatchObject({
    chunks: 3,
    embedder: { is_built_in: true, dimensions: 256 },
    server: null,
    searchable: 3,
  });
});

test("a server that is there embeds what was stored before, and is in force once all of it is", async () => {
  t = await openMemory(folder.path);
  await fill(100);
  await t.stop();
  const server = createWordServer();
  t = await openMemory(folder.path, server);
  // Nobody looks for it again.
  await until(async () => (await status()).server?.state === "in_use");
  await until(async () => (await status()).searchable === 100);
  expect(await status()).toMatchObject({
    embedder: { name: "words@1", is_built_in: false, dimensions: 64 },
    server: { state: "in_use", embedded: 100 },
  });
  const before = server.asked;
  await put("A line that comes later.");
  await until(async () => (await status()).searchable === 101);
  expect(server.asked).toBe(before + 1);
  expect((await embedJobs()).map(({ state }) => state)).toEqual(["done"]);
});

test("what is stored while a job looks for the last time is embedded by the next one", async () => {
  const server = createWordServer();
  t = await openMemory(folder.path, server);
  const read: StoreHost["read"] = t.store.read.bind(t.store);
  let isLate = false;
  // Once the job was told that nothing is left, before it has ended.
  t.store.read = async (asked, args) => {
    const rows = await read(asked, args);
    if (!isLate && asked.name === "memory.without_vector" && Array.isArray(rows) && rows.length === 0) {
      isLate = true;
      await put("Something else altogether.");
    }
    return rows;
  };
  await put("A first line.");
  await until(async () => (await status()).server?.embedded === 2);
  expect((await embedJobs()).map(({ state }) => state)).toEqual(["done", "done"]);
});

test("a server that goes away in the middle: the built-in embedder stays in force, and embedding goes on where it stopped", async () => {
  t = await openMemory(folder.path);
  await fill(150);
  await t.stop();
  const server = createWordServer();
  server.stopAfter = 60;
  t = await openMemory(folder.path, server);
  await until(async () => (await embedJobs())[0]?.state === "failed");
  await t.memory.look(ana);
  const now = await status();
  expect(now).toMatchObject({
    embedder: { is_built_in: true },
    server: { state: "away", reason: "It is away." },
    searchable: 150,
  });
  expect(now.server!.embedded).toBeGreaterThan(0);
  expect(now.server!.embedded).toBeLessThan(150);
  const { found, degraded } = await t.memory.search({ q: "remembered basket 149", limit: 5, who: ["ana"] }, never);
  expect([found.length, degraded]).toEqual([5, null]);
  server.stopAfter = Number.POSITIVE_INFINITY;
  server.isAway = false;
  await t.memory.look(ana);
  await idle();
  await t.memory.look(ana);
  expect(await status()).toMatchObject({ server: { state: "in_use", embedded: 150 } });
  // Each text once, besides what was asked to look for it.
  expect(server.asked).toBe(150);
});

test("an engine that ends in the middle goes on when it starts again", async () => {
  t = await openMemory(folder.path);
  await fill(150);
  await t.stop();
  const server = createWordServer();
  t = await openMemory(folder.path, server);
  await until(async () => server.asked > 0);
  await t.stop();
  t = await openMemory(folder.path, server);
  await idle();
  await t.memory.look(ana);
  await until(async () => (await status()).server?.embedded === 150);
  expect(await status()).toMatchObject({ embedder: { is_built_in: false } });
});

test("another model embeds everything again; vectors of two models are never compared", async () => {
  const server = createWordServer();
  t = await openMemory(folder.path, server);
  await fill(5);
  await until(async () => (await status()).server?.embedded === 5);
  server.version = 2;
  await t.memory.look(ana);
  await until(async () => (await status()).embedder.name === "words@2");
  expect(await status()).toMatchObject({ server: { state: "in_use", embedded: 5 }, searchable: 5 });
});

test("a server that goes away once it is in force: words at once, then the built-in embedder", async () => {
  const server = createWordServer();
  t = await openMemory(folder.path, server);
  await fill(5);
  await idle();
  await t.memory.look(ana);
  await until(async () => (await status()).server?.state === "in_use");
  server.isAway = true;
  const first = await t.memory.search({ q: "basket 3", limit: 5, who: ["ana"] }, never);
  expect(first.degraded).toContain("It is away.");
  expect(first.found.map(({ foundBy }) => foundBy)).toContainEqual(["words"]);
  await until(async () => (await status()).searchable === 5);
  const next = await t.memory.search({ q: "baskets", limit: 5, who: ["ana"] }, never);
  expect(next.degraded).toBeNull();
  expect(next.found[0]?.foundBy).toEqual(["meaning"]);
  expect(await status()).toMatchObject({ embedder: { is_built_in: true }, server: { state: "away" } });
});
