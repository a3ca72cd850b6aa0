import { expect, test } from "vitest";
import { parseAlertQuery } from "../../shared/alert-query.ts";
import { parseSearchQuery } from "../../shared/search-query.ts";
import type { PayloadFinding } from "../../shared/verdict.ts";
import { valuesOfFound, valuesOfRequest } from "./pivot.ts";

const where = { client: "203.0.113.7", host: "shop.example", target: "/login?id=1" };
const text = 'GET /login?id=1 HTTP/1.1\r\nUser-Agent: sqlmap/1.8, "x"\r\n\r\nUser-Agent: no';
const finding = (name: string, canonical: string, of = "xss") =>
  ({ name, canonical, prediction: { class: of } }) as unknown as PayloadFinding;

test("the values of a request, each once", () => {
  const values = valuesOfRequest(where, text, [
    finding("q", "<b> 'x', \\\""),
    finding("q", "<b> 'x', \\\""),
    finding("r", "plain", "benign"),
  ]);
  expect(values.map(({ label, text: value }) => [label, value])).toEqual([
    ["Client", "203.0.113.7"],
    ["Host", "shop.example"],
    ["Path, and below", "/login"],
    ["User agent", 'sqlmap/1.8, "x"'],
    ["Parameter", "q"],
    ["Payload", "<b> 'x', \\\""],
  ]);
});

test("the values of a request that was found: where it came from and where it went", () => {
  const found = { ...where, client: null } as unknown as Parameters<typeof valuesOfFound>[0];
  expect(valuesOfFound(found).map(({ requests }) => requests)).toEqual(["host:shop.example", "path:/login"]);
});

test.each([
  "a b",
  'say "hi"',
  "back\\slash",
  "comma,comma",
  "-minus",
  '"',
  "new\nline",
  "\u202ereversed",
  "x".repeat(900),
])("whatever a payload says, %j is asked for as it is", (payload) => {
  for (const { requests, alerts } of valuesOfRequest(where, text, [finding(payload, payload)])) {
    expect(parseSearchQuery(requests, 0)).toMatchObject({ terms: [{ kind: "match" }], problems: [] });
    if (alerts !== null) expect(parseAlertQuery(alerts, 0)).toMatchObject({ terms: [{ kind: "match" }], problems: [] });
  }
});

test("what cannot be asked for is left out", () => {
  expect(valuesOfRequest({ client: null, host: "*", target: "http://x/" }, "", [finding("", "")])).toEqual([]);
});
