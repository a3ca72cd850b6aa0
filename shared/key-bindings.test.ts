import fc from "fast-check";
import { expect, test } from "vitest";
import { bindKeys, checkKeys, findConflict, isSingleKey, refuseKey } from "./key-bindings.ts";
import { keyActions, keyOf } from "./keymap.ts";

const torture = Number(process.env.TORTURE ?? 1);

test("no usual key has two meanings, wherever one is", () => {
  const keys = keyActions.flatMap((action) => [keyOf(action).key ?? [], keyOf(action).fixed ?? []].flat());
  expect(new Set(keys).size).toBe(keys.length);
  const leads = keys.filter((key) => key.includes(" ")).map((key) => key.split(" ")[0]!);
  expect(keys.filter((key) => leads.includes(key))).toEqual([]);
});

test("every usual key could be chosen by hand", () => {
  for (const action of keyActions) {
    const { key } = keyOf(action);
    if (key !== null) expect([action, refuseKey(key)]).toEqual([action, null]);
  }
  expect(checkKeys({})).toBeNull();
});

test.each([
  ["Tab", /screen readers/],
  ["Shift+Tab", /screen readers/],
  ["Escape", /screen readers/],
  ["Enter", /screen readers/],
  ["Ctrl+Enter", /screen readers/],
  ["Space", /screen readers/],
  ["ArrowLeft", /screen readers/],
  ["Home", /screen readers/],
  ["Ctrl+t", /browser/],
  ["Ctrl+w", /browser/],
  ["Ctrl+c", /browser/],
  ["Ctrl+T", /browser/],
  ["Ctrl+1", /browser/],
  ["Ctrl++", /browser/],
  ["Ctrl+Alt+x", /characters on some keyboards/],
  ["Alt+f", /menus/],
  ["Alt+1", /menus/],
  ["F5", /screen reader/],
  ["F12", /screen reader/],
  ["Insert", /screen reader/],
  ["Shift+F10", /screen reader/],
  ["MediaPlayPause", /system/],
  ["g Enter", /characters/],
  ["a b c", /two/],
  ["", /one key/],
])("%s is refused, with the reason", (key, why) => expect(refuseKey(key)).toMatch(why));

test.each(["b", "B", "+", "?", "1", "Ctrl+b", "Ctrl+.", "Alt+n", "F8", "Shift+F8", "g b"])("%s may be chosen", (key) =>
  expect(refuseKey(key)).toBeNull(),
);

test.each<{ why: string; choices: Record<string, string>; want: RegExp | null }>([
  { why: "the other has it", choices: { close: "a" }, want: /"Assign" has it already/ },
  { why: "the other was given it", choices: { close: "b", assign: "b" }, want: /"(Assign|Close)" has it already/ },
  { why: "the other begins with it", choices: { close: "g" }, want: /"Go to the alert queue" has it already/ },
  { why: "it begins with the other's", choices: { goAlerts: "j q" }, want: /"Next row" has it already/ },
  { why: "it belongs to the browser", choices: { close: "Ctrl+w" }, want: /"Close": The browser/ },
  { why: "there is no such action", choices: { constructor: "b" }, want: /no action "constructor"/ },
  { why: "the other gave it away", choices: { close: "a", assign: "c" }, want: null },
  { why: "the other has none now", choices: { close: "a", assign: "" }, want: null },
  { why: "they meet nowhere", choices: { select: "]" }, want: null },
  { why: "they meet on a session", choices: { close: "]" }, want: /"Next tab" has it already/ },
])("$choices: $why", ({ choices, want }) => {
  if (want === null) expect(checkKeys(choices)).toBeNull();
  else expect(checkKeys(choices)).toMatch(want);
});

test("what was chosen stays when a later version gives the key to something else", () => {
  // As if `a` for assigning were new: closing was given it before.
  const bindings = bindKeys({ close: "a" });
  expect(bindings.close).toEqual(["a"]);
  expect(bindings.assign).toEqual([]);
  expect(bindings.tag).toEqual(["l"]);
});

test("whatever is chosen, no two actions that are alive together share a key, and the shared keys stay", () => {
  const key = fc.oneof(
    fc.constantFrom("a", "g", "g q", "Tab", "Ctrl+k", "Ctrl+w", "z", "", "b", "j b", "Escape"),
    fc.string({ maxLength: 4 }),
  );
  const choices = fc.dictionary(fc.constantFrom(...keyActions, "toString"), key);
  fc.assert(
    fc.property(choices, fc.boolean(), (chosen, withSingle) => {
      const bindings = bindKeys(chosen, withSingle);
      for (const action of keyActions) {
        for (const each of bindings[action]) expect(findConflict(action, each, bindings)).toBeNull();
        expect(bindings[action]).toEqual(expect.arrayContaining([...(keyOf(action).fixed ?? [])]));
        if (!withSingle) expect(bindings[action].filter(isSingleKey)).toEqual([]);
        if (checkKeys(chosen) === null && withSingle && chosen[action])
          expect(bindings[action][0]).toBe(chosen[action]);
      }
    }),
    { numRuns: 100 * torture },
  );
});
