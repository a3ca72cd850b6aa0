import { describe, expect, test } from "vitest";
import { createRandom } from "../anomaly/random.ts";
import { parseDeclaredFeatures } from "./flow-feature.ts";
import { pseudonymOf } from "./pseudonym.ts";
import { gross, inlineFitter, normal, openTestTelemetry, ordinaryTraffic } from "./test-telemetry.ts";

const runs = (n: number) => n * Number(process.env.TORTURE ?? 1);

describe("before it has learned", () => {
  test("fixed limits decide, and only throttle", () => {
    const { telemetry } = openTestTelemetry();
    expect(telemetry.analyse({ latency: 40, input_length: 10, errors: 0, route: "/" })).toEqual({ status: "OK" });
    expect(telemetry.analyse(gross)).toMatchObject({ status: "THREAT_DETECTED", action: "throttle" });
    expect([telemetry.isTrained, telemetry.historySize]).toEqual([false, 1]);
  });

  test("an alarm says which limit, and is as sure as the samples seen so far permit", async () => {
    const { telemetry, send } = openTestTelemetry();
    expect(telemetry.analyse({ ...gross, errors: 0, input_length: 1 })).toMatchObject({
      reason: "Latency 45,000 ms: the fixed limit is 5,000 ms, until enough samples are learned.",
      confidence: 0,
    });
    await send(30, ordinaryTraffic(1));
    expect(telemetry.analyse(gross)).toMatchObject({ confidence: 1 - 1 / 31 });
  });
});

describe("once it has learned", () => {
  test("from 50 samples it throttles, from 99 calibration scores it freezes", async () => {
    const { telemetry, send } = openTestTelemetry();
    await send(50, ordinaryTraffic(2));
    expect(telemetry.isTrained).toBe(true);
    expect(telemetry.analyse(gross)).toMatchObject({ action: "throttle" });
    await send(350, ordinaryTraffic(3));
    const answer = telemetry.analyse(gross);
    expect(answer).toMatchObject({ status: "THREAT_DETECTED", action: "freeze" });
    if (answer.status !== "OK") {
      expect(answer.confidence).toBeGreaterThanOrEqual(0.99);
      expect(answer.prediction_score).toBeGreaterThan(0.5);
      expect(answer.reason).toMatch(/^(Latency|Input length|Errors) [\d,.]+.*: ordinary .*at most/);
    }
  });

  test("a time that is ordinary elsewhere stands out on a quick route", async () => {
    const { telemetry, send } = openTestTelemetry();
    const random = createRandom(5);
    const make = (i: number) => ({
      latency: (i % 2 === 0 ? 5 : 900) * Math.exp(0.1 * normal(random)),
      input_length: 100,
      errors: 0,
      route: i % 2 === 0 ? "/quick" : "/slow",
    });
    // Pairs on each route, since every other sample of the window is fitted.
    await send(600, (i) => make(i >> 1));
    const odd = { latency: 900, input_length: 100, errors: 0 };
    expect(telemetry.analyse({ ...odd, route: "/slow" })).toEqual({ status: "OK" });
    expect(telemetry.analyse({ ...odd, route: "/quick" })).toMatchObject({
      status: "THREAT_DETECTED",
      reason: expect.stringContaining("ordinary on /quick is at most"),
    });
  });

  test("declared features count on the side that is declared; without them a sample is judged by the others", async () => {
    const { telemetry, send } = openTestTelemetry({ declared: parseDeclaredFeatures("free_memory:low, queue_depth") });
    const random = createRandom(6);
    const base = { latency: 20, input_length: 50, errors: 0, route: "/" };
    await send(400, () => ({ ...base, free_memory: 500 + 20 * normal(random), queue_depth: random.integer(5) }));
    expect(telemetry.analyse({ ...base, free_memory: 900, queue_depth: 0 })).toEqual({ status: "OK" });
    expect(telemetry.analyse(base)).toEqual({ status: "OK" });
    expect(telemetry.analyse({ ...base, free_memory: 1 })).toMatchObject({
      reason: expect.stringMatching(/^Free memory 1: ordinary is at least/),
    });
    expect(telemetry.analyse({ ...base, queue_depth: 4000 })).toMatchObject({ action: "freeze" });
    expect(() => telemetry.analyse({ ...base, queue_depth: "many" })).toThrow("queue_depth: a number is expected.");
  });

  test("on clean streams at most one answer in 1,000 is not OK, from the first sample on", async () => {
    const streams = runs(4);
    const length = 3000;
    let alarms = 0;
    for (let seed = 1; seed <= streams; seed++) {
      const { send, telemetry } = openTestTelemetry();
      const random = createRandom(1000 + seed);
      // Half of them with a Pareto tail (alpha 1.5): as heavy as services get.
      const heavy = () => ({
        latency: 20 * (1 - random.next()) ** (-1 / 1.5),
        input_length: 50 * (1 - random.next()) ** (-1 / 1.5),
        errors: 0,
        route: `/r/${"abc"[random.integer(3)]}`,
      });
      alarms += await send(length, seed % 2 === 0 ? heavy : ordinaryTraffic(seed));
      await telemetry.close();
    }
    expect(alarms).toBeLessThanOrEqual((streams * length) / 1000);
  }, 60_000);
});

describe("what is learned", () => {
  test("neither alarms nor what an analyst decided train", async () => {
    const users = new Map([[pseudonymOf(Buffer.alloc(32, 3), "ann"), { action: "freeze", until: Infinity } as const]]);
    const routes = new Map([["/api/file/{name}", { action: "allow", until: Infinity } as const]]);
    const { telemetry, send } = openTestTelemetry({ overrides: { routes, users } });
    await send(200, ordinaryTraffic(8));
    const size = telemetry.historySize;
    expect(size).toBeLessThan(200);
    expect(telemetry.analyse({ ...gross, route: "/api/file/any.bin" })).toEqual({ status: "OK" });
    expect(telemetry.analyse({ latency: 9, input_length: 9, errors: 0, route: "/x", user_id: "ann" })).toMatchObject({
      action: "freeze",
      reason: "An analyst decided so.",
    });
    telemetry.analyse(gross);
    expect(telemetry.historySize).toBe(size);
  });

  test("SECURITY: no user id and no value of a route is kept or logged", async () => {
    const { telemetry, send, log } = openTestTelemetry();
    await send(100, ordinaryTraffic(9));
    telemetry.analyse({ ...gross, route: "https://shop.example/api/user/ann@example.com?token=s3cret" });
    const kept = JSON.stringify(telemetry.state()) + log() + JSON.stringify(telemetry.health());
    for (const secret of ["mallory", "ann@example", "s3cret", "user-"]) expect(kept).not.toContain(secret);
    expect(telemetry.state().recent[0]).toMatchObject({
      route: "/api/user/{id}",
      pseudonym: expect.stringMatching(/^u_[0-9a-f]{32}$/),
    });
  });

  test("routes and minutes are counted by how they were answered, also after the minute and for many routes", () => {
    const { telemetry, pass } = openTestTelemetry();
    telemetry.analyse({ latency: 20, input_length: 1, errors: 0, route: "/a" });
    telemetry.analyse({ latency: 40, input_length: 1, errors: 0, route: "/a" });
    pass(60_000);
    telemetry.analyse({ ...gross, route: "/b" });
    expect(telemetry.state()).toMatchObject({
      routes: [
        { route: "/b", samples: 1, throttled: 1, frozen: 0, last_answer: "throttle", latency: null },
        { route: "/a", samples: 2, throttled: 0, frozen: 0, last_answer: "OK", last_at: "2026-01-05T00:00:00.000Z" },
      ],
      minutes: [
        { from: "2026-01-05T00:00:00.000Z", samples: 2, throttled: 0 },
        { from: "2026-01-05T00:01:00.000Z", samples: 1, throttled: 1 },
      ],
    });
    expect(telemetry.state().routes[1]!.latency!.p95).toBeCloseTo(38.7, 0);
    const letters = "abcdefghijklmnopqrst";
    for (const x of letters)
      for (const y of letters) telemetry.analyse({ latency: 1, input_length: 1, errors: 0, route: `/${x}/${y}` });
    expect(telemetry.state().routes).toHaveLength(200);
    pass(3_600_000);
    expect(telemetry.state().minutes).toEqual([]);
    telemetry.rebase();
    expect(telemetry.state().routes).toEqual([]);
  });

  test("alarms name no user where the operator wants none named", () => {
    const { telemetry } = openTestTelemetry({ keepUsers: false });
    telemetry.analyse(gross);
    expect(telemetry.state().recent).toMatchObject([{ pseudonym: null }]);
  });

  test("fits wait for 50 new samples and a second, one at a time", async () => {
    let running = 0;
    let most = 0;
    const sizes: number[] = [];
    const fitter = {
      ...inlineFitter,
      fit: async (task: Parameters<typeof inlineFitter.fit>[0]) => {
        most = Math.max(most, ++running);
        sizes.push(task.window.routes.length);
        await new Promise((resolve) => setTimeout(resolve, 5));
        running--;
        return await inlineFitter.fit(task);
      },
    };
    const { telemetry, pass } = openTestTelemetry({ fitter });
    const make = ordinaryTraffic(10);
    for (let i = 0; i < 400; i++) telemetry.analyse(make());
    expect(sizes).toEqual([50]);
    pass(1_000);
    telemetry.analyse(make());
    expect(sizes).toEqual([50]);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect([sizes, most]).toEqual([[50, 401], 1]);
  });
});
