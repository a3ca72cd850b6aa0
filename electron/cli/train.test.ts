import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { generateRows } from "../engine/learn/fixture-rows.ts";
import { runWithEngine } from "./fixture-run-command.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "sentinel-train-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const run = (...args: string[]) => runWithEngine(home, ["train", ...args]);

function write(name: string, lines: readonly string[]): string {
  const path = join(home, name);
  writeFileSync(path, lines.join("\n"));
  return path;
}
const lines = generateRows("cli", 240).map(({ text, label, split }) => JSON.stringify({ text, label, split }));

test("a file of labelled rows becomes a registered model; bad lines are told of", async () => {
  const { code, out, told } = await run("--file", write("rows.jsonl", ["{broken", ...lines]), "--json");
  expect(told).toContain("rows.jsonl, line 1: not JSON");
  const { metadata, evaluation, left_out } = JSON.parse(out);
  expect(metadata).toMatchObject({ origin: "trained", kind: "built-in", created_by: "command line" });
  expect(evaluation.gates).toHaveLength(9);
  expect(left_out).toEqual([]);
  expect(code).toBe(0);
}, 120_000);

test.each([
  {
    why: "one side only",
    args: () => [
      "--file",
      write(
        "one.jsonl",
        lines.filter((line) => line.includes('"benign"')),
      ),
    ],
    code: 3,
    says: "at least 5 ordinary values and 5 attacks",
  },
  {
    why: "no row",
    args: () => ["--file", write("none.jsonl", ["x"])],
    code: 3,
    says: "no row that can be read (line 1: not JSON)",
  },
  { why: "no file", args: () => ["--file", join(home, "nowhere")], code: 3, says: "nowhere: There is no such file." },
  { why: "both sources", args: () => ["--file", "a", "--dataset", "b"], code: 2, says: "not both" },
  { why: "no dataset", args: () => [], code: 3, says: "There is no dataset version yet" },
])(
  "$why: exit code $code",
  async ({ args, code, says }) => {
    const got = await run(...args());
    expect(got.told).toContain(says);
    expect(got.code).toBe(code);
  },
  60_000,
);
