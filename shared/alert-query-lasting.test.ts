import { expect, test } from "vitest";
import { keepLasting } from "./alert-query-lasting.ts";

test.each([
  { q: "is:open class:xss", kept: "class:xss" },
  { q: 'after:-24h path:/login -tag:seen "a b"', kept: 'path:/login "a b"' },
  { q: "status:new assignee:me", kept: "" },
  { q: 'payload:"is:open" score>0.8', kept: 'payload:"is:open" score>0.8' },
  { q: "", kept: "" },
])("what stays of $q", ({ q, kept }) => {
  expect(keepLasting(q, 0)).toBe(kept);
});
