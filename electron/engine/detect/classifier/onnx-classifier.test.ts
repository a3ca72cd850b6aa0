import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { SentinelError } from "../../../../shared/errors.ts";
import { workerFile } from "../../base/fixture-threads.ts";
import { createServing } from "../serving/serving.ts";
import { checkValue, hardValues } from "./classifier-conformance.ts";
import { unknownToModel, writeBytePairs, writeOnnxFolder } from "./fixtures/onnx-folder.ts";
import { type OnnxClassifier, type OnnxOptions, openOnnxClassifier } from "./onnx-classifier.ts";
import { readOnnxFolder } from "./onnx-folder.ts";
import { readLabels } from "./onnx-labels.ts";
import { createRuleClassifier } from "./rules.ts";

const home = mkdtempSync(join(tmpdir(), "sentinel-onnx-"));
const entry = workerFile("onnx");
const troubled = new URL("fixtures/troubled-onnx.ts", import.meta.url);
let opened: OnnxClassifier[] = [];

async function open(options: OnnxOptions): Promise<OnnxClassifier> {
  const classifier = await openOnnxClassifier(options);
  opened.push(classifier);
  return classifier;
}

let folders = 0;
function folderWith(options?: Parameters<typeof writeOnnxFolder>[1]): string {
  const folder = join(home, String(folders++));
  writeOnnxFolder(folder, options);
  return folder;
}

async function close(): Promise<void> {
  for (const classifier of opened) await classifier.close();
  opened = [];
}

afterAll(() => rmSync(home, { recursive: true, force: true }));

describe("a model of a folder", () => {
  let model: OnnxClassifier;
  beforeAll(async () => {
    model = await openOnnxClassifier({ entry, folder: folderWith(), deadlineMs: 20_000 });
  });
  afterAll(() => model.close());

  test.each([
    { text: "hello world", class: "benign" },
    { text: "1' UNION SELECT 1", class: "sql_injection" },
    { text: "1%27%20union%20select%201", class: "sql_injection" },
    { text: "<script>alert(1)</script>", class: "xss" },
    { text: "../../etc/passwd", class: "path_traversal" },
    { text: "", class: "benign" },
  ])("says $class of $text, blocking or not", async ({ text, class: name }) => {
    const output = model.score(text);
    expect(output).toMatchObject({ class: name, tier: "model", cut: false });
    expect(await model.classifyLater(text)).toEqual(output);
    expect(output.set[0]).toBeDefined();
  });

  test("its probabilities are the softmax of its outputs without csrf's", () => {
    const { probabilities } = model.score("union");
    // Begin: 2 for benign; union: 4 for sql_injection; four classes at 0.
    const total = Math.exp(4) + Math.exp(2) + 4;
    expect(probabilities[0]).toBeCloseTo(Math.exp(4) / total, 12);
    expect(probabilities[6]).toBeCloseTo(Math.exp(2) / total, 12);
    expect(probabilities[5]).toBe(0);
  });

  test.each(hardValues)("keeps what a payload classifier promises: $why", (value) => {
    expect(checkValue(model, value)).toEqual([]);
  });

  test("a long text is judged in parts, the worst decides, and what was left out is said", () => {
    const prose = "lorem ipsum ".repeat(12);
    expect(model.score(`${prose} union select ${prose}`)).toMatchObject({ class: "sql_injection", cut: false });
    expect(model.score(`${prose.repeat(40)} union select`)).toMatchObject({ class: "sql_injection", cut: true });
  });

  test("many at once are answered in their order", async () => {
    const outputs = await Promise.all(["hello", "union", "script", "hello"].map((text) => model.classifyLater(text)));
    expect(outputs.map((output) => output.class)).toEqual(["benign", "sql_injection", "xss", "benign"]);
  });

  test("a run that fails is that call's failure alone, and does not quote the text", async () => {
    const failing = model.classifyLater(`${unknownToModel} hunter2`);
    await expect(failing).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await expect(failing).rejects.toThrow(/^The payload model failed \(\w+\)\.$/);
    expect(() => model.score(unknownToModel)).toThrow(SentinelError);
    expect(model.score("union")).toMatchObject({ class: "sql_injection" });
  });

  test("the same folder has the same hash, another one another; what computes is said", async () => {
    expect((await readOnnxFolder(folderWith())).hash).toBe(model.hash);
    expect((await readOnnxFolder(folderWith({ maxTokens: 32 }))).hash).not.toBe(model.hash);
    expect(model.provider).toBe("cpu");
  });
});

describe("other folders", () => {
  afterEach(close);

  test("a model of a fixed length is padded to it", async () => {
    const model = await open({ entry, folder: folderWith({ tokens: 16 }), deadlineMs: 20_000 });
    expect(model.score("union select")).toMatchObject({ class: "sql_injection" });
    expect(model.score("hello ".repeat(60))).toMatchObject({ class: "benign", cut: true });
  });

  test("byte pairs", async () => {
    const folder = folderWith();
    writeBytePairs(folder);
    const model = await open({ entry, folder, deadlineMs: 20_000 });
    expect(model.score("1' select")).toMatchObject({ class: "sql_injection" });
    expect(model.score("select")).toMatchObject({ class: "sql_injection" });
    expect(model.score("selects")).toMatchObject({ class: "sql_injection" });
    expect(model.score("elects")).toMatchObject({ class: "benign" });
  });

  test.each([
    { why: "no folder", spoil: null, says: /nowhere is no folder; give one with model\.onnx/ },
    { inThread: true, why: "no model", spoil: { "model.onnx": null }, says: /model\.onnx is missing; put/ },
    { why: "no tokenizer", spoil: { "tokenizer.json": null }, says: /tokenizer\.json is missing; put/ },
    { why: "no configuration", spoil: { "config.json": null }, says: /config\.json is missing; put/ },
    {
      inThread: true,
      why: "another file as model",
      spoil: { "model.onnx": "<html>" },
      says: /model\.onnx cannot be loaded \(.*\); export/,
    },
    { why: "no JSON", spoil: { "config.json": "{" }, says: /config\.json is no JSON; export/ },
    { why: "no labels", spoil: { "config.json": "{}" }, says: /config\.json is not as expected at id2label; export/ },
    {
      why: "labels without names",
      spoil: labelled("LABEL_0", "LABEL_1"),
      says: /id2label names "LABEL_0", which is no/,
    },
    { why: "no benign label", spoil: labelled("xss", "sqli"), says: /id2label names no benign class/ },
    { why: "no attack", spoil: labelled("benign", "csrf"), says: /id2label names no attack class/ },
    {
      inThread: true,
      why: "too few labels",
      spoil: labelled("benign", "xss"),
      says: /does not fit tokenizer\.json or config\.json/,
    },
    { why: "no tokenizer in it", spoil: { "tokenizer.json": "[1]" }, says: /tokenizer\.json is no tokenizer; save/ },
    {
      inThread: true,
      why: "an unknown tokenizer",
      spoil: { "tokenizer.json": '{"model":{"type":"Magic"}}' },
      says: /tokenizer\.json cannot be used \(.*\); save/,
    },
  ])("refused, naming the file and what to do: $why", async ({ spoil, says, inThread }) => {
    const folder = spoil === null ? join(home, "nowhere") : folderWith();
    for (const [name, content] of Object.entries(spoil ?? {})) {
      if (content === null) rmSync(join(folder, name));
      else writeFileSync(join(folder, name), content);
    }
    const failing = inThread ? openOnnxClassifier({ entry, folder }) : readOnnxFolder(folder);
    await expect(failing).rejects.toThrow(says);
    await expect(failing).rejects.toMatchObject({ code: "SETTING_INVALID" });
  });

  test("a folder that is not the one that was chosen is not used", async () => {
    await expect(openOnnxClassifier({ entry, folder: folderWith(), hash: "f".repeat(64) })).rejects.toThrow(
      "is not the one that was chosen",
    );
  });
});

function labelled(...names: string[]): Record<string, string | null> {
  return { "config.json": JSON.stringify({ id2label: Object.fromEntries(names.map((name, i) => [i, name])) }) };
}

test("labels are read as people write them", () => {
  expect(readLabels(["Normal", "SQL-Injection", "Cross Site Scripting", "csrf"])).toEqual(Int32Array.of(0, 1, 4, -1));
});

describe("a model in trouble", () => {
  // The product's own: on a busy machine even a healthy thread takes its time.
  const deadlineMs = 1000;
  const rules = createRuleClassifier();
  afterEach(close);

  test.each(["hang", "throw", "exit", "fail"])(
    "%s: the rules answer within the deadline, and it recovers",
    async (how) => {
      const model = await open({ entry: troubled, folder: home, deadlineMs });
      const serving = createServing({ champion: model, rules, breaker: { pauseMs: 50, longestPauseMs: 50 } });
      expect(await serving.classifyLater("hello")).toMatchObject({ tier: "model" });
      const from = performance.now();
      for (let i = 0; i < 6; i++) {
        expect(await serving.classifyLater(`${how} ${i}; cat /etc/passwd`)).toMatchObject({
          tier: "rule",
          degraded: true,
        });
      }
      // The first hang costs the deadline; while the thread starts again nobody waits for it.
      expect(performance.now() - from).toBeLessThan(deadlineMs * 5);
      expect(serving.status().breaker.state).toBe("open");
      await expect
        .poll(async () => (await serving.classifyLater(`fine ${performance.now()}`)).degraded ?? false, {
          timeout: 15_000,
        })
        .toBe(false);
      await expect
        .poll(
          async () => {
            await serving.classifyLater(`fine ${performance.now()}`);
            return serving.status().breaker.state;
          },
          { timeout: 15_000 },
        )
        .toBe("closed");
    },
  );

  test("a caller that blocks waits no longer than the deadline, and is answered again once the thread is back", async () => {
    const model = await open({ entry: troubled, folder: home, deadlineMs });
    const serving = createServing({ champion: model, rules, breaker: { pauseMs: 20, longestPauseMs: 20 } });
    expect(serving.classifier.score("hello")).toMatchObject({ tier: "model" });
    const from = performance.now();
    expect(serving.classifier.score("hang")).toMatchObject({ degraded: true });
    expect(performance.now() - from).toBeGreaterThanOrEqual(deadlineMs - 1);
    expect(performance.now() - from).toBeLessThan(deadlineMs * 5);
    for (let i = 0; i < 5; i++) expect(serving.classifier.score(`x ${i}`)).toMatchObject({ degraded: true });
    for (let i = 0; i < 500 && serving.status().breaker.state !== "closed"; i++) {
      // The thread's end is only heard between tasks.
      await setTimeout(20);
      serving.classifier.score(`fine ${i}`);
    }
    expect(serving.status().breaker.state).toBe("closed");
  });

  test("after its end it answers nobody", async () => {
    const model = await openOnnxClassifier({ entry: troubled, folder: home, deadlineMs });
    const waiting = expect(model.classifyLater("hang")).rejects.toThrow("is closed");
    await model.close();
    await waiting;
    await expect(model.classifyLater("hello")).rejects.toThrow("is closed");
  });
});
