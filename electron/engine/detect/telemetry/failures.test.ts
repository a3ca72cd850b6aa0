import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Piscina } from "piscina";
import { describe, expect, test } from "vitest";
import type { FlowSample } from "../../../../shared/telemetry.ts";
import { workerFile } from "../../base/fixture-threads.ts";
import { createRandom } from "../anomaly/random.ts";
import { createFitWorker } from "./fit-worker.ts";
import type { FlowFitter } from "./fitter-task.ts";
import { gross, inlineFitter, normal, openTestTelemetry, ordinaryTraffic } from "./test-telemetry.ts";

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; !isSo(); tries++) {
    if (tries > 1000) throw new Error("It did not come about.");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test("the worker that fits is killed: fixed limits decide, marked degraded, and the next worker fits", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sentinel-fit-"));
  const mark = join(folder, "die");
  const entry = new URL("./fixtures/dying-fit.ts", import.meta.url);
  const pool = new Piscina({ filename: entry.href, name: "fit", minThreads: 0, maxThreads: 1, workerData: mark });
  const fitter: FlowFitter = { ...inlineFitter, fit: (task) => pool.run(task), close: () => pool.destroy() };
  const { telemetry, pass, log } = openTestTelemetry({ fitter });
  try {
    writeFileSync(mark, "");
    const make = ordinaryTraffic(1);
    for (let i = 0; i < 50; i++) telemetry.analyse(make());
    await until(() => telemetry.health().telemetry.status === "degraded");
    expect(telemetry.analyse(make())).toEqual({ status: "OK", degraded: true });
    expect(telemetry.analyse(gross)).toMatchObject({ action: "throttle", degraded: true });
    expect(log()).toContain("could not be fitted");
    // The samples that it failed on are fitted again, though no others are learned meanwhile.
    expect(telemetry.historySize).toBe(50);
    pass(1_000);
    await until(() => telemetry.isTrained);
    expect(telemetry.analyse(make())).toEqual({ status: "OK" });
    expect(telemetry.health().telemetry.status).toBe("healthy");
  } finally {
    await telemetry.close();
    rmSync(folder, { recursive: true });
  }
});

test("the real worker fits, and closing does not wait for a fit", async () => {
  const fitter = createFitWorker(workerFile("fit-telemetry"));
  const { telemetry, pass } = openTestTelemetry({ fitter });
  const make = ordinaryTraffic(2);
  for (let i = 0; i < 60; i++) telemetry.analyse(make());
  await until(() => telemetry.isTrained);
  pass(1_000);
  for (let i = 0; i < 60; i++) telemetry.analyse(make());
  await telemetry.close();
});

test("a fit fails: the fitted model gives way to fixed limits until one succeeds", async () => {
  let isFailing = false;
  const fitter: FlowFitter = {
    ...inlineFitter,
    fit: (task) => (isFailing ? Promise.reject(new Error("no memory")) : inlineFitter.fit(task)),
  };
  const { telemetry, send, pass, registry } = openTestTelemetry({ fitter });
  await send(300, ordinaryTraffic(3));
  expect(telemetry.analyse(gross)).toMatchObject({ action: "freeze" });
  isFailing = true;
  await send(60, ordinaryTraffic(4));
  expect(telemetry.analyse(gross)).toMatchObject({ action: "throttle", degraded: true });
  expect(await registry.metrics()).toContain('sentinel_telemetry_fits_total{status="failed"}');
  isFailing = false;
  pass(1_000);
  await until(() => telemetry.analyse(gross).degraded !== true);
  expect(telemetry.analyse(gross)).toMatchObject({ action: "freeze" });
});

test("the model itself fails: the breaker opens, every sample is OK and degraded, and closes by a trial", async () => {
  let isDamaged = true;
  const fitter: FlowFitter = {
    ...inlineFitter,
    async fit(task) {
      const model = await inlineFitter.fit(task);
      return isDamaged ? { ...model, routes: null as never } : model;
    },
  };
  const { telemetry, send, pass, registry, log } = openTestTelemetry({ fitter });
  await send(50, ordinaryTraffic(5));
  for (let i = 0; i < 20; i++) expect(telemetry.analyse(gross)).toEqual({ status: "OK", degraded: true });
  expect(telemetry.health().telemetry).toMatchObject({
    status: "degraded",
    detail: expect.stringContaining("answered OK"),
  });
  expect(log().match(/The telemetry model fails/g)).toHaveLength(1);
  expect(await registry.metrics()).toContain("sentinel_telemetry_breaker_open 1");
  isDamaged = false;
  pass(6_000);
  // The trial still meets the damaged model, and asks for another.
  telemetry.analyse(gross);
  await until(() => {
    pass(6_000);
    return telemetry.analyse(gross).status !== "OK";
  });
  expect(telemetry.health().telemetry.status).toBe("healthy");
});

test("memory is low: the older half leaves, once a second, which is logged; then the history grows again", async () => {
  let free = 1024 ** 3;
  const { telemetry, send, pass, log } = openTestTelemetry({ availableMemory: () => free });
  await send(400, ordinaryTraffic(6));
  expect(telemetry.historySize).toBeGreaterThan(390);
  free = 1000;
  const before = telemetry.historySize;
  pass(1_000);
  telemetry.analyse(ordinaryTraffic(7)());
  expect(telemetry.historySize).toBeLessThanOrEqual(before / 2 + 1);
  expect(telemetry.health().telemetry).toMatchObject({
    status: "degraded",
    detail: expect.stringContaining("memory is low"),
  });
  const line = log()
    .split("\n")
    .find((each) => each.includes("Memory is low"))!;
  expect(JSON.parse(line)).toMatchObject({ level: "info", evicted: expect.any(Number), kept: expect.any(Number) });
  for (let i = 0; i < 10; i++) {
    pass(1_000);
    telemetry.health();
  }
  expect(telemetry.historySize).toBe(50);
  free = 1024 ** 3;
  await send(100, ordinaryTraffic(8));
  expect(telemetry.historySize).toBeGreaterThan(140);
  expect(telemetry.health().telemetry.status).toBe("healthy");
});

test("a full history lets the oldest go, and says so at info, not for every sample", async () => {
  const { telemetry, send, log } = openTestTelemetry({ capacity: 100 });
  await send(3000, ordinaryTraffic(9));
  expect(telemetry.historySize).toBe(100);
  const lines = log()
    .split("\n")
    .filter((line) => line.includes("history is full"));
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.length).toBeLessThan(5);
  expect(JSON.parse(lines[0]!).level).toBe("info");
});

describe("poisoning", () => {
  const creeping = (seed: number) => {
    const random = createRandom(seed);
    return (latency: number): FlowSample => ({
      latency: latency * Math.exp(0.25 * normal(random)),
      input_length: 200,
      errors: 0,
      route: "/pay",
    });
  };

  test("values that creep up are noticed before an attack becomes ordinary; nothing more is learned, and it recovers", async () => {
    const { telemetry, send, drifts } = openTestTelemetry();
    const make = creeping(1);
    await send(400, () => make(50));
    expect(telemetry.health().telemetry_reference.status).toBe("healthy");
    // Each a thousandth slower than the one before: no single sample stands out.
    await send(1500, (i) => make(50 * 1.001 ** i));
    expect(drifts[0]).toMatchObject([{ feature: "latency", side: "high" }]);
    expect(telemetry.health().telemetry_reference).toMatchObject({
      status: "degraded",
      detail: expect.stringContaining("latency above"),
    });
    expect(telemetry.state().drift.features).toMatchObject([{ feature: "latency" }]);
    // What it was after stands out all the same.
    expect(telemetry.analyse(make(1500))).toMatchObject({ status: "THREAT_DETECTED" });
    await send(400, () => make(50));
    expect(drifts.at(-1)).toEqual([]);
    expect(telemetry.health().telemetry_reference.status).toBe("healthy");
  });

  test("so are rare values at the edge of the range, which would widen it", async () => {
    const { telemetry, send, drifts } = openTestTelemetry();
    const make = creeping(2);
    await send(400, () => make(50));
    await send(2000, (i) => (i % 12 === 0 ? make(170 * 1.0006 ** i) : make(50)));
    expect(drifts[0]).toMatchObject([{ feature: "latency" }]);
    expect(telemetry.analyse(make(3000))).toMatchObject({ status: "THREAT_DETECTED" });
  });

  test("so is a quick route that creeps up to what is ordinary on a slow one", async () => {
    const { telemetry, send, drifts } = openTestTelemetry();
    const random = createRandom(12);
    const make = (route: string, latency: number): FlowSample => ({
      latency: latency * Math.exp(0.2 * normal(random)),
      input_length: 200,
      errors: 0,
      route,
    });
    const mixed = (creep: number) => (i: number) =>
      i % 5 === 0 ? make("/quick", 10 * creep ** i) : make("/slow", 400);
    await send(1000, mixed(1));
    expect(drifts).toEqual([]);
    await send(3000, mixed(1.0012));
    expect(drifts[0]).toMatchObject([{ feature: "latency", side: "high", route: "/quick" }]);
    expect(telemetry.health().telemetry_reference.detail).toContain("latency on /quick above");
    // Ordinary on the slow route, and not learned for the quick one.
    expect(telemetry.analyse(make("/quick", 400))).toMatchObject({ status: "THREAT_DETECTED" });
  });

  test("an analyst accepts what is ordinary now: it learns anew", async () => {
    const { telemetry, send, drifts } = openTestTelemetry();
    const make = creeping(3);
    await send(400, () => make(50));
    await send(600, (i) => make(50 * 1.001 ** i));
    expect(drifts).toHaveLength(1);
    telemetry.rebase();
    expect([telemetry.historySize, telemetry.isTrained]).toEqual([0, false]);
    expect(await send(400, () => make(90))).toBe(0);
    expect(telemetry.health().telemetry_reference.status).toBe("healthy");
    expect(telemetry.isTrained).toBe(true);
  });

  test("an ordinary stream is no drift", async () => {
    const { send, drifts } = openTestTelemetry();
    await send(4000, ordinaryTraffic(11));
    expect(drifts).toEqual([]);
  });
});
