import { expect, test } from "vitest";
import { blobKinds, createBlobScanner } from "./blobs.ts";

const scanner = createBlobScanner();
const never = new AbortController().signal;
const rulesOf = async (text: string) =>
  (await scanner.scan({ text, kind: "input" }, never)).findings.map(({ rule }) => rule);

test.each(blobKinds)("$rule", async ({ rule, fires, passes }) => {
  expect(await rulesOf(`See this: ${fires} and go on.`)).toContain(rule);
  for (const text of passes) expect(await rulesOf(`See this: ${text} and go on.`)).not.toContain(rule);
});

test("Base64 in lines, as mail carries it", async () => {
  const line = "Zk3Qp9Lx7Bv2Rt5Yw8Hc1Nd4Mf6Sg0JaZk3Qp9Lx7Bv2Rt5Yw8Hc1Nd4Mf6Sg0JaZk3Qp9Lx7Bv2";
  expect(await rulesOf(`Hi,\n${`${line}\n`.repeat(5)}bye`)).toContain("long_base64");
});

test("prose, code and logs have none", async () => {
  const text =
    '10.0.0.1 - - [22/Nov/2026:10:00:00 +0000] "GET /static/js/app.9f86d081.js HTTP/1.1" 200 5123\n' +
    "const numbers = [1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144];\nLorem ipsum dolor sit amet.";
  expect(await rulesOf(text.repeat(50))).toEqual([]);
});
