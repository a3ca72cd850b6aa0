import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { systemClock } from "./base/clock.ts";
import { workerFile } from "./base/fixture-threads.ts";
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
} from "./test-engine.ts";

// Engines are started and stopped; a loaded machine takes its time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

/** A stopped data directory with two pieces of evidence, `home`, and backups of it; tests take copies. */
let made: string;
let folder: string;
let home: string;
let engine: TestEngine | null = null;
const entries = { writer: workerFile("writer"), reader: workerFile("reader") };
const attack = "/search?q=1%27%20UNION%20SELECT%20name,%20password%20FROM%20users--%20";

const passphrase = "correct horse battery";

beforeAll(async () => {
  made = mkdtempSync(join(tmpdir(), "sentinel-backups-"));
  const running = await openTestEngine({ home: join(made, "home") });
  try {
    await analysed(running, harOf([entryOf(`https://shop.example${attack}`)]), "first.har");
    await analysed(running, harOf([entryOf("https://other.example/quiet")]), "second.har");
    for (const more of [{ name: "all" }, { name: "second" }, { name: "portable", passphrase }]) {
      mkdirSync(join(made, more.name));
      expect(await backUp(running, { ...more, into: join(made, more.name) })).toMatchObject({ state: "done" });
    }
  } finally {
    await running.close();
  }
});
afterAll(() => rmSync(made, { recursive: true, force: true }));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sentinel-backup-"));
  home = join(folder, "home");
});
afterEach(async () => {
  await stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Copies the data directory, or the two files of a backup, into this test's folder. */
function take(...names: readonly ("home" | "all" | "second" | "portable")[]): void {
  for (const name of names) {
    cpSync(join(made, name), name === "home" ? home : folder, { recursive: true, preserveTimestamps: true });
  }
}

async function start(at = home, keySource?: KeySource): Promise<TestEngine> {
  engine = await openTestEngine({ home: at, ...(keySource === undefined ? {} : { keySource }) });
  return engine;
}

async function stop(): Promise<void> {
  await engine?.close();
  engine = null;
}

/** Makes a backup named `<name>.backup`. */
async function backUp(test: TestEngine, more: { passphrase?: string; name?: string; into?: string } = {}) {
  const { name = "all", into = folder, ...rest } = more;
  const { job_id } = await test.engine.backups.make({ path: join(into, `${name}.backup`), ...rest }, analyst);
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

test("a backup made while evidence comes in restores everything, checked, onto an empty place", async () => {
  take("home");
  const running = await start();
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
  expect((await running.engine.backups.list())[0]).toMatchObject({ place: { file: join(folder, "all.backup") } });
  await stop();
  expect(readdirSync(folder).sort()).toEqual(["all.backup", "all.backup.keys", "home"]);
  expect(existsSync(join(home, "backup-work"))).toBe(false);
  if (process.platform !== "win32") expect(statSync(join(folder, "all.backup")).mode & 0o777).toBe(0o600);

  const elsewhere = join(folder, "elsewhere");
  const restored = await restore({ home: elsewhere });
  expect(restored).toMatchObject({ erasedAgain: 0, setAside: null });
  const again = await start(elsewhere);
  expect(await again.engine.audit.verify(analyst)).toMatchObject({ ok: true });
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
  take("all");
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
  take("portable");
  const file = join(folder, "portable.backup");
  const keySource: KeySource = environmentKeySource(Buffer.alloc(32, 9).toString("base64"));
  const there = join(folder, "there");
  await expect(restore({ home: there, file, keySource })).rejects.toThrow(/give its passphrase/);
  await expect(restore({ home: there, file, keySource, passphrase: "wrong horse" })).rejects.toThrow(
    /not the backup's/,
  );
  await expect(restore({ home: there, file, keySource, passphrase })).resolves.toMatchObject({
    events: expect.any(Number),
  });
  expect(JSON.stringify(readdirSync(join(folder)))).not.toContain("restoring");
});

test("where the master key lies in the data directory, the keys file opens the backup by itself", async () => {
  const running = await start(home, fileKeySource(ownMasterKey(home), true));
  await analysed(running, harOf([entryOf("https://own.example/")]), "own.har");
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
  expect((await verdictsOf(again)).map(({ file_name }) => file_name)).toEqual(["own.har"]);
});

test("where it lies in a keychain, which is lost with the machine, a passphrase is asked for", async () => {
  const keychain: KeySource = { kind: "safe_storage", load: async () => Buffer.alloc(32, 4) };
  const running = await start(home, keychain);
  const path = join(folder, "all.backup");
  await expect(running.engine.backups.make({ path }, analyst)).rejects.toThrow(/give the backup a passphrase/);
  expect(await backUp(running, { passphrase })).toMatchObject({
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
  take("home", "all");
  const file = join(folder, "all.backup");
  writeFileSync(file, change(readFileSync(file)));
  const before = readdirSync(home, { recursive: true }).sort();
  const refused = restore({ setAside: true });
  await expect(refused).rejects.toMatchObject({ code: "BACKUP_REFUSED", message: expect.stringMatching(says) });
  expect(readdirSync(home, { recursive: true }).sort()).toEqual(before);
  expect(readdirSync(folder).sort()).toEqual(["all.backup", "all.backup.keys", "home"]);
});

test("keys of another backup, damaged keys, and keys of a newer version are told apart", async () => {
  take("all", "second");
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
  take("home", "all");
  const running = await start();
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

test("a place that did not exist is locked meanwhile, and what comes into it is neither replaced nor removed", async () => {
  take("all");
  const there = join(folder, "there");
  let engineStart: Promise<unknown> | undefined;
  const onProgress = () => {
    if (engineStart !== undefined) return;
    engineStart = expect(openTestEngine({ home: there })).rejects.toMatchObject({ code: "LOCKED" });
    writeFileSync(join(there, "mine"), "mine");
  };
  await expect(restore({ home: there, onProgress })).rejects.toMatchObject({ code: "LOCKED" });
  await engineStart;
  expect(readFileSync(join(there, "mine"), "utf8")).toBe("mine");
  expect(readdirSync(folder).sort()).toEqual(["all.backup", "all.backup.keys", "there"]);
});

describe("one engine that goes on", () => {
  let running: TestEngine;
  /** Its data directory, outside the folders of the tests. */
  let lasting: string;

  beforeAll(async () => {
    lasting = join(made, "lasting");
    cpSync(join(made, "home"), lasting, { recursive: true });
    running = await openTestEngine({ home: lasting });
  });
  afterAll(async () => await running?.close());

  /** Makes a backup of a database changed by hand, and changes that back. */
  async function backUpChanged(change: string, back: string): Promise<void> {
    changeByHand(lasting, change);
    try {
      expect(await backUp(running)).toMatchObject({ state: "done" });
    } finally {
      changeByHand(lasting, back);
    }
  }

  test("a backup of a newer version is refused in words", async () => {
    const insert = "INSERT INTO schema_migrations VALUES (99999, '2030-01-01T00:00:00.000Z')";
    await backUpChanged(insert, "DELETE FROM schema_migrations WHERE id = 99999");
    const refused = restore({ home: join(folder, "there") });
    await expect(refused).rejects.toMatchObject({
      code: "BACKUP_REFUSED",
      message: expect.stringMatching(/newer version.*99999/),
    });
    expect(readdirSync(folder).sort()).toEqual(["all.backup", "all.backup.keys"]);
  });

  test("a log that was changed before it was backed up does not pass for a whole one", async () => {
    const back = "UPDATE events SET actor = replace(actor, ' too', '') WHERE seq = 1";
    await backUpChanged("UPDATE events SET actor = actor || ' too' WHERE seq = 1", back);
    expect(await running.engine.audit.verify(analyst)).toMatchObject({ ok: true });
    const refused = restore({ home: join(folder, "there") });
    await expect(refused).rejects.toThrow(/log in the backup is not whole. .*Event 1 /);
  });

  test("a cancelled backup leaves nothing, and the next one is made", async () => {
    const { job_id } = await running.engine.backups.make({ path: join(folder, "all.backup") }, analyst);
    await running.engine.jobs.cancel({ id: job_id }, analyst).catch(() => undefined);
    const { state } = await finished(running, job_id);
    expect(["cancelled", "done"]).toContain(state);
    if (state === "cancelled") expect(readdirSync(folder)).toEqual([]);
    expect(existsSync(join(lasting, "backup-work"))).toBe(false);
    expect(await backUp(running, { name: "next" })).toMatchObject({ state: "done" });
  });

  test("nothing is overwritten, and what cannot be a place is told at once", async () => {
    writeFileSync(join(folder, "there"), "mine");
    const make = (path: string, more = {}) => running.engine.backups.make({ path, ...more }, analyst);
    await expect(make(join(folder, "there"))).rejects.toThrow(/there already/);
    await expect(make("somewhere")).rejects.toThrow(/not absolute/);
    await expect(make(join(lasting, "inside"))).rejects.toThrow(/inside the data directory/);
    await expect(make(join(lasting, "..inside"))).rejects.toThrow(/inside the data directory/);
    symlinkSync(lasting, join(folder, "link"), "junction");
    await expect(make(join(folder, "link", "inside"))).rejects.toThrow(/inside the data directory/);
    await expect(make(join(folder, "no", "such", "folder"))).rejects.toThrow(/no folder/);
    await expect(make(join(folder, "a"), { keys_path: join(folder, "a") })).rejects.toThrow(/another file/);
    expect(readFileSync(join(folder, "there"), "utf8")).toBe("mine");
    const job = await finished(running, (await make(folder)).job_id);
    expect(job.state).toBe("done");
    expect(readdirSync(folder).filter((name) => /^sentinel-.*\.backup(\.keys)?$/.test(name))).toHaveLength(2);
  });

  test("evidence whose content is gone does not stop a backup, but is counted", async () => {
    const { items } = await running.engine.evidence.list({ limit: 10 });
    const { sha256 } = items.find(({ file_name }) => file_name === "first.har")!.custody;
    rmSync(join(lasting, "blobs", sha256.slice(0, 2), `${sha256}.blob`));
    expect(await backUp(running)).toMatchObject({ state: "done", result: { missing: 1 } });
    await expect(restore({ home: join(folder, "there") })).resolves.toMatchObject({ erasedAgain: 0 });
  });
});
