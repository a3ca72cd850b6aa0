import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SentinelError } from "../../../shared/errors.ts";
import { canonicalJson } from "../base/canonical-json.ts";
import { createLogger } from "../base/logging.ts";
import { createMetrics } from "../base/metrics.ts";
import { enginePrincipal } from "../base/principals.ts";
import { type Blobs, openBlobs } from "../store/blobs.ts";
import { eventsAfter } from "../store/event-table.ts";
import { openInlineStore } from "../store/inline-store.ts";
import { openKeyStore } from "../store/key-store.ts";
import { createSealer, type Sealer } from "../store/seal.ts";
import type { StoreHost } from "../store/store.ts";
import {
  analysisCounts,
  beginAnalysis,
  clearAnalysis,
  endAnalysis,
  requestsOfSession,
  sessionsOfEvidence,
  storeRequests,
} from "./analysis-tables.ts";
import { createEvidence, type EvidenceRoom } from "./evidence.ts";
import { evidenceModule, evidenceToAnalyse } from "./evidence-tables.ts";
import { readFileSource } from "./file-source.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { readExchanges } from "./readers.ts";
import { groupSessions } from "./sessions.ts";

let home: string;
let store: StoreHost;
let blobs: Blobs;
let sealer: Sealer;
let room: EvidenceRoom;
let now = 1_700_000_000_000;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "sentinel-evidence-"));
  const ring = { current: "k", keys: { k: randomBytes(32) } };
  const keys = await openKeyStore({ directory: join(home, "keys"), ring });
  sealer = createSealer(keys);
  blobs = await openBlobs({ directory: join(home, "blobs"), keys });
  const clock = { now: () => now++ };
  store = openInlineStore({ modules: [evidenceModule], clock });
  room = roomWith(store, blobs);
});

afterEach(async () => {
  await store.close();
  await rm(home, { recursive: true });
});

function roomWith(someStore: StoreHost, someBlobs: Blobs): EvidenceRoom {
  return createEvidence({
    store: someStore,
    blobs: someBlobs,
    sealer,
    clock: { now: () => now++ },
    log: createLogger("silent"),
    metrics: createMetrics({ processMetrics: false }),
    settings: async () => ({ trusted_keys: [], max_entry_mb: 32 }),
  });
}

test("evidence that came in before names were sealed keeps its name", async () => {
  const custody = {
    brought_by: "analyst",
    brought_at: "2026-01-01T00:00:00.000Z",
    channel: "dropped file",
    file_name: "as it was.har",
    size_bytes: 1,
    sha256: "0".repeat(64),
    checks: [],
    clock_offset_ms: null,
    recorded_by: null,
  };
  const payload = { kind: "har", gzip: false, sha256: custody.sha256, custody };
  const draft = {
    entityType: "evidence",
    entityId: "old",
    baseVersion: 0,
    kind: "evidence.added",
    payload,
    inverse: null,
  };
  await store.append([draft], enginePrincipal);
  expect((await room.get("old")).evidence).toMatchObject({
    file_name: "as it was.har",
    custody: { file_name: "as it was.har", recorded_by: null },
  });
});

async function* bytesOf(text: string | Buffer, failure?: Error) {
  const bytes = Buffer.from(text as string);
  for (let at = 0; at < bytes.length; at += 100) yield bytes.subarray(at, at + 100);
  if (failure !== undefined) throw failure;
}

const arrival = { fileName: "/home/ada/a.har", channel: "dropped file", by: { ...enginePrincipal, actor: "ada" } };
const line = (i: number, path = "/p") =>
  `10.0.0.${i % 3} - - [10/Oct/2000:13:55:${String(i % 60).padStart(2, "0")} +0000] "GET ${path}/${i}?q=%27 HTTP/1.1" 200 5 "-" "UA"\n`;
const logOf = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => line(from + i)).join("");
const har = JSON.stringify({
  log: {
    entries: [{ request: { method: "GET", url: "http://h/1" } }, { request: { method: "GET", url: "http://h/2?a='" } }],
  },
});

/** What the pipeline does with evidence, without the verdicts. */
async function analyse(id: string): Promise<number> {
  const { seq, evidence } = await room.get(id);
  if ((await store.write(beginAnalysis, { evidence: seq, extractorVersion: "1" })) === "done") return 0;
  while (!(await store.write(clearAnalysis, { evidence: seq, limit: 7 }))) {}
  const grouper = groupSessions({ gapMs: 1_800_000 });
  let overlapping = 0;
  for await (const batch of readExchanges(evidence.kind, room.open(id))) {
    const requests = batch.map((e) => ({
      index: e.index,
      session: grouper.add(e).number,
      offset: e.offset,
      length: e.length,
      fingerprint: fingerprintOf(e),
      startedAt: e.startedAt,
      durationMs: e.durationMs,
      method: e.method,
      host: e.host,
      path: e.target.split("?")[0]!,
      query: null,
      status: e.response?.status ?? null,
      responseSize: e.response?.size ?? null,
    }));
    overlapping += await store.write(storeRequests, { evidence: seq, requests, sessions: grouper.takeClosed() });
  }
  await store.write(storeRequests, { evidence: seq, requests: [], sessions: grouper.finish() });
  await store.write(endAnalysis, { evidence: seq, done: true });
  return overlapping;
}

const storedFiles = async () =>
  (await readdir(join(home, "blobs"), { recursive: true })).filter((name) => name.endsWith(".blob"));

describe("receive", () => {
  test("stores, describes and gives back", async () => {
    const { evidence, duplicate } = await room.receive(bytesOf(har), arrival);
    expect(duplicate).toBe(false);
    expect(evidence).toMatchObject({
      kind: "har",
      file_name: "a.har",
      size_bytes: har.length,
      status: "stored",
      version: 1,
      custody: { brought_by: "ada", channel: "dropped file", sha256: createHash("sha256").update(har).digest("hex") },
    });
    const parts: Uint8Array[] = [];
    for await (const part of room.open(evidence.id)) parts.push(part);
    expect(Buffer.concat(parts).toString()).toBe(har);
    expect(await room.list({ limit: 10 })).toEqual({ items: [evidence], next: null });
    expect((await store.verify()).ok).toBe(true);
  });

  test("the same content is the same evidence, also when it comes twice at once", async () => {
    const both = await Promise.all([
      room.receive(bytesOf(har), arrival),
      room.receive(bytesOf(har), { ...arrival, fileName: "b.har" }),
    ]);
    expect(both.map((r) => r.duplicate).sort()).toEqual([false, true]);
    expect(both[0]!.evidence.id).toBe(both[1]!.evidence.id);
    expect((await room.list({ limit: 10 })).items).toHaveLength(1);
    expect(await storedFiles()).toHaveLength(1);
  });

  test("who brings the same content again stands in its manifest; a program that tries again, once", async () => {
    const { evidence } = await room.receive(bytesOf(har), arrival);
    expect(await room.manifest(evidence.id)).toEqual(evidence.custody);
    await room.receive(bytesOf(har), { ...arrival, by: { ...arrival.by, actor: "grace" }, fileName: "again.har" });
    for (let i = 0; i < 3; i++) await room.receive(bytesOf(har), { ...arrival, channel: "kafka" });
    const { again } = await room.manifest(evidence.id);
    expect(again).toEqual([
      { brought_by: "ada", channel: "kafka", file_name: "a.har", brought_at: expect.any(String) },
      { brought_by: "grace", channel: "dropped file", file_name: "again.har", brought_at: expect.any(String) },
    ]);
    const log = JSON.stringify(await store.read(eventsAfter, { after: 0, limit: 10 }));
    expect(log).not.toContain("again.har");
    await store.rebuild();
    expect((await room.manifest(evidence.id)).again).toEqual(again);
    // What was decided about the evidence meanwhile can still be undone.
    expect((await room.get(evidence.id)).evidence.version).toBe(evidence.version);
  });

  test("what a package says of itself is kept sealed, masked, and shown beside what its signature covers", async () => {
    const requests = [{ method: "GET", url: "http://h/1" }];
    const sha256 = createHash("sha256").update(canonicalJson(requests)).digest("hex");
    const metadata = { collector: "probe 7", password: "hunter2-hunter2" };
    const { evidence } = await room.receive(bytesOf(JSON.stringify({ requests, sha256, metadata })), arrival);
    const said = (await room.manifest(evidence.id)).metadata!;
    expect(said).toContain('"collector": "probe 7"');
    expect(said).not.toContain("hunter2");
    expect(JSON.stringify(await store.read(eventsAfter, { after: 0, limit: 10 }))).not.toContain("probe 7");
    await sealer.erase(evidence.id);
    expect(await room.manifest(evidence.id)).not.toHaveProperty("metadata");
  });

  test("withdrawn evidence comes back when a person brings it again, and can be taken back; a program leaves it", async () => {
    const { evidence } = await room.receive(bytesOf(har), arrival);
    await room.withdraw(evidence.id, evidence.version, arrival.by);
    for (const channel of ["api", "watched folder"]) {
      const left = await room.receive(bytesOf(har), { ...arrival, channel });
      expect(left).toMatchObject({ duplicate: true, restored: false, evidence: { status: "withdrawn" } });
    }
    const back = await room.receive(bytesOf(har), { ...arrival, channel: "dialog" });
    expect(back).toMatchObject({ duplicate: true, restored: true, evidence: { status: "stored" } });
    expect((await room.receive(bytesOf(har), arrival)).restored).toBe(false);
    const event = (await store.read(eventsAfter, { after: 0, limit: 20 })).findLast(
      ({ kind }) => kind === "evidence.restored",
    )!;
    expect(event).toMatchObject({ kind: "evidence.restored", actor: "ada", payload: { brought_again: "dialog" } });
    await store.undo(event.id, arrival.by);
    expect((await room.get(evidence.id)).evidence.status).toBe("withdrawn");
  });

  test("a verified package says so in its custody", async () => {
    const requests = [{ method: "GET", url: "/" }];
    const sha256 = createHash("sha256").update(canonicalJson(requests)).digest("hex");
    const { evidence } = await room.receive(bytesOf(JSON.stringify({ requests, sha256, metadata: {} })), arrival);
    expect(evidence.custody.checks).toMatchObject([
      { check: "format", result: "passed" },
      { check: "content hash", result: "passed" },
      { check: "signature", result: "absent" },
    ]);
  });

  test.each<[string, () => AsyncIterable<Uint8Array>, string]>([
    ["an unknown format", () => bytesOf("Dear all"), "EVIDENCE_UNKNOWN_FORMAT"],
    [
      "a package that was changed",
      () => bytesOf(JSON.stringify({ requests: [], sha256: "0".repeat(64) })),
      "EVIDENCE_HASH_MISMATCH",
    ],
    [
      "a file that vanishes",
      () => bytesOf(har.padEnd(200_000), Object.assign(new Error(), { code: "ENOENT" })),
      "EVIDENCE_GONE",
    ],
    ["a file that never was", () => readFileSource(join(home, "none")), "EVIDENCE_GONE"],
  ])("leaves nothing of %s", async (_why, source, code) => {
    await expect(room.receive(source(), arrival)).rejects.toMatchObject({ code, details: { file_name: "a.har" } });
    expect(await storedFiles()).toEqual([]);
    expect((await room.list({ limit: 10 })).items).toEqual([]);
  });

  test("a package that is to be too large is refused before it is read", async () => {
    let read = 0;
    async function* source() {
      yield Buffer.from('{"requests": [');
      for (; read < 100; read++) yield Buffer.alloc(64 * 1024, " ");
    }
    const receiving = room.receive(source(), { ...arrival, size: 64 * 1024 ** 2 + 1 });
    await expect(receiving).rejects.toMatchObject({ code: "INPUT_TOO_LARGE" });
    expect(read).toBeLessThan(3);
    expect(await storedFiles()).toEqual([]);
  });

  test("cancelling leaves nothing", async () => {
    const control = new AbortController();
    const onProgress = () => control.abort();
    const receiving = room.receive(bytesOf(logOf(0, 5000)), { ...arrival, signal: control.signal, onProgress });
    await expect(receiving).rejects.toMatchObject({ code: "CANCELLED" });
    expect(await storedFiles()).toEqual([]);
  });

  test("content is removed when its event cannot be written", async () => {
    const full: StoreHost = {
      ...store,
      append: async () => {
        throw new SentinelError("DISK_FULL", "full");
      },
    };
    await expect(roomWith(full, blobs).receive(bytesOf(har), arrival)).rejects.toMatchObject({ code: "DISK_FULL" });
    expect(await storedFiles()).toEqual([]);
  });

  test("a symbolic link is not followed, a folder not read", async () => {
    await writeFile(join(home, "a.har"), har);
    await symlink(join(home, "a.har"), join(home, "link.har"));
    for (const name of ["link.har", "."]) {
      const receiving = room.receive(readFileSource(join(home, name)), arrival);
      await expect(receiving).rejects.toMatchObject({ code: "EVIDENCE_UNREADABLE" });
    }
    expect((await room.receive(readFileSource(join(home, "a.har")), arrival)).duplicate).toBe(false);
  });

  test("a file that grows while it is read is refused", async () => {
    const path = join(home, "grow.log");
    await writeFile(path, logOf(0, 50_000));
    const reading = async () => {
      for await (const _part of readFileSource(path)) await writeFile(path, line(1), { flag: "a" });
    };
    await expect(reading()).rejects.toMatchObject({ code: "EVIDENCE_GONE" });
  });
});

describe("what is derived", () => {
  test.each([
    ["plain", (text: string) => Buffer.from(text)],
    ["gzip", (text: string) => gzipSync(text)],
  ])("requests read again by index equal the first reading (%s)", async (_why, pack) => {
    const { evidence } = await room.receive(bytesOf(pack(logOf(0, 300))), arrival);
    await analyse(evidence.id);
    let n = 0;
    for await (const batch of readExchanges("access_log", room.open(evidence.id))) {
      for (const exchange of batch.filter((e) => e.index % 60 === 0)) {
        expect(await room.exchange(evidence.id, exchange.index)).toEqual(exchange);
        n++;
      }
    }
    expect(n).toBe(5);
    await expect(room.exchange(evidence.id, 300)).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  test("requests known from earlier evidence are recognised, and only from earlier", async () => {
    const one = await room.receive(bytesOf(logOf(0, 40)), arrival);
    const two = await room.receive(bytesOf(logOf(30, 60)), arrival);
    expect(await analyse(one.evidence.id)).toBe(0);
    expect(await analyse(two.evidence.id)).toBe(10);
    const { seq } = await room.get(two.evidence.id);
    expect(await store.read(analysisCounts, seq)).toEqual({ requests: 30, sessions: 3, overlapping: 10 });
    const page = await store.read(requestsOfSession, { evidence: seq, session: 1, limit: 2, offset: 0 });
    expect(page.total).toBe(10);
    expect(page.items[0]).toMatchObject({
      index: 0,
      method: "GET",
      path: "/p/30",
      status: 200,
      overlaps: one.evidence.id,
    });
  });

  test("which analysis is quicker makes no difference to what is known from earlier evidence", async () => {
    const files = [logOf(0, 40), logOf(30, 60), logOf(35, 50)];
    const ids: string[] = [];
    for (const file of files) ids.push((await room.receive(bytesOf(file), arrival)).evidence.id);
    const counts = async () => Promise.all(ids.map(async (id) => (await room.get(id)).evidence.overlapping));
    const seqs = await Promise.all(ids.map(async (id) => (await room.get(id)).seq));
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 2, 0],
    ]) {
      for (const seq of seqs) {
        await store.write(beginAnalysis, { evidence: seq, extractorVersion: "0", again: true });
        while (!(await store.write(clearAnalysis, { evidence: seq, limit: 100 }))) {}
        await store.write(endAnalysis, { evidence: seq, done: false });
      }
      for (const at of order) await analyse(ids[at]!);
      expect(await counts()).toEqual([0, 10, 15]);
      const page = await store.read(requestsOfSession, { evidence: seqs[2]!, session: 1, limit: 50, offset: 0 });
      expect(new Set(page.items.map(({ overlaps }) => overlaps))).toEqual(new Set([ids[0], ids[1]]));
    }
    // The first one turns out to be unreadable: what only it had is new again, the rest is the second one's.
    await store.write(beginAnalysis, { evidence: seqs[0]!, extractorVersion: "0", again: true });
    while (!(await store.write(clearAnalysis, { evidence: seqs[0]!, limit: 100 }))) {}
    expect(await store.write(endAnalysis, { evidence: seqs[0]!, done: false })).toEqual([ids[1]]);
    expect(await counts()).toEqual([0, 0, 15]);
  });

  test("an analysis that broke off is done again from the start, a finished one not at all", async () => {
    const { evidence } = await room.receive(bytesOf(logOf(0, 50)), arrival);
    const { seq } = await room.get(evidence.id);
    await store.write(beginAnalysis, { evidence: seq, extractorVersion: "0" });
    const row = {
      index: 999,
      session: 9,
      offset: 0,
      length: 1,
      fingerprint: "0".repeat(32),
      startedAt: null,
      durationMs: null,
      method: "GET",
      host: null,
      path: "/",
      query: null,
      status: null,
      responseSize: null,
    };
    await store.write(storeRequests, { evidence: seq, requests: [row, row], sessions: [] });
    expect((await room.get(evidence.id)).evidence.status).toBe("analysing");
    await analyse(evidence.id);
    await analyse(evidence.id);
    expect(await store.read(analysisCounts, seq)).toMatchObject({ requests: 50, sessions: 3 });
    const sessions = await store.read(sessionsOfEvidence, { evidence: seq, after: 0, limit: 10 });
    expect(sessions.map((s) => [s.name, s.client, s.requests])).toEqual([
      ["s1", "10.0.0.0", 17],
      ["s2", "10.0.0.1", 17],
      ["s3", "10.0.0.2", 16],
    ]);
  });

  test("outcomes, withdrawal and its undoing; a rebuild from the log gives the same", async () => {
    const { evidence } = await room.receive(bytesOf(logOf(0, 5)), arrival);
    const bad = await room.receive(bytesOf(logOf(5, 9)), arrival);
    expect(
      (await store.read(evidenceToAnalyse, { extractorVersion: "1", limit: 10 })).map((e) => e.evidence.id),
    ).toEqual([evidence.id, bad.evidence.id]);
    const outcome = {
      extractor_version: "1",
      requests: 5,
      sessions: 3,
      overlapping: 0,
      verdicts: { simulate: 0, tag: 1, benign: 2, digest: "0".repeat(64) },
      problems: [],
      problem_count: 0,
      clock_offset_ms: -20,
      recorded_by: "WebInspector",
    };
    await room.markAnalysed(evidence.id, outcome, enginePrincipal);
    await room.markFailed(bad.evidence.id, new SentinelError("EVIDENCE_CORRUPT", "Damaged."), enginePrincipal);
    expect(await store.read(evidenceToAnalyse, { extractorVersion: "1", limit: 10 })).toEqual([]);
    const before = await room.list({ limit: 10 });
    expect(before.items).toMatchObject([
      { status: "failed", problems: [{ code: "EVIDENCE_CORRUPT" }], problem_count: 1 },
      { status: "analysed", requests: 5, version: 2, custody: { clock_offset_ms: -20, recorded_by: "WebInspector" } },
    ]);
    await expect(room.withdraw(evidence.id, 1, arrival.by)).rejects.toMatchObject({ code: "CONFLICT" });
    const event = await room.withdraw(evidence.id, 2, arrival.by);
    expect((await room.get(evidence.id)).evidence).toMatchObject({ status: "withdrawn", version: 3 });
    await store.rebuild();
    expect((await room.get(evidence.id)).evidence.status).toBe("withdrawn");
    await store.undo(event, arrival.by);
    const after = await room.list({ limit: 10 });
    expect(after.items.map((e) => ({ ...e, version: 0 }))).toEqual(before.items.map((e) => ({ ...e, version: 0 })));
    await store.rebuild();
    expect(await room.list({ limit: 10 })).toEqual(after);
  });

  test("what was passed over stands in the manifest as the last analysis counted it", async () => {
    const { evidence } = await room.receive(bytesOf(logOf(0, 5)), arrival);
    const verdicts = { simulate: 0, tag: 0, benign: 1, digest: "0".repeat(64) };
    const counts = { extractor_version: "1", requests: 5, sessions: 1, overlapping: 0, verdicts };
    const outcome = { ...counts, problems: [], problem_count: 0, clock_offset_ms: null, recorded_by: null };
    const manifest = async () => (await room.get(evidence.id)).evidence.custody;
    await room.markAnalysed(evidence.id, { ...outcome, passed_over: { data: 2, blob: 1 } }, enginePrincipal);
    await room.markAnalysed(evidence.id, { ...outcome, passed_over: { data: 3 } }, enginePrincipal);
    expect(await manifest()).toMatchObject({ clock_offset_ms: null, recorded_by: null });
    expect((await manifest()).passed_over).toEqual({ data: 3 });
    expect((await manifest()).checks).toContainEqual(
      expect.objectContaining({ check: "content", result: "passed", detail: expect.stringContaining("3 data.") }),
    );
    await room.markAnalysed(evidence.id, outcome, enginePrincipal);
    expect(await manifest()).not.toHaveProperty("passed_over");
  });

  test("pages are newest first and complete", async () => {
    for (let i = 0; i < 5; i++) await room.receive(bytesOf(line(i)), arrival);
    const seen: string[] = [];
    let before: string | undefined;
    do {
      const page = await room.list({ limit: 2, before });
      seen.push(...page.items.map((e) => e.id));
      before = page.next ?? undefined;
    } while (before !== undefined);
    expect(new Set(seen).size).toBe(5);
    await expect(room.list({ limit: 2, before: "x" })).rejects.toMatchObject({ code: "INPUT_INVALID" });
  });
});
