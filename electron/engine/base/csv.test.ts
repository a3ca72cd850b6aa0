import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { csvLine } from "./csv.ts";

test("cells are quoted where they have to be; numbers and what is missing stand as they are", () => {
  expect(csvLine(["plain", 'a "b"', "c,d", 1, -2, true, null, "it's"])).toBe(
    'plain,"a ""b""","c,d",1,-2,true,,it\'s\r\n',
  );
});

describe("a spreadsheet runs nothing", () => {
  test.each([
    ["=1+1"],
    ["+1"],
    ["-1 or 1=1"],
    ["@SUM(A1)"],
    ["\t=1"],
    ["\r=1"],
    ["\n=1"],
    ["\nplain"],
    ["＝1+1"],
    ["＋1"],
    ["－1"],
    ["＠x"],
    [" =1"],
    ["\u00a0\u200b\ufeff=1"],
    ["\0=1"],
    ["\u202e=1"],
  ])("of %j", (text) => expect(csvLine([text])).toBe(`"'${text}"\r\n`));

  test.each([["a;=1+1"], ["a\t=1+1"], ["a|=1+1"], ["a\n=1+1"], ["a,=1+1"]])(
    "of %j, which stays one cell whatever separates cells there",
    (text) => expect(csvLine([text])).toBe(`"${text}"\r\n`),
  );

  test("of whatever is written: no cell begins with a sign, and none ends early", () => {
    const sign = fc.constantFrom("=", "+", "-", "@", "＝", '"', "'", ";", ",", "\n", "\r", "\t", " ", "x", "\0");
    fc.assert(
      fc.property(fc.array(sign, { maxLength: 8 }), (signs) => {
        const text = signs.join("");
        const line = csvLine([text]).slice(0, -2);
        const cell = line.startsWith('"') ? line.slice(1, -1) : line;
        expect(cell.trimStart()).not.toMatch(/^[=+\-@＝＋－＠]/);
        // Every quote within is doubled.
        if (line.startsWith('"')) expect(cell.replaceAll('""', "")).not.toContain('"');
        else expect(line).not.toMatch(/[",;|\t\r\n]/);
      }),
    );
  });
});

test("what is no formula stays as it is", () => {
  expect(csvLine(["1-2", "a=b", "' or 1=1", "ünï", "<b>"])).toBe("1-2,a=b,' or 1=1,ünï,<b>\r\n");
});
