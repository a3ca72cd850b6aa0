import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { reportKey, signReport } from "../engine/report/signature.ts";
import type { Surroundings } from "./command.ts";
import { runCommandLine } from "./run-command.ts";

const seed = Buffer.alloc(32, 9);
const key = reportKey(seed);
let home: string;
let said: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "sentinel-verify-"));
  said = "";
});
afterEach(() => rmSync(home, { recursive: true }));

async function verify(...args: string[]): Promise<number> {
  const hear = (text: string) => {
    said += text;
  };
  const voice = { write: async (text: string) => hear(text), tell: hear };
  const around = { ...voice, config: { SENTINEL_HOME: home } } as unknown as Surroundings;
  return await runCommandLine(["verify-report", ...args], "0", voice, () => around);
}

function file(content: Uint8Array): string {
  const path = join(home, "report.html");
  writeFileSync(path, content);
  return path;
}

test("a whole report passes against the data directory's own key, and against the one that is given", async () => {
  const path = file(signReport("<p>", seed));
  expect(await verify(path)).toBe(4);
  expect(said).toContain("Start it once, or name the key with --key.");
  writeFileSync(join(home, "report-key.txt"), `${key}\n`);
  expect(await verify(path)).toBe(0);
  expect(said).toContain("The report is whole");
  expect(await verify(path, "--key", key, "--json")).toBe(0);
  expect(JSON.parse(said.slice(said.indexOf("{")))).toEqual({ file: path, verdict: "valid", key });
});

test.each([
  { why: "changed", content: Buffer.from(signReport("<p>", seed).toString().replace("<p>", "<b>")), says: /CHANGED/ },
  { why: "signed by another", content: signReport("<p>", Buffer.alloc(32, 1)), says: /ANOTHER KEY/ },
  { why: "no report", content: Buffer.from("<p>"), says: /NO SIGNED REPORT/ },
])("a report that is $why is refused", async ({ content, says }) => {
  expect(await verify(file(content), "--key", key)).toBe(3);
  expect(said).toMatch(says);
});

test("bad usage and a file that is not there", async () => {
  expect(await verify(file(Buffer.from("x")), "--key", "secret")).toBe(2);
  expect(await verify(join(home, "nothing.html"), "--key", key)).toBe(3);
  expect(said).toContain("nothing.html: There is no such file.");
  expect(await verify(home, "--key", key)).toBe(3);
  expect(said).toContain("It is a folder");
  expect(await verify()).toBe(2);
});
