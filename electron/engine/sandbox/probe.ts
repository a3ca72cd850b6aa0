import { SentinelError } from "../../../shared/errors.ts";
import { defaultLimits, type SandboxDriver } from "./driver.ts";

/**
 * Starts one sandbox and looks from inside whether it isolates: no capability, no new privileges, no network but its own
 * loopback, nothing of the engine's environment.
 * @throws SentinelError UNAVAILABLE naming what is not isolated
 */
export async function probeIsolation(driver: SandboxDriver): Promise<void> {
  const sandbox = await driver.start({
    command: ["/usr/bin/cat", "/proc/self/status", "/proc/net/dev", "/proc/1/environ"],
    limits: { ...defaultLimits, wallMs: 5_000 },
    captureOutput: true,
  });
  const { code, output } = await sandbox.ended;
  const interfaces = [...output.matchAll(/^\s*([\w.-]+):(?:\s+\d+){16}\s*$/gm)].map((match) => match[1]);
  const checks: [string, boolean][] = [
    ["the probe did not run", code === 0],
    ["capabilities are left", /^CapEff:\s*0+$/m.test(output)],
    ["privileges can be gained", /^NoNewPrivs:\s*1$/m.test(output)],
    ["a network is reachable", interfaces.every((name) => name === "lo")],
    ["the environment is visible", !output.includes("SENTINEL_")],
  ];
  const failed = checks.filter(([, passed]) => !passed).map(([problem]) => problem);
  if (failed.length > 0)
    throw new SentinelError("UNAVAILABLE", `${driver.name} does not isolate: ${failed.join(", ")}.`);
}
