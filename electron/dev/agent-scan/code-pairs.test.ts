import { expect, test } from "vitest";
import { createCodeScanner } from "../../engine/agent/scan/code/code-scanner.ts";
import { createCodeReader } from "../../engine/agent/scan/code/read-code.ts";
import { judgePairs, loadCodePairs } from "./code-pairs.ts";
import { judgeEchoes, loadEchoCases } from "./echo-cases.ts";

test("of the code pairs that were kept aside 90 % are judged right", async () => {
  const kept = loadCodePairs().filter(({ isKept }) => isKept);
  const judged = await judgePairs(kept, createCodeScanner(await createCodeReader()), "fence");
  expect(judged.filter(({ isRight }) => isRight).length / kept.length).toBeGreaterThanOrEqual(0.9);
});

test("of the echo cases that were kept aside 97 % are judged right", async () => {
  const kept = loadEchoCases(true);
  expect(1 - (await judgeEchoes(kept)).length / kept.length).toBeGreaterThanOrEqual(0.97);
});
