import { createHash } from "node:crypto";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Evidence } from "../../shared/evidence.ts";
import { SessionRequest } from "../../shared/verdict.ts";
import { canonicalJson } from "./base/canonical-json.ts";
import { readFileSource } from "./evidence/file-source.ts";
import {
  analysed,
  bring,
  entryOf,
  finished,
  harOf,
  openTestEngine,
  type TestEngine,
  verdictsOf,
} from "./test-engine.ts";

let t: TestEngine;
beforeAll(async () => {
  t = await openTestEngine();
}, 60_000);
afterAll(async () => {
  await t?.close();
});

const good = (n: number) => entryOf(`https://shop.example/page/${n}`, { at: n * 5 });
const goodText = (n: number) => JSON.stringify(good(n));
const ofTexts = (...texts: string[]) => `{"log":{"creator":{"name":"x"},"entries":[${texts.join(",")}]}}`;

/** Files and keys that a blob is made of, and what is half-written. */
function stored(): { temporary: number; blobs: number; keys: number } {
  const folders = readdirSync(join(t.home, "blobs"));
  const blobs = folders.filter((name) => name !== "tmp").flatMap((name) => readdirSync(join(t.home, "blobs", name)));
  return {
    temporary: readdirSync(join(t.home, "blobs", "tmp")).length,
    blobs: blobs.length,
    keys: readdirSync(join(t.home, "keys", "blobs"), { recursive: true }).length,
  };
}

async function evidenceCount(): Promise<number> {
  return (await t.engine.evidence.list({ limit: 500 })).items.length;
}

function packageOf(requests: readonly unknown[], more: Record<string, unknown> = {}): string {
  const sha256 = createHash("sha256").update(canonicalJson(requests)).digest("hex");
  return JSON.stringify({ requests, metadata: {}, sha256, ...more });
}

const asked = [{ method: "GET", url: "https://shop.example/a" }];
const signature = { key_id: "k1", alg: "hmac-sha256", value: Buffer.alloc(32).toString("base64") };

describe("refused whole, with a code and the file's name, nothing stored", () => {
  test.each([
    { why: "an empty file", content: "", code: "EVIDENCE_UNKNOWN_FORMAT" },
    {
      why: "a binary file",
      content: Buffer.from("\x7fELF\x02\x01\x01\0\0\0\0\0", "latin1"),
      code: "EVIDENCE_UNKNOWN_FORMAT",
    },
    {
      why: "a picture",
      content: Buffer.from("89504e470d0a1a0a0000000d49484452", "hex"),
      code: "EVIDENCE_UNKNOWN_FORMAT",
    },
    { why: "prose", content: "Dear analyst,\n\nplease look at this.\n", code: "EVIDENCE_UNKNOWN_FORMAT" },
    {
      why: "a package whose content was changed",
      content: packageOf(asked).replace("shop.example/a", "shop.example/b"),
      code: "EVIDENCE_HASH_MISMATCH",
    },
    {
      why: "a package signed with an unknown key",
      content: packageOf(asked, { signature }),
      code: "EVIDENCE_KEY_UNKNOWN",
    },
    { why: "a package cut short", content: packageOf(asked).slice(0, -30), code: "EVIDENCE_UNREADABLE" },
    {
      why: "a package with a request of wrong types",
      content: packageOf([{ method: 7, url: [] }]),
      code: "EVIDENCE_UNREADABLE",
    },
    {
      why: "a package nested a hundred thousand deep",
      content: packageOf([]).replace("[]", `[${"[".repeat(100_000)}${"]".repeat(100_000)}]`),
      code: "EVIDENCE_UNREADABLE",
    },
  ])("$why", async ({ content, code }) => {
    const before = { ...stored(), evidence: await evidenceCount() };
    const import_ = bring(t, content, "../../some/where/bad\u0000.bin");
    await expect(import_).rejects.toMatchObject({
      code,
      details: { file_name: expect.stringMatching(/^[^/\0]*bad[^/\0]*bin$/) },
    });
    expect({ ...stored(), evidence: await evidenceCount() }).toEqual(before);
    expect(before.temporary).toBe(0);
  });

  test("a package whose signature does not fit a known key", async () => {
    const { version } = await t.engine.settings.get();
    const trusted_keys = [{ key_id: "k1", alg: "hmac-sha256" as const, key: Buffer.alloc(32, 1).toString("base64") }];
    const by = { actor: "analyst", role: "admin", caller: "ui" } as const;
    await t.engine.settings.change({ changes: { trusted_keys }, base_version: version }, by);
    await expect(bring(t, packageOf(asked, { signature }), "signed.json")).rejects.toMatchObject({
      code: "EVIDENCE_SIGNATURE_INVALID",
      details: { file_name: "signed.json" },
    });
  });

  test("a file that vanishes while it is read", async () => {
    const path = join(t.home, "vanishing.har");
    writeFileSync(path, harOf([good(1), entryOf("https://shop.example/", { form: "x".repeat(3_000_000) })]));
    async function* vanishing() {
      for await (const piece of readFileSource(path)) {
        rmSync(path, { force: true });
        yield piece;
      }
    }
    const before = stored();
    await expect(bring(t, vanishing(), "vanishing.har")).rejects.toMatchObject({ code: "EVIDENCE_GONE" });
    expect(stored()).toEqual(before);
  });
});

/** A response whose body is a bomb of 200 MB. */
function bomb(coding: string, compressed: Buffer) {
  return entryOf("https://shop.example/bomb", {
    at: 3,
    response: {
      status: 200,
      headers: [
        { name: "Content-Type", value: "text/html" },
        { name: "Content-Encoding", value: coding },
      ],
      content: { mimeType: "text/html", encoding: "base64", text: compressed.toString("base64") },
    },
  });
}

describe("read as far as it goes, each problem with its code and place", () => {
  const spaces = Buffer.alloc(200 * 1024 ** 2, 0x20);
  // A bomb is one at any effort; at the greatest, compressing takes longer than all these tests.
  const gzipped = gzipSync(spaces, { level: 1 });
  const brotli = brotliCompressSync(spaces, { params: { [constants.BROTLI_PARAM_QUALITY]: 2 } });
  const invalid = Buffer.from(ofTexts(goodText(0), goodText(1), goodText(2)).replace("page/1", "page/\u0001\u0001"));
  for (let i = invalid.indexOf(1); i >= 0; i = invalid.indexOf(1)) invalid[i] = 0xfe;

  test.each([
    {
      why: "cut in an entry",
      content: ofTexts(goodText(0), goodText(1)).slice(0, -60),
      requests: 1,
      problems: ["EVIDENCE_UNREADABLE entry 2"],
    },
    {
      why: "cut between entries",
      content: ofTexts(goodText(0)).slice(0, -3),
      requests: 1,
      problems: ["EVIDENCE_UNREADABLE end of file"],
    },
    {
      why: "without entries",
      content: '{"log":{"version":"1.2","creator":{"name":"x"}}}',
      requests: 0,
      problems: ["EVIDENCE_UNREADABLE whole file"],
    },
    { why: "with an empty list", content: harOf([]), requests: 0, problems: [] },
    {
      why: "with entries of wrong types",
      content: ofTexts(
        "7",
        '"a"',
        "null",
        "[]",
        "{}",
        '{"request":5}',
        '{"request":{"method":7,"url":"x"}}',
        goodText(7),
      ),
      requests: 1,
      problems: [1, 2, 3, 4, 5, 6, 7].map((n) => `EVIDENCE_UNREADABLE entry ${n}`),
    },
    {
      why: "with members of wrong types",
      content: harOf([
        { ...good(0), time: "soon", response: 5, request: { method: "GET", url: "/a", headers: {}, postData: [] } },
      ]),
      requests: 1,
      problems: Array(4).fill("EVIDENCE_UNREADABLE entry 1"),
    },
    {
      why: "with NaN, and numbers beyond all numbers",
      content: ofTexts(
        goodText(0).replace('"time":20', '"time":NaN'),
        goodText(1).replace('"time":20', '"time":1e999'),
        goodText(2),
      ),
      requests: 2,
      problems: ["EVIDENCE_UNREADABLE entry 1", "EVIDENCE_UNREADABLE entry 2"],
    },
    {
      why: "with huge sizes and odd instants",
      content: ofTexts(
        goodText(0).replace('"size":20', '"size":1e308'),
        goodText(1).replace(/"startedDateTime":"[^"]*"/, '"startedDateTime":"+275760-09-13T00:00:00.000Z"'),
        goodText(2).replace(/"startedDateTime":"[^"]*"/, '"startedDateTime":"0000-01-01T00:00:00.000+14:00"'),
        goodText(3).replace(/"startedDateTime":"[^"]*"/, '"startedDateTime":"0001-01-01T00:00:00Z"'),
      ),
      requests: 4,
      problems: ["EVIDENCE_UNREADABLE entry 2", "EVIDENCE_UNREADABLE entry 3", "EVIDENCE_UNREADABLE entry 4"],
    },
    { why: "with bytes that are no UTF-8", content: invalid, requests: 3, problems: ["EVIDENCE_UNREADABLE entry 2"] },
    {
      why: "nested a hundred thousand deep",
      content: ofTexts(goodText(0), `{"request":${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}}`, goodText(2)),
      requests: 2,
      problems: ["INPUT_TOO_LARGE entry 2"],
    },
    {
      why: "with a gzip bomb",
      content: harOf([good(0), bomb("gzip", gzipped), good(6)]),
      requests: 3,
      problems: ["INPUT_TOO_LARGE entry 2"],
    },
    {
      why: "with a Brotli bomb",
      content: harOf([good(0), bomb("br", brotli), good(6)]),
      requests: 3,
      problems: ["INPUT_TOO_LARGE entry 2"],
    },
    {
      why: "with something behind it",
      content: `${harOf([good(0)])}\n<script>`,
      requests: 1,
      problems: ["EVIDENCE_UNREADABLE end of file"],
    },
    { why: "with the same entry twice", content: harOf([good(0), good(0)]), requests: 2, problems: [] },
    {
      why: "with a name twice",
      content: `{"log":{"entries":[${goodText(0)}],"entries":[${goodText(1)}]}}`,
      requests: 2,
      problems: [],
    },
  ])("a HAR file $why", async ({ why, content, requests, problems }) => {
    const { evidence, job } = await analysed(t, content, `${why}.har`);
    const places = (of: Evidence["problems"]) => of.map(({ code, place }) => `${code} ${place}`);
    expect(evidence).toMatchObject({
      status: "analysed",
      file_name: `${why}.har`,
      requests,
      problem_count: problems.length,
    });
    expect(places(evidence.problems)).toEqual(problems);
    expect(job.subject).toBe(`${why}.har`);
    const verdicts = await verdictsOf(t, evidence.id);
    expect(verdicts.reduce((sum, verdict) => sum + verdict.requests, 0)).toBe(requests);
    // Whatever is in it can be looked at.
    for (const { id } of verdicts) {
      await t.engine.verdicts.get({ id });
      const { items } = await t.engine.verdicts.requests({ id, limit: 500, offset: 0 });
      for (const { request } of items) await t.engine.verdicts.request({ id, request });
    }
    expect(stored().temporary).toBe(0);
  });

  test("a log of JSON lines with numbers that are no measures", async () => {
    const line = (more: object) =>
      JSON.stringify({
        time: "2026-01-05T08:00:00Z",
        remote_addr: "203.0.113.9",
        method: "GET",
        uri: "/a",
        status: 200,
        ...more,
      });
    const lines = [
      {},
      { time: 1e300 },
      { time: 8e15 },
      { status: 204.5 },
      { status: -1 },
      { size: 1e300 },
      { size: 0.5 },
      { request_time: 1e300 },
    ];
    const { evidence } = await analysed(t, lines.map(line).join("\n"), "log.json");
    expect(evidence).toMatchObject({ status: "analysed", kind: "access_log", requests: lines.length });
    for (const { id } of await verdictsOf(t, evidence.id)) {
      const { items } = await t.engine.verdicts.requests({ id, limit: 100, offset: 0 });
      for (const item of items) expect(SessionRequest.safeParse(item).error).toBeUndefined();
    }
  });

  test("an entry as long as a disk is skipped in bounded memory, what follows is read", async () => {
    const size = Math.min(1024, 256 * Number(process.env.TORTURE ?? 1)) * 1024 ** 2;
    const piece = Buffer.alloc(1024 ** 2, 0x61);
    async function* longLine() {
      yield Buffer.from(`{"log":{"entries":[${goodText(0)},{"request":{"method":"GET","url":"`);
      for (let sent = 0; sent < size; sent += piece.length) yield piece;
      yield Buffer.from(`"}},${goodText(2)}]}}`);
    }
    globalThis.gc?.();
    const before = process.memoryUsage.rss();
    let peak = before;
    const sampling = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage.rss());
    }, 20);
    const { evidence } = await analysed(t, longLine(), "long.har").finally(() => clearInterval(sampling));
    expect(evidence).toMatchObject({ requests: 2, problem_count: 1 });
    expect(evidence.problems[0]).toMatchObject({ code: "INPUT_TOO_LARGE", place: "entry 2" });
    const grown = (peak - before) / 1024 ** 2;
    console.info(`Memory grew by ${grown.toFixed(0)} MiB over an entry of ${size / 1024 ** 2} MiB`);
    expect(grown).toBeLessThan(200);
  }, 120_000);
});

test("in a batch, what is bad is told and what is good is analysed", async () => {
  const contents = [
    harOf([good(20)]),
    "no evidence at all",
    harOf([good(21)]).slice(0, -8),
    Buffer.alloc(5000, 1),
    harOf([good(22)]),
  ];
  const results = await Promise.allSettled(contents.map((content, i) => bring(t, content, `batch-${i}`)));
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled", "rejected", "fulfilled"]);
  for (const result of results) {
    if (result.status === "fulfilled")
      expect(await finished(t, result.value)).toMatchObject({ state: "done", error: null });
    else expect(result.reason).toMatchObject({ code: "EVIDENCE_UNKNOWN_FORMAT" });
  }
});
