import fc from "fast-check";
import { expect, test } from "vitest";
import { markReflected } from "./reflected.ts";

const plain = (text: string) => ({ text, canonical: text });
const marks = (response: string, ...payloads: { text: string; canonical: string }[]) =>
  markReflected(response, payloads).map(({ text, payload }) => (payload === null ? text : `[${payload}:${text}]`));

test.each([
  { why: "nothing of it", response: "<p>ok</p>", payloads: [plain("<script>")], want: ["<p>ok</p>"] },
  {
    why: "as it was sent and decoded, again and again",
    response: "q=%3Cb%3E: <b>, <b>",
    payloads: [{ text: "%3Cb%3E", canonical: "<b>" }],
    // The decoded one is too short to mean anything.
    want: ["q=", "[0:%3Cb%3E]", ": <b>, <b>"],
  },
  {
    why: "the longer one where both begin",
    response: "x alert(1) y alert( z",
    payloads: [plain("alert("), plain("alert(1)")],
    want: ["x ", "[1:alert(1)]", " y ", "[0:alert(]", " z"],
  },
  {
    why: "as the application read what the detector decoded further",
    response: "for <i>YWxlcnQ</i> 100%",
    payloads: [{ text: "%3Ci%3EYWxlcnQ%3C%2Fi%3E", canonical: "<i>alert</i>" }, plain("100%")],
    want: ["for ", "[0:<i>YWxlcnQ</i>]", " ", "[1:100%]"],
  },
  { why: "all of it", response: "<svg>", payloads: [plain("<svg>")], want: ["[0:<svg>]"] },
  { why: "nothing in nothing", response: "", payloads: [plain("<svg>")], want: [] },
])("$why", ({ response, payloads, want }) => expect(marks(response, ...payloads)).toEqual(want));

test("whatever is marked, the text stays as it is, and each mark is its payload", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "<"), maxLength: 12 });
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom("a", "b", "<"), maxLength: 80 }),
      fc.array(text),
      (response, texts) => {
        const found = markReflected(response, texts.map(plain));
        expect(found.map((each) => each.text).join("")).toBe(response);
        for (const { start, text: marked, payload } of found) {
          expect(response.startsWith(marked, start)).toBe(true);
          if (payload !== null) expect(texts[payload]).toBe(marked);
          else for (const each of texts) if (each.trim().length >= 4) expect(marked).not.toContain(each);
        }
      },
    ),
  );
});
