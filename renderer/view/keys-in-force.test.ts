import { expect, test } from "vitest";
import { ariaKey, printKey, withKey, wordKey } from "./keys-in-force.ts";

test.each([
  { key: "x", printed: "x", words: "X", aria: "x" },
  { key: "X", printed: "X", words: "Shift X", aria: "Shift+X" },
  { key: "?", printed: "?", words: "?", aria: "?" },
  { key: "+", printed: "+", words: "+", aria: "+" },
  { key: "Ctrl+k", printed: "Ctrl K", words: "Ctrl K", aria: "Control+k" },
  { key: "Alt+N", printed: "Alt Shift N", words: "Alt Shift N", aria: "Alt+Shift+N" },
  { key: "Escape", printed: "Esc", words: "Escape", aria: "Escape" },
  { key: "ArrowDown", printed: "↓", words: "Down arrow", aria: "ArrowDown" },
  { key: "g q", printed: "g q", words: "G, then Q", aria: undefined },
])("$key is printed, said, and told to assistive technology", ({ key, printed, words, aria }) => {
  expect([printKey(key), wordKey(key), ariaKey(key)]).toEqual([printed, words, aria]);
});

test("what has no key is told without one", () => {
  expect(withKey("Compact rows", undefined)).toBe("Compact rows");
  expect(withKey("Compact rows", "d")).toBe("Compact rows (D)");
  expect(ariaKey(undefined)).toBeUndefined();
});
