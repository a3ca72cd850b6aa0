import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { appendFile, cp, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import Database from "better-sqlite3";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { enginePrincipal } from "../base/principals.ts";
import type { PortBundle } from "./client.ts";
import type { DataDirectory } from "./data-directory.ts";
import { eventsAfter, logHead } from "./event-table.ts";
import { openHere } from "./fixtures/open-here.ts";
import { saveJob } from "./job-table.ts";
import type { EventDraft, EventRow, StoreHost } from "./store.ts";
import { logFiles, verifyDirectory } from "./verify-log.ts";

const rounds = 1 * Number(process.env.TORTURE ?? 1);
// Each test starts and ends real threads several times; a busy machine needs a while for that.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 30_000 });

type Opened = { directory: DataDirectory; store: StoreHost };

let home: string;
let opened: Opened | null;
/** A data directory whose log has five events and a checkpoint; closed. Tests take a copy. */
let five: string;
let closed: StoreHost;

beforeAll(async () => {
  five = await mkdtemp(join(tmpdir(), "sentinel-five-"));
  const { directory, store } = await openHere(five, 1);
  await appendMany(store, 0, 5);
  await store.checkpoint();
  await store.close();
  directory.close();
  closed = store;
});
afterAll(() => rm(five, { recursive: true }));

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "sentinel-home-"));
  opened = null;
});
afterEach(async () => {
  await close();
  await rm(home, { recursive: true });
});

async function open(readers = 1): Promise<StoreHost> {
  opened = await openHere(home, readers);
  return opened.store;
}

/** The data directory of five events becomes this test's. */
const takeFive = () => cp(five, home, { recursive: true });

async function close(): Promise<void> {
  await opened?.store.close();
  opened?.directory.close();
  opened = null;
}

const draft = (id: string, baseVersion = 0): EventDraft => ({
  entityType: "test",
  entityId: id,
  baseVersion,
  kind: "test.appended",
  payload: { id },
  inverse: null,
});

const appendMany = (store: StoreHost, from: number, count: number) =>
  Promise.all(Array.from({ length: count }, (_, i) => store.append([draft(`e${from + i}`)], enginePrincipal)));

const filePath = (name: keyof typeof logFiles) => join(home, logFiles[name]);
const auditLines = async () => (await readFile(filePath("audit"), "utf8")).trimEnd().split("\n");

describe("a store with its threads", () => {
  test("appends in order, tells listeners, exports, and is in order after a restart", async () => {
    const store = await open(2);
    const heard: EventRow[] = [];
    store.onAppended((events) => heard.push(...events));
    // More than one client may have in flight, so that the rest waits its turn.
    await appendMany(store, 0, 600);
    expect(heard.map((event) => event.seq)).toEqual(Array.from({ length: 600 }, (_, i) => i + 1));
    expect(await store.verify()).toMatchObject({ ok: true, entries: 600, faults: [] });
    await close();
    expect(await auditLines()).toHaveLength(600);
    expect(await verifyDirectory(home)).toMatchObject({ ok: true, entries: 600, faults: [] });
    const again = await open();
    expect(await again.read(logHead, null)).toMatchObject({ seq: 600 });
    expect((await again.verify()).faults).toEqual([]);
  });

  test("answers from its first reader; others join once questions would wait, also for clients in other threads", async () => {
    const store = await open(3);
    expect(await store.read(logHead, null)).toBeNull();
    const readersOfPort = async () => {
      const port = store.port();
      const [bundle] = (await once(port, "message")) as [PortBundle];
      for (const end of [bundle.writer, ...bundle.readers, port]) end.close();
      return bundle.readers.length;
    };
    expect(await readersOfPort()).toBe(1);
    const askThree = () => Promise.all([1, 2, 3].map(() => store.read(logHead, null)));
    await expect.poll(() => askThree().then(readersOfPort), { timeout: 10_000 }).toBe(3);
    await appendMany(store, 0, 3);
    const heads = await Promise.all(Array.from({ length: 9 }, () => store.read(logHead, null)));
    expect(heads.map((head) => head?.seq)).toEqual(Array(9).fill(3));
  });

  test("closes while further readers are still starting", async () => {
    const store = await open(3);
    await Promise.all([1, 2, 3].map(() => store.read(logHead, null)));
    await close();
    const again = await open();
    expect((await again.verify()).ok).toBe(true);
  });

  test("after closing, requests are refused", async () => {
    await expect(closed.append([draft("a")], enginePrincipal)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await expect(closed.read(logHead, null)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });

  test("SECURITY: the database, the log and the keys are readable by the owner alone", () => {
    const wide = spawnSync("find", [five, "-perm", "/077"], { encoding: "utf8" });
    expect(wide.stdout.split("\n").filter((path) => !path.endsWith("-public.pem") && path !== "")).toEqual([]);
  });
});

describe("the exported log", () => {
  test("with a torn last line is repaired from its clean prefix, and says so", async () => {
    await takeFive();
    await appendFile(filePath("audit"), '{"actor":"analyst","at":');
    expect(await verifyDirectory(home)).toMatchObject({ ok: true, faults: [{ fault: "torn_tail" }] });
    const store = await open();
    expect(await store.verify()).toMatchObject({ ok: true, faults: [{ fault: "torn_tail" }] });
    await appendMany(store, 5, 1);
    await close();
    expect(await auditLines()).toHaveLength(6);
    expect((await verifyDirectory(home)).faults).toEqual([]);
  });

  test("that lost lines gets them again from the database", async () => {
    await takeFive();
    await rm(filePath("audit"));
    await appendMany(await open(), 5, 2);
    await close();
    expect(await auditLines()).toHaveLength(7);
    expect((await verifyDirectory(home)).faults).toEqual([]);
  });

  test("that knows more than the database is set aside and reported, never overwritten", async () => {
    await takeFive();
    const db = new Database(filePath("database"));
    db.exec("DELETE FROM events WHERE seq > 3; DELETE FROM entity_versions WHERE entity_id IN ('e3', 'e4')");
    db.close();
    expect((await verifyDirectory(home)).faults).toMatchObject([{ fault: "truncated" }]);
    const store = await open();
    expect((await store.verify()).faults.map((one) => one.fault)).toEqual(["truncated", "truncated"]);
    const aside = spawnSync("sh", ["-c", `cat ${home}/audit.jsonl.set-aside-*`], { encoding: "utf8" }).stdout;
    expect(aside.trimEnd().split("\n")).toHaveLength(5);
  });

  test("a checkpoint kept elsewhere shows what was cut off with the checkpoints here", async () => {
    await takeFive();
    const kept = join(home, "kept.jsonl");
    await writeFile(kept, await readFile(filePath("checkpoints")));
    const db = new Database(filePath("database"));
    db.exec("DELETE FROM events WHERE seq > 3");
    db.close();
    await truncate(filePath("checkpoints"), 0);
    await truncate(filePath("audit"), 0);
    expect((await verifyDirectory(home)).ok).toBe(true);
    const { faults } = await verifyDirectory(home, kept);
    expect(faults[0]).toMatchObject({ fault: "truncated", seq: 4 });
  });

  test("unreadable checkpoint lines are reported", async () => {
    await takeFive();
    await appendFile(filePath("checkpoints"), "nonsense\n");
    expect((await verifyDirectory(home)).faults).toMatchObject([{ fault: "edited", seq: null }]);
  });
});

describe("one store that goes on", () => {
  let shared: Opened;
  let store: StoreHost;
  let lasting: string;
  beforeAll(async () => {
    lasting = await mkdtemp(join(tmpdir(), "sentinel-lasting-"));
    await cp(five, lasting, { recursive: true });
    shared = await openHere(lasting);
    store = shared.store;
  });
  afterAll(async () => {
    await shared?.store.close();
    shared?.directory.close();
    await rm(lasting, { recursive: true });
  });

  test("of requests that share a transaction, one that fails is undone alone", async () => {
    const outcomes = await Promise.allSettled([
      store.append([draft("a")], enginePrincipal),
      store.append([draft("b"), draft("c", 7)], enginePrincipal),
      store.append([draft("d")], enginePrincipal),
    ]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(outcomes[1]).toMatchObject({ reason: { code: "CONFLICT", details: { entity_id: "c" } } });
    const events = await store.read(eventsAfter, { after: 5, limit: 9 });
    expect(events.map((event) => event.entity_id)).toEqual(["a", "d"]);
    expect((await store.verify()).ok).toBe(true);
  });

  test("a worker writes and reads over its own ports; errors keep their code", async () => {
    const port = store.port();
    const worker = new Worker(new URL("./fixtures/store-worker.ts", import.meta.url), {
      workerData: port,
      transferList: [port],
    });
    const [message] = await once(worker, "message");
    expect(message).toMatchObject({ events: [{ entity_id: "w", payload: { from: "worker" } }], refused: "CONFLICT" });
    await once(worker, "exit");
    expect(await store.read(logHead, null)).toMatchObject({ seq: message.events[0].seq });
  });

  test("what cannot be copied between threads is the caller's error and stops nobody else", async () => {
    const bad = { ...draft("f"), payload: { f: () => 1 } };
    await expect(store.append([bad], enginePrincipal)).rejects.toThrow();
    await expect(store.append([draft("f")], enginePrincipal)).resolves.toHaveLength(1);
  });

  test.each([
    { fault: "edited", how: "its actor", sql: "UPDATE events SET actor = 'nobody' WHERE seq = 2" },
    { fault: "edited", how: "its payload", sql: "UPDATE events SET payload = 'x' WHERE seq = 2" },
    { fault: "removed", how: "in the middle", sql: "DELETE FROM events WHERE seq = 2" },
    {
      fault: "swapped",
      how: "with the next",
      sql: "UPDATE events SET seq = 99 WHERE seq = 2; UPDATE events SET seq = 2 WHERE seq = 3; UPDATE events SET seq = 3 WHERE seq = 99",
    },
  ])("tells a database with an event $fault ($how) from the good copy", async ({ fault, sql }) => {
    const db = new Database(join(lasting, logFiles.database));
    db.exec("CREATE TEMP TABLE kept AS SELECT * FROM events");
    db.exec(sql);
    const { ok, faults } = await store.verify().finally(() => {
      db.exec("DELETE FROM events; INSERT INTO events SELECT * FROM kept");
      db.close();
    });
    expect((await store.verify()).faults).toEqual([]);
    expect(ok).toBe(false);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatchObject({ fault, message: expect.stringMatching(/^sentinel\.db: /) });
  });
});

describe("kill -9", () => {
  test("in the middle of appends loses nothing that was acknowledged", async () => {
    for (let round = 0; round < rounds; round++) {
      const fixture = new URL("./fixtures/append-forever.ts", import.meta.url);
      const child = spawn(process.execPath, [fixture.pathname, home], { stdio: ["ignore", "pipe", "inherit"] });
      let output = "";
      const enough = 200 + 50 * round;
      await new Promise<void>((resolve, reject) => {
        child.stdout.on("data", (chunk: Buffer) => {
          output += chunk.toString("latin1");
          if (output.split("\n").length > enough) resolve();
        });
        child.once("exit", () => reject(new Error("The child ended by itself.")));
      });
      child.kill("SIGKILL");
      await once(child, "close");
      const acknowledged = Math.max(...output.split("\n").slice(0, -1).map(Number));
      const store = await open();
      const head = await store.read(logHead, null);
      expect(head!.seq).toBeGreaterThanOrEqual(acknowledged);
      const { ok, entries } = await store.verify();
      expect({ ok, entries }).toEqual({ ok: true, entries: head!.seq });
      await close();
      expect(await auditLines()).toHaveLength(head!.seq);
      await rm(home, { recursive: true });
      home = await mkdtemp(join(tmpdir(), "sentinel-home-"));
    }
  });
});

/** Mounts a small file system, where this user may. */
function mountSmall(path: string, size: string): boolean {
  return spawnSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", path]).status === 0;
}

describe("a full disk", () => {
  test("is a coded error, keeps what was stored, and is over when there is room again", async (context) => {
    if (!mountSmall(home, "3m")) context.skip("needs the right to mount a tmpfs");
    try {
      const store = await open();
      const job = {
        id: "j",
        kind: "k",
        subject: "s",
        state: "done",
        step: "",
        done: 0,
        total: null,
        unit: "",
      } as const;
      const rest = { started_at: "", ended_at: null, error: null, result: null, actor: "", role: "", caller: "" };
      let stored = 0;
      let refused: unknown = null;
      for (let i = 0; i < 100 && refused === null; i++) {
        const args = "x".repeat(100_000);
        await store.write(saveJob, { ...job, ...rest, id: `j${i}`, args, checkpoint: null }).then(
          () => stored++,
          (error: unknown) => {
            refused = error;
          },
        );
      }
      expect(stored).toBeGreaterThan(0);
      expect(refused).toMatchObject({ code: "DISK_FULL" });
      async function* source() {
        for (let i = 0; i < 40; i++) yield Buffer.alloc(100_000, i);
      }
      await expect(opened!.directory.blobs.put(source())).rejects.toMatchObject({ code: "DISK_FULL" });
      expect(spawnSync("find", [join(home, "blobs"), "-type", "f"], { encoding: "utf8" }).stdout).toBe("");
      expect(spawnSync("mount", ["-o", "remount,size=20m", home]).status).toBe(0);
      await appendMany(store, 0, 3);
      expect(await store.verify()).toMatchObject({ ok: true, entries: 3, faults: [] });
      await close();
    } finally {
      await close();
      spawnSync("umount", [home]);
    }
  });
});
