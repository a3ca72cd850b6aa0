import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Clock, systemClock } from "./base/clock.ts";
import {
  analysed,
  analyst,
  changeSettings,
  entryOf,
  finished,
  harOf,
  holding,
  openTestEngine,
  type TestEngine,
} from "./test-engine.ts";

// Engines are started and stopped; a loaded machine takes its time.
vi.setConfig({ testTimeout: 180_000 });

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

const otherHar = harOf([entryOf("https://stays.example/search?q=1%27%20UNION%20SELECT%20a,%20b%20FROM%20users--%20")]);

describe("one person", () => {
  const line = (client: string, path: string, user = "-") =>
    `${client} - ${user} [05/Jan/2026:08:00:00 +0000] "GET ${path} HTTP/1.1" 200 120 "-" "Mozilla/5.0"\n`;
  const log = (client: string, more = "") =>
    line(client, "/?q=1%27%20UNION%20SELECT%20a,%20b%20FROM%20users--%20") + line("192.0.2.77", "/calm") + more;

  test("what names the person is listed, then erased everywhere; what does not stays", async () => {
    const running = await start();
    const named = await analysed(running, log("203.0.113.9"), "a.log");
    const zipped = await analysed(running, gzipSync(log("198.51.100.2", line("203.0.113.9", "/x"))), "b.log.gz");
    const body = Buffer.from("user=ada.lovelace&x=203.0.113.9").toString("base64");
    const hidden = await analysed(
      running,
      harOf([
        entryOf("https://hidden.example/", {
          response: {
            status: 200,
            headers: [],
            content: { size: 30, mimeType: "text/plain", text: body, encoding: "base64" },
          },
        }),
      ]),
      "hidden.har",
    );
    const longer = await analysed(running, log("203.0.113.91"), "c.log");
    await running.engine.alerts.saveQuery(
      { base_version: 0, query: { kind: "view", name: "that one", q: "client:203.0.113.9", order: "newest" } },
      analyst,
    );
    const { job_id } = await running.engine.erasure.searchPerson({ person: "203.0.113.9" }, analyst);
    const searched = await finished(running, job_id);
    expect(searched.state).toBe("done");
    const ids = [named, zipped, hidden].map(({ evidence }) => evidence.id).sort();
    expect([...(searched.result!.evidence as string[])].sort()).toEqual(ids);
    expect(searched.result).toMatchObject({ texts: [expect.any(String)], log_entries: 0 });

    const erasing = await running.engine.erasure.erasePerson({ search_job_id: job_id, confirm: "erase" }, analyst);
    expect(await finished(running, erasing.job_id)).toMatchObject({ state: "done", result: { erased: 3, texts: 1 } });
    const left = (await running.engine.evidence.list({ limit: 10 })).items.map(({ id }) => id);
    expect(left).toEqual([longer.evidence.id]);
    expect(await running.engine.alerts.queries()).toEqual([]);
    expect(await running.engine.audit.verify(analyst)).toMatchObject({ ok: true });
    await stop();
    // As an address of its own, not as the beginning of a longer one.
    const found = holding(home, ['203.0.113.9"', "203.0.113.9 ", "ada.lovelace"]);
    expect(found).toEqual([]);
  });

  test("tags and assignees that name the person are counted, then taken off for good; others stay", async () => {
    const running = await start();
    const { engine } = running;
    await analysed(running, otherHar, "stays.har");
    const list = async () => (await engine.alerts.list({ q: "", order: "newest", limit: 10 }, analyst)).items;
    const alertAt = async () => (await list()).map(({ id, version }) => ({ id, base_version: version }));
    const tagged = await engine.alerts.change(
      { alerts: await alertAt(), change: { add_tags: ["mail of jane.roe", "campaign"], assignee: "ben" } },
      analyst,
    );
    const plain = { summary: "", severity: null, alerts: [] };
    const { id } = await engine.cases.open(
      { ...plain, title: "One", assignee: "Jane.Roe", tags: ["campaign"] },
      analyst,
    );
    const item = { kind: "task", text: "Ask her", done: true, assignee: "jane.roe" } as const;
    await engine.cases.saveItem({ id, base_version: 0, item }, analyst);

    const { job_id } = await engine.erasure.searchPerson({ person: "jane.roe" }, analyst);
    const searched = await finished(running, job_id);
    expect(searched.result).toMatchObject({ evidence: [], labelled: 3, log_entries: 3 });
    // Three spellings; the job's own row names none.
    expect(searched.result!.labels).toHaveLength(3);
    expect(JSON.stringify(searched).toLowerCase()).not.toContain("jane.roe");

    const erasing = await engine.erasure.erasePerson({ search_job_id: job_id, confirm: "erase" }, analyst);
    expect(await finished(running, erasing.job_id)).toMatchObject({ state: "done", result: { labelled: 3 } });
    expect(await list()).toMatchObject([{ tags: ["campaign"], assignee: "ben" }]);
    const left = await engine.cases.get({ id }, analyst);
    expect(left.case).toMatchObject({ title: "One", tags: ["campaign"], assignee: null });
    expect(left.items).toMatchObject([{ text: "Ask her", done: true, assignee: null }]);
    // No undo brings them back.
    await expect(engine.audit.undo({ id: tagged.event_id }, analyst)).rejects.toMatchObject({ code: "CONFLICT" });
    const { entries } = await engine.audit.log({ after: 0, limit: 500 });
    const after = entries.slice(-3);
    expect(after).toMatchObject([{ undoable: false }, { undoable: false }, { undoable: false }]);
    expect(JSON.stringify(after).toLowerCase()).not.toContain("jane.roe");
  });

  test("what somebody took off before is brought back by no undo either, and a second search finds nothing", async () => {
    const running = await start();
    const { engine } = running;
    await analysed(running, otherHar, "stays.har");
    const alert = async () => (await engine.alerts.list({ q: "", order: "newest", limit: 10 }, analyst)).items[0]!;
    const change = async (change: { add_tags?: string[]; remove_tags?: string[]; assignee?: string | null }) => {
      const { id, version } = await alert();
      return (await engine.alerts.change({ alerts: [{ id, base_version: version }], change }, analyst)).event_id;
    };
    const events = [
      await change({ add_tags: ["jane.roe"] }),
      await change({ remove_tags: ["jane.roe"] }),
      await change({ assignee: "jane.roe" }),
      await change({ assignee: "ben" }),
    ];
    const given = { title: "One", summary: "", severity: null, alerts: [], assignee: "jane.roe", tags: [] };
    const kept = await engine.cases.open(given, analyst);
    const saved = (await engine.cases.get({ id: kept.id }, analyst)).case;
    const reassigned = await engine.cases.change(
      { id: kept.id, base_version: saved.version, change: { assignee: null }, despite_open_tasks: false },
      analyst,
    );
    const gone = await engine.cases.open({ ...given, title: "Two" }, analyst);
    events.push(reassigned.event_id!, (await engine.audit.undo({ id: gone.event_id! }, analyst)).event_id!);

    const search = async () => {
      const { job_id } = await engine.erasure.searchPerson({ person: "jane.roe" }, analyst);
      return await finished(running, job_id);
    };
    const found = await search();
    expect(found.result).toMatchObject({ labelled: 0, labels: [expect.any(String)] });
    const erasing = await engine.erasure.erasePerson({ search_job_id: found.id, confirm: "erase" }, analyst);
    expect(await finished(running, erasing.job_id)).toMatchObject({ state: "done", result: { labelled: 0 } });
    for (const id of events) {
      await expect(engine.audit.undo({ id }, analyst)).rejects.toMatchObject({ code: "CONFLICT" });
    }
    expect(await alert()).toMatchObject({ tags: [], assignee: "ben" });
    expect((await engine.cases.get({ id: kept.id }, analyst)).case).toMatchObject({ assignee: null });
    await expect(engine.cases.get({ id: gone.id }, analyst)).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect((await search()).result).toMatchObject({ labels: [], labelled: 0 });
  });

  test("a search that is not the last one erases nothing", async () => {
    const running = await start();
    await analysed(running, log("203.0.113.9"), "a.log");
    const first = await running.engine.erasure.searchPerson({ person: "203.0.113.9" }, analyst);
    await finished(running, first.job_id);
    const second = await running.engine.erasure.searchPerson({ person: "nobody" }, analyst);
    expect(await finished(running, second.job_id)).toMatchObject({
      result: { evidence: [], texts: [], log_entries: 0 },
    });
    const erasing = running.engine.erasure.erasePerson({ search_job_id: first.job_id, confirm: "erase" }, analyst);
    await expect(erasing).rejects.toMatchObject({ code: "CONFLICT" });
  });
});

describe("retention", () => {
  test("says what holds evidence; a pin can be undone", async () => {
    const running = await start();
    const quiet = await analysed(running, harOf([entryOf("https://quiet.example/")]), "quiet.har");
    const pinned = await analysed(running, harOf([entryOf("https://pinned.example/")]), "pinned.har");
    await analysed(running, otherHar, "needed.har");
    const { version } = pinned.evidence;
    const pin = await running.engine.evidence.pin(
      { id: pinned.evidence.id, pinned: true, base_version: version },
      analyst,
    );
    const items = (await running.engine.erasure.preview({ ids: [quiet.evidence.id, pinned.evidence.id] })).items;
    expect(items.map(({ hold }) => hold)).toEqual([null, "pinned"]);
    await running.engine.audit.undo({ id: pin.event_id }, analyst);
    expect((await running.engine.evidence.get({ id: pinned.evidence.id })).pinned).toBe(false);
  });

  test("erases what has reached its time, but what is pinned, needed, or younger", async () => {
    const past = Date.UTC(2026, 0, 1);
    const old = await start({ now: () => past });
    const quiet = await analysed(old, harOf([entryOf("https://quiet.example/")]), "quiet.har");
    const pinned = await analysed(old, harOf([entryOf("https://pinned.example/")]), "pinned.har");
    const needed = await analysed(old, otherHar, "needed.har");
    await old.engine.evidence.pin(
      { id: pinned.evidence.id, pinned: true, base_version: pinned.evidence.version },
      analyst,
    );
    expect(await old.engine.retain()).toBeNull();
    await stop();

    const running = await start({ now: () => past + 100 * 86_400_000 });
    const young = await analysed(running, harOf([entryOf("https://young.example/")]), "young.har");
    expect(await running.engine.erasure.retention({ days: 100 })).toEqual({ items: [], total: 0, held: 0 });
    const preview = await running.engine.erasure.retention({ days: 99 });
    expect(preview).toMatchObject({ items: [{ id: quiet.evidence.id }], total: 1, held: 2 });
    await changeSettings(running, { retention_days: 99 });
    expect(await finished(running, (await running.engine.retain())!)).toMatchObject({
      state: "done",
      result: { erased: 1 },
    });
    const left = async () => (await running.engine.evidence.list({ limit: 10 })).items.map(({ id }) => id);
    const kept = [young, needed, pinned].map(({ evidence }) => evidence.id);
    expect(await left()).toEqual(kept);
    expect(await running.engine.retain()).toBeNull();

    // Once its alert is closed nothing needs it any more.
    const [alert] = (await running.engine.alerts.list({ q: "", order: "newest", limit: 10 }, analyst)).items;
    const close = { status: "closed", reason: "false_positive" } as const;
    await running.engine.alerts.change({ alerts: [{ id: alert!.id, base_version: 0 }], change: close }, analyst);
    await finished(running, (await running.engine.retain())!);
    expect(await left()).toEqual(kept.filter((id) => id !== needed.evidence.id));
    const { entries } = await running.engine.audit.log({ after: 0, limit: 500, brief: "0" });
    expect(entries.filter(({ kind }) => kind === "evidence.erased")).toMatchObject([
      { actor: "retention", payload: { because: "retention" } },
      { actor: "retention", payload: { because: "retention" } },
    ]);
  });
});
