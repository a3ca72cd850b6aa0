import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { composeEngine } from "../../electron/compose.ts";
import { readConfig } from "../../electron/engine/base/config.ts";
import { createLogger } from "../../electron/engine/base/logging.ts";
import { absentSupervisor } from "../../electron/engine/sandbox/supervisor-client.ts";
import { environmentKeySource } from "../../electron/engine/store/master-key.ts";
import { type ServingHost, serveHost } from "../../electron/host.ts";
import { SentinelClient } from "./sentinel-client.mjs";

/** A real host: engine, store, external listener. */
async function serve(home: string, port: number): Promise<ServingHost> {
  return await serveHost(
    {
      config: readConfig({ SENTINEL_HOME: home, SENTINEL_PORT: String(port), SENTINEL_RATE_TELEMETRY: "20" }, home),
      log: createLogger("silent"),
      compose: composeEngine,
      keySource: environmentKeySource(Buffer.alloc(32, 7).toString("base64")),
      host: "test",
      checkOutput: true,
    },
    { startSupervisor: () => Promise.resolve(absentSupervisor("off", "Not in this test.")) },
  );
}

let home: string;
let host: ServingHost;
let port: number;
const warnings: string[] = [];
const warn = (message: string) => void warnings.push(message);
const sample = { latency: 41, input_length: 300, errors: 0, route: "/api/user/42", user_id: "ann" };

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "sentinel-client-"));
  host = await serve(home, 0);
  if (!("origin" in host.external)) throw new Error(host.external.problem);
  port = Number(new URL(host.external.origin).port);
});
afterAll(async () => {
  await host.close();
  rmSync(home, { recursive: true, force: true });
});
beforeEach(() => {
  warnings.length = 0;
});

test("has the options of the contract", () => {
  const client = new SentinelClient();
  expect([client.origin, client.retries, client.timeout]).toEqual(["http://localhost:8000", 2, 5000]);
  expect(new SentinelClient({ host: "::1", port: 1, useHttps: true }).origin).toBe("https://[::1]:1");
});

describe("with a running engine", () => {
  test("an ordinary sample is OK, a gross one a threat, and nothing is warned of", async () => {
    const client = new SentinelClient({ host: "127.0.0.1", port, warn });
    expect(await client.analyzeFlow(sample)).toEqual({ status: "OK" });
    expect(await client.analyzeFlow({ ...sample, latency: 90_000 })).toMatchObject({
      status: "THREAT_DETECTED",
      action: "throttle",
      reason: expect.stringContaining("Latency 90,000 ms"),
    });
    expect(await client.health()).toMatchObject({ status: expect.any(String), history_size: expect.any(Number) });
    expect(warnings).toEqual([]);
  });

  test("what is refused is dropped with a warning, and not sent again", async () => {
    const client = new SentinelClient({ host: "127.0.0.1", port, warn });
    expect(await client.analyzeFlow({ ...sample, latency: -1 })).toBeNull();
    expect(warnings).toEqual([expect.stringMatching(/^Sentinel: sample dropped \(.*: 400 latency/)]);
  });

  test("what cannot be written as JSON is dropped with a warning, and no exception reaches the service", async () => {
    const client = new SentinelClient({ host: "127.0.0.1", port, warn });
    const circular: Record<string, unknown> = {};
    circular.itself = circular;
    expect(await client.analyzeFlow({ ...sample, nanos: process.hrtime.bigint() })).toBeNull();
    expect(await client.analyzeFlow({ ...sample, circular })).toBeNull();
    expect(warnings).toEqual([
      expect.stringMatching(/analyze-flow: it is no JSON: .*BigInt/),
      expect.stringMatching(/analyze-flow: it is no JSON: .*circular/),
    ]);
  });

  test("a flood is limited with 429, what is dropped is said, and afterwards samples are judged again", async () => {
    const client = new SentinelClient({ host: "127.0.0.1", port, warn });
    const answers = await Promise.all(Array.from({ length: 300 }, () => client.analyzeFlow(sample)));
    const dropped = answers.filter((answer) => answer === null).length;
    expect(dropped).toBeGreaterThan(0);
    expect(dropped).toBeLessThan(300);
    expect(new Set(warnings.map((text) => / (\d+) /.exec(text.split("analyze-flow:")[1]!)?.[1]))).toEqual(
      new Set(["429"]),
    );
    warnings.length = 0;
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await client.analyzeFlow(sample)).toEqual({ status: "OK" });
    expect(warnings).toEqual([]);
  });

  test.skipIf(process.platform === "win32")("the smoke test passes, and fails where nobody is", async () => {
    const run = promisify(execFile);
    const script = join(import.meta.dirname, "smoke.sh");
    const { stdout } = await run("sh", [script, `http://127.0.0.1:${port}`]);
    expect(stdout.trim().split("\n")).toHaveLength(5);
    await expect(run("sh", [script, "http://127.0.0.1:1"])).rejects.toMatchObject({ code: 1 });
  });
});

describe("without a service", () => {
  test("the sample is dropped after the further attempts, and the service is used again once it is back", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sentinel-client-down-"));
    let second = await serve(folder, 0);
    try {
      const origin = "origin" in second.external ? second.external.origin : "";
      const client = new SentinelClient({ host: "127.0.0.1", port: Number(new URL(origin).port), warn, retries: 1 });
      expect(await client.analyzeFlow(sample)).toEqual({ status: "OK" });
      await second.close();
      expect(await client.analyzeFlow(sample)).toBeNull();
      expect(warnings).toEqual([expect.stringContaining("ECONNREFUSED")]);
      second = await serve(folder, Number(new URL(origin).port));
      expect(await client.analyzeFlow(sample)).toEqual({ status: "OK" });
    } finally {
      await second.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test("one that never answers costs the time-out and no more", async () => {
    const silent = createServer(() => undefined);
    const at = await new Promise<number>((resolve) => {
      silent.listen(0, "127.0.0.1", () => resolve((silent.address() as { port: number }).port));
    });
    const client = new SentinelClient({ host: "127.0.0.1", port: at, retries: 0, timeout: 60, warn });
    const from = performance.now();
    expect(await client.analyzeFlow(sample)).toBeNull();
    expect(performance.now() - from).toBeLessThan(2000);
    expect(warnings).toEqual([expect.stringContaining("no answer within 60 ms")]);
    silent.close();
  });
});
