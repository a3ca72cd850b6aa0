import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createBlobScanner } from "./blobs.ts";
import { createCredentialScanner } from "./credentials.ts";
import { readInjectionModel } from "./injection/injection-model.ts";
import { createInjectionScanner } from "./injection/injection-scanner.ts";
import { createLinkScanner } from "./links.ts";
import { createPersonalDataScanner } from "./personal-data.ts";

const file = join(import.meta.dirname, "../../../../resources/model/injection.bin");
const scanners = [
  createInjectionScanner({ model: readInjectionModel(readFileSync(file)) }),
  createCredentialScanner(),
  createPersonalDataScanner(),
  createLinkScanner(),
  createBlobScanner(),
];
const never = new AbortController().signal;

/** Whatever the text: an answer, every finding within the text. */
async function check(text: string): Promise<void> {
  for (const scanner of scanners) {
    const { flagged, findings } = await scanner.scan({ text, kind: "input" }, never);
    expect(flagged).toBe(findings.length > 0);
    for (const { start = 0, end = 0 } of findings) {
      expect(start).toBeLessThanOrEqual(end);
      expect(end).toBeLessThanOrEqual(text.length);
    }
  }
}

test("any text is answered", async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.string({ unit: "binary", maxLength: 2000 }), fc.string({ maxLength: 2000 })), check),
    { numRuns: 60 },
  );
});

/** The torture run takes the longest that is promised. */
const length = process.env.TORTURE === undefined ? 40_000 : 200_000;

// Quadratic work on any of them would take hours: the test's own time limit is what holds them.
test.each([
  "a",
  " ",
  "\n",
  "0",
  "=",
  "@",
  "a@a.",
  "[",
  "](",
  "![",
  "![a](",
  "<img ",
  "<a href=",
  "://a:",
  "eyJ",
  "password",
  "password=",
  "key ",
  "AKIA",
  "sk-",
  "-----BEGIN ",
  "%41",
  "&#65;",
  "\\u0041",
  "4111 ",
  "+1 2",
  "00 ",
  "DE89 ",
  "a.b-",
  "i g ",
  "- ",
  ". ",
  "01",
  "65, ",
  "41 ",
  "\u200b",
  "\ufe01",
  "\u{e0041}",
  "е",
  "ig\u0335",
  "ignore ",
  "you are now ",
  "忽略",
  "تجاهل ",
  "\ud800",
  "do not tell ",
  "reveal the ",
  "system: ",
  "token",
  "data:",
  "url(",
])(
  `${length} characters of %j are answered`,
  async (unit) => {
    await check(unit.repeat(Math.ceil(length / unit.length)));
  },
  120_000,
);
