import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { membersAt } from "./json-members.ts";

describe("membersAt", () => {
  test("gives repeated names, in order", () => {
    const text = ' {"a":{"x":0},"a" : { "h":{"N":"1", "n":"2","N":"3\\"}" , "o":{"N":9},"l":[1,"]"]}}, "z":null} ';
    expect(membersAt(text, ["a", "h"], 100)).toEqual([
      ["N", "1"],
      ["n", "2"],
      ["N", '3"}'],
      ["o", { N: 9 }],
      ["l", [1, "]"]],
    ]);
    expect(membersAt(text, ["a", "h"], 2)).toHaveLength(2);
    expect(membersAt(text, ["a", "x"], 9)).toBeNull();
    expect(membersAt(text, ["z"], 9)).toBeNull();
    expect(membersAt('{"a":{}}', ["a"], 9)).toEqual([]);
  });

  test("agrees with JSON.parse where no name is repeated", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue()), (object) => {
        for (const text of [JSON.stringify({ in: object }), JSON.stringify({ in: object }, null, 1)]) {
          expect(Object.fromEntries(membersAt(text, ["in"], 1e6)!)).toEqual(JSON.parse(text).in);
        }
      }),
    );
  });
});
