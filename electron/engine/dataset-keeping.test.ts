import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { systemClock } from "./base/clock.ts";
import { workerFile } from "./base/fixture-threads.ts";
import { createLogger } from "./base/logging.ts";
import { restoreBackup } from "./restoring.ts";
import { environmentKeySource } from "./store/master-key.ts";
import {
  analyst,
  bytesOf,
  finished,
  holding,
  masterKey,
  never,
  openTestEngine,
  type TestEngine,
} from "./test-engine.ts";

// Engines are started and stopped; a loaded machine takes its time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let folder: string;
let home: string;
let engine: TestEngine | null = null;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sentinel-datasets-"));
  home = join(folder, "home");
});
afterEach(async () => {
  await stop();
  rmSync(folder, { recursive: true, force: true });
});

async function start(): Promise<TestEngine> {
  engine = await openTestEngine({ home });
  return engine;
}

async function stop(): Promise<void> {
  await engine?.close();
  engine = null;
}

const lines = (...texts: string[]) => texts.map((text) => JSON.stringify({ text, label: "benign" })).join("\n");

async function bring(test: TestEngine, content: string, file_name: string) {
  const input = { file_name, format: "jsonl" } as const;
  const job = await finished(test, (await test.engine.datasets.import(bytesOf(content), input, analyst, never)).job_id);
  expect(job).toMatchObject({ state: "done" });
}

async function make(test: TestEngine): Promise<string> {
  const job = await finished(test, (await test.engine.datasets.make({ why: "to keep" }, analyst)).job_id);
  return job.result!.dataset_version as string;
}

async function read({ engine: { datasets } }: TestEngine, id: string): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of await datasets.export({ id, format: "jsonl" }, analyst)) parts.push(part);
  return Buffer.concat(parts).toString();
}

test("a backup brings back imported files, labels and versions", async () => {
  const running = await start();
  await bring(running, lines("green apples", "red cherries"), "fruit.jsonl");
  await running.engine.labels.addSample({ sample_type: "payload", data: "<svg onload=x>", label: "xss" }, analyst);
  const id = await make(running);
  const before = await read(running, id);
  const file = join(folder, "a.backup");
  const { job_id } = await running.engine.backups.make({ path: file }, analyst);
  expect(await finished(running, job_id)).toMatchObject({ state: "done", result: { missing: 0 } });
  await stop();
  rmSync(home, { recursive: true });
  await restoreBackup({
    home,
    file,
    keysFile: `${file}.keys`,
    passphrase: undefined,
    keySource: environmentKeySource(masterKey),
    setAside: false,
    entries: { writer: workerFile("writer"), reader: workerFile("reader") },
    clock: systemClock,
    log: createLogger("silent"),
    by: analyst,
    signal: never,
    onProgress: () => {},
  });
  const again = await start();
  expect(await read(again, id)).toBe(before);
  expect(await again.engine.datasets.imports()).toMatchObject([{ file_name: "fruit.jsonl", rows: 2 }]);
  expect(await again.engine.datasets.list()).toMatchObject([{ id, why: "to keep" }]);
  expect(await make(again)).toBe(id);
});

test("an import that the engine's end broke off is taken up again, once", async () => {
  const running = await start();
  const many = Array.from({ length: 3000 }, (_, i) => `some words ${i.toString(36)} of their own`);
  const input = { file_name: "many.jsonl", format: "jsonl" } as const;
  const { job_id } = await running.engine.datasets.import(bytesOf(lines(...many)), input, analyst, never);
  await stop();
  const again = await start();
  expect(await finished(again, job_id)).toMatchObject({ state: "done", result: { rows: 3000, refused: 0 } });
  expect(await again.engine.datasets.imports()).toMatchObject([{ rows: 3000 }]);
  expect((await again.engine.datasets.stats()).labels).toMatchObject({ samples: 3000 });
});

test("an import that is cancelled leaves nothing", async () => {
  const running = await start();
  const many = Array.from({ length: 20_000 }, (_, i) => `zmarkwords ${i.toString(36)} of their own`);
  const input = { file_name: "many.jsonl", format: "jsonl" } as const;
  const { job_id } = await running.engine.datasets.import(bytesOf(lines(...many)), input, analyst, never);
  await running.engine.jobs.cancel({ id: job_id }, analyst);
  expect(await finished(running, job_id)).toMatchObject({ state: "cancelled" });
  expect(await running.engine.datasets.imports()).toEqual([]);
  expect((await running.engine.datasets.stats()).labels).toMatchObject({ samples: 0 });
  await stop();
  expect(
    readdirSync(join(home, "blobs"), { recursive: true }).filter((name) => String(name).endsWith(".blob")),
  ).toEqual([]);
});

test("cancelling a second import of a file takes nothing from the first, also while that is withdrawn", async () => {
  const running = await start();
  const content = lines(...Array.from({ length: 5000 }, (_, i) => `words ${i.toString(36)} of their own`));
  await bring(running, content, "first.jsonl");
  const [first] = await running.engine.datasets.imports();
  const withdrawn = await running.engine.datasets.withdrawImport(
    { id: first!.id, base_version: first!.version },
    analyst,
  );
  const input = { file_name: "second.jsonl", format: "jsonl" } as const;
  const { job_id } = await running.engine.datasets.import(bytesOf(content), input, analyst, never);
  await running.engine.jobs.cancel({ id: job_id }, analyst);
  expect(await finished(running, job_id)).toMatchObject({ state: "cancelled" });
  await running.engine.audit.undo({ id: withdrawn.event_id }, analyst);
  expect(await running.engine.datasets.imports()).toMatchObject([{ file_name: "first.jsonl", rows: 5000 }]);
  const id = await make(running);
  expect((await read(running, id)).trim().split("\n")).toHaveLength(5000);
});

test("erasing a person takes the samples and the imported files that name them, and nothing else", async () => {
  const running = await start();
  await bring(running, lines("apples of Zmarkperson", "red cherries"), "fruit.jsonl");
  await bring(running, lines("blue plums"), "plums.jsonl");
  const sample = { sample_type: "payload", data: "greetings, zmarkperson", label: "benign" } as const;
  await running.engine.labels.addSample(sample, analyst);
  const id = await make(running);
  expect(await read(running, id)).toMatch(/Zmarkperson/);
  const search = (await running.engine.erasure.searchPerson({ person: "zmarkperson" }, analyst)).job_id;
  expect(await finished(running, search)).toMatchObject({ result: { evidence: [], texts: { length: 2 } } });
  const input = { search_job_id: search, confirm: "erase" } as const;
  const { job_id } = await running.engine.erasure.erasePerson(input, analyst);
  expect(await finished(running, job_id)).toMatchObject({ state: "done" });
  expect(await read(running, id)).toMatch(/^\{[^\n]*blue plums[^\n]*\}\n$/);
  expect((await running.engine.datasets.imports()).map(({ file_name }) => file_name).sort()).toEqual(
    ["plums.jsonl", null].sort(),
  );
  await stop();
  expect(holding(home, ["markperson", "red cherries"])).toEqual([]);
  expect(holding(home, ["blue plums"])).toEqual(["sentinel.db"]);
  const again = await start();
  expect(await read(again, id)).toMatch(/blue plums/);
  expect(await again.engine.audit.verify(analyst)).toMatchObject({ ok: true });
});
