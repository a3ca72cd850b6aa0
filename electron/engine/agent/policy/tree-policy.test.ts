import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { probeLag } from "../../base/fixture-lag.ts";
import { absentSupervisor } from "../../sandbox/supervisor-client.ts";
import { createShell } from "../tools/shell-tool.ts";
import type { PathRoots } from "./path-policy.ts";
import { refuseTree } from "./tree-policy.ts";

const files = 10_000;
/** What is aimed at is 10; a machine that is busy, or counts in ticks, gets room. All at once, each took from 350 to 5,500. */
const mostMs = 60;
const never = new AbortController().signal;
let base: string;
let roots: PathRoots;

beforeAll(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), "sentinel-tree-")));
  roots = { workspace: join(base, "ws"), policies: join(base, "policies") };
  for (const folder of ["ws/flat", "scratch", "policies"]) mkdirSync(join(base, folder), { recursive: true });
  for (let i = 0; i < files; i++) writeFileSync(join(base, "ws/flat", `note-${i}.txt`), "");
});
afterAll(() => rmSync(base, { recursive: true }));

const refuse = (signal: AbortSignal) => refuseTree(join(roots.workspace, "flat"), "read", roots, true, signal);

test("looking at 10,000 files leaves others their turn", async () => {
  const lag = await probeLag(async () => expect(await refuse(never)).toBeNull());
  console.info(
    `The path policy over ${files} files: at most ${lag.longestMs.toFixed(1)} of ${lag.totalMs.toFixed(0)} ms in one go.`,
  );
  expect(lag.longestMs).toBeLessThan(mostMs);
  expect(lag.totalMs).toBeGreaterThan(mostMs);
});

test("it is given up when nobody waits any more", async () => {
  const abort = new AbortController();
  setImmediate(() => abort.abort(new Error("Enough.")));
  await expect(refuse(abort.signal)).rejects.toThrow("Enough.");
});

test("what is never touched is found among 10,000 files", async () => {
  const path = join(base, "ws/flat/.env");
  writeFileSync(path, "");
  expect(await refuse(never)).toMatchObject({ rule: "**/.env" });
  rmSync(path);
});

test.skipIf(process.platform !== "linux")(
  "10,000 files are copied for a command, and removed again, in turns",
  async () => {
    const exit = { code: 0, signal: null, reason: "exit", detail: "" } as never;
    const supervisor = { ...absentSupervisor("healthy", ""), scratch: join(base, "scratch"), run: async () => exit };
    const run = createShell({ supervisor, roots });
    const lag = await probeLag(async () => expect((await run("find flat -name x", never)).exit_code).toBe(0));
    console.info(
      `find over ${files} files, around the sandbox: at most ${lag.longestMs.toFixed(1)} of ${lag.totalMs.toFixed(0)} ms in one go.`,
    );
    expect(lag.longestMs).toBeLessThan(mostMs);
  },
);
