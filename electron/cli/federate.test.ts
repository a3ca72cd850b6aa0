import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { generateRows } from "../engine/learn/fixture-rows.ts";
import { runWithEngine } from "./fixture-run-command.ts";

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

let home: string;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "sentinel-federate-"));
  const rows = join(home, "rows.jsonl");
  writeFileSync(
    rows,
    generateRows("cli", 120)
      .map(({ text, label }) => JSON.stringify({ text, label }))
      .join("\n"),
  );
  expect((await run("dataset", "import", rows)).code).toBe(0);
  expect((await run("dataset", "make")).code).toBe(0);
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

const run = (...args: string[]) => runWithEngine(home, args);

test("an update is made, told of, written again for nothing, and not taken in by the engine that made it", async () => {
  const file = join(home, "one.update");
  const made = await run("federate", "export", file, "--epsilon", "3", "--json");
  expect(made.told).toBe("");
  const { id, bytes, budget } = JSON.parse(made.out);
  expect(readFileSync(file)).toHaveLength(bytes);
  expect(budget.spent).toBeGreaterThan(2.9);
  const status = await run("federate", "status");
  expect(status.out).toMatch(/Privacy budget: ε [23][.\d]* of 8 spent/);
  expect(status.out).toContain(id.slice(0, 12));
  const again = join(home, "again.update");
  expect((await run("federate", "export", again, "--update", id.slice(0, 8))).code).toBe(0);
  expect(readFileSync(again)).toEqual(readFileSync(file));
  const own = await run("federate", "import", file, join(home, "nowhere"));
  expect(own.code).toBe(3);
  expect(own.told).toContain("this engine made it");
  expect(own.told).toContain("nowhere: There is no such file.");
  const alone = await run("federate", "combine");
  expect(alone.code).toBe(3);
  expect(alone.told).toContain("at least 3 engines");
});

test.each([
  { why: "no ε", args: ["export", "f"], code: 2, says: "Give --epsilon" },
  {
    why: "a large ε",
    args: ["export", "f", "--epsilon", "7.9"],
    code: 3,
    says: "does not fit into the privacy budget",
  },
  { why: "an unknown update", args: ["export", "f", "--update", "ffff"], code: 3, says: "There is no update ffff" },
  { why: "no action", args: ["share"], code: 2, says: 'federate has no action "share"' },
])("$why: exit code $code, and no file", async ({ args, code, says }) => {
  const got = await run("federate", ...args);
  expect(got.told).toContain(says);
  expect(got.code).toBe(code);
  expect(existsSync("f")).toBe(false);
});
