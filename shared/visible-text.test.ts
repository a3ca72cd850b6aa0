import fc from "fast-check";
import { expect, test } from "vitest";
import { splitVisible } from "./visible-text.ts";

const shown = (text: string, lines = false) =>
  splitVisible(text, lines)
    .map((part) => (part.kind === "text" ? part.text : `⟨${part.name}⟩`))
    .join("");

test.each([
  { text: "plain <b>'\"", want: "plain <b>'\"" },
  { text: "a\r\nb\0", want: "a⟨CR⟩⟨LF⟩b⟨NUL⟩" },
  { text: "user\u202Egpj.exe", want: "user⟨RLO⟩gpj.exe" },
  { text: "sel\u200Bect", want: "sel⟨ZWSP⟩ect" },
  { text: "\u{E0041}x", want: "⟨U+E0041⟩x" },
  { text: "\uD800x", want: "⟨U+D800⟩x" },
  { text: "日本 😀 عربي", want: "日本 😀 عربي" },
  { text: "\u001b[31m", want: "⟨ESC⟩[31m" },
])("what hides is named: $want", ({ text, want }) => {
  expect(shown(text)).toBe(want);
});

test("over several lines, line ends and tabs stay", () => {
  expect(shown("GET / HTTP/1.1\r\n\tx\rY\u2028", true)).toBe("GET / HTTP/1.1\n\tx⟨CR⟩Y⟨U+2028⟩");
});

test("nothing is lost, nothing added", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const parts = splitVisible(text, false);
      expect(parts.map((part) => part.text).join("")).toBe(text);
    }),
    { numRuns: 200 * Number(process.env.TORTURE ?? 1) },
  );
});
