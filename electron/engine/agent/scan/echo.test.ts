import { describe, expect, test } from "vitest";
import { createCodeReader } from "./code/read-code.ts";
import { createEchoScanner } from "./echo.ts";

const scanner = createEchoScanner(await createCodeReader());
const { signal } = new AbortController();
const echoes = async (input: string, text: string) =>
  (await scanner.scan({ text, input, kind: "output" }, signal)).findings.map(({ rule }) => rule);

const joined = '```python\ndb.execute("SELECT * FROM t WHERE n = \'" + name + "\'")\n```';
const bound = '```python\ndb.execute("SELECT * FROM t WHERE n = ?", (name,))\n```';

describe("code", () => {
  test.each([
    { why: "the same again", input: joined, text: joined, want: ["echo.sql-injection"] },
    {
      why: "renamed, in another language",
      input: joined,
      text: '```js\npool.query("SELECT * FROM t WHERE n = " + who);\n```',
      want: ["echo.sql-injection"],
    },
    { why: "mended", input: joined, text: bound, want: [] },
    {
      why: "quoted as wrong, then mended",
      input: joined,
      text: `This is vulnerable:\n${joined}\nBetter:\n${bound}`,
      want: [],
    },
    {
      why: "quoted as wrong, and left so",
      input: joined,
      text: `This is vulnerable:\n${joined}\n`,
      want: ["echo.sql-injection"],
    },
    { why: "a weakness that the input has not", input: bound, text: joined, want: [] },
  ])("$why", async ({ input, text, want }) => {
    expect(await echoes(input, text)).toEqual(want);
  });
});

describe("secrets", () => {
  const input = "The key is AKIAIOSFODNN7QWERTY1 and password: kR7!vq2Lm";
  test.each([
    { why: "as it is", text: "Use AKIAIOSFODNN7QWERTY1.", is: true },
    { why: "in hexadecimal", text: Buffer.from("AKIAIOSFODNN7QWERTY1").toString("hex"), is: true },
    { why: "spelled out", text: "k R 7 ! v q 2 L m", is: true },
    { why: "even in code", text: '```sh\nexport P="kR7!vq2Lm"\n```', is: true },
    { why: "not named at all", text: "A key and a password are in it; both must be changed.", is: false },
  ])("$why", async ({ text, is }) => {
    expect(await echoes(input, text)).toEqual(is ? ["echo.credential"] : []);
  });

  test("are not quoted", async () => {
    const outcome = await scanner.scan({ text: "kR7!vq2Lm", input, kind: "output" }, signal);
    expect(JSON.stringify(outcome)).not.toContain("kR7");
  });
});

test.each([
  { why: "bare", text: "They sent <script>alert(document.cookie)</script> to us.", want: ["echo.payload"] },
  { why: "percent-encoded", text: "/?q=%3Cscript%3Ealert(document.cookie)%3C/script%3E", want: ["echo.payload"] },
  { why: "shown between backticks", text: "They sent `<script>alert(document.cookie)</script>` to us.", want: [] },
  { why: "described", text: "They sent a script that reads the cookies.", want: [] },
])("a payload $why", async ({ text, want }) => {
  expect(await echoes('comment = "<script>alert(document.cookie)</script>"', text)).toEqual(want);
});

test.each([
  {
    why: "in a request line",
    input: "GET /?q=<script>alert(1)</script>&n=2 HTTP/1.1",
    text: "It sent <script>alert(1)</script>.",
  },
  { why: "with blanks", input: "GET /?a=1&q=' OR 1=1 -- x HTTP/1.1", text: "It sent ' OR 1=1 -- x as q." },
  { why: "in words", input: "see /?q=../../../etc/passwd for it", text: "It reads ../../../etc/passwd there." },
  {
    why: "quoted",
    input: 'url="/?q=1) UNION SELECT a,b FROM users"',
    text: "It asks for 1) UNION SELECT a,b FROM users.",
  },
  {
    why: "of two addresses in a line",
    input: "curl /a?id=1234; curl /b?f=../../../etc/passwd ; x",
    text: "It reads ../../../etc/passwd there.",
  },
  {
    why: "of a line of an access log",
    input: "GET /a?id=1234 HTTP/1.1 Referer: http://h/?q=../../../etc/passwd next",
    text: "It reads ../../../etc/passwd there.",
  },
])("a payload of an address that is not encoded, $why", async ({ input, text }) => {
  expect(await echoes(input, text)).toEqual(["echo.payload"]);
  expect(await echoes(input, "It attacks the search.")).toEqual([]);
});

test("only answers are compared, and only with an input", async () => {
  expect(await scanner.scan({ text: joined, kind: "output" }, signal)).toEqual({ flagged: false, findings: [] });
  expect(await scanner.scan({ text: joined, input: joined, kind: "prompt" }, signal)).toEqual({
    flagged: false,
    findings: [],
  });
});

test("texts that are too long to be compared are flagged", async () => {
  expect(await echoes("x", "x ".repeat(300_000))).toEqual(["echo.unread"]);
});
