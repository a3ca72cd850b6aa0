import { expect, test } from "vitest";
import { asksFor, toggleStatus, withoutField, withoutStatus, withoutStretch } from "./alert-facets.ts";

test.each([
  { q: "is:open", status: "new", want: "is:open status:new" },
  { q: "is:open status:new", status: "new", want: "is:open" },
  { q: "is:open", status: "closed", want: "status:closed" },
  { q: "status:closed", status: "closed", want: "is:open" },
  { q: "is:open  status:new 'a  b", status: "closed", want: "status:new,closed 'a  b" },
  { q: "status:new,closed", status: "closed", want: "status:new" },
  { q: "status:closed class:xss", status: "closed", want: "is:open class:xss" },
  { q: "", status: "closed", want: "status:closed" },
] as const)("$status in $q", ({ q, status, want }) => {
  expect(toggleStatus(q, status)).toBe(want);
});

test("what is counted for a field leaves out what is asked of it", () => {
  expect(withoutField('severity:high payload:"a  b" -severity:low', "severity")).toBe('payload:"a  b"');
  expect(withoutField('payload:"severity:high"', "severity")).toBe('payload:"severity:high"');
  expect(withoutStatus("is:open status:new is:unassigned")).toBe("is:unassigned");
});

test("a query asks for a value that it names", () => {
  expect(asksFor("severity:low,High", "severity", "high")).toBe(true);
  expect(asksFor("-severity:high severity>=high", "severity", "high")).toBe(false);
  expect(asksFor("by:Ada", "assignee", "ada")).toBe(true);
});

test("a stretch is left out", () => {
  expect(withoutStretch("a b c", 2, 3)).toBe("a c");
  expect(withoutStretch("a", 0, 1)).toBe("");
});
