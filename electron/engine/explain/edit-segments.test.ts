import { expect, test } from "vitest";
import { renderRequest } from "../evidence/exchange.ts";
import { findSecrets, maskText } from "../evidence/secrets.ts";
import { editSegments } from "./edit-segments.ts";
import { replaceInRequest } from "./edited-request.ts";

const key = "AKIAABCDEFGHIJKLMNOP";

test("kept, removed and added stretches, in order", () => {
  expect(
    editSegments(
      "1' or 1=1",
      [
        { start: 1, end: 2, replacement: "" },
        { start: 7, end: 8, replacement: "a" },
      ],
      [],
    ),
  ).toEqual([
    { text: "1", kind: "kept" },
    { text: "'", kind: "removed" },
    { text: " or 1", kind: "kept" },
    { text: "=", kind: "removed" },
    { text: "a", kind: "added" },
    { text: "1", kind: "kept" },
  ]);
});

test("a secret inside an attack stays masked, once, wherever the edit cuts it", () => {
  const text = `x' or k='${key}' --`;
  const secrets = findSecrets(text).filter(({ because }) => because === "form");
  expect(secrets.length).toBe(1);
  for (let start = 0; start < text.length; start++) {
    for (const length of [1, 4, 30]) {
      const end = Math.min(text.length, start + length);
      const segments = editSegments(text, [{ start, end, replacement: "a" }], secrets);
      const shown = segments.map((segment) => segment.text).join("");
      for (let i = 0; i + 3 <= key.length; i++) expect(shown).not.toContain(key.slice(i, i + 3));
      expect(shown.split(maskText).length - 1).toBe(1);
    }
  }
});

test("long kept stretches are shortened, what was changed is not", () => {
  const text = "a".repeat(3000);
  const segments = editSegments(text, [{ start: 1000, end: 2000, replacement: "" }], []);
  expect(segments.map(({ text: shown }) => shown.length)).toEqual([403, 1000, 403]);
});

const exchange = {
  index: 0,
  offset: 0,
  length: 1,
  startedAt: null,
  durationMs: null,
  clientAddress: null,
  method: "POST",
  scheme: null,
  host: "shop.example",
  target: "/items?id=1%27",
  httpVersion: null,
  headers: [
    ["Referer", "/a"],
    ["X-Test", "one two"],
  ],
  body: "name=value&x=1",
  bodyCut: false,
  response: null,
} as const;

test.each([
  { part: "1%27", want: { target: "/items?id=NEW" } },
  { part: "two", want: { headers: [exchange.headers[0], ["X-Test", "one NEW"]] } },
  { part: "value", want: { body: "name=NEW&x=1" } },
])("an edited request is the same but for $part", ({ part, want }) => {
  const { text } = renderRequest(exchange);
  const start = text.indexOf(part);
  const edited = replaceInRequest(exchange, start, start + part.length, "NEW");
  expect(edited).toEqual({ ...exchange, ...want });
  expect(renderRequest(edited!).text).toBe(text.replace(part, "NEW"));
});

test("what stands in no value is not edited", () => {
  expect(replaceInRequest(exchange, 0, 4, "GET")).toBeNull();
});
