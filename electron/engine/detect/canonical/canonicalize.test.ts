// biome-ignore-all lint/suspicious/noTemplateCurlyInString: shells and Log4j spell their expansions like this.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Place } from "../../../../shared/payload.ts";
import { canonicalize, defaultBudget, mapSpan } from "./canonicalize.ts";

const torture = Number(process.env.TORTURE ?? 1);

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

test.each<{ why: string; text: string; place?: Place; want: string; decodings: string[] }>([
  { why: "URL", text: "1%27%20OR%201", want: "1' OR 1", decodings: ["url"] },
  { why: "double URL", text: "%2527", want: "'", decodings: ["url", "url"] },
  { why: "plus in a query", text: "1+union", place: "query", want: "1 union", decodings: ["url"] },
  { why: "nested half escapes", text: "%%35%63", want: "\\", decodings: ["url", "url"] },
  { why: "%u", text: "%u0027%uFF1C", want: "'<", decodings: ["url", "unicode"] },
  { why: "UTF-8 in URL", text: "%E2%82%AC%F0%9F%98%80", want: "€😀", decodings: ["url"] },
  { why: "Latin-1 in URL", text: "caf%E9", want: "café", decodings: ["url"] },
  { why: "overlong UTF-8", text: "%c0%ae%c0%ae%c0%af%e0%80%af", want: "..//", decodings: ["overlong_utf8"] },
  { why: "overlong UTF-8 as bytes", text: "À®À®À¯", want: "../", decodings: ["unicode"] },
  { why: "HTML entities", text: "&lt;b&#x3e;&#0000097&lpar;", want: "<b>a(", decodings: ["html"] },
  { why: "JavaScript escapes", text: "\\x3c\\u003e\\101\\u{41}\\/", want: "<>AA/", decodings: ["escapes"] },
  { why: "JSON strings", text: 'a\\"\\n\\u0041\\\\', place: "json", want: 'a"\nA\\', decodings: ["json"] },
  { why: "URL within JSON", text: "\\u0025\\u0032\\u0037", place: "json", want: "'", decodings: ["json", "url"] },
  { why: "UTF-7", text: "+ADw-script+AD4-", want: "<script>", decodings: ["utf7"] },
  {
    why: "Base64",
    text: base64("<script>alert(1)</script>"),
    want: "<script>alert(1)</script>",
    decodings: ["base64"],
  },
  { why: "short padded Base64", text: base64("' OR 1=1--"), want: "' OR 1=1--", decodings: ["base64"] },
  {
    why: "short Base64 that needs no padding",
    text: base64("1' or '1'='1"),
    want: "1' or '1'='1",
    decodings: ["base64"],
  },
  { why: "short Base64 without its padding", text: "JyBPUiAxPTEtLQ", want: "' OR 1=1--", decodings: ["base64"] },
  { why: "short hexadecimal", text: "27206f7220313d312d2d", want: "' or 1=1--", decodings: ["hex"] },
  {
    why: "base64url within a path",
    text: `/r/${Buffer.from("http://a.example/?q=<b>").toString("base64url")}`,
    want: "/r/http://a.example/?q=<b>",
    decodings: ["base64"],
  },
  {
    why: "Base64 in a command",
    text: `echo ${base64("cat /etc/passwd")}|base64 -d`,
    want: "echo cat /etc/passwd|base64 -d",
    decodings: ["base64"],
  },
  {
    why: "data: URLs",
    text: "data:text/html;base64,PHN2ZyBvbmxvYWQ9YSgpPg",
    want: "data:text/html;base64,<svg onload=a()>",
    decodings: ["base64"],
  },
  {
    why: "PowerShell's wide Base64",
    text: Buffer.from("whoami /all", "utf16le").toString("base64"),
    want: "whoami /all",
    decodings: ["base64"],
  },
  { why: "Base64 of URL", text: base64("%27%20or%201=1 --"), want: "' or 1=1 --", decodings: ["base64", "url"] },
  { why: "hexadecimal literals", text: "char(0x73656c656374)", want: "char(select)", decodings: ["hex"] },
  { why: "bare hexadecimal", text: Buffer.from("<script>").toString("hex"), want: "<script>", decodings: ["hex"] },
  { why: "full-width forms", text: "＜ｓcript＞＇", want: "<script>'", decodings: ["unicode"] },
  { why: "mathematical letters", text: "𝐚lert", want: "alert", decodings: ["unicode"] },
  { why: "best-fit quotes", text: "aʼ or 1", want: "a' or 1", decodings: ["unicode"] },
  { why: "invisible characters", text: "scr\u200bipt", want: "script", decodings: ["unicode"] },
  { why: "look-ups", text: "${${lower:j}ndi:${env:X:-l}dap}", want: "${jndi:ldap}", decodings: ["lookups"] },
  { why: "nested look-ups", text: "${${lower:${upper:j}}ndi}", want: "${jndi}", decodings: ["lookups", "lookups"] },
  { why: "comments", text: "1/**/union/*x*/select", want: "1 union select", decodings: ["comments"] },
  { why: "version comments", text: "/*!50000union*/ a", want: " union  a", decodings: ["comments"] },
  { why: "white space runs", text: "a \t  b", want: "a b", decodings: ["white_space"] },
  { why: "NUL bytes", text: "a.php%00.jpg", want: "a.php.jpg", decodings: ["url", "white_space"] },
  { why: "split schemes", text: "java\tscript:alert(1)", want: "javascript:alert(1)", decodings: ["white_space"] },
  {
    why: "split schemes in entities",
    text: "jav&#x0A;ascript:a",
    want: "javascript:a",
    decodings: ["html", "white_space"],
  },
  { why: "shell quotes", text: "c''at${IFS}/e\\tc/pass$@wd", want: "cat /etc/passwd", decodings: ["shell"] },
  { why: "brace lists", text: ";{cat,/etc/passwd}", want: ";cat /etc/passwd", decodings: ["shell"] },
  { why: "carets", text: "w^hoami", want: "whoami", decodings: ["shell"] },
])("reads $why", ({ text, place, want, decodings }) => {
  const { layers, cut } = canonicalize(text, { place });
  expect(layers[0]).toEqual({ text, decodings: [], origin: null });
  const found = layers.find((layer) => layer.text === want);
  expect(found?.decodings, JSON.stringify(layers.map((layer) => layer.text))).toEqual(decodings);
  expect(cut).toBe(false);
});

test.each([
  "hello world",
  "40184",
  "registrationNumberForm",
  "ThisIsAVeryLongCamelCaseIdentifierName",
  "d41d8cd98f00b204e9800998ecf8427e",
  "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
  "550e8400-e29b-41d4-a716-446655440000",
  "4111111111111111",
  "4a6b8c2d4e6f8a1b",
  "2024-01-31T10:00:00Z",
  "/usr/share/doc/ReadMe/INSTALL",
  "https://shop.example/a?b=1",
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36",
  "John O'Neill",
  "naïve café – “quoted” … 10 °C",
  "日本語のテキスト",
  "C:\\Users\\max",
  "100% sure",
  "AT&T & more; R&D",
  "a=1&copy=2&lang=de",
  "line one\r\nline two\n",
  "kJ8fQz0LmN3pXr7T",
])("leaves ordinary text alone but for folding: %j", (text) => {
  for (const layer of canonicalize(text).layers) {
    expect(layer.decodings.filter((name) => name !== "shell")).toEqual([]);
  }
});

test("random identifiers are not taken for encodings", () => {
  const random = fc.sample(fc.uint8Array({ minLength: 9, maxLength: 32 }), { numRuns: 20_000, seed: 7 });
  let decoded = 0;
  for (const bytes of random) {
    const buffer = Buffer.from(bytes);
    for (const text of [buffer.toString("base64url"), buffer.toString("hex")]) {
      if (
        canonicalize(text).layers.some((layer) => layer.decodings.includes("base64") || layer.decodings.includes("hex"))
      ) {
        decoded++;
      }
    }
  }
  expect(decoded).toBeLessThanOrEqual(8);
});

/** Text of all that the decoders react to. */
const mixed = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "%27",
        "%25",
        "%u0041",
        "%c0%ae",
        "%E2%82%AC",
        "&lt;",
        "&#x41;",
        "\\x41",
        "\\u0041",
        "\\n",
        "+ADw-",
        "/**/",
        "/*!5",
      ),
      fc.constantFrom(
        "*/",
        "  ",
        "\t",
        "\u0000",
        "''",
        "${IFS}",
        "${lower:a}",
        "{a,b}",
        "＜",
        "𝐚",
        "À®",
        "\ud800",
        "j\na",
        base64("select * from users"),
      ),
      fc.string({ maxLength: 6 }),
    ),
    { maxLength: 14 },
  )
  .map((parts) => parts.join(""));
const places: (Place | undefined)[] = [undefined, "query", "json", "header"];

test("origins ascend, stay within the value and map whole layers onto it", () => {
  fc.assert(
    fc.property(mixed, fc.constantFrom(...places), (text, place) => {
      for (const layer of canonicalize(text, { place }).layers.slice(1)) {
        const origin = layer.origin!;
        expect(origin).toHaveLength(layer.text.length + 1);
        expect(origin.at(-1)).toBe(text.length);
        for (let i = 1; i < origin.length; i++) expect(origin[i]!).toBeGreaterThanOrEqual(origin[i - 1]!);
        const span = mapSpan(layer, 0, layer.text.length);
        expect(span.end).toBe(text.length);
      }
    }),
    { numRuns: 1000 * torture, seed: 2 },
  );
});

test("an encoded part maps back to exactly its escapes", () => {
  const encoders: [Place, (text: string) => string][] = [
    ["query", (text) => Array.from(Buffer.from(text), (byte) => `%${byte.toString(16).padStart(2, "0")}`).join("")],
    ["query", (text) => encodeURIComponent(encodeURIComponent(text))],
    ["header", (text) => Array.from(text, (c) => `&#${c.codePointAt(0)};`).join("")],
    [
      "json",
      (text) =>
        Array.from({ length: text.length }, (_, i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, "0")}`).join(
          "",
        ),
    ],
  ];
  const plain = fc.string({ unit: fc.constantFrom("a", "é", "€", "😀", "<", "'", "Z"), minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(plain, plain, plain, fc.constantFrom(...encoders), (before, middle, after, [place, encode]) => {
      const parts = [encode(before), encode(middle), encode(after)];
      const layer = canonicalize(parts.join(""), { place }).layers.find(
        ({ text }) => text === before + middle + after,
      )!;
      expect(layer).toBeDefined();
      const start = parts[0]!.length;
      expect(mapSpan(layer, before.length, before.length + middle.length)).toEqual({
        start,
        end: start + parts[1]!.length,
      });
    }),
    { numRuns: 300 * torture, seed: 3 },
  );
});

test("the span of a Base64 word maps to its digits", () => {
  const layer = canonicalize(`x=${base64("aaa<script>bbb")}`).layers.at(-1)!;
  const at = layer.text.indexOf("<script>");
  // Bytes 3 to 11: digits 4 to 14 and a bit of the next.
  expect(mapSpan(layer, at, at + 8)).toEqual({ start: 2 + 4, end: 2 + 14 });
});

test("a span outside the text is a mistake", () => {
  const [layer] = canonicalize("abc").layers;
  expect(() => mapSpan(layer!, 2, 4)).toThrow(RangeError);
  expect(mapSpan(layer!, 1, 2)).toEqual({ start: 1, end: 2 });
});

test("nested encodings stop within the budget and say so", () => {
  let bomb = "'";
  for (let i = 0; i < 40; i++) bomb = bomb.replaceAll("%", "%25").replaceAll("'", "%27");
  const nested = canonicalize(bomb);
  expect(nested.cut).toBe(true);
  expect(nested.layers.length).toBeLessThanOrEqual(defaultBudget.layers);
  let deep = "<script>alert(1)</script>";
  for (let i = 0; i < 12; i++) deep = base64(deep);
  expect(canonicalize(deep).cut).toBe(true);
  const little = canonicalize("%41".repeat(1000), { budget: { units: 100, layers: 4, rounds: 4 } });
  expect(little.cut).toBe(true);
  expect(little.layers[1]!.text.length).toBeLessThan(100);
});

test.each([
  "a",
  "%",
  "%25",
  "%u",
  "&#",
  "&lt",
  "&",
  "\\",
  "\\u{",
  "+A",
  "+",
  "/*",
  "/*!",
  "*/",
  "j\t",
  "{",
  ";{a",
  "${",
  "${lower:",
  "0x",
  "A1",
  "=",
  "'",
  "''",
  "＜",
  "À®",
  "\ud800",
  "\u0000",
  " ",
  base64("select 1 from dual;"),
  "3c73",
])("a quarter of a megabyte of %j is read within the budget", (unit) => {
  const text = unit.repeat(Math.floor(262_144 / unit.length));
  const started = performance.now();
  const { layers } = canonicalize(text);
  // Linear passes take well under a second together; a quadratic one would take minutes.
  expect(performance.now() - started).toBeLessThan(10_000);
  const produced = layers.slice(1).reduce((sum, layer) => sum + layer.text.length, 0);
  expect(produced).toBeLessThanOrEqual(defaultBudget.units);
});

test.each(["a", "é", "д", "\u{1f600}", "\ud800"])("a long reading keeps every %j as it stood", (unit) => {
  const kept = unit.repeat(20_000);
  const { layers } = canonicalize(`${kept}%2d${kept}`);
  expect(layers.find(({ decodings }) => decodings.includes("url"))!.text === `${kept}-${kept}`).toBe(true);
});

test("the same value gives the same readings, after any other", () => {
  fc.assert(
    fc.property(mixed, mixed, (text, other) => {
      const first = canonicalize(text);
      canonicalize(other);
      expect(canonicalize(text)).toEqual(first);
    }),
    { numRuns: 200 * torture, seed: 4 },
  );
});
