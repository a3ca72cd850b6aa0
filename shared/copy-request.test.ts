import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { copyAsCurl, copyAsHar, copyAsRaw } from "./copy-request.ts";

const request = (target: string, headers: readonly string[] = [], body = "") =>
  `POST ${target} HTTP/1.1\r\n${["Host: shop.example", ...headers].map((line) => `${line}\r\n`).join("")}\r\n${body}`;

/** What curl would be given, by a real bash in an empty folder; fails if anything but that happens. */
function pasted(command: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), "sentinel-paste-"));
  try {
    const script = `curl() { printf '%s\\0' "$@"; }\nset -o history -o histexpand\n${command}`;
    const out = execFileSync("bash", ["-c", script], {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
    expect(readdirSync(folder)).toEqual([]);
    return out.split("\0").slice(0, -1);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Headers that curl would add, taken away. */
const withoutDefaults = ["User-Agent:", "Accept:", "Content-Type:"].flatMap((name) => ["--header", name]);

const hostile = [
  "'; touch owned; '",
  "$(touch owned)",
  "`touch owned`",
  "\\'; touch owned #",
  "$'\\x41'",
  "a\nb; touch owned\n",
  "a\r\ntouch owned\r\n",
  "\u0003touch owned",
  "\u001b[201~touch owned",
  "\u009b201~",
  "\u202etxt.exe",
  "!!; !$ !touch",
  "ünïcode ☃ 💥 1",
  "\\",
  "\\\\'",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a shell would read it.
  "${IFS}& | < > * ? [a] {b,c} ~ #",
  "\u0001a\u0002b\u007f3",
  "%0a%27;x",
  "\ufffd@/etc/passwd",
  "@/etc/passwd",
  "-o owned",
];

test.each(hostile)("pasting %j runs nothing, and curl is given exactly that", (text) => {
  const oneLine = text.replaceAll(/[\r\n]/g, " ");
  const copied = copyAsCurl(request(`/a?q=${oneLine}`, [`X-Note: ${oneLine}`], text));
  expect(copied.text).not.toBeNull();
  // One line of printable ASCII: nothing in it that a terminal would act on.
  expect(copied.text).toMatch(/^[\x20-\x7e]*$/);
  expect(pasted(copied.text!)).toEqual([
    "--path-as-is",
    "--globoff",
    "--request",
    "POST",
    "--url",
    `https://shop.example/a?q=${oneLine}`,
    "--header",
    `X-Note: ${oneLine}`,
    ...withoutDefaults,
    "--data-raw",
    text,
  ]);
});

test("whatever a body says, it comes through as it was", () => {
  const letters = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: fc.constantFrom("'", "\\", "$", "!", "\n", "x", "4", "é") }),
  );
  fc.assert(
    fc.property(letters, (text) => {
      const body = text.replaceAll("\0", "");
      const command = copyAsCurl(request("/", [], body)).text!;
      expect(command).toMatch(/^[\x20-\x7e]*$/);
      expect(pasted(command).slice(6)).toEqual(
        body === "" ? withoutDefaults.slice(0, 4) : [...withoutDefaults, "--data-raw", body],
      );
    }),
    { numRuns: 25 * Number(process.env.TORTURE ?? 1) },
  );
});

test("no header reads a file, and what curl writes itself is left to it", () => {
  const copied = copyAsCurl(
    request("/", ["@/etc/passwd: x", "Content-Length: 5", "X-Empty: ", ":authority: evil", "A: b"], "hello"),
  );
  expect(copied).toMatchObject({ notes: ["A header whose name is none was left out."] });
  expect(pasted(copied.text!).slice(6)).toEqual([
    "--header",
    "X-Empty;",
    "--header",
    "A: b",
    ...withoutDefaults,
    "--data-raw",
    "hello",
  ]);
});

test("a target that is no path is sent as it stood", () => {
  const args = pasted(copyAsCurl(request("http://other.example/x"), "http").text!);
  expect(args).toContain("http://shop.example/");
  expect(args.slice(args.indexOf("--request-target"))[1]).toBe("http://other.example/x");
});

test.each([
  { why: "a NUL", text: request("/", [], "a\0b") },
  { why: "no host", text: "GET / HTTP/1.1\r\n\r\n" },
  { why: "a host that is none", text: "GET / HTTP/1.1\r\nHost: a b\r\n\r\n" },
  { why: "a method that is none", text: "G(T / HTTP/1.1\r\nHost: a\r\n\r\n" },
  { why: "no request line", text: "hello" },
])("$why is refused in words", ({ text }) => {
  expect(copyAsCurl(text)).toMatchObject({ text: null, reason: expect.stringMatching(/\.$/) });
});

test("a HAR entry holds request and response", () => {
  const { text } = copyAsHar(request("/a?q=1&r=%20", ["Content-Type: text/plain"], "body\u202e"), {
    startedAt: "2026-01-05T08:00:00.000Z",
    durationMs: 12,
    status: 200,
    response: { head: "HTTP 200\r\nContent-Type: text/html\r\n", body: "<p>", body_available: true },
  });
  expect(JSON.parse(text!)).toMatchObject({
    startedDateTime: "2026-01-05T08:00:00.000Z",
    request: {
      method: "POST",
      url: "https://shop.example/a?q=1&r=%20",
      queryString: [
        { name: "q", value: "1" },
        { name: "r", value: " " },
      ],
      postData: { mimeType: "text/plain", text: "body\u202e" },
    },
    response: { status: 200, content: { mimeType: "text/html", text: "<p>" } },
  });
});

test("raw is the text, and ends no line where there is no body", () => {
  expect(copyAsRaw(request("/")).text).toBe("POST / HTTP/1.1\r\nHost: shop.example");
  expect(copyAsRaw(request("/", [], "a\n")).text).toBe("POST / HTTP/1.1\r\nHost: shop.example\r\n\r\na\n");
});
