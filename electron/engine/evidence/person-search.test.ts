import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { createPersonMatcher, evidenceNames } from "./person-search.ts";

test.each([
  { person: "Ada Lovelace", text: "user=ada%20lovelace&x=1", want: true },
  { person: "Ada Lovelace", text: "user=Ada+Lovelace", want: true },
  { person: "zoë", text: '{"name":"zo\\u00eb"}', want: true },
  { person: "zoë", text: "name=Zo%C3%AB", want: true },
  { person: "zoë", text: "name=zoe\u0308", want: true },
  { person: "anna", text: "SUSANNA", want: true },
  { person: "ada@x.example", text: "mail=ADA%40x.example;", want: true },
  { person: "203.0.113.9", text: "203.0.113.9:443", want: true },
  { person: "203.0.113.9", text: "%3D203.0.113.9%26", want: true },
  { person: "203.0.113.9", text: "203.0.113.91 - -", want: false },
  { person: "203.0.113.9", text: "1203.0.113.9", want: false },
  { person: "2001:db8::1", text: "[2001:DB8::1]", want: true },
  { person: "2001:db8::1", text: "2001:db8::1f", want: false },
  { person: "ada", text: "nobody", want: false },
])("$person in $text: $want", ({ person, text, want }) => {
  expect(createPersonMatcher(person)(text)).toBe(want);
});

test("a name that lies across two pieces of a file is found", async () => {
  const line = '192.0.2.1 - ada.lovelace [05/Jan/2026:08:00:00 +0000] "GET / HTTP/1.1" 200 1\n';
  async function* pieces() {
    for (const byte of Buffer.from(line)) yield Buffer.from([byte]);
  }
  const names = createPersonMatcher("ada.lovelace");
  const { signal } = new AbortController();
  const evidence = { kind: "access_log", gzip: false } as const;
  expect(await evidenceNames(evidence, pieces, names, signal)).toBe(true);
  expect(await evidenceNames(evidence, pieces, createPersonMatcher("byron"), signal)).toBe(false);
});

test("a file that was cut off, or that expands beyond reason, is looked through as far as it goes", async () => {
  const line = '192.0.2.1 - ada.lovelace [05/Jan/2026:08:00:00 +0000] "GET / HTTP/1.1" 200 1\n';
  const { signal } = new AbortController();
  const evidence = { kind: "access_log", gzip: true } as const;
  const bomb = Buffer.alloc(200 * 1024 ** 2, "A");
  bomb.write(line);
  for (const stored of [gzipSync(line.repeat(1000)).subarray(0, -30), gzipSync(bomb)]) {
    async function* open() {
      yield stored;
    }
    expect(await evidenceNames(evidence, open, createPersonMatcher("ada.lovelace"), signal)).toBe(true);
    expect(await evidenceNames(evidence, open, createPersonMatcher("byron"), signal)).toBe(false);
  }
}, 60_000);
