import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDocker } from "../../sandbox/docker.ts";
import type { SandboxDriver } from "../../sandbox/driver.ts";
import { findDocker, importPrograms, type TestDocker } from "../../sandbox/fixture-docker.ts";
import { exploitScore, judgeSimulation } from "./exploit-score.ts";
import { planOf, playIn, readSample } from "./fixture-samples.ts";

const found = await findDocker();
if (typeof found === "string") console.warn(`SKIPPED: simulations in Docker's containers: ${found}`);
const docker = found as TestDocker;
const slow = 180_000;

describe.skipIf(typeof found === "string")("shipped attacks in a container of Docker's", () => {
  let image: string;
  const label = `sentinel-simulation-${process.pid}`;
  const drivers: SandboxDriver[] = [];
  beforeAll(async () => {
    image = importPrograms(docker);
    drivers.push(await openDocker({ label, host: docker.host }));
    drivers.push(await openDocker({ label: `${label}-image`, host: docker.host, image }));
  }, slow);
  afterAll(async () => {
    for (const driver of drivers) await driver.close();
    docker.docker("rmi", image);
    await docker.stop();
  }, slow);

  test.each([
    { programs: "this machine's programs", n: 0, file: "attack-sql-injection.har", sink: "sql_structure" },
    { programs: "this machine's programs", n: 0, file: "attack-files.har", sink: "file_read" },
    { programs: "an image's programs", n: 1, file: "attack-sql-injection.har", sink: "sql_structure" },
    { programs: "an image's programs", n: 1, file: "attack-files.har", sink: "file_read" },
    { programs: "an image's programs", n: 1, file: "attack-command-injection.har", sink: "process" },
  ])(
    "$file works against the vulnerable shop on $programs, and not against the patched one",
    async ({ n, file, sink }) => {
      const simulate = async (variant: "vulnerable" | "patched") => {
        const plan = planOf(await readSample(file), { kind: "shop", variant });
        const { results, exit, errors } = await playIn(drivers[n]!, plan);
        expect([exit.reason, exit.code, errors]).toEqual(["exit", 0, ""]);
        const sinks = results.flatMap((result) => result.sinks.map((one) => one.sink));
        return { sinks, verdict: judgeSimulation(results.map((result) => exploitScore(result.sinks))).verdict };
      };
      const vulnerable = await simulate("vulnerable");
      expect(vulnerable.verdict).toBe("exploit_possible");
      expect(vulnerable.sinks).toContain(sink);
      expect(await simulate("patched")).toEqual({ sinks: [], verdict: "exploit_improbable" });
    },
    slow,
  );
});
