import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { systemClock } from "./base/clock.ts";
import { createLogger } from "./base/logging.ts";
import { type Restored, type RestoreOptions, restoreBackup } from "./restoring.ts";
import { ownMasterKey } from "./store/backup-keys.ts";
import { changeByHand } from "./store/fixtures/by-hand.ts";
import { environmentKeySource, fileKeySource, type KeySource } from "./store/master-key.ts";
import {
  analysed,
  analyst,
  entryOf,
  finished,
  harOf,
  masterKey,
  never,
  openTestEngine,
  type TestEngine,
  verdictsOf,
  workerFile,
} from "./test-engine.ts";

// Engines are started and stopped; a loaded machine takes its time.
vi.setConfig({ testTimeout: 120_000 });

let folder: string;
let home: string;
let engine: TestEngine | null = null;
const entries = { writer: workerFile("writer"), reader: workerFile("reader") };
const attack = "/search?q=1%27%20UNION%20SELECT%20name,%20password%20FROM%20users--%20";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sentinel-backup-"));
  home = join(folder, "home");
});
afterEach(async () => {
  await stop();
  rmSync(folder, { recursive: true, force: true });
});

async function start(at = home, keySource?: KeySource): Promise<TestEngine> {
  engine = await openTestEngine({ home: at, ...(keySource === undefined ? {} : { keySource }) });
  return engine;
}

async function stop(): Promise<void> {
  await engine?.close();
  engine = null;
}

async function backUp(test: TestEngine, more: { passphrase?: string; name?: string } = {}) {
  const { name = "all.backup", ...rest } = more;
  const { job_id } = await test.engine.backups.make({ path: join(folder, name), ...rest }, analyst);
  return await finished(test, job_id);
}

function restore(more: Partial<RestoreOptions> = {}): Promise<Restored> {
  const file = join(folder, "all.backup");
  return restoreBackup({
    home,
    file,
    keysFile: `${more.file ?? file}.keys`,
    passphrase: undefined,
    keySource: environmentKeySource(masterKey),
    setAside: false,
    entries,
    clock: systemClock,
    log: createLogger("silent"),
    by: analyst,
    signal: never,
    onProgress: () => {},
    ...more,
  });
}

async function bringTwo(test: TestEngine) {
  const first = await analysed(test, harOf([entryOf(`https://shop.example${attack}`)]), "first.har");
  const second = await analysed(test, harOf([entryOf("https://other.example/quiet")]), "second.har");
  return { first, second };
}

test("a backup made while evidence comes in restores everything, checked, onto an empty place", async () => {
  const running = await start();
  await bringTwo(running);
  const before = await verdictsOf(running);
  const [alert] = (await running.engine.alerts.list({ q: "", order: "newest", limit: 10 }, analyst)).items;
  await running.engine.alerts.addNote({ id: alert!.id, text: "looked at it" }, analyst);
  let going = true;
  const writing = (async () => {
    for (let n = 0; going; n++) await analysed(running, harOf([entryOf(`https://more.example/${n}`)]), `more-${n}.har`);
  })();
  const job = await backUp(running);
  going = false;
  await writing;
  expect(job).toMatchObject({ state: "done", result: { keys_open_with: "master_key" } });
  expect(await running.engine.backups.list()).toMatchObject([{ place: { file: join(folder, "all.backup") } }]);
  await stop();
  expect(readdirSync(folder).sort()).toEqual(["all.backup", "all.backup.keys", "home"]);
  expect(existsSync(join(home, "backup-work"))).toBe(false);
  if (process.platform !== "win32") expect(statSync(join(folder, "all.backup")).mode & 0o777).toBe(0o600);

  const elsewhere = join(folder, "elsewhere");
  const restored = await restore({ home: elsewhere });
  expect(restored).toMatchObject({ erasedAgain: 0, setAside: null });
  const again = await start(elsewhere);
  expect(await again.engine.audit.verify()).toMatchObject({ ok: true });
  const after = await verdictsOf(again);
  expect(after.filter(({ file_name }) => !file_name.startsWith("more"))).toEqual(
    before.map((verdict) =>
      expect.objectContaining({ id: verdict.id, score: verdict.score, file_name: verdict.file_name }),
    ),
  );
  expect((await again.engine.alerts.get({ id: alert!.id })).notes).toMatchObject([{ text: "looked at it" }]);
  // Read again from the stored file: its content, and the key to it, came back.
  const attacked = before.find(({ file_name }) => file_name === "first.har")!;
  const { request } = await again.engine.verdicts.request({ id: attacked.id, request: 0 });
  expect(request.target).toContain("/search");
});

test("the data file holds nothing in clear, and opens nothing without its keys", async () => {
  const running = await start();
  await bringTwo(running);
  await backUp(running);
  await stop();
  const bytes = readFileSync(join(folder, "all.backup"));
  for (const word of ["shop.example", "UNION", "first.har", "SQLite", "evidence.added", "BEGIN PUBLIC"]) {
    expect(bytes.includes(word)).toBe(false);
  }
  await expect(restore({ home: join(folder, "x"), keysFile: join(folder, "nothing.keys") })).rejects.toThrow(
    /keys file .* is missing/,
  );
  const other = environmentKeySource(Buffer.alloc(32, 8).toString("base64"));
  await expect(restore({ home: join(folder, "x"), keySource: other })).rejects.toThrow(/master key given is not/);
});

test("a portable backup opens with its passphrase alone, under another master key", async () => {
  const running = await start();
  await bringTwo(running);
  expect(await backUp(running, { passphrase: "correct horse battery" })).toMatchObject({ state: "done" });
  await stop();
  const keySource: KeySource = environmentKeySource(Buffer.alloc(32, 9).toString("base64"));
  const there = join(folder, "there");
  await expect(restore({ home: there, keySource })).rejects.toThrow(/give its passphrase/);
  await expect(restore({ home: there, keySource, passphrase: "wrong horse battery" })).rejects.toThrow(
    /not the backup's/,
  );
  await expect(restore({ home: there, keySource, passphrase: "correct horse battery" })).resolves.toMatchObject({
    events: expect.any(Number),
  });
  expect(JSON.stringify(readdirSync(join(folder)))).not.toContain("restoring");
});

test("where the master key lies in the data directory, the keys file opens the backup by itself", async () => {
  const running = await start(home, fileKeySource(ownMasterKey(home), true));
  await bringTwo(running);
  expect(await backUp(running)).toMatchObject({ state: "done", result: { keys_open_with: "this_file" } });
  const ownKey = readFileSync(ownMasterKey(home), "utf8").trim();
  await stop();
  rmSync(home, { recursive: true });
  // It is not the master key that stands in it.
  expect(readFileSync(join(folder, "all.backup.keys"), "utf8")).not.toContain(ownKey);
  await expect(restore({ keySource: fileKeySource(ownMasterKey(home), true) })).resolves.toMatchObject({
    setAside: null,
  });
  const again = await start(home, fileKeySource(ownMasterKey(home), false));
  expect((await verdictsOf(again)).map(({ file_name }) => file_name).sort()).toEqual(["first.har", "second.har"]);
});

test("where it lies in a keychain, which is lost with the machine, a passphrase is asked for", async () => {
  const keychain: KeySource = { kind: "safe_storage", load: async () => Buffer.alloc(32, 4) };
  const running = await start(home, keychain);
  const path = join(folder, "all.backup");
  await expect(running.engine.backups.make({ path }, analyst)).rejects.toThrow(/give the backup a passphrase/);
  expect(await backUp(running, { passphrase: "correct horse battery" })).toMatchObject({
    result: { keys_open_with: "passphrase" },
  });
});

test.each([
  { why: "a changed byte", change: (b: Buffer) => b.fill(b[500]! ^ 1, 500, 501), says: /bytes are not those/ },
  { why: "its end cut off", change: (b: Buffer) => b.subarray(0, b.length - 1000), says: /cut off/ },
  { why: "hardly anything left", change: (b: Buffer) => b.subarray(0, 20), says: /cut off or damaged/ },
  { why: "nothing in it", change: () => Buffer.alloc(0), says: /no backup of Sentinel/ },
  { why: "something added", change: (b: Buffer) => Buffer.concat([b, Buffer.from("x")]), says: /added to it/ },
  {
    why: "another kind of file",
    change: () => Buffer.from("PK\u0003\u0004 something else"),
    says: /no backup of Sentinel/,
  },
  { why: "a newer format", change: (b: Buffer) => b.fill("2", 7, 8), says: /newer version/ },
])("a backup with $why is refused, and nothing is changed", async ({ change, says }) => {
  const running = await start();
  await analysed(running, harOf([entryOf(`https://shop.example${attack}`)]), "first.har");
  await backUp(running);
  await stop();
  const file = join(folder, "all.backup");
  writeFileSync(file, change(readFileSync(file)));
  const before = readdirSync(home, { recursive: true }).sort();
  const refused = restore({ setAside: true });
  await expect(refused).rejects.toMatchObject({ code: "BACKUP_REFUSED", message: expect.stringMatching(says) });
  expect(readdirSync(home, { recursive: true }).sort()).toEqual(before);
  expect(readdirSync(folder).sort()).toEqual(["all.backup", "all.backup.keys", "home"]);
});

test("keys of another backup, damaged keys, and keys of a newer version are told apart", async () => {
  const running = await start();
  await bringTwo(running);
  await backUp(running);
  await backUp(running, { name: "second.backup" });
  await stop();
  const there = join(folder, "there");
  const keys = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const text = readFileSync(join(folder, "all.backup.keys"), "utf8");
  await expect(restore({ home: there, keysFile: join(folder, "second.backup.keys") })).rejects.toThrow(
    /another backup/,
  );
  const damaged = keys("damaged.keys", text.replace(/"wrapped": "./, '"wrapped": "#'));
  await expect(restore({ home: there, keysFile: damaged })).rejects.toThrow(/is damaged/);
  const newer = keys("newer.keys", text.replace('"v": 1', '"v": 2'));
  await expect(restore({ home: there, keysFile: newer })).rejects.toThrow(/newer version/);
  const foreign = keys("foreign.keys", "{}");
  await expect(restore({ home: there, keysFile: foreign })).rejects.toThrow(/no keys file/);
  expect(existsSync(there)).toBe(false);
});

test("data is only replaced when it is set aside; an engine that runs is left alone", async () => {
  const running = await start();
  await bringTwo(running);
  await backUp(running);
  await analysed(running, harOf([entryOf("https://later.example/")]), "later.har");
  await expect(restore({ setAside: true })).rejects.toMatchObject({ code: "LOCKED" });
  await stop();
  await expect(restore()).rejects.toThrow(/holds data. With --set-aside/);
  const { setAside } = await restore({ setAside: true });
  expect(existsSync(join(setAside!, "sentinel.db"))).toBe(true);
  const again = await start();
  const names = (await verdictsOf(again)).map(({ file_name }) => file_name);
  expect(names).toContain("first.har");
  expect(names).not.toContain("later.har");
});

test("a backup of a newer version is refused in words", async () => {
  const running = await start();
  await bringTwo(running);
  changeByHand(home, "INSERT INTO schema_migrations VALUES (99999, '2030-01-01T00:00:00.000Z')");
  await backUp(running);
  await stop();
  const refused = restore({ home: join(folder, "there") });
  await expect(refused).rejects.toMatchObject({
    code: "BACKUP_REFUSED",
    message: expect.stringMatching(/newer version.*99999/),
  });
  expect(readdirSync(folder).sort()).toEqual(["all.backup", "all.backup.keys", "home"]);
});

test("a log that was changed before it was backed up does not pass for a whole one", async () => {
  const running = await start();
  await bringTwo(running);
  changeByHand(home, "UPDATE events SET actor = 'somebody else' WHERE seq = 1");
  await backUp(running);
  await stop();
  await expect(restore({ home: join(folder, "there") })).rejects.toThrow(/log in the backup is not whole. .*Event 1 /);
});

test("evidence whose content is gone does not stop a backup, but is counted", async () => {
  const running = await start();
  const { first } = await bringTwo(running);
  const { sha256 } = first.evidence.custody;
  rmSync(join(home, "blobs", sha256.slice(0, 2), `${sha256}.blob`));
  expect(await backUp(running)).toMatchObject({ state: "done", result: { missing: 1 } });
  await stop();
  await expect(restore({ home: join(folder, "there") })).resolves.toMatchObject({ erasedAgain: 0 });
});

test("a cancelled backup leaves nothing, and the next one is made", async () => {
  const running = await start();
  await bringTwo(running);
  const { job_id } = await running.engine.backups.make({ path: join(folder, "all.backup") }, analyst);
  await running.engine.jobs.cancel({ id: job_id }, analyst).catch(() => undefined);
  const { state } = await finished(running, job_id);
  expect(["cancelled", "done"]).toContain(state);
  if (state === "cancelled") expect(readdirSync(folder)).toEqual(["home"]);
  expect(existsSync(join(home, "backup-work"))).toBe(false);
  expect(await backUp(running, { name: "next.backup" })).toMatchObject({ state: "done" });
});

test("nothing is overwritten, and what cannot be a place is told at once", async () => {
  const running = await start();
  writeFileSync(join(folder, "there"), "mine");
  const make = (path: string, more = {}) => running.engine.backups.make({ path, ...more }, analyst);
  await expect(make(join(folder, "there"))).rejects.toThrow(/there already/);
  await expect(make("somewhere")).rejects.toThrow(/not absolute/);
  await expect(make(join(home, "inside"))).rejects.toThrow(/inside the data directory/);
  await expect(make(join(folder, "no", "such", "folder"))).rejects.toThrow(/no folder/);
  await expect(make(join(folder, "a"), { keys_path: join(folder, "a") })).rejects.toThrow(/another file/);
  expect(readFileSync(join(folder, "there"), "utf8")).toBe("mine");
  const job = await finished(running, (await make(folder)).job_id);
  expect(job.state).toBe("done");
  expect(readdirSync(folder).filter((name) => /^sentinel-.*\.backup(\.keys)?$/.test(name))).toHaveLength(2);
});
