import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { workerFile } from "../base/fixture-threads.ts";
import { createLogger } from "../base/logging.ts";
import type { Principal } from "../base/principals.ts";
import { openStore } from "./open-store.ts";
import type { StoreHost } from "./store.ts";

const by: Principal = { actor: "analyst", role: "admin", caller: "ui" };
let home: string;
let store: StoreHost;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "sentinel-copy-"));
  store = await openStore({
    directory: home,
    nodeId: "n",
    entries: { writer: workerFile("writer"), reader: workerFile("reader") },
    readers: 1,
    checkpointSeed: Buffer.alloc(32, 3),
    log: createLogger("silent"),
  });
});
afterEach(async () => {
  await store.close();
  rmSync(home, { recursive: true });
});

const note = (n: number) => ({
  entityType: "t",
  entityId: `e${n}`,
  baseVersion: 0,
  kind: "t.made",
  payload: { text: "x".repeat(2000) },
  inverse: null,
});

test("a copy ends while others write without a pause, and is the state of one moment", async () => {
  for (let n = 0; n < 30; n++) {
    await store.append(
      Array.from({ length: 100 }, (_, i) => note(n * 100 + i)),
      by,
    );
  }
  let stop = false;
  let written = 3000;
  const writing = (async () => {
    while (!stop) await store.append([note(written++)], by);
  })();
  const path = join(home, "copy.db");
  let heard = 0;
  const copy = await store.copy(path, { onProgress: () => heard++ });
  stop = true;
  await writing;
  const db = new Database(path, { readonly: true });
  expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
  const head = db.prepare("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1").get();
  db.close();
  expect(heard).toBeGreaterThan(1);
  expect(copy.head).toEqual(head);
  // What was written while it was made is in it, as far as it had come.
  expect(copy.head!.seq).toBeGreaterThan(3000);
  expect(copy.head!.seq).toBeLessThanOrEqual(written);
});

test("a cancelled copy leaves nothing, and the next one is made", async () => {
  for (let n = 0; n < 20; n++) {
    await store.append(
      Array.from({ length: 100 }, (_, i) => note(n * 100 + i)),
      by,
    );
  }
  const path = join(home, "copy.db");
  const abort = new AbortController();
  const copy = store.copy(path, { signal: abort.signal, onProgress: () => abort.abort() });
  await expect(copy).rejects.toMatchObject({ code: "CANCELLED" });
  await expect(store.copy(path)).resolves.toMatchObject({ head: { seq: 2000 } });
});
