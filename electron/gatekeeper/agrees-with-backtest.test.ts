import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { GateRule } from "../../shared/gatekeeper-protocol.ts";
import { matchedBody } from "../engine/detect/waf/match-request.ts";
import { readBurp } from "../engine/evidence/burp-xml.ts";
import type { Exchange } from "../engine/evidence/exchange.ts";
import { createRuleTrial } from "../engine/respond/backtest/try-rule.ts";
import { gateRule, openGatekeeper, openServer, sendRaw, type TestGatekeeper } from "./fixture-gatekeeper.ts";

// What a back-test says of a stored request is what the gatekeeper does with it: the same bytes go over a socket and into evidence.

const rules: readonly GateRule[] = [
  gateRule("text", { kind: "string", text: "union select" }),
  gateRule("tokens", { kind: "fingerprint", tokens: ["'", "or", "<number>", "=", "<number>"] }),
  gateRule("regex", { kind: "regex", pattern: "<script[^>]*>" }),
  gateRule("query", { kind: "string", text: "' or" }, { scope: { place: "query", parameter: "q" } }),
  gateRule(
    "form",
    { kind: "string", text: "' or" },
    { scope: { method: "POST", place: "form", path: "/find/{what}" } },
  ),
  gateRule("json", { kind: "string", text: "union" }, { scope: { place: "json", parameter: "a[].b" } }),
  gateRule("header", { kind: "regex", pattern: "\\.\\./" }, { scope: { place: "header", parameter: "X-File" } }),
  gateRule("cookie", { kind: "string", text: "é" }, { scope: { place: "cookie" } }),
  {
    ...gateRule("excluded", { kind: "string", text: "or 1=1" }),
    exclusions: [
      { path: "/find/{rest}", place: "query" as const, parameter: "q", shape: "[a-z ]*' or \\d=\\d", expires_at: null },
    ],
  },
].map((rule) => ({ ...rule, stage: "tag" as const }));

let gatekeeper: TestGatekeeper;
let close: () => Promise<void>;
/** What the application was told of the last request; null: it never got there. */
let tagged: string | null = null;

beforeAll(async () => {
  const app = await openServer((request, response) => {
    tagged = String(request.headers["x-sentinel-tag"] ?? "");
    request.resume().once("end", () => response.end());
  });
  gatekeeper = await openGatekeeper(app.origin);
  await gatekeeper.push(...rules);
  close = async () => {
    await gatekeeper.close();
    await app.close();
  };
});
afterAll(() => close());

const latin1 = (text: string) => Buffer.from(text, "latin1");
const attacks = [
  "' or 1=1",
  "1 union select 2",
  "<script>x</script>",
  "../../etc/passwd",
  "it's or",
  "é' or 2=2",
  "tea",
  "",
];
const encodings: readonly ((text: string) => string)[] = [
  (text) => text,
  encodeURIComponent,
  (text) => encodeURIComponent(encodeURIComponent(text)),
  (text) =>
    Buffer.from(text)
      .toString("latin1")
      .replace(/./gs, (sign) => `%${sign.charCodeAt(0).toString(16).padStart(2, "0")}`),
  (text) => text.replaceAll(" ", "+").replaceAll("'", "%2527"),
  (text) => text.replaceAll(" ", "/**/"),
  (text) => Buffer.from(text).toString("base64"),
  (text) => text.replace(/./gs, (sign) => `%u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`),
  (text) => text.replace(/./gs, (sign) => `&#${sign.charCodeAt(0)};`),
];
/** A text as bytes of the wire, each one a Latin-1 character. */
const wire = (text: string) => Buffer.from(text).toString("latin1");
const value = fc
  .tuple(fc.constantFrom(...attacks), fc.constantFrom(...encodings))
  .map(([text, encode]) => wire(encode(text)));
const name = fc.constantFrom("q", "q[]", "%71", "Q", "a", "", "q\xff", "\xe9");
const pair = fc.tuple(name, value).map(([key, text]) => `${key}=${text}`);
const pairs = fc.array(pair, { maxLength: 4 }).map((all) => all.join("&"));
const path = fc.constantFrom(
  "/",
  "/find/tea",
  "/find/a/b",
  "//find//./x/../tea",
  "/f%69nd/tea",
  "/find/tea;x=1",
  "/\xff/%zz",
);
/** As it may stand in a request line. */
const isControl = (sign: string) => sign < " " || sign === "\x7f";
const inTarget = (text: string) =>
  text.replace(/./gs, (sign) =>
    isControl(sign) || sign === " " ? `%${sign.charCodeAt(0).toString(16).padStart(2, "0")}` : sign,
  );
const inHeader = (text: string) => text.replace(/./gs, (sign) => (isControl(sign) && sign !== "\t" ? "?" : sign));
const header = fc.oneof(
  fc
    .tuple(fc.constantFrom("X-File", "x-file", "Referer", "User-Agent", "X-Empty"), value)
    .map(([key, text]) => [key, inHeader(text)] as const),
  pairs.map((text) => ["Cookie", inHeader(text.replaceAll("&", "; "))] as const),
);
const json = fc
  .array(fc.record({ b: fc.constantFrom(...attacks) }), { maxLength: 3 })
  .map((a) => ["application/json", JSON.stringify({ a, "\u00e9": "x" })] as const);
const form = pairs.map((text) => ["application/x-www-form-urlencoded", text] as const);
const parts = value.map(
  (text) =>
    [
      "multipart/form-data; boundary=b",
      `--b\r\nContent-Disposition: form-data; name="q"\r\n\r\n${text}\r\n--b--\r\n`,
    ] as const,
);
const bytes = fc
  .uint8Array({ maxLength: 60 })
  .map((some) => ["text/plain", Buffer.from(some).toString("latin1")] as const);
const content = fc.oneof(
  json.map(([type, text]) => [type, wire(text)] as const),
  form,
  parts,
  bytes,
  form.map(([, text]) => ["", text] as const),
);
const codings: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  "": (body) => body,
  identity: (body) => body,
  gzip: (body) => gzipSync(body),
  deflate: (body) => deflateSync(body),
  br: (body) => brotliCompressSync(body),
};

/** A body with an attack around the place where rules end to look, filled with characters of one to four bytes, and with none of UTF-8. */
const longRequest = fc
  .record({
    attack: fc.constantFrom("1 union select 2", "<script>x</script>", "' or 1=1"),
    shift: fc.oneof(fc.integer({ min: -30, max: 10 }), fc.constantFrom(-60_000, 60_000)),
    filler: fc.constantFrom("x", "é", "€", "😀", "\xff"),
    type: fc.constantFrom("application/x-www-form-urlencoded", "text/plain", "application/json"),
    after: fc.constantFrom(0, 1, 300_000),
    coding: fc.constantFrom("", "gzip", "br", "deflate"),
    isChunked: fc.boolean(),
  })
  .map(({ attack, shift, filler, type, after, coding, isChunked }) => {
    const fill = (length: number) => filler.repeat(Math.max(0, Math.ceil(length / filler.length)));
    const [before, between, behind] = type.endsWith("json") ? ['{"a":"', '","b":"', '"}'] : ["a=", "&q=", ""];
    const start = `${before}${fill(matchedBody + shift - before.length - between.length)}${between}`;
    const text = `${start}${attack}${fill(after)}${behind}`;
    const body = codings[coding]!(filler === "\xff" ? latin1(text) : Buffer.from(text));
    const lines = ["POST /find/tea HTTP/1.1", "Host: shop.example", `Content-Type: ${type}`];
    if (coding !== "") lines.push(`Content-Encoding: ${coding}`);
    lines.push(isChunked ? "Transfer-Encoding: chunked" : `Content-Length: ${body.length}`, "Connection: close");
    return Buffer.concat([latin1(`${lines.join("\r\n")}\r\n\r\n`), isChunked ? chunked(body, [70_001, 65_536]) : body]);
  });

const request = fc
  .record({
    method: fc.constantFrom("GET", "POST", "PUT", "post", "DELETE"),
    path,
    query: fc.option(pairs, { nil: null }),
    headers: fc.array(header, { maxLength: 4 }),
    content: fc.option(content, { nil: null }),
    coding: fc.constantFrom(...Object.keys(codings)),
    /** Lengths of chunks; null: a body with its length. */
    chunks: fc.option(fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 5 }), { nil: null }),
    version: fc.constantFrom("1.1", "1.1", "1.0"),
  })
  .map((given) => {
    const target = inTarget(given.query === null ? given.path : `${given.path}?${given.query}`);
    const lines = [`${given.method} ${target} HTTP/${given.version}`, "Host: shop.example"];
    for (const [key, text] of given.headers) lines.push(`${key}: ${text}`);
    if (given.content === null) return latin1(`${lines.join("\r\n")}\r\nConnection: close\r\n\r\n`);
    const [type, text] = given.content;
    if (type !== "") lines.push(`Content-Type: ${type}`);
    if (given.coding !== "") lines.push(`Content-Encoding: ${given.coding}`);
    const body = codings[given.coding]!(latin1(text));
    const isChunked = given.chunks !== null && given.version === "1.1";
    lines.push(isChunked ? "Transfer-Encoding: chunked" : `Content-Length: ${body.length}`, "Connection: close");
    const framed = isChunked ? chunked(body, given.chunks!) : body;
    return Buffer.concat([latin1(`${lines.join("\r\n")}\r\n\r\n`), framed]);
  });

function chunked(body: Buffer, lengths: readonly number[]): Buffer {
  const framed: Buffer[] = [];
  let at = 0;
  for (const length of [...lengths, body.length]) {
    const chunk = body.subarray(at, at + length);
    if (chunk.length === 0) break;
    framed.push(latin1(`${chunk.length.toString(16)}\r\n`), chunk, latin1("\r\n"));
    at += chunk.length;
  }
  return Buffer.concat([...framed, latin1("0\r\n\r\n")]);
}

async function asEvidence(raw: Buffer): Promise<Exchange> {
  const xml = `<?xml version="1.0"?><items burpVersion="2026.1.1"><item><url>http://shop.example/</url><request base64="true">${raw.toString("base64")}</request></item></items>`;
  async function* source() {
    yield Buffer.from(xml);
  }
  for await (const [exchange] of readBurp(source())) if (exchange !== undefined) return exchange;
  throw new Error("It is no evidence.");
}

/** Rules that a back-test over this one request counts as having matched. */
function backtest(exchange: Exchange): string[] {
  return rules
    .filter(({ definition, exclusions }) => {
      const rule = { definition, exclusions, candidate: null, against: null, now: Date.now() };
      return createRuleTrial({ rule, labels: [], samples: [], known: [], from: null, to: null, addedAt: 0 }).look(
        exchange,
      );
    })
    .map(({ id }) => id);
}

test.each([
  { form: "requests of every odd form", request, runs: 300, least: { passed: 100, matched: 30 } },
  { form: "bodies longer than rules look", request: longRequest, runs: 60, least: { passed: 60, matched: 10 } },
])(
  "what a back-test says is what the gatekeeper does, for $form",
  async ({ request, runs, least }) => {
    let passed = 0;
    let matched = 0;
    await fc.assert(
      fc.asyncProperty(request, async (raw) => {
        tagged = null;
        const reply = await sendRaw(gatekeeper.origin, raw);
        if (tagged === null) {
          // It went no further: as no clean HTTP, which a rule has nothing to do with.
          expect(reply).toMatch(/^HTTP\/1\.1 (?:400|501)/);
          return;
        }
        const does = (tagged as string).split(",").filter((id) => id !== "");
        const says = backtest(await asEvidence(raw));
        expect(does.sort()).toEqual(says.sort());
        passed++;
        if (says.length > 0) matched++;
      }),
      { numRuns: runs * Number(process.env.TORTURE ?? 1) },
    );
    // Else nothing was compared.
    expect(passed).toBeGreaterThanOrEqual(least.passed);
    expect(matched).toBeGreaterThanOrEqual(least.matched);
  },
  120_000 * Number(process.env.TORTURE ?? 1),
);
