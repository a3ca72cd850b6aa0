import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { deserialize } from "node:v8";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sha256 } from "../../base/ids.ts";
import { type SavedProgress, writeProgress } from "./training-progress.ts";

const script = join(import.meta.dirname, "fixture-training-process.ts");
const shipped = join(import.meta.dirname, "../../../../resources/model/payload.bin");
const shippedHash = sha256(readFileSync(shipped));

let folder: string;
let children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sentinel-killed-"));
});
afterEach(() => {
  for (const child of children) child.kill("SIGKILL");
  children = [];
  rmSync(folder, { recursive: true });
});

/** Trains in another process. @param epochs after so many it is killed. @returns what it said */
async function train(progressPath: string, epochs = Number.POSITIVE_INFINITY, hash = shippedHash): Promise<string[]> {
  const child = spawn(process.execPath, [script, progressPath, shipped, hash], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  const exited = once(child, "exit");
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line);
    if (said.length === epochs) child.kill("SIGKILL");
  }
  await exited;
  return said;
}

/** Notes another loss for the first epoch of a state, which nothing that is trained from it depends on. */
function markState(path: string, loss: number): void {
  const { curve, ...rest } = deserialize(readFileSync(path).subarray(64)) as SavedProgress;
  const [first, ...others] = curve;
  writeFileSync(path, writeProgress({ ...rest, curve: [{ ...first!, loss }, ...others] }));
}

test("a training that is killed, and killed again, goes on, tells every epoch, and ends in the same bytes", async () => {
  const undisturbed = await train(join(folder, "undisturbed.state"));
  const model = undisturbed.at(-1)!;
  expect(model).toMatch(/^model [0-9a-f]{64}$/);
  const state = join(folder, "killed.state");
  const first = await train(state, 4);
  expect(first.join()).not.toContain("model");
  const second = await train(state, first.length + 3);
  expect(second.join()).not.toContain("model");
  markState(state, 0.125);
  const third = await train(state);
  expect(third.at(-1)).toBe(model);
  // It did not begin anew, and who looks on hears of what was before.
  expect(third[0]).toMatch(/^epoch 1 of \d+: 0\.125$/);
  expect(third.slice(1)).toEqual(undisturbed.slice(1));
  // What the kill left half-written is no state.
  expect(readdirSync(folder).filter((name) => name.endsWith(".state"))).toHaveLength(2);
}, 240_000);

test("a state that is damaged is not gone on from, and ends in the same bytes", async () => {
  const state = join(folder, "damaged.state");
  const first = await train(state, 5);
  expect(first.length).toBeGreaterThanOrEqual(5);
  const bytes = readFileSync(state);
  bytes[Math.floor(bytes.length / 2)]! ^= 1;
  writeFileSync(state, bytes);
  const again = await train(state);
  expect(again[0]).toMatch(/^epoch 1 of/);
  expect(again.at(-1)).toBe((await train(join(folder, "other.state"))).at(-1));
}, 240_000);

test("a training does not go on from a file that is another one than is written down as its parent", async () => {
  expect(await train(join(folder, "x.state"), 99, "0".repeat(64))).toEqual([
    expect.stringMatching(/^failed The model file .* is not the one that the training goes on from/),
  ]);
}, 60_000);
