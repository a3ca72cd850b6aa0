import { expect, test } from "vitest";
import { readChoice } from "./use-key-capture.ts";

test.each([
  { why: "a free key", pressed: "b", lead: null, want: { kind: "chosen", key: "b" } },
  { why: "its own key", pressed: "c", lead: null, want: { kind: "chosen", key: "c" } },
  { why: "the first of two", pressed: "g", lead: null, want: { kind: "begun", lead: "g" } },
  { why: "the second of two", pressed: "j", lead: "g", want: { kind: "chosen", key: "g j" } },
  { why: "two that mean something", pressed: "v", lead: "g", want: { kind: "refused", why: /"Go to verdicts"/ } },
  {
    why: "a key that means something",
    pressed: "a",
    lead: null,
    want: { kind: "refused", why: /^A already means "Assign"/ },
  },
  { why: "a key of the browser", pressed: "Ctrl+t", lead: null, want: { kind: "refused", why: /browser/ } },
  { why: "a key of screen readers", pressed: "Tab", lead: null, want: { kind: "refused", why: /screen readers/ } },
])("$why", ({ pressed, lead, want }) => {
  const got = readChoice("close", pressed, lead, {});
  if (want.kind === "refused") {
    expect(got).toMatchObject({ kind: "refused", why: expect.stringMatching(want.why!) });
  } else expect(got).toEqual(want);
});

test("a key that was given away is free", () => {
  expect(readChoice("close", "a", null, { assign: "b" })).toEqual({ kind: "chosen", key: "a" });
});
