import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkFile, readRelease } from "../engine/release-file.ts";
import { productVersion } from "../entries.ts";

let folder: string;
let key: string;
const at = (name: string) => join(folder, name);

function run(...args: string[]): { status: number | null; out: string; problem: string } {
  const ended = spawnSync(process.execPath, [join(import.meta.dirname, "sign-release.ts"), ...args], {
    encoding: "utf8",
  });
  return { status: ended.status, out: ended.stdout, problem: ended.stderr };
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sentinel-sign-"));
  key = run("--new-key", at("key")).out.trim();
});
afterAll(() => rmSync(folder, { recursive: true }));

test("a key is made once, and is its owner's alone", () => {
  expect(key).toMatch(/^ed25519:[A-Za-z0-9_-]{43}$/);
  if (process.platform !== "win32") expect(statSync(at("key")).mode & 0o777).toBe(0o600);
  const before = readFileSync(at("key"), "utf8");
  expect(run("--new-key", at("key")).status).not.toBe(0);
  expect(readFileSync(at("key"), "utf8")).toBe(before);
});

test("what it signs is taken by the application, file by file", async () => {
  const names = [
    [`Sentinel-${productVersion}.AppImage`, "linux", "x64"],
    [`sentinel_${productVersion}_arm64.deb`, "linux", "arm64"],
    [`Sentinel-${productVersion}-arm64.dmg`, "darwin", "arm64"],
    [`Sentinel Setup ${productVersion}.exe`, "win32", "x64"],
  ] as const;
  for (const [name] of names) writeFileSync(at(name), name);
  writeFileSync(at("notes"), "What is new.\n");
  const { status } = run("--key", at("key"), "--notes", at("notes"), ...names.map(([name]) => at(name)));
  expect(status).toBe(0);
  const release = readRelease(readFileSync(at("update.json"), "utf8"), key);
  expect(release).toMatchObject({ version: productVersion, notes: "What is new." });
  for (const [name, platform, arch] of names) {
    expect(await checkFile(at(name), name, release)).toMatchObject({ name, platform, arch });
  }
});

test("a key that others can read, a package of another version or processor and what is no package are refused", () => {
  const name = `Sentinel-${productVersion}.AppImage`;
  writeFileSync(at("open"), readFileSync(at("key")));
  chmodSync(at("open"), 0o644);
  if (process.platform !== "win32")
    expect(run("--key", at("open"), at(name)).problem).toContain("can be read by others");
  writeFileSync(at("Sentinel-9.9.9.AppImage"), "x");
  expect(run("--key", at("key"), at("Sentinel-9.9.9.AppImage")).problem).toContain("is not of version");
  expect(run("--key", at("key"), at("notes")).problem).toContain("no package is called so");
  for (const processor of ["ia32", "armv7l", "universal"]) {
    const other = `Sentinel-${productVersion}-${processor}.AppImage`;
    writeFileSync(at(other), "x");
    expect(run("--key", at("key"), at(other)).problem).toContain("are for x64 or arm64");
  }
  expect(run("--key", at("key")).status).not.toBe(0);
});
