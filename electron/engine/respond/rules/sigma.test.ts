import { describe, expect, test } from "vitest";
import type { StoredRule } from "./rule-state.ts";
import type { ExportedRule } from "./seclang.ts";
import { sigmaDifferences, toSigma } from "./sigma.ts";

const id = "0198c0de-0000-7000-8000-000000000001";
const record = {
  stage: "log",
  at: Date.UTC(2026, 0, 6),
  provenance: { at: Date.UTC(2026, 0, 5), samples: [], by: "mei", simulations: [], verdicts: [] },
} as unknown as StoredRule["record"];

const rule = (given: Partial<ExportedRule["definition"]> = {}, name = "A rule"): ExportedRule => ({
  number: 1,
  name,
  definition: {
    class: "sql_injection",
    family: null,
    match: { kind: "fingerprint", tokens: ["'", "or", "<number>", "=", "<number>"] },
    scope: { method: "GET", path: "/orders/{id}", place: "query", parameter: "q" },
    action: "block",
    expires_at: null,
    ...given,
  },
  exclusions: [],
  effect: "block",
  capec: [66],
  cwe: [89],
  attack: ["T1083", "T1190"],
});

/** Lines as key and value by indentation; every scalar has to be JSON, which YAML reads alike. */
function parse(text: string): [path: string, value: unknown][] {
  const found: [string, unknown][] = [];
  const path: string[] = [];
  for (const line of text.trimEnd().split("\n")) {
    const [, indent = "", item, key, rest = ""] = /^( *)(?:(- )|((?:[a-z][a-z-]*|"(?:[^"\\]|\\.)*")): ?)?(.*)$/.exec(
      line,
    )!;
    const depth = indent.length / 2;
    path.length = depth;
    if (item !== undefined) found.push([path.join("."), JSON.parse(rest)]);
    else if (rest === "") path[depth] = key!;
    else found.push([[...path, key!].join("."), JSON.parse(rest)]);
  }
  return found;
}

describe("a rule as Sigma", () => {
  test("has the fields that Sigma asks for", () => {
    const fields = Object.fromEntries(parse(toSigma(rule(), { id, record })));
    expect(fields).toMatchObject({
      title: "A rule",
      id,
      status: "experimental",
      date: "2026-01-05",
      modified: "2026-01-06",
      level: "high",
      "logsource.category": "webserver",
      "detection.condition": "selection",
      'detection.selection."cs-uri-query|re"': expect.stringMatching(/^\(\?is\)/),
      "detection.selection.cs-method": "GET",
      'detection.selection."cs-uri-stem|re"': "^/orders/[^/]+/?$",
    });
  });

  test("names the techniques and weaknesses of its family", () => {
    const tags = parse(toSigma(rule(), { id, record })).filter(([path]) => path === "tags");
    expect(tags.map(([, value]) => value)).toEqual([
      "attack.discovery",
      "attack.initial-access",
      "attack.t1083",
      "attack.t1190",
      "cwe.89",
    ]);
  });

  test.each(["a: b # c", "- x\n- y", '"quoted"', "{a: b}", "\u2028next", "'", "\\", "!!python/object", "\u0000\u0085"])(
    "nothing of a name or a text is syntax: %j",
    (text) => {
      const sigma = toSigma(rule({ match: { kind: "string", text: `x${text}` } }, text), { id, record });
      const isControl = (code: number) => (code < 32 && code !== 10) || (code >= 127 && code < 160);
      expect([...sigma].some((sign) => isControl(sign.charCodeAt(0)) || /[\u2028\u2029]/.test(sign))).toBe(false);
      const fields = Object.fromEntries(parse(sigma));
      expect(fields.title).toBe(text);
    },
  );

  test("where it does not do the same, it is told in words", () => {
    expect(sigmaDifferences(rule()).join(" ")).toMatch(/nothing is decoded/);
    const form = rule({ scope: { method: null, path: null, place: "form", parameter: null } });
    expect(sigmaDifferences(form).join(" ")).toMatch(/no bodies/);
  });
});
