import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { DriverWishes } from "./channel.ts";
import { defaultLimits } from "./driver.ts";
import { reapGroups } from "./group-notes.ts";
import { childChannel } from "./process-channel.ts";
import { pidsOfTree } from "./process-tree.ts";
import type { SandboxSpec } from "./spec.ts";
import { connectSupervisor, type SupervisorClient } from "./supervisor-client.ts";

const startTries = 3_000;
const startEveryMs = 20;

/** A real supervisor with files of its own, beside a test. */
export interface TestSupervisor {
  readonly pid: number;
  readonly client: SupervisorClient;
  /** Every process of the sandboxes that its register names. */
  registered(): number[];
  /** SIGKILL. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

/** @param entry the program that it is @param atMost how many sandboxes live at once */
export async function startSupervisor(
  wishes: DriverWishes,
  atMost: number,
  entry = join(import.meta.dirname, "../../supervisor.ts"),
): Promise<TestSupervisor> {
  const directory = mkdtempSync(join(tmpdir(), "sentinel-supervisor-"));
  const child = fork(entry, [], { env: {}, stdio: ["ignore", "ignore", "inherit", "ipc"], serialization: "advanced" });
  const gone = once(child, "exit");
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await gone;
  };
  const close = async (): Promise<void> => {
    await kill();
    for (let tries = 0; tries < 50 && reapGroups(directory) > 0; tries += 1) await setTimeout(20);
    rmSync(directory, { recursive: true, force: true });
  };
  const connecting = connectSupervisor(childChannel(child), directory, "token", atMost, directory, wishes);
  const client = await connecting.catch(async (error: unknown) => {
    await close();
    throw error;
  });
  for (let tries = 0; client.status().status !== "healthy"; tries += 1) {
    if (tries === startTries) {
      await close();
      throw new Error(`No sandboxes: ${client.status().detail}`);
    }
    await setTimeout(startEveryMs);
  }
  return {
    pid: child.pid!,
    client,
    registered: () =>
      readdirSync(join(directory, "sandboxes")).flatMap((name) => pidsOfTree(Number.parseInt(name, 10))),
    kill,
    close,
  };
}

/** Starts a sandbox of some processes that never end by themselves; settles once they run. */
export async function fillSandbox(
  client: SupervisorClient,
  processes: number,
  given: Partial<SandboxSpec> = {},
): Promise<void> {
  const up = Promise.withResolvers<void>();
  const script = `for i in $(seq ${processes}); do sleep 600 & done; echo; wait`;
  const command = ["/usr/bin/sh", "-c", script] as const;
  const spec: SandboxSpec = { label: "test", command, mounts: [], input: null, limits: defaultLimits, ...given };
  client.run(spec, { onOutput: () => up.resolve() }).then(() => up.resolve(), up.reject);
  await up.promise;
}
