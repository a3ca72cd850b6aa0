import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RuleDefinition } from "../../../../shared/rule.ts";
import { canonicalize } from "../../detect/canonical/canonicalize.ts";
import { compileRule } from "../../detect/waf/compile-rule.ts";
import { matchRequest, matchText } from "../../detect/waf/match-request.ts";
import { compileShape } from "../../detect/waf/rule-pattern.ts";
import type { Exchange } from "../../evidence/exchange.ts";
import { type FalseHit, proposeExclusions } from "./narrowest-exclusion.ts";
import { outlineOf, shapeOf } from "./value-shape.ts";

const definition: RuleDefinition = {
  class: "sql_injection",
  family: null,
  match: { kind: "fingerprint", tokens: ["'", "or"] },
  scope: { method: null, path: null, place: null, parameter: null },
  action: "block",
  expires_at: null,
};
const at = { path: "/notes", place: "query", name: "q" } as const;
const hits = (texts: readonly string[], given: Partial<FalseHit> = {}): FalseHit[] =>
  texts.map((text, id) => ({ id, text, ...at, ...given }));
const attacks = ["x' or 1=1--", "1' OR 'a'='a", "%27%20or%20sleep(5)"].map((text) => ({ text, place: null }));
const expires = "2030-01-01T00:00:00.000Z";

function request(q: string, path = "/notes", name = "q"): Exchange {
  return {
    index: 0,
    offset: 0,
    length: 0,
    startedAt: null,
    durationMs: null,
    clientAddress: null,
    method: "GET",
    scheme: "http",
    host: "shop.example",
    target: `${path}?${name}=${encodeURIComponent(q)}`,
    httpVersion: "HTTP/1.1",
    headers: [],
    body: null,
    bodyCut: false,
    response: null,
  };
}

describe("the narrowest exclusion", () => {
  const values = ["dogs' or cats", "boys' or girls"];
  const { proposals, refused } = proposeExclusions(definition, hits(values), attacks, expires);

  test("covers what is built alike, and says its shape in words", () => {
    expect(refused).toEqual([]);
    expect(proposals).toHaveLength(1);
    expect(proposals[0]!.exclusion).toMatchObject({
      path: "/notes",
      place: "query",
      parameter: "q",
      expires_at: expires,
    });
    expect(proposals[0]!.words).toBe("4 letters, then “' or ”, then 4 to 5 letters");
    expect(proposals[0]!.covers).toEqual([0, 1]);
  });

  test("takes out exactly that, there, and every attack is still matched", () => {
    const rule = compileRule({ id: "r", definition, exclusions: proposals.map(({ exclusion }) => exclusion) });
    const isHit = (exchange: Exchange) => matchRequest([rule], exchange, { now: 0 }).length > 0;
    for (const value of values) expect(isHit(request(value))).toBe(false);
    for (const { text } of attacks) expect(isHit(request(decodeURIComponent(text)))).toBe(true);
    expect(isHit(request(values[0]!, "/other"))).toBe(true);
    expect(isHit(request(values[0]!, "/notes", "r"))).toBe(true);
    expect(isHit(request("dogs' or cats--"))).toBe(true);
  });

  test("has no effect on another rule", () => {
    const other = compileRule({ id: "other", definition, exclusions: [] });
    const excluded = compileRule({ id: "r", definition, exclusions: proposals.map(({ exclusion }) => exclusion) });
    const found = matchRequest([excluded, other], request(values[0]!), { now: 0 });
    expect(found.map(({ rule }) => rule)).toEqual(["other"]);
  });
});

test("what cannot be told from an attack by its shape is not excluded, and it is said", () => {
  const { proposals, refused } = proposeExclusions(definition, hits(["y' or 2=2--", "x' or 1=1--"]), attacks, expires);
  expect(proposals).toEqual([]);
  expect(refused).toEqual([{ path: "/notes", parameter: "q", reason: expect.stringMatching(/known attack/) }]);
});

test("values of other places, and of other builds, get exclusions of their own", () => {
  const { proposals } = proposeExclusions(
    definition,
    [
      ...hits(["dogs' or cats"]),
      ...hits(["boys' or girls"], { path: "/other", id: 7 }),
      ...hits(["it's: 5' or more"], { id: 8 }),
    ],
    attacks,
    expires,
  );
  expect(proposals.map(({ covers }) => covers)).toEqual([[0], [8], [7]]);
});

test("an encoded value is excluded in every reading in which the rule matches it", () => {
  const { proposals } = proposeExclusions(definition, hits(["dogs%27 or cats", "dogs%2527 or cats"]), attacks, expires);
  const rule = compileRule({ id: "r", definition, exclusions: proposals.map(({ exclusion }) => exclusion) });
  expect(matchRequest([rule], request("dogs%27 or cats"), { now: 0 })).toEqual([]);
});

test("a shape covers every value that it is made of, whatever they are", () => {
  const value = fc.oneof(fc.string({ unit: "binary", maxLength: 12 }), fc.stringMatching(/^[a-z0-9 '=()-]{1,12}$/));
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 5 }), (values) => {
      fc.pre(values.every((each) => each.isWellFormed() && each !== ""));
      for (const alike of Map.groupBy(values, outlineOf).values()) {
        const shape = shapeOf(alike);
        if (shape === null) continue;
        const pattern = compileShape(shape.pattern);
        for (const each of alike) expect(pattern.test(each)).toBe(true);
      }
    }),
  );
});

test("whatever is proposed, no known attack passes it, in no reading", () => {
  const text = fc.stringMatching(/^[a-c'1 ]{0,8}' or [a-c'1= ]{0,8}$/);
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), fc.array(text, { maxLength: 4 }), (benign, known) => {
      const given = known.map((each) => ({ text: each, place: null }));
      const { proposals } = proposeExclusions(definition, hits(benign), given, null);
      const rule = compileRule({ id: "r", definition, exclusions: [] });
      for (const { exclusion } of proposals) {
        const shape = compileShape(exclusion.shape!);
        for (const attack of known) {
          for (const layer of canonicalize(attack).layers) {
            if (matchText(rule, layer.text) !== null) expect(shape.test(layer.text)).toBe(false);
          }
        }
      }
    }),
  );
});
