import fc from "fast-check";
import { expect, test } from "vitest";
import { type Exchange, type Header, renderRequest } from "../../evidence/exchange.ts";
import { type Extraction, extractPayloads } from "./extract-payloads.ts";
import { maxValues } from "./value-list.ts";

const torture = Number(process.env.TORTURE ?? 1);

function exchangeOf(target: string, headers: Header[] = [], body: string | null = null, bodyCut = false): Exchange {
  return {
    index: 0,
    offset: 0,
    length: 0,
    startedAt: null,
    durationMs: null,
    clientAddress: null,
    method: "POST",
    scheme: "https",
    host: "shop.example",
    target,
    httpVersion: "HTTP/1.1",
    headers,
    body,
    bodyCut,
    response: null,
  };
}

function extract(exchange: Exchange): Extraction {
  return extractPayloads(exchange, renderRequest(exchange));
}

/** Values as "place name=text". */
function list(exchange: Exchange): string[] {
  return extract(exchange).values.map(({ place, name, text }) => `${place} ${name}=${text}`);
}

const json: Header[] = [["Content-Type", "application/json"]];
const form: Header[] = [["Content-Type", "application/x-www-form-urlencoded"]];
const xml: Header[] = [["Content-Type", "application/xml"]];

test.each<{ why: string; target?: string; headers?: Header[]; body?: string; want: string[] }>([
  { why: "plain path segments are route names", target: "/api/v1/users/42", want: [] },
  { why: "query values", target: "/s?q=a%20b&page=2&empty=", want: ["query q=a%20b", "query page=2"] },
  { why: "odd query names", target: "/s?user[$ne]=1", want: ["query_name user[$ne]=user[$ne]", "query user[$ne]=1"] },
  { why: "no names with encoded brackets", target: "/s?do%5Bsave%5D=1", want: ["query do%5Bsave%5D=1"] },
  { why: "a query without a name", target: "/s?<script>", want: ["query =<script>"] },
  { why: "odd path segments", target: "/items/1'--/edit", want: ["path_segment =1'--"] },
  {
    why: "a climbing path as a whole",
    target: "/files/..%2f..%2fetc/passwd?x=1",
    want: ["path_segment =/files/..%2f..%2fetc/passwd", "query x=1"],
  },
  { why: "absolute form", target: "http://a.example/x'y?q=1", want: ["path_segment =x'y", "query q=1"] },
  {
    why: "the lines of a calendar or card",
    headers: [["Content-Type", "text/vcard"]],
    body: "BEGIN:VCARD\r\nFN;LANGUAGE=en:O'Brien\r\nNOTE:../../etc/passwd\r\n  and more\r\nno property\r\nEND:VCARD\r\n",
    want: [
      "body BEGIN=VCARD",
      "body FN=O'Brien",
      "body NOTE=../../etc/passwd",
      "body =and more",
      "body =no property",
      "body END=VCARD",
    ],
  },
  { why: "hidden files", target: "/.git/config", want: ["path_segment =/.git"] },
  { why: "hidden files in absolute form", target: "http://a.example/.env", want: ["path_segment =/.env"] },
  {
    why: "cookies and headers, mechanical ones not",
    headers: [
      ["Cookie", "sid=abc; theme=<dark>"],
      ["User-Agent", "() { :; }; id"],
      ["Accept-Encoding", "gzip, deflate, br"],
      ["Accept-Language", "de-DE,de;q=0.9"],
      ["If-Modified-Since", "Tue, 15 Nov 1994 08:12:31 GMT"],
      [":path", "/x"],
      ["Host", "shop.example:8080"],
      ["Origin", "https://shop.example"],
    ],
    want: ["cookie sid=abc", "cookie theme=<dark>", "header User-Agent=() { :; }; id"],
  },
  {
    why: "mechanical headers that carry something else",
    headers: [
      ["Accept-Language", "en' or 1=1"],
      ["Host", "a/../b"],
      ["Accept", "../../etc/passwd"],
      ["Content-Type", "%{(#_='multipart/form-data')}"],
    ],
    want: [
      "header Accept-Language=en' or 1=1",
      "header Host=a/../b",
      "header Accept=../../etc/passwd",
      "header Content-Type=%{(#_='multipart/form-data')}",
    ],
  },
  { why: "form fields", headers: form, body: "user=a+b&pw='--", want: ["form user=a+b", "form pw='--"] },
  { why: "a form without content type", body: "user=a&b=c", want: ["form user=a", "form b=c"] },
  {
    why: "JSON strings with paths",
    headers: json,
    body: '{"a":{"b":["x",{"c":"y\\"z"}]},"n":1,"t":true}',
    want: ["json a.b[0]=x", 'json a.b[1].c=y\\"z'],
  },
  { why: "odd JSON keys", headers: json, body: '{"u":{"a<b":""}}', want: ["json u.a<b=a<b"] },
  {
    why: "operators of a query language, with what they are applied to",
    headers: json,
    body: '{"u":{"$gt":""},"v": { "$ne" : null }}',
    want: ['json u.$gt={"$gt":""}', 'json v.$ne={ "$ne" : null }'],
  },
  {
    why: "operators that hold strings",
    headers: json,
    body: '{"q":{"$regex":".*","$options":"s","$in":["x"]}}',
    want: [
      'json q.$regex={"$regex":".*"',
      "json q.$regex=.*",
      'json q.$options="$options":"s"',
      "json q.$options=s",
      'json q.$in="$in":[',
      "json q.$in[0]=x",
    ],
  },
  {
    why: "other keys with a dollar",
    headers: json,
    body: '{"$schema":"s"}',
    want: ["json $schema=$schema", "json $schema=s"],
  },
  { why: "JSON under another content type", headers: form, body: '{"a":"b=c"}', want: ["json a=b=c"] },
  { why: "a form under JSON's content type", headers: json, body: "a=1'", want: ["form a=1'"] },
  { why: "broken JSON as a whole", headers: json, body: '{"a":"x" OR 1=1}', want: ['body ={"a":"x" OR 1=1}'] },
  { why: "JSON Lines", headers: json, body: '{"a":"x"}\n{"a":"y"}', want: ["json a=x", "json a=y"] },
  {
    why: "XML text and attributes",
    headers: xml,
    body: '<?xml version="1.0"?><o xmlns="urn:x"><i id="7">tea</i><![CDATA[<b>]]></o>',
    want: ["xml i@id=7", "xml i=tea", "xml =<b>"],
  },
  {
    why: "the document type as one value",
    body: '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>',
    want: ['xml DOCTYPE=<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>', "xml r=&x;"],
  },
  {
    why: "XInclude as one value",
    headers: xml,
    body: '<r><xi:include parse="text" href="file:///etc/passwd"/></r>',
    want: ['xml xi:include=<xi:include parse="text" href="file:///etc/passwd"/>'],
  },
  {
    why: "mark-up that is no XML stays whole",
    body: "<script>alert(1)</script>",
    want: ["body =<script>alert(1)</script>"],
  },
  {
    why: "multipart fields, file names and contents",
    headers: [["Content-Type", "multipart/form-data; boundary=XX"]],
    body:
      '--XX\r\nContent-Disposition: form-data; name="note"\r\n\r\nhi\r\nthere\r\n' +
      '--XX\r\nContent-Disposition: form-data; name="f"; filename="../a.php"\r\nContent-Type: text/plain\r\n\r\n<?php id();\r\n--XX--\r\n',
    want: ["multipart note=hi\r\nthere", "file_name f=../a.php", "multipart f=<?php id();"],
  },
  {
    why: "multipart without its content type",
    body: "--q\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--q--",
    want: ["multipart a=1"],
  },
  { why: "plain text", headers: [["Content-Type", "text/plain"]], body: "hello there", want: ["body =hello there"] },
  {
    why: "readable stretches of binary bodies",
    body: `\u0000\u0001\u0002\u0003\u0004${"\u0005".repeat(40)}<?php system($_GET['c']);\u0000ab\u0001`,
    want: ["body =<?php system($_GET['c']);"],
  },
])("extracts $why", ({ target, headers, body, want }) => {
  expect(list(exchangeOf(target ?? "/", headers ?? [], body ?? null))).toEqual(want);
});

test("a cut JSON body gives what was read of it, and says so", () => {
  const extraction = extract(exchangeOf("/", json, '{"a":"x","b":"half', true));
  expect(extraction.values.map((value) => value.text)).toEqual(["x", "half"]);
  expect(extraction.cut).toBe(true);
});

test.each([
  ["JSON", json, JSON.stringify(Array.from({ length: maxValues + 50 }, (_, i) => `v${i}`))],
  ["a form", form, Array.from({ length: maxValues + 50 }, (_, i) => `a=${i}`).join("&")],
])("%s with too many values gives the rest as one value", (_, headers, body) => {
  const { values, cut } = extract(exchangeOf("/", headers, body));
  expect(cut).toBe(true);
  expect(values).toHaveLength(maxValues + 1);
  expect(values.at(-1)!.text).toContain(String(maxValues + 49));
});

const hostile = [
  "[",
  '{"a":',
  "<a ",
  "<a>",
  "<!--",
  "&",
  "=",
  ";",
  '"',
  "\\",
  "--x\r\ncontent-disposition: form-data\r\n\r\n1\r\n",
  "/..",
  "\ud800",
  "%",
];

test("every value stands where it says, whatever the request", () => {
  const piece = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 20 }),
    fc.constantFrom(...hostile, "a=b&c=d", '{"a":["b",1]}', '<r x="1">t</r>', "--x\r\n\r\n"),
  );
  const text = fc.array(piece, { maxLength: 12 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(text, text, text, text, (target, cookie, contentType, body) => {
      const exchange = exchangeOf(
        `/${target}`,
        [
          ["Cookie", cookie],
          ["Content-Type", contentType],
          ["X-A", target],
        ],
        body,
      );
      const rendered = renderRequest(exchange);
      for (const { text: value, start, end } of extractPayloads(exchange, rendered).values) {
        expect(rendered.text.slice(start, end)).toBe(value);
        expect(end).toBeGreaterThan(start);
      }
    }),
    { numRuns: 500 * torture, seed: 1 },
  );
});

test.each(hostile)("half a megabyte of %j is read in linear time", (unit) => {
  const body = unit.repeat(Math.floor(524_288 / unit.length));
  const contentTypes = [
    "application/json",
    "application/xml",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
  ];
  for (const contentType of contentTypes) {
    const exchange = exchangeOf("/", [["Content-Type", contentType]], body);
    const started = performance.now();
    const { values } = extract(exchange);
    // Linear passes take tens of milliseconds; a quadratic one would take minutes.
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(values.length).toBeLessThanOrEqual(maxValues + 1);
  }
});
