import { expect, test } from "vitest";
import { lotOf } from "./session-lot.ts";

const [here, elsewhere] = [1, 2].map((byte) => Buffer.alloc(32, byte)) as [Buffer, Buffer];

test("a session has the same lot each time, and nobody without the key can tell it from the file", () => {
  const session = { evidenceId: "e", session: "s" };
  expect(lotOf(here, session)).toBe(lotOf(here, session));
  expect(lotOf(here, session)).toMatch(/^[0-9a-f]{64}$/);
  expect(lotOf(here, session)).not.toBe(lotOf(elsewhere, session));
});

test("names that run into each other are two sessions", () => {
  expect(lotOf(here, { evidenceId: "ab", session: "c" })).not.toBe(lotOf(here, { evidenceId: "a", session: "bc" }));
});

test("the order under one key says nothing of the order under another", () => {
  const sessions = Array.from({ length: 4000 }, (_, i) => ({ evidenceId: "e", session: `${i}` }));
  const isEarly = (key: Buffer) => sessions.map((one) => lotOf(key, one) < "8");
  const [a, b] = [isEarly(here), isEarly(elsewhere)];
  const both = a.filter((early, i) => early && b[i]).length;
  expect(both).toBeGreaterThan(850);
  expect(both).toBeLessThan(1150);
});
