import { mkdirSync } from "node:fs";
import type { Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findNothingInaccessible } from "./axe.ts";
import { allAnalysed, openWindow, type Window } from "./window.ts";

let window: Window;
let page: Page;
let problems: string[];

const shots = process.env.SENTINEL_SHOTS;
const shoot = async (name: string) => {
  if (shots === undefined) return;
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: `${shots}/${name}.png` });
};

beforeAll(async () => {
  window = await openWindow();
  ({ page, problems } = await window.open());
});
afterAll(() => window?.close());

function go(hash: string): Promise<void> {
  return page.evaluate((to) => {
    globalThis.location.hash = to;
  }, hash);
}

const section = () => page.getByRole("region", { name: "Gradual rollout" });
const share = () => section().getByLabel("Behaviour in the verdict", { exact: true });

test("a part is rolled out to a share, what that did is shown, and one press switches it off; undo brings it back", async () => {
  await page.getByText("Live", { exact: true }).waitFor();
  await go("#/settings");
  await share().waitFor();
  expect(await share().inputValue()).toBe("100");
  await share().fill("101");
  await section().getByText("A whole number from 0 to 100").waitFor();
  await share().fill("50");
  await share().press("Enter");
  await page.getByText("Behaviour in the verdict: 50 % of sessions.").waitFor();
  await section()
    .getByText(/^Since .*: 0 sessions yet$/)
    .waitFor();

  await go("#/verdicts");
  await page.getByRole("button", { name: "Load sample evidence" }).press("Enter");
  await page.locator("[role=row][id^=row-]").first().waitFor({ timeout: 50_000 });
  await allAnalysed(page);
  await go("#/settings");
  const table = section().getByRole("table", { name: "Behaviour in the verdict: each way" });
  await table.waitFor();
  const counts = async () =>
    await Promise.all(
      ["With it", "Without it"].map(async (way) =>
        Number(
          await table
            .getByRole("row", { name: way === "With it" ? /^With it/ : /^Without it/ })
            .getByRole("cell")
            .nth(1)
            .textContent(),
        ),
      ),
    );
  await expect.poll(async () => (await counts()).every((count) => count > 0)).toBe(true);
  await section().scrollIntoViewIfNeeded();
  await findNothingInaccessible(page, "feature flags");
  await shoot("flags");
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 1920, height: 1080 });
  await section().scrollIntoViewIfNeeded();
  await findNothingInaccessible(page, "feature flags, dark");
  await shoot("flags-dark-wide");
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.emulateMedia({ colorScheme: "light" });

  await section().getByRole("button", { name: "Switch off Behaviour in the verdict" }).press("Enter");
  await expect.poll(() => share().inputValue()).toBe("0");
  await page.getByRole("button", { name: "Undo" }).last().click();
  await expect.poll(() => share().inputValue()).toBe("50");
  expect(problems).toEqual([]);
}, 120_000);
