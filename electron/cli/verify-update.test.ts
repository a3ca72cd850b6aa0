import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Release } from "../../shared/release.ts";
import { fileOf, manifestOf, releaseKey } from "../fixture-releases.ts";
import type { Surroundings } from "./command.ts";
import { runCommandLine } from "./run-command.ts";

const content = Buffer.from("a package");
const file = fileOf("sentinel_99.0.0_amd64.deb", content);
const release: Release = { version: "99.0.0", released_at: "2026-06-01T09:00:00.000Z", notes: "", files: [file] };
let stick: string;
let said: string;

beforeEach(() => {
  stick = mkdtempSync(join(tmpdir(), "sentinel-stick-"));
  writeFileSync(join(stick, file.name), content);
  writeFileSync(join(stick, "update.json"), manifestOf(release));
});
afterEach(() => rmSync(stick, { recursive: true }));

async function verify(...args: string[]): Promise<number> {
  said = "";
  const hear = (text: string) => {
    said += text;
  };
  const voice = { write: async (text: string) => hear(text), tell: hear };
  return await runCommandLine(["verify-update", ...args], "0", voice, () => voice as unknown as Surroundings);
}
const path = () => join(stick, file.name);

test("a file that is as it was signed passes, in words and as JSON", async () => {
  expect(await verify(path(), "--key", releaseKey)).toBe(0);
  expect(said).toContain("Version 99.0.0");
  expect(await verify(path(), "--key", releaseKey, "--json")).toBe(0);
  const { platform, arch } = file;
  expect(JSON.parse(said)).toEqual({
    file: path(),
    version: "99.0.0",
    released_at: release.released_at,
    platform,
    arch,
  });
});

test("the manifest may lie elsewhere", async () => {
  const elsewhere = join(stick, "signed.json");
  renameSync(join(stick, "update.json"), elsewhere);
  expect(await verify(path(), "--key", releaseKey)).toBe(3);
  expect(said).toContain("There is no such file.");
  expect(await verify(path(), "--key", releaseKey, "--manifest", elsewhere)).toBe(0);
});

const resigned = (more: Partial<Release>) => manifestOf({ ...release, ...more });
test.each([
  { why: "was changed", bytes: Buffer.from("a packagf"), says: /not the file that was signed/ },
  { why: "is cut short", bytes: content.subarray(1), says: /ends after 8 of 9 bytes/ },
  { why: "is longer", bytes: Buffer.from("a package!"), says: /larger than the 9 bytes/ },
  { why: "is no newer version", manifest: resigned({ version: "0.0.1" }), says: /0\.0\.1 is not newer/ },
  { why: "another signed", manifest: manifestOf(release, Buffer.alloc(32, 6)), says: /another key/ },
  {
    why: "is not named",
    manifest: resigned({ files: [{ ...file, name: "other.deb" }] }),
    says: /is no file of version/,
  },
  { why: "comes with no manifest that can be read", manifest: "x".repeat(70_000), says: /larger than any/ },
])("a file that $why is refused, and the others are looked at all the same", async ({ bytes, manifest, says }) => {
  if (bytes !== undefined) writeFileSync(path(), bytes);
  if (manifest !== undefined) writeFileSync(join(stick, "update.json"), manifest);
  expect(await verify(path(), join(stick, "nothing.deb"), "--key", releaseKey)).toBe(3);
  expect(said).toMatch(says);
  expect(said).toContain("DO NOT INSTALL IT");
  expect(said).toContain("nothing.deb");
});

test("without a key there is nothing to check by, and what is none is no key", async () => {
  expect(await verify(path())).toBe(2);
  expect(said).toContain("built without a key for updates");
  expect(await verify(path(), "--key", "ed25519:short")).toBe(2);
});
