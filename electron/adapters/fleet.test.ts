import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readConfig } from "../engine/base/config.ts";
import { createFleetPorts } from "./fleet.ts";

let secrets: string;
beforeEach(() => {
  secrets = mkdtempSync(join(tmpdir(), "sentinel-fleet-key-"));
});
afterEach(() => rmSync(secrets, { recursive: true, force: true }));

describe("the fleet key", () => {
  const [first, second] = [randomBytes(32), randomBytes(32)];
  const text = (...keys: Buffer[]) => keys.map((key) => `${key.toString("base64")}\n`).join("");

  async function open(fleetKey: string | null) {
    if (fleetKey !== null) writeFileSync(join(secrets, "fleet_key"), fleetKey, { mode: 0o600 });
    const environment = { SENTINEL_KAFKA_BROKERS: "127.0.0.1:9092", SENTINEL_SECRETS: secrets };
    const ports = await createFleetPorts(readConfig({ SENTINEL_HOME: secrets, ...environment }, secrets), "node");
    await ports!.bus.close();
    return ports!.keys;
  }

  test.each([
    { why: "is missing", file: null, want: [] },
    { why: "is one", file: text(first), want: [first] },
    { why: "is two while it is changed, in their order", file: text(first, second), want: [first, second] },
  ])("$why", async ({ file, want }) => {
    expect(await open(file)).toEqual(want);
  });

  test.each([
    { why: "a word", file: "secret\n" },
    { why: "a key that is too short", file: text(randomBytes(16)) },
    // SECURITY: it is not left out, or the fleet would not hear what is said by it.
    { why: "a second line that is no key", file: `${text(first)}former\n` },
  ])("is not $why", async ({ file }) => {
    await expect(open(file)).rejects.toMatchObject({ code: "SETTING_INVALID" });
  });
});
