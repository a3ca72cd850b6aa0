import type { Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findNothingInaccessible } from "./axe.ts";
import { allAnalysed, openWindow, ordinaryDay, type Window } from "./window.ts";

// Watchlists: what is watched is told of wherever it is seen, also where nothing was flagged.
let window: Window;
let page: Page;
const dialog = () => page.getByRole("dialog");
const grid = (name: string) => page.getByRole("grid", { name });

async function bring(name: string, text: string): Promise<void> {
  await page.evaluate(() => {
    globalThis.location.hash = "#/import";
  });
  await page
    .locator("input[type=file]")
    .first()
    .setInputFiles({ name, mimeType: "text/plain", buffer: Buffer.from(text) });
  await page.getByText(name).first().waitFor();
  await allAnalysed(page);
}

async function watch(name: string, q: string): Promise<void> {
  await page.evaluate(() => {
    globalThis.location.hash = "#/alerts";
  });
  await page.getByRole("button", { name: "Views" }).click();
  await page.getByRole("button", { name: "Save this query…" }).click();
  await dialog()
    .getByRole("radio", { name: /^Watch/ })
    .check();
  await dialog().getByLabel("Name").fill(name);
  await dialog().getByLabel("Query").fill(q);
  await dialog().getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText(`"${name}" is saved.`).waitFor();
}

beforeAll(async () => {
  window = await openWindow();
  ({ page } = await window.open());
  await page.getByText("Live", { exact: true }).waitFor();
  await bring("monday.log", ordinaryDay(40, 1));
}, 120_000);
afterAll(() => window?.close());

test("a watch counts what it meets in traffic of before, benign too, and leads there", async () => {
  await watch("their scanner", "client:10.1.0.7");
  await watch("the word of the week", 'payload:"word5"');
  await page.getByRole("button", { name: "Views" }).click();
  const watched = page.getByRole("region", { name: "Watched" });
  await watched.getByRole("button", { name: "1 request with their scanner: search for them" }).waitFor();
  await findNothingInaccessible(page, "watches with their counts");
  await watched.getByRole("button", { name: /^1 request with the word of the week/ }).click();
  await expect.poll(() => grid("Requests").getAttribute("aria-rowcount")).toBe("2");
  expect(await grid("Requests").textContent()).toContain("q=word5");
});

test("what comes in later and meets a watch is told, and found", async () => {
  await bring("tuesday.log", ordinaryDay(40, 2));
  // Of another client, with the same word.
  await page.getByText("1 request came in that meets a watch (is:watched).").waitFor();
  await page.evaluate(() => {
    globalThis.location.hash = `#/search/${encodeURIComponent("is:watched")}`;
  });
  await expect.poll(() => grid("Requests").getAttribute("aria-rowcount")).toBe("4");
});
