import { describe, expect, test } from "vitest";
import { createCodeReader } from "./read-code.ts";
import { codeRules } from "./rules/all-rules.ts";

const reader = await createCodeReader();
const read = async (code: string, language: string) => {
  const { matches, isCut } = await reader.read(
    `\`\`\`${language}\n${code}\n\`\`\``,
    undefined,
    new AbortController().signal,
  );
  expect(isCut).toBe(false);
  return matches.map(({ rule }) => rule.id);
};

describe.each(codeRules)("$id", ({ id, language, insecure, secure }) => {
  test("finds its insecure example", async () => {
    expect(await read(insecure, language)).toContain(id);
  });
  test("nothing is found in its secure example", async () => {
    expect(await read(secure, language)).toEqual([]);
  });
});
