import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { call } from "./agent/flow/fixture-run.ts";
import { hasBubblewrap, openSupervisor } from "./agent/tools/fixture-workspace.ts";
import type { SupervisorClient } from "./sandbox/supervisor-client.ts";
import { analyst, openTestEngine, pullDoor, type TestEngine } from "./test-engine.ts";

const patience = 120_000;
if (!hasBubblewrap) console.warn("SKIPPED: commands of tasks: bubblewrap is not installed");

let workspace: string;
let supervisor: SupervisorClient;
let close: () => Promise<void>;
let opened: TestEngine | undefined;

beforeAll(async () => {
  if (hasBubblewrap) ({ supervisor, close } = await openSupervisor());
}, patience);
afterAll(async () => await close?.(), patience);
beforeEach(() => {
  workspace = realpathSync(mkdtempSync(join(tmpdir(), "sentinel-workspace-")));
  writeFileSync(join(workspace, "a.txt"), "one\n");
});
afterEach(async () => {
  await opened?.close();
  opened = undefined;
  rmSync(workspace, { recursive: true });
});

async function runCommand(command: string, level: string, withSandboxes = true, run = supervisor?.run) {
  opened = await openTestEngine({
    ...(withSandboxes ? { supervisor: { ...supervisor, run, close: () => undefined } } : {}),
    environment: { SENTINEL_WORKSPACE: workspace, SENTINEL_TRUST_LEVEL: level },
  });
  const plan = { summary: "It is done.", steps: [call("run", "shell.run", { command })] };
  return await opened.engine.assistant.runPlan({ plan }, analyst);
}

test.skipIf(!hasBubblewrap)(
  "a command of a task changes the workspace at level 4",
  async () => {
    expect(await runCommand("cp a.txt b.txt", "4")).toMatchObject({
      status: "completed",
      steps: [{ status: "completed", trust_level: "untrusted", source: "file" }],
    });
    expect(readFileSync(join(workspace, "b.txt"), "utf8")).toBe("one\n");
  },
  patience,
);

test.skipIf(!hasBubblewrap)(
  "a command that runs is ended by a panic past the engine, and its task with it",
  async () => {
    const running = runCommand("true", "4", true, (spec, options) =>
      supervisor.run({ ...spec, command: ["/usr/bin/sleep", "600"] }, options),
    );
    const live = async () => (await supervisor.look()).live.map(({ label }) => label);
    await expect.poll(live, { timeout: 30_000 }).toContain("A command of the agent");
    await pullDoor(supervisor.door!.socket);
    // By the engine, which hears of it, or by the command that ended, whichever is sooner.
    expect(await running).toMatchObject({
      status: "cancelled",
      reason: expect.stringMatching(/^Panic( was pulled)?\.$/),
    });
    expect(await live()).not.toContain("A command of the agent");
  },
  patience,
);

test(
  "below it, no command runs",
  async () => {
    expect(await runCommand("rm a.txt", "3", hasBubblewrap)).toMatchObject({ status: "denied" });
    expect(readFileSync(join(workspace, "a.txt"), "utf8")).toBe("one\n");
  },
  patience,
);

test(
  "where nothing can be sandboxed, none does either, and it says so",
  async () => {
    expect(await runCommand("rm a.txt", "4", false)).toMatchObject({
      status: "failed",
      reason: expect.stringContaining("nothing can be sandboxed here"),
    });
    expect(readFileSync(join(workspace, "a.txt"), "utf8")).toBe("one\n");
  },
  patience,
);
