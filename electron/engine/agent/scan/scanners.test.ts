import { describe, expect, test } from "vitest";
import type { Scannable, Scanner, ScanOutcome } from "./scanner.ts";
import { createScanners } from "./scanners.ts";

const what: Scannable = { text: "hello", kind: "input" };
const never = new AbortController().signal;

function scanner(name: Scanner["name"], scan: (signal: AbortSignal) => Promise<ScanOutcome> | ScanOutcome): Scanner {
  return { name, scan: async (_, signal) => await scan(signal) };
}

const clean = scanner("links", () => ({ flagged: false, findings: [] }));
const found = scanner("injection", () => ({ flagged: true, findings: [{ rule: "r", why: "w", start: 0, end: 2 }] }));
const silent = scanner("blobs", () => new Promise<never>(() => {}));
const crashing = scanner("personal_data", () => {
  throw new TypeError("quotes hunter2");
});

describe("scanners", () => {
  test("one that finds something flags the whole; the others say what they say", async () => {
    const report = await createScanners([clean, found]).scan(what, never);
    expect(report).toEqual({
      flagged: true,
      results: {
        links: { flagged: false, findings: [] },
        injection: { flagged: true, findings: [{ rule: "r", why: "w", start: 0, end: 2 }] },
      },
    });
    expect((await createScanners([clean]).scan(what, never)).flagged).toBe(false);
  });

  test.each([
    { why: "crashes", list: [crashing], says: "scanner_failed" },
    { why: "is late", list: [silent], says: "scanner_late" },
    { why: "was not loaded", list: [{ name: "code" as const, problem: "no grammar." }], says: "scanner_not_loaded" },
    { why: "is off", list: [clean], off: new Set(["links" as const]), says: "scanner_off" },
  ])("one that $why blocks, with the reason", async ({ list, says, off = new Set<Scanner["name"]>() }) => {
    const report = await createScanners(list, { withinMs: 30, off }).scan(what, never);
    expect(report.flagged).toBe(true);
    const [outcome] = Object.values(report.results);
    expect(outcome).toMatchObject({ flagged: true, findings: [{ rule: says }] });
  });

  test("what a crash says stays inside: it may quote the text", async () => {
    const report = await createScanners([crashing]).scan(what, never);
    expect(JSON.stringify(report)).not.toContain("hunter2");
  });

  test("one that is late is told to stop", async () => {
    let told = false;
    const slow = scanner("blobs", (signal) => {
      signal.addEventListener("abort", () => {
        told = true;
      });
      return new Promise<never>(() => {});
    });
    await createScanners([slow], { withinMs: 20 }).scan(what, never);
    expect(told).toBe(true);
  });

  test("a caller that gives up hears so", async () => {
    const controller = new AbortController();
    const scanning = createScanners([silent]).scan(what, controller.signal);
    controller.abort(new Error("enough"));
    await expect(scanning).rejects.toThrow("enough");
  });

  test("two of one name are refused", () => {
    expect(() => createScanners([clean, clean])).toThrow('two scanners "links"');
  });
});
