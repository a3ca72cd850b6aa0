import { deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decoderNames } from "../../../../shared/decode.ts";
import { decodeAsDetector, decodeBySteps } from "./scratchpad.ts";

const base64 = (data: string | Uint8Array) => Buffer.from(data).toString("base64");
const token = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${Buffer.from('{"sub":"ada"}').toString("base64url")}.c2ln`;

test.each([
  { by: ["url", "url"] as const, from: "%253Cb%253E", to: ["%3Cb%3E", "<b>"] },
  { by: ["url_plus"] as const, from: "a+b%21", to: ["a b!"] },
  { by: ["html"] as const, from: "&lt;b&#x3e;", to: ["<b>"] },
  { by: ["escapes"] as const, from: "\\u003cb\\x3e", to: ["<b>"] },
  { by: ["base64"] as const, from: base64("a"), to: ["a"] },
  { by: ["base64", "url"] as const, from: base64("%3C"), to: ["%3C", "<"] },
  { by: ["hex"] as const, from: "0x3c 62:3e", to: ["<b>"] },
  { by: ["base64", "gzip"] as const, from: base64(gzipSync("<b>")), to: [expect.any(String), "<b>"] },
  { by: ["gzip"] as const, from: base64(gzipSync("<b>")), to: ["<b>"] },
  { by: ["deflate"] as const, from: base64(deflateSync("<b>")), to: ["<b>"] },
  { by: ["hex", "deflate"] as const, from: deflateRawSync("<b>").toString("hex"), to: [expect.any(String), "<b>"] },
  { by: ["unicode"] as const, from: "ｓｃｒｉｐｔ", to: ["script"] },
])("$by of $from", ({ by, from, to }) => {
  const { steps, problem } = decodeBySteps(from, by);
  expect(steps.map(({ text }) => text)).toEqual(to);
  expect(problem).toBeNull();
});

describe("as the detector reads it", () => {
  test("each reading is a step", () => {
    const { steps } = decodeAsDetector("%2526lt%253Bscript%2526gt%253B");
    expect(steps.map(({ decodings }) => decodings.join())).toEqual(["url", "url", "html"]);
    expect(steps.at(-1)!.text).toBe("<script>");
  });

  test("compressed bytes are opened, and what is in them", () => {
    const { steps } = decodeAsDetector(base64(gzipSync("%3Cscript%3E")));
    expect(steps.map(({ decodings }) => decodings.join())).toEqual(["base64", "gzip", "url"]);
    expect(steps.at(-1)!.text).toBe("<script>");
  });

  test("a token is taken apart, and its signature is not called good", () => {
    const { steps } = decodeAsDetector(token);
    expect(steps).toHaveLength(1);
    expect(steps[0]!.text).toContain('"sub": "ada"');
    expect(steps[0]!.text).toContain("3 bytes, not verified");
  });

  test("an ordinary word takes no step", () => {
    expect(decodeAsDetector("kitchen lamp")).toEqual({ steps: [], problem: null });
  });
});

test.each([
  { why: "a bomb", by: ["gzip"] as const, text: base64(gzipSync(Buffer.alloc(50 * 1024 ** 2))), says: /1 MiB/ },
  { why: "no bytes", by: ["gzip"] as const, text: "hello, world", says: /no bytes/ },
  { why: "other bytes", by: ["gzip"] as const, text: base64("hello, world, hello"), says: /no whole gzip/ },
  {
    why: "half of it",
    by: ["deflate"] as const,
    text: base64(deflateSync("x".repeat(500)).subarray(0, 9)),
    says: /deflate/,
  },
  { why: "no token", by: ["jwt"] as const, text: "a.b.c", says: /no JSON Web Token/ },
  { why: "nothing to decode", by: ["url"] as const, text: "plain", says: /nothing in it/ },
])("$why is refused in words, and the steps before it stay", ({ by, text, says }) => {
  expect(decodeBySteps(text, by)).toMatchObject({ steps: [], problem: expect.stringMatching(says) });
});

test("the same bomb is refused unasked", () => {
  const { steps, problem } = decodeAsDetector(base64(gzipSync(Buffer.alloc(50 * 1024 ** 2))));
  expect(steps).toHaveLength(1);
  expect(problem).toMatch(/1 MiB/);
});

test("whatever is decoded, by whatever steps, ends in steps or a reason", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: "binary" }), fc.base64String(), fc.stringMatching(/^[%\\&#x0-9a-f;=.+/]*$/)),
      fc.array(fc.constantFrom(...decoderNames), { maxLength: 6 }),
      (text, names) => {
        const byHand = decodeBySteps(text, names);
        expect(byHand.problem === null ? byHand.steps.length : names.length).toBe(names.length);
        expect(decodeAsDetector(text).steps.length).toBeLessThan(100);
      },
    ),
  );
});
