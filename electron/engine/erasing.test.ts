import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Evidence } from "../../shared/evidence.ts";
import { type Clock, systemClock } from "./base/clock.ts";
import { workerFile } from "./base/fixture-threads.ts";
import { sha256 } from "./base/ids.ts";
import { createLogger } from "./base/logging.ts";
import { restoreBackup } from "./restoring.ts";
import { changeByHand } from "./store/fixtures/by-hand.ts";
import { environmentKeySource } from "./store/master-key.ts";
import { subjectTag } from "./store/seal.ts";
import { addTombstones } from "./store/tombstones.ts";
import {
  analysed,
  analyst,
  bring,
  entryOf,
  finished,
  harOf,
  holding,
  masterKey,
  never,
  openTestEngine,
  type TestEngine,
  verdictsOf,
} from "./test-engine.ts";

// Engines are started and stopped; a loaded machine takes its time.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

/** A stopped data directory with evidence that stays and `marked` evidence; tests take copies. */
let made: string;
let marked: Evidence;
let folder: string;
let home: string;
let engine: TestEngine | null = null;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sentinel-erase-"));
  home = join(folder, "home");
});
afterEach(async () => {
  await stop();
  rmSync(folder, { recursive: true, force: true });
});

async function start(clock: Clock = systemClock): Promise<TestEngine> {
  engine = await openTestEngine({ home, clock });
  return engine;
}

async function stop(): Promise<void> {
  await engine?.close();
  engine = null;
}

/** Words that stand in every place that evidence reaches: its name, its recorder, headers, address, path, body, payload. */
const words = [
  "Zmarkname",
  "Zmarkrecorder",
  "Zmarkhost",
  "Zmarkpath",
  "Zmarkquery",
  "Zmarkagent",
  "Zmarkcookie",
  "Zmarkbody",
  "Zmarkanswer",
  "Zmarkpayload",
  "Zmarknote",
  "Zmarkreveal",
].flatMap((word) => [word, word.toLowerCase()]);

function markedHar(sessions: number): string {
  const entries = Array.from({ length: sessions }, (_, n) =>
    entryOf(
      `https://zmarkhost.example/Zmarkpath/${n}?Zmarkquery=1%27%20UNION%20SELECT%20Zmarkpayload${n},%20password%20FROM%20users--%20`,
      {
        at: n * 7200,
        form: `Zmarkbody=${n}&password=Zmarkbodysecret`,
        headers: [["X-Agent", "Zmarkagent"]],
        cookie: `visit=Zmarkcookie${n}`,
        response: {
          status: 200,
          headers: [{ name: "Content-Type", value: "text/html" }],
          content: { size: 20, mimeType: "text/html", text: "<p>Zmarkanswer SQL syntax error" },
        },
      },
    ),
  );
  return harOf(entries).replace('"name":"test"', '"name":"Zmarkrecorder"');
}

const otherHar = harOf([entryOf("https://stays.example/search?q=1%27%20UNION%20SELECT%20a,%20b%20FROM%20users--%20")]);

beforeAll(async () => {
  made = mkdtempSync(join(tmpdir(), "sentinel-erasable-"));
  const running = await openTestEngine({ home: made });
  try {
    await analysed(running, otherHar, "stays.har");
    marked = (await analysed(running, markedHar(40), "Zmarkname.har")).evidence;
    await noteOn(running, marked.id, "Zmarknote");
  } finally {
    await running.close();
  }
});
afterAll(() => rmSync(made, { recursive: true, force: true }));

/** The prepared data directory becomes this test's. */
const take = () => cpSync(made, home, { recursive: true, preserveTimestamps: true });

async function noteOn(test: TestEngine, evidenceId: string, text: string): Promise<void> {
  const [verdict] = (await verdictsOf(test, evidenceId)).filter((one) => one.verdict !== "benign");
  const { alert_id } = await test.engine.alerts.ofVerdict({ id: verdict!.id });
  await test.engine.alerts.addNote({ id: alert_id!, text }, analyst);
  await test.engine.verdicts.reveal({ id: verdict!.id, request: 0, reason: "Zmarkreveal" }, analyst);
  await learnFrom(test, verdict!.id, text);
}

/** Labels what it can of a session, and has a dataset version hold it. */
async function learnFrom(test: TestEngine, verdictId: string, note: string): Promise<void> {
  const { labels, datasets } = test.engine;
  const { items } = await labels.next({ queue: "payloads", limit: 50 });
  const own = items.find(({ text }) => text?.includes("Zmark"))!;
  const at = { sample_id: own.sample_id, verdict_id: own.verdict_id!, finding: own.finding! };
  await labels.set({ ...at, label: "sql_injection", flagged: true, resolves: false, note }, analyst);
  await labels.addSample({ sample_type: "session", data: { verdict_id: verdictId }, label: "sql_injection" }, analyst);
  await labels.addFalsePositive({ verdict_id: verdictId, reason: note }, analyst);
  await finished(test, (await datasets.make({}, analyst)).job_id);
}

async function erase(test: TestEngine, ids: string[]) {
  return await finished(test, (await test.engine.erasure.erase({ ids, confirm: "erase" }, analyst)).job_id);
}

describe("one piece of evidence", () => {
  test("nothing of it is found in any file afterwards, and the log is whole", async () => {
    const running = await start();
    const stays = await analysed(running, otherHar, "stays.har");
    const { evidence } = await analysed(running, markedHar(300), "Zmarkname.har");
    await noteOn(running, evidence.id, "Zmarknote");
    // What the planner samples, and a start that reads everything again.
    await stop();
    const again = await start();
    expect(holding(home, words).length).toBeGreaterThan(0);
    const preview = await again.engine.erasure.preview({ ids: [evidence.id] });
    expect(preview.items).toMatchObject([{ file_name: "Zmarkname.har", hold: "open_alert", requests: 300 }]);
    expect(preview.items[0]!.alerts_lost).toBeGreaterThan(0);

    const job = await erase(again, [evidence.id]);
    expect(job).toMatchObject({ state: "done", result: { erased: 1, tidy: true, backups_missed: [] } });
    expect(holding(home, words)).toEqual([]);
    expect(await again.engine.audit.verify(analyst)).toMatchObject({ ok: true });
    await expect(again.engine.evidence.get({ id: evidence.id })).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect((await verdictsOf(again)).map((one) => one.evidence_id)).toEqual([stays.evidence.id]);
    expect((await again.engine.alerts.list({ q: "", order: "newest", limit: 50 }, analyst)).items).toHaveLength(1);
    await stop();
    expect(holding(home, words)).toEqual([]);
    const third = await start();
    expect(await third.engine.audit.verify(analyst)).toMatchObject({ ok: true });
    expect((await verdictsOf(third)).map((one) => one.evidence_id)).toEqual([stays.evidence.id]);
  });

  test("nothing stays in pages that it shared with other evidence, analysed at the same time", async () => {
    const running = await start();
    const perFile = 250;
    const har = (mark: string, from: number) =>
      harOf(
        Array.from({ length: perFile }, (_, n) =>
          entryOf(
            `https://${mark}.example/${"y".repeat(n % 90)}?q=1%27%20UNION%20SELECT%20${mark}${n}--%20${"z".repeat(n % 300)}`,
            {
              at: (from + n) * 7200,
              cookie: `visit=${mark}${n}`,
              form: `a=${"v".repeat(n % 50)}<script>alert(${n})</script>`,
            },
          ),
        ),
      );
    const files = [har("goneone", 0), har("stayone", 1000), har("gonetwo", 2000), har("staytwo", 3000)];
    const jobs: string[] = [];
    for (const file of files) jobs.push(await bring(running, file));
    const ids: string[] = [];
    for (const id of jobs) ids.push((await finished(running, id)).result!.evidence_id as string);
    const job = await erase(running, [ids[0]!, ids[2]!]);
    expect(job).toMatchObject({ state: "done", result: { erased: 2, tidy: true } });
    expect(holding(home, ["goneone", "gonetwo"])).toEqual([]);
    expect(holding(home, ["stayone", "staytwo"])).toEqual(["sentinel.db"]);
    expect((await verdictsOf(running)).length).toBe(2 * perFile);
  });

  test("notes that were taken off lose their keys with it, so that no undo brings their text back", async () => {
    const running = await start();
    const { evidence } = await analysed(running, markedHar(2), "Zmarkname.har");
    await analysed(running, otherHar, "stays.har");
    const { items } = await running.engine.alerts.list({ q: "", order: "newest", limit: 50 }, analyst);
    const verdicts = await verdictsOf(running, evidence.id);
    const { alert_id } = await running.engine.alerts.ofVerdict({ id: verdicts[0]!.id });
    const own = items.find(({ id }) => id === alert_id)!;
    const other = items.find(({ id }) => id !== alert_id)!;
    const tags: string[] = [];
    for (const { id } of [own, other]) {
      await running.engine.alerts.addNote({ id, text: "Zmarknote" }, analyst);
      const [note] = (await running.engine.alerts.get({ id })).notes;
      await running.engine.alerts.removeNote({ id, note_id: note!.id }, analyst);
      tags.push(subjectTag(`note ${note!.id}`));
    }
    const withKeys = () => {
      const names = readdirSync(join(home, "keys"), { recursive: true }).map(String);
      return tags.filter((tag) => names.some((name) => name.endsWith(`${sha256(tag)}.json`)));
    };
    expect(withKeys()).toEqual(tags);
    await erase(running, [evidence.id]);
    expect(withKeys()).toEqual([tags[1]]);
  });

  test("the same content is not taken in again, nor is the erasure undone", async () => {
    take();
    const running = await start();
    await erase(running, [marked.id]);
    await expect(bring(running, markedHar(40), "other.har")).rejects.toMatchObject({ code: "EVIDENCE_ERASED" });
    expect(holding(home, words)).toEqual([]);
    const { entries } = await running.engine.audit.log({ after: 0, limit: 500, brief: "0" });
    const erased = entries.find(({ kind }) => kind === "evidence.erased")!;
    expect(erased).toMatchObject({ undoable: false, payload: { because: "asked" } });
    await expect(running.engine.audit.undo({ id: erased.id }, analyst)).rejects.toMatchObject({ code: "NOT_UNDOABLE" });
    for (const { id } of entries.filter(({ entity_id, undoable }) => entity_id === marked.id && undoable)) {
      await expect(running.engine.audit.undo({ id }, analyst)).rejects.toMatchObject({ code: "CONFLICT" });
    }
  });

  test("a backup that was made before does not bring it back", async () => {
    take();
    const running = await start();
    const making = await running.engine.backups.make({ path: join(folder, "before.backup") }, analyst);
    expect(await finished(running, making.job_id)).toMatchObject({ state: "done" });
    const keysBefore = readFileSync(join(folder, "before.backup.keys"), "utf8");
    const job = await erase(running, [marked.id]);
    expect(job.result).toMatchObject({ backups_missed: [] });
    await stop();
    expect(holding(folder, words)).toEqual([]);
    // The keys of what was erased are gone from the backup's keys, too.
    expect(readFileSync(join(folder, "before.backup.keys"), "utf8").length).toBeLessThan(keysBefore.length);

    const options = {
      file: join(folder, "before.backup"),
      keysFile: join(folder, "before.backup.keys"),
      passphrase: undefined,
      keySource: environmentKeySource(masterKey),
      setAside: true,
      entries: { writer: workerFile("writer"), reader: workerFile("reader") },
      clock: systemClock,
      log: createLogger("silent"),
      by: analyst,
      signal: never,
      onProgress: () => {},
    };
    for (const place of [home, join(folder, "elsewhere")]) {
      expect(await restoreBackup({ ...options, home: place })).toMatchObject({ erasedAgain: 1 });
      expect(holding(folder, words)).toEqual([]);
    }
    const again = await start();
    expect(await again.engine.audit.verify(analyst)).toMatchObject({ ok: true });
    expect((await verdictsOf(again)).map((one) => one.file_name)).toEqual(["stays.har"]);
    await expect(bring(again, markedHar(40), "other.har")).rejects.toMatchObject({ code: "EVIDENCE_ERASED" });
  });

  test("a backup that was made before brings no tag of an erased person back; what was put on later stays", async () => {
    take();
    const running = await start();
    const alert = async ({ engine }: TestEngine) =>
      (await engine.alerts.list({ q: "", order: "newest", limit: 1 }, analyst)).items[0]!;
    const tag = async (test: TestEngine, change: { add_tags?: string[]; remove_tags?: string[] }) => {
      const { id, version } = await alert(test);
      return await test.engine.alerts.change({ alerts: [{ id, base_version: version }], change }, analyst);
    };
    const backUp = async (name: string) => {
      const { job_id } = await running.engine.backups.make({ path: join(folder, name) }, analyst);
      expect(await finished(running, job_id)).toMatchObject({ state: "done" });
    };
    await tag(running, { add_tags: ["jane.roe"] });
    const removed = await tag(running, { remove_tags: ["jane.roe"] });
    await tag(running, { add_tags: ["mail of jane.roe", "campaign"] });
    await backUp("before.backup");
    const { job_id } = await running.engine.erasure.searchPerson({ person: "jane.roe" }, analyst);
    await finished(running, job_id);
    const erasing = await running.engine.erasure.erasePerson({ search_job_id: job_id, confirm: "erase" }, analyst);
    expect(await finished(running, erasing.job_id)).toMatchObject({ state: "done", result: { labelled: 1 } });
    await tag(running, { add_tags: ["jane.roe"] });
    await backUp("after.backup");
    await stop();
    expect(readFileSync(join(folder, "before.backup.keys"), "utf8")).not.toContain("jane");

    for (const [name, tags] of [
      ["before.backup", ["campaign"]],
      ["after.backup", ["campaign", "jane.roe"]],
    ] as const) {
      await restoreBackup({
        ...{ home, file: join(folder, name), keysFile: join(folder, `${name}.keys`), passphrase: undefined },
        ...{ keySource: environmentKeySource(masterKey), setAside: true, clock: systemClock, by: analyst },
        ...{ entries: { writer: workerFile("writer"), reader: workerFile("reader") }, log: createLogger("silent") },
        ...{ signal: never, onProgress: () => {} },
      });
      const again = await start();
      expect((await alert(again)).tags).toEqual(tags);
      const undo = again.engine.audit.undo({ id: removed.event_id }, analyst);
      await expect(undo).rejects.toMatchObject({ code: "CONFLICT" });
      await stop();
    }
  });
});

describe("what is erased stays erased", () => {
  test("a job that is broken off clears up behind what it erased by then, earlier backups too", async () => {
    const running = await start();
    const gone = await analysed(running, markedHar(2), "Zmarkname.har");
    const stays = await analysed(running, otherHar, "stays.har");
    const made = await running.engine.backups.make({ path: join(folder, "before.backup") }, analyst);
    await finished(running, made.job_id);
    const ids = [gone.evidence.id, stays.evidence.id];
    let job = "";
    const stop = running.engine.live.subscribe((message) => {
      if (message.type === "job" && message.job.kind === "erase") job = message.job.id;
      if (message.type === "verdicts" && message.evidence_id === ids[0])
        void running.engine.jobs.cancel({ id: job }, analyst);
    });
    // Where the second one was quicker than the cancellation, the job is done.
    expect(["cancelled", "done"]).toContain((await erase(running, ids)).state);
    stop();
    const left = (await running.engine.evidence.list({ limit: 10 })).items.map(({ id }) => id);
    expect(left).not.toContain(ids[0]);
    const keys = readFileSync(join(folder, "before.backup.keys"), "utf8");
    for (const id of ids) expect(keys.includes(id)).toBe(!left.includes(id));
    expect(holding(home, words)).toEqual([]);
  });

  test("what somebody looked for to change alerts, or in bodies, is not kept in the list of jobs", async () => {
    const running = await start();
    const { evidence } = await analysed(running, markedHar(2), "Zmarkname.har");
    await analysed(running, otherHar, "stays.har");
    const changed = await running.engine.alerts.changeMatching(
      { q: "Zmarkquery", change: { add_tags: ["seen"] } },
      analyst,
    );
    expect(await finished(running, changed.job_id)).toMatchObject({ state: "done", subject: "Zmarkquery (tagged)" });
    await erase(running, [evidence.id]);
    expect((await running.engine.jobs.list()).map(({ kind }) => kind)).not.toContain("change-alerts");
    expect(holding(home, words)).toEqual([]);
  });

  test("a crash behind the tombstone is made up for by the next start", async () => {
    const running = await start();
    await analysed(running, otherHar, "stays.har");
    const { evidence } = await analysed(running, markedHar(40), "Zmarkname.har");
    const made = await running.engine.backups.make({ path: join(folder, "before.backup") }, analyst);
    await finished(running, made.job_id);
    await stop();
    const { id, custody } = evidence;
    const at = "2026-01-01T00:00:00.000Z";
    await addTombstones(join(home, "keys"), [{ kind: "evidence", id, sha256: custody.sha256, at }]);
    expect(readFileSync(join(folder, "before.backup.keys"), "utf8")).not.toContain(id);
    // What a restore and a backup that were killed left.
    cpSync(home, `${home}.restoring-1`, { recursive: true });
    cpSync(join(home, "sentinel.db"), join(home, "backup-work", "copy.db"));
    const again = await start();
    expect(holding(folder, words)).toEqual([]);
    expect(readdirSync(folder).sort()).toEqual(["before.backup", "before.backup.keys", "home"]);
    // The keys of earlier backups were still to be taken out.
    expect(readFileSync(join(folder, "before.backup.keys"), "utf8")).toContain(id);
    expect((await verdictsOf(again)).map((one) => one.file_name)).toEqual(["stays.har"]);
    expect(await again.engine.audit.verify(analyst)).toMatchObject({ ok: true });
  });

  test("files of before that somebody copies back are erased by the next start", async () => {
    take();
    await erase(await start(), [marked.id]);
    await stop();
    const list = readFileSync(join(home, "keys", "erased.jsonl"));
    rmSync(home, { recursive: true });
    take();
    writeFileSync(join(home, "keys", "erased.jsonl"), list);
    const again = await start();
    expect(holding(home, words)).toEqual([]);
    expect((await verdictsOf(again)).map((one) => one.file_name)).toEqual(["stays.har"]);
    expect(await again.engine.audit.verify(analyst)).toMatchObject({ ok: true });
  });

  test("names that stand sealed in the log alone come back, as after tables were built again from it", async () => {
    take();
    expect(readFileSync(join(home, "audit.jsonl"), "utf8")).not.toMatch(/Zmarkname|Zmarkrecorder/);
    changeByHand(home, "DELETE FROM evidence_names");
    const again = await start();
    expect(await again.engine.evidence.get({ id: marked.id })).toEqual(marked);
  });
});
