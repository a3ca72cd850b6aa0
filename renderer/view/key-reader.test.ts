import { expect, test } from "vitest";
import { bindKeys } from "../../shared/key-bindings.ts";
import { createKeyReader, type KeyPress, nameKey } from "./key-reader.ts";

const press = (key: string, change: Partial<KeyPress> = {}): KeyPress => ({
  key,
  code: /^[a-z]$/i.test(key) ? `Key${key.toUpperCase()}` : "",
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: /^[A-Z]$/.test(key),
  isAltGraph: false,
  isCapsLock: false,
  ...change,
});
const reader = (...args: Parameters<typeof bindKeys>) => {
  const bindings = bindKeys(...args);
  return createKeyReader(() => bindings);
};

test.each<{ why: string; of: KeyPress; want: string | null }>([
  { why: "a letter", of: press("x"), want: "x" },
  { why: "a letter with Shift", of: press("X"), want: "X" },
  { why: "a letter under Caps Lock", of: press("X", { shiftKey: false, isCapsLock: true }), want: "x" },
  { why: "Shift under Caps Lock", of: press("x", { shiftKey: true, isCapsLock: true }), want: "X" },
  { why: "a capital of a keyboard on the screen", of: press("X", { shiftKey: false }), want: "X" },
  { why: "a sign that needs Shift", of: press("?", { shiftKey: true }), want: "?" },
  { why: "the blank", of: press(" "), want: "Space" },
  { why: "Ctrl", of: press("k", { ctrlKey: true }), want: "Ctrl+k" },
  { why: "Command", of: press("k", { metaKey: true }), want: "Ctrl+k" },
  { why: "a named key with Shift", of: press("F8", { shiftKey: true }), want: "Shift+F8" },
  { why: "Option on a Mac, which writes signs", of: press("å", { code: "KeyA", altKey: true }), want: "Alt+a" },
  {
    why: "AltGr, which some systems report as both",
    of: press("[", { ctrlKey: true, altKey: true, isAltGraph: true }),
    want: "[",
  },
  { why: "a layout without Latin letters", of: press("о", { code: "KeyJ" }), want: "j" },
  { why: "a modifier alone", of: press("Shift", { shiftKey: true }), want: null },
  { why: "a part of a character", of: press("Dead"), want: null },
])("$why is $want", ({ of, want }) => expect(nameKey(of)).toBe(want));

test("keys and those that lists share act", () => {
  const read = reader({});
  expect(read(press("j"), 0)).toEqual(["next"]);
  expect(read(press("ArrowDown"), 0)).toEqual(["next"]);
  expect(read(press("J"), 0)).toEqual(["nextAlert"]);
  expect(read(press("q"), 0)).toEqual([]);
});

test("keys with a modifier belong to the browser, but those that are bound", () => {
  const read = reader({});
  expect(read(press("z", { ctrlKey: true }), 0)).toEqual(["undo"]);
  expect(read(press("Z", { ctrlKey: true }), 0)).toEqual([]);
  expect(read(press("t", { ctrlKey: true }), 0)).toEqual([]);
  expect(read(press("j", { metaKey: true }), 0)).toEqual([]);
  expect(read(press("j", { altKey: true }), 0)).toEqual([]);
});

test("two keys in a row are one, unless it takes too long; Shift between them does not matter", () => {
  const read = reader({});
  expect(read(press("g"), 0)).toEqual([]);
  expect(read(press("v"), 500)).toEqual(["goVerdicts"]);
  expect(read(press("g"), 1000)).toEqual([]);
  expect(read(press("q"), 9000)).toEqual([]);
  expect(read(press("g"), 9000)).toEqual([]);
  expect(read(press("j"), 9100)).toEqual(["next"]);
  const own = reader({ goVerdicts: "g V" });
  for (const each of [press("g"), press("Shift")]) expect(own(each, 0)).toEqual([]);
  expect(own(press("V"), 10)).toEqual(["goVerdicts"]);
});

test("a key of two actions that meet nowhere names both", () => {
  const read = reader({ select: "y", nextTab: "y" });
  expect(read(press("y"), 0)).toEqual(["select", "nextTab"]);
});

test("switched off, single keys do nothing; the others still act", () => {
  const read = reader({ close: "Alt+c" }, false);
  for (const key of ["j", "c", "?"]) expect(read(press(key), 0)).toEqual([]);
  read(press("g"), 0);
  expect(read(press("v"), 1)).toEqual([]);
  expect(read(press("ArrowDown"), 0)).toEqual(["next"]);
  expect(read(press("c", { altKey: true }), 0)).toEqual(["close"]);
  expect(read(press("z", { ctrlKey: true }), 0)).toEqual(["undo"]);
});
