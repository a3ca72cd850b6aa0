import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { onnxModel, writeOnnxFolder } from "../../../detect/classifier/fixtures/onnx-folder.ts";
import { holdersOfAnswer } from "../holders.ts";
import { bucketCount } from "../injection/injection-features.ts";
import { readInjectionModel, writeInjectionModel } from "../injection/injection-model.ts";
import { createInjectionScanner } from "../injection/injection-scanner.ts";
import { openPromptGuard, type PromptGuard } from "./prompt-guard.ts";

const home = mkdtempSync(join(tmpdir(), "sentinel-guard-"));
const entry = new URL("../../../../workers/prompt-guard.ts", import.meta.url);
const never = new AbortController().signal;
let opened: PromptGuard[] = [];
let folders = 0;

/** A small model of the shape of Prompt Guard's: `select` and the like speak for an attack, `hello` and `world` against it. */
function folderWith(labels = ["BENIGN", "MALICIOUS"]): string {
  const folder = join(home, String(folders++));
  writeOnnxFolder(folder);
  const words = Array.from({ length: 7 }, () => [0, 4]);
  // [PAD], [UNK], [CLS], [SEP], the words, hello and world, "##ed".
  const table = [[0, 0], [0, 0], [2, 0], [0, 0], ...words, [4, 0], [4, 0], [0, 0]];
  writeFileSync(join(folder, "model.onnx"), onnxModel(table));
  const config = {
    id2label: Object.fromEntries(labels.map((label, i) => [i, label])),
    max_position_embeddings: 16,
    pad_token_id: 0,
  };
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  return folder;
}

function open(folder: string): PromptGuard {
  const guard = openPromptGuard({ folder, entry });
  opened.push(guard);
  return guard;
}

afterEach(async () => {
  for (const guard of opened) await guard.close();
  opened = [];
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

describe("a Prompt Guard model", () => {
  test("tells attacks from honest text", async () => {
    const guard = open(folderWith());
    expect(await guard.classify("hello world", never)).toEqual([]);
    const [found] = await guard.classify("union select", never);
    expect(found).toMatchObject({ rule: "prompt_guard", start: 0, end: 12 });
    expect(found!.score).toBeGreaterThan(0.9);
  });

  test("says on what it computes, once it does, and why it does not", async () => {
    const guard = open(folderWith());
    expect(guard.health()).toMatchObject({
      status: "healthy",
      detail: expect.stringMatching(/^Nothing was judged yet/),
    });
    await guard.classify("hello world", never);
    expect(guard.health()).toMatchObject({
      status: "healthy",
      detail: expect.stringMatching(/^Computes on (?:cpu|cuda|coreml|dml)/),
    });
    const broken = open(join(home, "nowhere"));
    await expect(broken.classify("hello", never)).rejects.toThrow();
    expect(broken.health()).toMatchObject({
      status: "degraded",
      detail: expect.stringContaining("SENTINEL_PROMPT_GUARD"),
    });
  });

  test("reads a long text to its end", async () => {
    const guard = open(folderWith(["LABEL_0", "LABEL_1"]));
    const filler = "hello ".repeat(4000);
    expect(await guard.classify(filler, never)).toEqual([]);
    const text = `${filler}union select script alert cat passwd entity union select`;
    const found = await guard.classify(text, never);
    expect(found).not.toEqual([]);
    expect(found.at(-1)!.end).toBe(text.length);
    expect(found.at(0)!.start).toBeGreaterThan(text.length - 200);
  });

  test("what stands where two windows meet is seen whole", async () => {
    const guard = open(folderWith());
    for (let before = 8; before <= 16; before++) {
      const found = await guard.classify(
        `${"hello ".repeat(before)}union select union select union select ${"x ".repeat(10)}`,
        never,
      );
      expect(found.length, `${before} words before`).toBeGreaterThan(0);
    }
  });

  test.each([
    { why: "no folder", folder: join(home, "nowhere"), says: /SENTINEL_PROMPT_GUARD: .*nowhere is no folder/ },
    { why: "no benign label", folder: folderWith(["A", "B"]), says: /names no benign label/ },
  ])("throws, naming the setting and the file: $why", async ({ folder, says }) => {
    await expect(open(folder).classify("hello", never)).rejects.toThrow(says);
  });

  test("a caller that gives up is answered at once, and the next one as well", async () => {
    const guard = open(folderWith());
    await guard.classify("hello", never);
    const controller = new AbortController();
    const asking = guard.classify("hello ".repeat(30_000), controller.signal);
    setImmediate(() => controller.abort(new Error("enough")));
    await expect(asking).rejects.toThrow("enough");
    expect(await guard.classify("union", never)).toHaveLength(1);
  });
});

test("the scanner of injections blocks where the model does not load", async () => {
  const header = { scale: 1, bias: -9, threshold: 0, hidden_threshold: 0 };
  const model = readInjectionModel(writeInjectionModel(header, new Int8Array(bucketCount)));
  const scanner = createInjectionScanner({ model, classifier: open(join(home, "nowhere")) });
  const outcome = await scanner.scan({ text: "hello", kind: "input" }, never);
  expect(outcome).toMatchObject({ flagged: true, findings: [{ rule: "scanner_prompt_guard_unavailable" }] });
  // Of a worker's answer, too, where what it finds holds nothing back.
  expect(holdersOfAnswer({ flagged: true, results: { injection: outcome } })).toEqual(["injection"]);
  const whole = createInjectionScanner({ model, classifier: open(folderWith()) });
  expect(await whole.scan({ text: "hello", kind: "input" }, never)).toEqual({ flagged: false, findings: [] });
  expect((await whole.scan({ text: "union", kind: "input" }, never)).flagged).toBe(true);
});
