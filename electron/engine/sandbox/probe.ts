import type { SandboxCheck } from "../../../shared/sandbox.ts";
import { defaultLimits, type SandboxDriver } from "./driver.ts";

/**
 * Starts one sandbox, in which the gate tries what must not be possible, as it does before every run.
 * @returns what was tried
 * @throws SentinelError UNAVAILABLE when it does not come up, or naming what is not isolated
 */
export async function probeIsolation(driver: SandboxDriver): Promise<readonly SandboxCheck[]> {
  const sandbox = await driver.start({
    label: "Probe of the isolation",
    command: ["/usr/bin/true"],
    mounts: [],
    input: null,
    limits: { ...defaultLimits, wallMs: 5_000 },
  });
  await sandbox.ended;
  return sandbox.isolation;
}
