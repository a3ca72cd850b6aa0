import type { Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findNothingInaccessible } from "./axe.ts";
import { allAnalysed, openWindow, type Window } from "./window.ts";

let window: Window;
let page: Page;
let problems: string[];

beforeAll(async () => {
  window = await openWindow();
  ({ page, problems } = await window.open());
});
afterAll(() => window?.close());

const press = async (...keys: string[]) => {
  for (const key of keys) await page.keyboard.press(key);
};
const rows = () => page.getByRole("grid", { name: "Alerts" }).locator("[role=row][id^=row-]");
const region = (name: string) => page.getByRole("region", { name, exact: true });

/** Closes what a dialog asks, and waits until it is gone. */
async function confirm(key = "Enter"): Promise<void> {
  await press(key);
  await page.getByRole("dialog").waitFor({ state: "detached" });
}

test("selected alerts become a case without a mouse", async () => {
  await page.getByRole("button", { name: "Load sample evidence" }).press("Enter");
  await page.getByRole("button", { name: /^Simulate [1-9]/ }).waitFor({ timeout: 50_000 });
  await allAnalysed(page);
  await press("g", "q");
  await rows().nth(5).waitFor();
  await press("j", "x", "j", "x", "e");
  await page.getByRole("dialog", { name: "Case: 2 alerts" }).waitFor();
  await findNothingInaccessible(page, "case dialog");
  await page.keyboard.type("Wave <b>one</b>");
  await page.getByRole("radio", { name: /A new case/ }).waitFor();
  await confirm();
  await page.getByText('Case "Wave <b>one</b>" is open, with 2 alerts.').waitFor();
  await expect.poll(() => rows().filter({ hasText: "case" }).count()).toBe(2);
}, 120_000);

test("the case says what it holds; tasks, notes, entries and observables are written into it", async () => {
  await press("g", "c");
  await page.getByRole("link", { name: "Wave <b>one</b>" }).waitFor();
  await press("Enter");
  await page.getByRole("heading", { name: "Wave <b>one</b>" }).waitFor();
  expect(await region("Alerts 2").getByRole("listitem").count()).toBe(2);
  await page.getByLabel("New task").fill("Ask the owner");
  await press("Enter");
  await page.getByRole("checkbox", { name: "Ask the owner" }).waitFor();
  await page
    .getByLabel("Write a note (Markdown)")
    .fill("**bold** [there](https://evil.example/) <img src=x onerror=alert(1)>");
  await press("Control+Enter");
  await region("Notes").getByText("<img src=x onerror=alert(1)>").waitFor();
  expect(await region("Notes").locator("a, img").count()).toBe(0);
  await page.getByLabel("What happened").fill("The shop was taken offline");
  await press("Enter");
  await region("Timeline").getByText("The shop was taken offline").waitFor();
  await page.getByLabel("Value").fill("198.51.100.9");
  await press("Enter");
  await region("Observables").getByText("198.51.100.9").waitFor();
  // What was seen is looked up in all requests, benign ones too.
  const host = region("Observables").getByRole("row").filter({ hasText: "127.0.0.1" });
  const found = await host.getByRole("button", { name: /requests$/ }).textContent();
  expect(Number(found?.replace(/\D/g, ""))).toBeGreaterThan(20);
  await findNothingInaccessible(page, "case");
});

test("it is not closed with open tasks unless that is meant, and one key opens it again with its alerts", async () => {
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  await press("c");
  await page.getByRole("alert").filter({ hasText: "1 task is still open" }).waitFor();
  await findNothingInaccessible(page, "closing a case");
  await press("1");
  await page.getByRole("button", { name: /Close despite open tasks/ }).waitFor();
  await confirm();
  await page.getByText("Closed: true positive").first().waitFor();
  await region("Alerts 2").getByText("Closed: true positive").nth(1).waitFor();
  await press("Control+z");
  await page.getByText("Taken back.").waitFor();
  await region("Alerts 2").getByText("In progress").nth(1).waitFor();
  await page
    .getByRole("button", { name: /^Close/ })
    .first()
    .waitFor();
});

test("a case is merged into another and taken out again", async () => {
  await press("Escape");
  await page.getByRole("link", { name: "Wave <b>one</b>" }).waitFor();
  await press("N");
  await page.getByRole("dialog", { name: "New case" }).getByLabel("Title").fill("Second");
  await confirm();
  await page.getByRole("heading", { name: "Second" }).waitFor();
  await page.getByRole("button", { name: "Merge" }).press("Enter");
  await page.getByRole("checkbox", { name: /Wave/ }).press("Space");
  await page.getByRole("checkbox", { name: /Wave/, checked: true }).waitFor();
  await findNothingInaccessible(page, "merging");
  await confirm();
  await region("Merged into it").getByText("Wave <b>one</b>").waitFor();
  expect(await region("Alerts 2").getByRole("listitem").count()).toBe(2);
  await region("Merged into it").getByRole("button", { name: "Take out" }).press("Enter");
  await region("Merged into it").waitFor({ state: "detached" });
  await page.getByText("None yet: alerts of the queue").waitFor();
});

test("it leaves as a signed report and as files for others", async () => {
  const report = page.waitForEvent("download");
  await page.getByRole("button", { name: "Report" }).press("Enter");
  expect((await report).suggestedFilename()).toMatch(/^case-.*\.html$/);
  await page.getByRole("button", { name: "Export" }).press("Enter");
  const bundle = page.waitForEvent("download");
  await page.getByRole("button", { name: /STIX/ }).press("Enter");
  expect((await bundle).suggestedFilename()).toMatch(/\.stix\.json$/);
  expect(problems).toEqual([]);
});
