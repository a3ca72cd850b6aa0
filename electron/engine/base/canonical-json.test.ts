import { describe, expect, test } from "vitest";
import { canonicalJson } from "./canonical-json.ts";

describe("canonicalJson", () => {
  test("writes the example of RFC 8785 section 3.2.2", () => {
    const value = JSON.parse(
      '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
    );
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  test("sorts by UTF-16 code units as section 3.2.3 shows", () => {
    const value = { "\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\u{1f600}": 5, "\u0080": 6, "\u00f6": 7 };
    expect(canonicalJson(value)).toBe('{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"דּ":3}');
  });

  test.each([
    { value: -0, want: "0" },
    { value: 5e-324, want: "5e-324" },
    { value: 1.7976931348623157e308, want: "1.7976931348623157e+308" },
    { value: 9007199254740992, want: "9007199254740992" },
    { value: 295147905179352830000, want: "295147905179352830000" },
    { value: 1e21, want: "1e+21" },
    { value: 1e-7, want: "1e-7" },
    { value: { a: undefined, b: [] }, want: '{"b":[]}' },
  ])("writes $want", ({ value, want }) => {
    expect(canonicalJson(value)).toBe(want);
  });

  test.each([
    { what: "NaN", value: Number.NaN },
    { what: "infinity", value: [Number.POSITIVE_INFINITY] },
    { what: "a bigint", value: 1n },
    { what: "a date", value: new Date(0) },
    { what: "undefined in a list", value: [undefined] },
    { what: "a lone surrogate", value: "\ud800" },
    { what: "a lone surrogate in a name", value: { "\udc00": 1 } },
  ])("refuses $what", ({ value }) => {
    expect(() => canonicalJson(value)).toThrow(TypeError);
  });

  test("refuses nesting that would exhaust the stack", () => {
    let value: unknown = 1;
    for (let i = 0; i < 100_000; i++) value = [value];
    expect(() => canonicalJson(value)).toThrow(/nested/);
  });
});
