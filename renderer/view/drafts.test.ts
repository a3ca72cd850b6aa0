import { expect, test } from "vitest";
import { draftOf, settleDraft, writeDraft } from "./drafts.ts";

test("a draft stands until it is stored, and what was written meanwhile stays", () => {
  writeDraft("note a", "seen before ");
  writeDraft("note b", "another");
  settleDraft("note a", "seen before");
  expect([draftOf("note a"), draftOf("note b")]).toEqual(["", "another"]);
  writeDraft("note b", "another, and more");
  settleDraft("note b", "another");
  expect(draftOf("note b")).toBe("another, and more");
});
