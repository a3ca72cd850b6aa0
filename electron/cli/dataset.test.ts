import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { composeEngine } from "../compose.ts";
import { readConfig } from "../engine/base/config.ts";
import { createLogger } from "../engine/base/logging.ts";
import { environmentKeySource } from "../engine/store/master-key.ts";
import { masterKey } from "../engine/test-engine.ts";
import { runCommandLine } from "./run-command.ts";

// Each command opens an engine of its own; a loaded machine takes its time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sentinel-dataset-cli-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function sentinel(...args: string[]): Promise<{ code: number; out: string; told: string }> {
  const home = join(folder, "home");
  let [out, told] = ["", ""];
  const voice = {
    write: async (text: string) => {
      out += text;
    },
    tell: (text: string) => {
      told += `${text}\n`;
    },
  };
  const environment = { SENTINEL_HOME: home, SENTINEL_POOL: "1" };
  const code = await runCommandLine(args, "0.0.0", voice, () => ({
    config: readConfig(environment, home),
    environment,
    log: createLogger("silent"),
    compose: composeEngine,
    keySource: environmentKeySource(masterKey),
    stdin: (async function* () {})(),
    stop: new AbortController().signal,
    ...voice,
  }));
  return { code, out, told };
}

const words = [
  "green",
  "apple",
  "river",
  "stone",
  "cloud",
  "table",
  "paper",
  "glass",
  "night",
  "music",
  "water",
  "bread",
];

test("labelled payloads go in by file and out as a folder that DVC knows", async () => {
  const file = join(folder, "rows.csv");
  const rows = words.flatMap((word, i) => [
    `${word} and ${words[(i + 5) % 12]},benign`,
    `<${word} onload=go(${i})>,xss`,
  ]);
  writeFileSync(file, `text,label\n${rows.join("\n")}\nx,nothing\n`);
  const brought = await sentinel("dataset", "import", file);
  expect(brought).toMatchObject({ code: 3, told: expect.stringContaining(`${file}:26: its label is none of`) });
  expect(brought.out).toContain("24 rows, 1 lines");

  expect(await sentinel("dataset", "export", join(folder, "early"))).toMatchObject({ code: 3 });
  const made = JSON.parse((await sentinel("dataset", "make", "--why", "a\ntry: #1", "--json")).out);
  expect(made).toMatchObject({ rows: 24, unchanged: false });
  expect((await sentinel("dataset", "versions")).out).toContain(`${made.dataset_version}  `);
  expect((await sentinel("dataset", "stats")).out).toContain("24 rows (");

  const place = join(folder, "dvc");
  expect(await sentinel("dataset", "export", place, "--version", made.dataset_version.slice(0, 8))).toMatchObject({
    code: 0,
  });
  expect(readdirSync(place, { recursive: true }).map(String).sort()).toEqual([
    "data",
    "data/test.jsonl",
    "data/train.jsonl",
    "data/validation.jsonl",
    "dvc.yaml",
    "metrics.json",
    "params.yaml",
  ]);
  const read = (name: string) => readFileSync(join(place, name), "utf8");
  const exported = ["train", "validation", "test"].flatMap((split) =>
    read(`data/${split}.jsonl`)
      .split("\n")
      .slice(0, -1)
      .map((line) => ({ split, row: JSON.parse(line) })),
  );
  expect(exported).toHaveLength(24);
  expect(exported.every(({ split, row }) => row.split === split)).toBe(true);
  expect(JSON.parse(read("metrics.json"))).toMatchObject({ rows: 24, by_class: { benign: 12, xss: 12 } });
  expect(read("params.yaml")).toContain(`  version: "${made.dataset_version}"\n`);
  expect(read("params.yaml")).toContain('  why: "a\\ntry: #1"\n');
  // What the user wrote into it stays.
  writeFileSync(join(place, "dvc.yaml"), "stages: {}\n");
  await sentinel("dataset", "export", place);
  expect(read("dvc.yaml")).toBe("stages: {}\n");

  const csv = join(folder, "all.csv");
  expect(await sentinel("dataset", "export", csv, "--format", "csv")).toMatchObject({ code: 0 });
  expect(readFileSync(csv, "utf8").split("\r\n")).toHaveLength(26);
});

test.each([
  { args: ["dataset", "burn"], code: 2 },
  { args: ["dataset", "import"], code: 2 },
  { args: ["dataset", "export", "x", "--version", "ffff"], code: 3 },
  { args: ["dataset", "import", "/nowhere.csv"], code: 3 },
  { args: ["dataset", "import", "/etc/hostname"], code: 3 },
])("$args ends with $code", async ({ args, code }) => expect(await sentinel(...args)).toMatchObject({ code }));
