import { isIPv4, isIPv6 } from "node:net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { plainAlert } from "../../report/fixture-case.ts";
import { cefFormat } from "./cef.ts";
import { hostileAlert, telling } from "./fixture-hostile.ts";
import { mappingOf } from "./format.ts";

/** Reads a line as the specification says, without knowing how it was written. */
function readCef(line: string) {
  const header: string[] = [];
  let [at, field] = [0, ""];
  while (header.length < 7) {
    const char = line[at];
    if (char === undefined) throw new Error("The header ends early.");
    if (char === "\\") {
      const next = line[at + 1];
      if (next !== "\\" && next !== "|") throw new Error("An escape that a header has not.");
      field += next;
      at += 2;
      continue;
    }
    if (char === "|") {
      header.push(field);
      field = "";
    } else field += char;
    at++;
  }
  const extension = line.slice(at);
  const starts = [...extension.matchAll(/(?:^| )([A-Za-z0-9]+)=/g)].filter(
    ({ index, 0: whole }) => !isEscaped(extension, index + whole.length - 1),
  );
  const values = starts.map((match, i): [string, string] => {
    const raw = extension.slice(match.index + match[0].length, starts[i + 1]?.index ?? extension.length);
    if (/(?<!\\)(?:\\\\)*=/.test(raw)) throw new Error("An equals sign that is not escaped.");
    if (!/^(?:[^\\]|\\[\\=nr])*$/.test(raw)) throw new Error("An escape that an extension has not.");
    return [match[1]!, raw.replace(/\\(.)/g, (_, char: string) => ({ n: "\n", r: "\r" })[char] ?? char)];
  });
  const names = values.map(([name]) => name);
  if (new Set(names).size !== names.length) throw new Error("A key twice.");
  return { header, values: Object.fromEntries(values) };
}

function isEscaped(text: string, at: number): boolean {
  let count = 0;
  while (text[at - 1 - count] === "\\") count++;
  return count % 2 === 1;
}

const known = new Set([
  ...["externalId", "cat", "outcome", "cnt", "rt", "start", "end", "dvchost", "src", "shost", "dhost", "dpt"],
  ...["requestMethod", "request", "c6a2", "c6a2Label", "cfp1", "cfp1Label"],
  ...[1, 2, 3, 4, 5, 6].flatMap((n) => [`cs${n}`, `cs${n}Label`]),
  ...[1, 2].flatMap((n) => [`flexString${n}`, `flexString${n}Label`]),
]);

describe("a CEF line", () => {
  test("has seven fields and keys of the dictionary", () => {
    const { header, values } = readCef(cefFormat.write(plainAlert({ tags: ["a", "b"] }), telling));
    expect(header).toEqual([
      "CEF:0",
      "Sentinel",
      "Sentinel",
      "0.1.0",
      "sql_injection",
      "sql injection at shop.example",
      "8",
    ]);
    expect(values).toMatchObject({
      externalId: "a1",
      src: "203.0.113.7",
      dhost: "shop.example",
      requestMethod: "GET",
      request: "/login",
      cs1: "1' or 1=1",
      cs1Label: "payload",
      cnt: "2",
      start: String(Date.parse("2026-06-01T08:00:00.000Z")),
      flexString2: "a b",
    });
  });

  test("is one line that says what the alert says, whatever is written in it", () => {
    fc.assert(
      fc.property(hostileAlert, (alert) => {
        const line = cefFormat.write(alert, telling);
        expect(line).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
        const { header, values } = readCef(line);
        expect(header).toHaveLength(7);
        expect(Number(header[6])).toBeGreaterThanOrEqual(0);
        expect(Number(header[6])).toBeLessThanOrEqual(10);
        for (const name of Object.keys(values)) expect(known).toContain(name);
        if (values.src !== undefined) expect(isIPv4(values.src)).toBe(true);
        if (values.c6a2 !== undefined) expect(isIPv6(values.c6a2)).toBe(true);
        // With the header of a syslog message a datagram that every receiver takes.
        expect(Buffer.byteLength(line)).toBeLessThan(2048 - 150);
        const lost = new Set(mappingOf(cefFormat, alert).lost);
        const plain = (text: string) => text.toWellFormed().replace(/(?![\n\r])[\p{Cc}\u2028\u2029]/gu, " ");
        if (alert.payload !== null) {
          if (lost.has("payload")) expect(plain(alert.payload).startsWith(values.cs1!)).toBe(true);
          else expect(values.cs1).toBe(plain(alert.payload));
        }
      }),
      { numRuns: 500 },
    );
  });

  test("says when only the beginning is told", () => {
    expect(mappingOf(cefFormat, plainAlert({ request_line: `GET /${"a".repeat(1000)}` })).lost).toContain(
      "request_line",
    );
    expect(mappingOf(cefFormat, plainAlert({ payload: "=".repeat(201) })).lost).toContain("payload");
    expect(mappingOf(cefFormat, plainAlert({ payload: "=".repeat(200) })).lost).not.toContain("payload");
  });
});
