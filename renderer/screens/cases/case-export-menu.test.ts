import { expect, test } from "vitest";
import { describeExport } from "./case-export-menu.tsx";

test.each([
  { alerts: 100_000, want: "The whole case, with all its alerts." },
  { alerts: 100_007, want: "The case with the worst 100,000 of its 100,007 alerts: 7 are left out." },
])("a case of $alerts alerts says what goes into its file", ({ alerts, want }) => {
  expect(describeExport(alerts)).toBe(want);
});
