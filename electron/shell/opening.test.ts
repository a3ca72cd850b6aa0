import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
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

  test("a recording that is named by URL, as Linux desktops do", () => {
    writeFileSync(join(folder, "a b é.har"), "{}");
    const named = pathToFileURL(join(folder, "a b é.har")).href;
    const others = [
      named.replace("file://", "file://evil.example"),
      "file:///gone.har",
      "file:a%2fb.har",
      "file://%zz.har",
    ];
    expect(readOpening([named, ...others], folder)).toEqual({ files: [join(folder, "a b é.har")], screen: null });
    const local = named.replace("file://", "file://localhost");
    expect(readOpening([local], folder).files).toEqual([join(folder, "a b é.har")]);
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
