import { expect, test } from "vitest";
import { pageTitle } from "./badge.ts";

test("a page is called by its screen, behind how many alerts are new", () => {
  expect(pageTitle("Alerts", 0)).toBe("Alerts – Sentinel");
  expect(pageTitle("Audit log", 1234)).toBe("(1,234) Audit log – Sentinel");
});
