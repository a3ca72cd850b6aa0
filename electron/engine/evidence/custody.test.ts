import { describe, expect, test } from "vitest";
import { enginePrincipal } from "../base/principals.ts";
import {
  cleanFileName,
  formatCheck,
  measureClockOffset,
  packageChecks,
  readingChecks,
  writeManifest,
} from "./custody.ts";
import type { Exchange } from "./exchange.ts";

describe("cleanFileName", () => {
  test.each([
    ["capture.har", "capture.har"],
    ["/home/ada/secret/capture.har", "capture.har"],
    ["C:\\Users\\ada\\capture.har", "capture.har"],
    ["../../etc/passwd", "passwd"],
    ["a\u202Etxt.exe", "atxt.exe"],
    ["a\u2066\u200bb\u0000\n\u001b[31m.har", "ab[31m.har"],
    ["\ud800x", "x"],
    ["", "unnamed"],
    ["..", "unnamed"],
    ["dir/", "dir"],
    ["\u540d\u524d.har", "\u540d\u524d.har"],
    ["x".repeat(500), "x".repeat(200)],
  ])("%j is shown as %j", (name, want) => {
    expect(cleanFileName(name)).toBe(want);
  });
});

test("writeManifest tells who, when, from where and what was checked", () => {
  const checks = packageChecks({ content: "har", sha256: "a".repeat(64), signature: null, metadata: {} });
  const manifest = writeManifest({
    by: { ...enginePrincipal, actor: "ada" },
    clock: { now: () => 0 },
    channel: "dropped file",
    fileName: "/tmp/a.har",
    sha256: "b".repeat(64),
    size: 7,
    checks,
  });
  expect(manifest).toEqual({
    brought_by: "ada",
    brought_at: "1970-01-01T00:00:00.000Z",
    channel: "dropped file",
    file_name: "a.har",
    size_bytes: 7,
    sha256: "b".repeat(64),
    checks: [
      { check: "content hash", result: "passed", detail: expect.stringContaining("a".repeat(64)) },
      { check: "signature", result: "absent", detail: expect.any(String) },
    ],
    clock_offset_ms: null,
    recorded_by: null,
  });
});

describe("what reading it has shown", () => {
  const read = {
    state: "analysed",
    requests: 3,
    problems: [],
    problemCount: 0,
    clockOffsetMs: 400,
    passedOver: null,
  } as const;
  test.each<{ why: string; outcome: Parameters<typeof readingChecks>[0]; want: readonly string[] }>([
    { why: "nothing before it was read", outcome: { ...read, state: "stored" }, want: [] },
    { why: "all of it", outcome: read, want: ["stored copy passed", "content passed", "clock passed"] },
    {
      why: "places that could not be read",
      outcome: { ...read, problemCount: 2 },
      want: ["stored copy passed", "content failed", "clock passed"],
    },
    {
      why: "a clock that is an hour slow",
      outcome: { ...read, clockOffsetMs: -3_600_000 },
      want: ["stored copy passed", "content passed", "clock failed"],
    },
    {
      why: "no clock at all",
      outcome: { ...read, clockOffsetMs: null },
      want: ["stored copy passed", "content passed", "clock absent"],
    },
    {
      why: "a stored copy that was changed",
      outcome: { ...read, state: "failed", problems: [{ code: "EVIDENCE_CORRUPT" }] },
      want: ["stored copy failed"],
    },
    {
      why: "nothing of the copy when it was the format that could not be read",
      outcome: { ...read, state: "failed", problems: [{ code: "EVIDENCE_UNREADABLE" }] },
      want: [],
    },
  ])("$why", ({ outcome, want }) => {
    expect(readingChecks(outcome).map(({ check, result }) => `${check} ${result}`)).toEqual(want);
  });

  test("says what was passed over, which is no failure", () => {
    const [, content] = readingChecks({
      ...read,
      passedOver: "1 entry is no HTTP request and was passed over: 1 data.",
    });
    expect(content).toEqual({
      check: "content",
      result: "passed",
      detail: "All of it was read: 3 requests. 1 entry is no HTTP request and was passed over: 1 data.",
    });
  });

  test("says by how much a clock was off", () => {
    const [, , clock] = readingChecks({ ...read, clockOffsetMs: -3_600_400 });
    expect(clock!.detail).toContain("3600 s behind");
  });
});

test("the format is told by content, and says so", () => {
  expect(formatCheck({ kind: "access_log", gzip: true })).toEqual({
    check: "format",
    result: "passed",
    detail: expect.stringContaining("a gzip file around an access log"),
  });
});

describe("measureClockOffset", () => {
  const exchange = (startedAt: number | null, date: string | null, age = false) =>
    ({
      startedAt,
      durationMs: 100,
      response: { headers: [...(date === null ? [] : [["Date", date]]), ...(age ? [["Age", "9"]] : [])] },
    }) as unknown as Exchange;
  const date = "Sat, 31 Jan 2026 08:15:00 GMT";
  const at = Date.UTC(2026, 0, 31, 8, 15);

  test("is the median of what the answers tell", () => {
    const offset = measureClockOffset();
    for (const off of [5000, 5000, 5400, 90_000_000]) offset.add(exchange(at + off, date));
    expect(offset.result()).toBe(5000);
  });

  test("tells nothing without dates, with cached answers, or without a clock", () => {
    const offset = measureClockOffset();
    offset.add(exchange(at, null));
    offset.add(exchange(null, date));
    offset.add(exchange(at, "soon"));
    offset.add(exchange(at, date, true));
    expect(offset.result()).toBeNull();
  });

  test("stays bounded", () => {
    const offset = measureClockOffset();
    for (let i = 0; i < 50_000; i++) offset.add(exchange(at + 1000, date));
    expect(offset.result()).toBe(600);
  });
});
