import { expect, test } from "vitest";
import { createKeyReader, keymap } from "./keymap.ts";

const press = (key: string, modifiers = {}) => ({ key, ctrlKey: false, metaKey: false, altKey: false, ...modifiers });

test("no key has two meanings, so no two actions can be meant at once, on whatever screen and with whatever selection", () => {
  const keys = Object.values(keymap).flatMap(({ keys }) => [...keys]);
  expect(new Set(keys).size).toBe(keys.length);
  const leads = keys.filter((key) => key.includes(" ")).map((key) => key.split(" ")[0]!);
  expect(keys.filter((key) => leads.includes(key))).toEqual([]);
});

test("keys and their alternatives act", () => {
  const read = createKeyReader();
  expect(read(press("j"), 0)).toBe("next");
  expect(read(press("ArrowDown"), 0)).toBe("next");
  expect(read(press("J"), 0)).toBe("nextAlert");
  expect(read(press("q"), 0)).toBeNull();
});

test("keys with a modifier belong to the browser, but those that undo", () => {
  const read = createKeyReader();
  expect(read(press("z", { ctrlKey: true }), 0)).toBe("undo");
  expect(read(press("z", { metaKey: true }), 0)).toBe("undo");
  expect(read(press("Z", { ctrlKey: true }), 0)).toBeNull();
  expect(read(press("t", { ctrlKey: true }), 0)).toBeNull();
  expect(read(press("j", { metaKey: true }), 0)).toBeNull();
});

test("two keys in a row are a chord, unless it takes too long", () => {
  const read = createKeyReader();
  expect(read(press("g"), 0)).toBeNull();
  expect(read(press("v"), 500)).toBe("goVerdicts");
  expect(read(press("g"), 1000)).toBeNull();
  expect(read(press("h"), 9000)).toBeNull();
  expect(read(press("g"), 9000)).toBeNull();
  expect(read(press("j"), 9100)).toBe("next");
});
