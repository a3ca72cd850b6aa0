import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readOpening } from "./opening.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sentinel-opening-"));
  writeFileSync(join(folder, "a.har"), "{}");
  writeFileSync(join(folder, "b.HAR"), "{}");
  writeFileSync(join(folder, "a.txt"), "{}");
  mkdirSync(join(folder, "folder.har"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("what the system asks to open", () => {
  test("recordings become evidence, and nothing else does", () => {
    const args = ["a.har", join(folder, "b.HAR"), "a.txt", "folder.har", "gone.har", "--inspect=a.har", "-x.har"];
    expect(readOpening(args, folder)).toEqual({ files: [join(folder, "a.har"), join(folder, "b.HAR")], screen: null });
  });

  test.each([
    ["sentinel://app/alerts", "sentinel://app/alerts"],
    ["sentinel://app/alerts/01J9-a", "sentinel://app/alerts/01J9-a"],
    ["sentinel://app/alerts#token=x&panic=http://evil.example", "sentinel://app/alerts"],
    ["sentinel://app/alerts?q=1", "sentinel://app/alerts"],
    ["sentinel://app/api/v1/sentinel/verdicts", null],
    ["sentinel://app/api", null],
    ["sentinel://app/alerts/../api/v1", null],
    ["sentinel://app/%2e%2e/api/v1", null],
    ["sentinel://app.evil/alerts", null],
    ["sentinel://app@evil/alerts", null],
    ["sentinel:alerts", null],
    ["https://app/alerts", null],
  ])("a link: %s leads to %s", (link, screen) => {
    expect(readOpening([link], folder)).toEqual({ files: [], screen });
  });
});
