import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import { openOnnxClassifier } from "../engine/detect/classifier/onnx-classifier.ts";
import { fittedIn, readFittedList } from "../engine/learn/fitted-rows.ts";
import { generateRows } from "../engine/learn/fixture-rows.ts";

const root = join(import.meta.dirname, "../..");
const script = join(root, "resources/transformer/finetune.py");
const python = process.env.SENTINEL_TEST_PYTHON ?? "python3";
const folder = mkdtempSync(join(tmpdir(), "sentinel-transformer-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const patienceMs = 600_000;

test(
  "a toy transformer is fine-tuned, exported, and read",
  async (context) => {
    const packages = spawnSync(python, ["-c", "import torch, transformers, onnx, onnxscript"]);
    if (packages.status !== 0) {
      context.skip(
        `${python} has not torch, transformers, onnx and onnxscript; SENTINEL_TEST_PYTHON names another one`,
      );
    }
    const rows = join(folder, "rows.jsonl");
    const lines = generateRows("toy", 240).map(({ text, label, split }) => JSON.stringify({ text, label, split }));
    writeFileSync(rows, ["{bad", ...lines].join("\n"));
    const out = join(folder, "model");
    const options = ["--toy", "--epochs", "2", "--rate", "3e-3", "--tokens", "48", "--out", out];
    const run = spawnSync(python, [script, rows, ...options], { encoding: "utf8", timeout: patienceMs });
    expect(run.stderr).toContain("rows.jsonl, line 1:");
    expect(run.status, run.stderr).toBe(0);
    const told = run.stdout.split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line)] : []));
    expect(told.filter(({ epoch }) => epoch !== undefined)).toHaveLength(2);
    const fitted = fittedIn(readFittedList(readFileSync(join(out, "fitted.txt"), "utf8")));
    const isFitted = ({ text }: { text: string }) => fitted({ text, group: "" });
    const given = generateRows("toy", 240);
    expect(given.filter(isFitted)).toEqual(given.filter(({ split }) => split !== "test"));
    const entry = pathToFileURL(join(root, "electron/workers/onnx.ts"));
    const model = await openOnnxClassifier({ entry, folder: out, deadlineMs: 60_000 });
    try {
      const { probabilities } = await model.classifyLater("' UNION SELECT a FROM b--");
      expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5);
      // Any length of text, also beyond what one run takes.
      expect((await model.classifyLater("an ordinary sentence. ".repeat(60))).probabilities).toHaveLength(7);
    } finally {
      await model.close();
    }
  },
  patienceMs,
);
