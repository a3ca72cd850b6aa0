import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readConfig } from "../engine/base/config.ts";
import { createLogger } from "../engine/base/logging.ts";
import { createOutsidePorts } from "./assistant.ts";
import { readMountedSecret, readSecretFile } from "./secrets.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sentinel-secrets-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a mounted secret is read, also through the links that Kubernetes makes; none is none", () => {
  expect(readMountedSecret(folder, "sentinel_pin")).toBeNull();
  expect(readMountedSecret(join(folder, "none"), "sentinel_pin")).toBeNull();
  mkdirSync(join(folder, "..data"));
  writeFileSync(join(folder, "..data", "sentinel_pin"), " 2468\n", { mode: 0o444 });
  symlinkSync(join("..data", "sentinel_pin"), join(folder, "sentinel_pin"));
  expect(readMountedSecret(folder, "sentinel_pin")).toBe("2468");
});

test.skipIf(process.platform === "win32")("SECURITY: what is no secret is refused", () => {
  const path = join(folder, "claude_api_key");
  writeFileSync(path, "key");
  chmodSync(path, 0o666);
  expect(() => readMountedSecret(folder, "claude_api_key")).toThrow("written by others");
  chmodSync(path, 0o600);
  writeFileSync(path, "");
  expect(() => readMountedSecret(folder, "claude_api_key")).toThrow("is empty");
  rmSync(path);
  symlinkSync("/etc/hostname", path);
  expect(() => readMountedSecret(folder, "claude_api_key")).toThrow("leads out");
});

test("the planner's key may be a mounted secret; what is set explicitly wins", async () => {
  const hasPlanner = async (environment: Record<string, string> = {}) => {
    const config = readConfig({ SENTINEL_HOME: folder, SENTINEL_SECRETS: folder, ...environment }, folder);
    return (await createOutsidePorts(config, "0", createLogger("silent"))).assistant.planner !== null;
  };
  expect(await hasPlanner()).toBe(false);
  writeFileSync(join(folder, "claude_api_key"), "key\n", { mode: 0o400 });
  expect(await hasPlanner()).toBe(true);
  // Not even looked at where another setting gives it.
  writeFileSync(join(folder, "sentinel_pin"), "");
  rmSync(join(folder, "claude_api_key"));
  mkdirSync(join(folder, "claude_api_key"));
  expect(await hasPlanner({ ANTHROPIC_API_KEY: "other" })).toBe(true);
  await expect(hasPlanner()).rejects.toThrow("cannot be read");
});

test("a token file that others may read is refused", () => {
  const path = join(folder, "token");
  writeFileSync(path, " abc \n", { mode: 0o644 });
  expect(() => readSecretFile("SENTINEL_TOKEN_FILE", path, true)).toThrow("0600");
  chmodSync(path, 0o600);
  expect(readSecretFile("SENTINEL_TOKEN_FILE", path, true)).toBe("abc");
  writeFileSync(path, "");
  expect(() => readSecretFile("SENTINEL_TOKEN_FILE", path, true)).toThrow("empty");
  expect(() => readSecretFile("SENTINEL_TOKEN_FILE", join(folder, "none"), true)).toThrow("cannot be read");
});
