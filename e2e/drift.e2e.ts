import type { Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findNothingHardToSee, findNothingInaccessible } from "./axe.ts";
import { allAnalysed, openWindow, type Window } from "./window.ts";

let window: Window;
let page: Page;
let problems: string[];

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

const pages = ["/", "/search?q=tea", "/product/7", "/basket", "/product/12", "/about"];

/** An access log of visitors, each from an address of its own; the same pages by the same browser. */
function visitors(from: number, to: number, firstStatus = 200): string {
  const lines: string[] = [];
  for (let i = from; i < to; i++) {
    for (let k = 0; k <= (i * 7) % 5; k++) {
      const at = new Date(Date.UTC(2026, 0, 5, 8, i % 60, (i * 7 + k * 11) % 60)).toISOString();
      const status = k === 0 ? firstStatus : 200;
      const line = `"GET ${pages[(i + k) % pages.length]} HTTP/1.1" ${status} ${900 + ((i * 37) % 400)} "-"`;
      const agent = '"Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"';
      lines.push(`81.2.${i >> 8}.${i & 255} - - [05/Jan/2026:${at.slice(11, 19)} +0000] ${line} ${agent}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

async function bring(name: string, text: string): Promise<void> {
  await go("#/import");
  const file = { name, mimeType: "text/plain", buffer: Buffer.from(text) };
  await page.locator('input[type="file"]').first().setInputFiles(file);
  await page.getByText(name).first().waitFor();
  await allAnalysed(page);
}

const alarm = () => page.getByRole("region", { name: "Drift alarm" });

test("with nothing to compare the screen says so, and shows no figure", async () => {
  await page.getByText("Live", { exact: true }).waitFor();
  await page.keyboard.press("g");
  await page.keyboard.press("b");
  await alarm().getByText("Not enough to tell: 0 of 100 sessions").waitFor();
  await page.getByText("Not enough sessions to compare").waitFor();
  await findNothingInaccessible(page, "drift, empty");
  await page.keyboard.press("]");
  await page.getByText("Not enough to tell: 0 of 50 labels.").waitFor();
  await page.getByText("no attack that this model flagged has been confirmed yet").waitFor();
});

test("a change in what comes in is found and named, with the sessions that show it", async () => {
  await bring("before.log", visitors(0, 800));
  // The model fits itself to this machine's sessions; from then on they are what others are held against.
  await go("#/health");
  await page.getByText(/fitted .* to 800 sessions of this machine/).waitFor({ timeout: 50_000 });
  await bring("after.log", visitors(800, 950, 500));
  await go("#/drift");
  await page.getByRole("tab", { name: "Features and scores" }).click();
  await alarm()
    .getByText(/^Drift: .*error/i)
    .waitFor({ timeout: 50_000 });
  const table = page.getByRole("table", { name: "Numbers of the sessions" });
  const row = table.getByRole("row", { name: /^Server error rate/ });
  await row.getByText("Drifted").waitFor();
  await row.getByRole("button", { name: "Server error rate" }).click();
  const closely = page.getByRole("complementary", { name: "Server error rate" });
  await closely.getByRole("img", { name: /pairs of bars/ }).waitFor();
  await closely.getByRole("button", { name: "Show as a table" }).click();
  await closely.getByRole("table", { name: "Server error rate: shares of sessions" }).waitFor();
  const selected = table.locator("tr[aria-selected=true]");
  const first = await selected.textContent();
  await page.keyboard.press("j");
  await expect.poll(() => selected.textContent()).not.toBe(first);
  await page.keyboard.press("k");
  await expect.poll(() => selected.textContent()).toBe(first);
  await findNothingInaccessible(page, "drift, drifted");
  await closely.getByRole("link").first().click();
  await page.getByRole("tabpanel", { name: "Behaviour in context" }).waitFor();
  await page.goBack();
  await row.waitFor();
});

test("the alarm is acknowledged by a key, undone by another, and every tab is accessible", async () => {
  // The rail and the tabs beside the screen lead to what needs a look.
  await page.getByRole("navigation", { name: "Screens" }).getByText("needs attention").waitFor();
  const tabs = page.getByRole("navigation", { name: "Learning" });
  await tabs
    .getByRole("link", { name: /^Drift/ })
    .getByText("needs attention")
    .waitFor();
  await page.keyboard.press("W");
  await alarm()
    .getByText(/^Acknowledged: /)
    .waitFor();
  await page.getByRole("navigation", { name: "Screens" }).getByText("needs attention").waitFor({ state: "detached" });
  await page.keyboard.press("z");
  await alarm()
    .getByRole("button", { name: /^Acknowledge/ })
    .waitFor();
  await page.emulateMedia({ colorScheme: "dark" });
  for (const tab of ["Probabilities and sets", "Looks so far", "Features and scores"]) {
    await page.getByRole("tab", { name: tab }).click();
    await page.getByRole("tabpanel", { name: tab }).waitFor();
    await findNothingInaccessible(page, `drift, ${tab}`);
  }
  await page.emulateMedia({ colorScheme: "dark", contrast: "more" });
  await findNothingHardToSee(page, "drift, high contrast", true);
  await page.getByRole("tab", { name: "Looks so far" }).click();
  await page
    .getByRole("table", { name: "Looks at the last seven days" })
    .getByText("Server error rate")
    .first()
    .waitFor();
  expect(problems).toEqual([]);
}, 120_000);
