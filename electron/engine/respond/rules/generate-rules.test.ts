import { describe, expect, test } from "vitest";
import type { RuleDefinition } from "../../../../shared/rule.ts";
import { canonicalize } from "../../detect/canonical/canonicalize.ts";
import { compileRule } from "../../detect/waf/compile-rule.ts";
import { matchText } from "../../detect/waf/match-request.ts";
import type { RuleSample } from "./cluster-samples.ts";
import { type BenignValue, generateRules } from "./generate-rules.ts";

const sample = (text: string, given: Partial<RuleSample> = {}): RuleSample => ({
  id: text,
  class: "sql_injection",
  family: null,
  text,
  place: "query",
  name: "q",
  method: "GET",
  path: "/search",
  ...given,
});

const benign = [
  "green tea",
  "it's 5 o'clock",
  "rock 'n' roll",
  "O'Reilly or 'the other one'",
  "select a table from the list",
  "price = 10 or less",
  "union of workers",
  "<b>bold</b> and <i>italic</i>",
  "1 or 2 = fine",
  "SELECT name FROM customers WHERE id = 7",
  "../images/logo.png",
  "C:\\Users\\mei\\report.txt",
].map((text): BenignValue => ({ text, place: "query" }));

function doesMatch(definition: RuleDefinition, text: string): boolean {
  const rule = compileRule({ id: "r", definition, exclusions: [] });
  return canonicalize(text, { place: "query" }).layers.some((layer) => matchText(rule, layer.text) !== null);
}

const tautologies = ["' or 1=1--", "x' OR 77=77 -- -", "%27%20or%202%3D2--", "admin'/**/or/**/5=5--", "a' or 9=9 -- x"];

describe("samples of one shape", () => {
  const { offered, unruled } = generateRules(
    tautologies.map((text) => sample(text)),
    benign,
  );

  test("make one group, with a rule of each kind that can be", () => {
    expect(unruled).toEqual([]);
    expect(offered).toHaveLength(1);
    expect(offered[0]!.map(({ definition }) => definition.match.kind)).toEqual(["fingerprint"]);
    expect(offered[0]![0].definition.match).toEqual({
      kind: "fingerprint",
      tokens: ["'", "or", "<number>", "=", "<number>", "--"],
    });
    expect([...offered[0]![0].samples].sort()).toEqual([...tautologies].sort());
  });

  test("make rules that know their like, and nothing ordinary", () => {
    for (const { definition } of offered[0]!) {
      for (const text of [...tautologies, "zz' or 123=123--"]) expect(doesMatch(definition, text)).toBe(true);
      for (const { text } of benign) expect(doesMatch(definition, text)).toBe(false);
    }
  });

  test("make the same rules in whatever order they come", () => {
    expect(
      generateRules(
        tautologies.toReversed().map((text) => sample(text)),
        benign,
      ),
    ).toEqual({ offered, unruled });
  });
});

test("samples that differ within are joined by a regular expression", () => {
  const texts = [
    "1 union select name,2 from users where 1=1",
    "7 union all select a,b,c,d from users where 1=1",
    "-1 union distinct select x from users where 1=1",
  ];
  const { offered } = generateRules(
    texts.map((text) => sample(text)),
    benign,
  );
  expect(offered).toHaveLength(1);
  const [widest] = offered[0]!;
  expect(widest.definition.match.kind).toBe("regex");
  expect(doesMatch(widest.definition, "9 union /*!50000all*/ select q,w,e from users where 8=8")).toBe(true);
});

test("samples of other classes and shapes make groups of their own", () => {
  const { offered } = generateRules(
    [
      ...tautologies.map((text) => sample(text)),
      sample("<script>alert(1)</script>", { class: "xss" }),
      sample("<script>alert(document.cookie)</script>", { class: "xss" }),
      sample("../../../../etc/passwd", { class: "path_traversal", place: "path_segment", name: "" }),
    ],
    benign,
  );
  expect(offered.map(([first]) => first.definition.class).sort()).toEqual(["path_traversal", "sql_injection", "xss"]);
  expect(offered.find(([first]) => first.definition.class === "path_traversal")![0].definition.scope).toMatchObject({
    place: "path_segment",
    parameter: null,
  });
});

test("what ordinary values match too is offered in no form, and the reason is told", () => {
  const { offered, unruled } = generateRules(
    [sample("select name from customers where id = 7"), sample("union", { id: "u" })],
    benign,
  );
  expect(offered).toEqual([]);
  expect(unruled).toEqual([
    {
      samples: ["select name from customers where id = 7"],
      reason: "Whatever matches its values matches ordinary ones too.",
    },
    { samples: ["u"], reason: "What its values have in common is too little for a rule." },
  ]);
});

describe("the scope is what the samples have in common", () => {
  test.each<{ given: Partial<RuleSample>[]; want: Partial<RuleDefinition["scope"]> }>([
    { given: [{}, {}], want: { method: "GET", path: "/search", place: "query", parameter: "q" } },
    { given: [{ path: "/orders/1/items" }, { path: "/orders/2/items" }], want: { path: "/orders/{id}/items" } },
    { given: [{ path: "/a/x" }, { path: "/b/x" }], want: { path: "/{any}/x" } },
    { given: [{ path: "/a" }, { path: "/b" }], want: { path: null } },
    { given: [{ path: "/a/b" }, { path: "/b" }], want: { path: null } },
    { given: [{ name: "q" }, { name: "r" }], want: { place: "query", parameter: null } },
    {
      given: [{ place: "query" }, { place: "form", method: "POST" }],
      want: { method: null, place: null, parameter: null },
    },
    {
      given: [
        { place: "json", name: "a[0].b" },
        { place: "json", name: "a[7].b" },
      ],
      want: { parameter: "a[].b" },
    },
  ])("$given: $want", ({ given, want }) => {
    const [one, two] = given.map((each, i) => sample(tautologies[i]!, each));
    expect(generateRules([one!, two!], benign).offered[0]![0].definition.scope).toMatchObject(want);
  });
});

test("what would be refused once it is kept is not offered", () => {
  const name = "n".repeat(300);
  const { offered, unruled } = generateRules(
    tautologies.map((text) => sample(text, { name })),
    benign,
  );
  expect(offered).toEqual([]);
  expect(unruled).toMatchObject([{ reason: expect.stringMatching(/too long for a rule/) }]);
});
