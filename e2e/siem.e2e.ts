import type { Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type StandIn, startCollector } from "../electron/adapters/fixture-siem.ts";
import { entryOf, harOf } from "../electron/engine/test-engine.ts";
import { findNothingHardToSee, findNothingInaccessible } from "./axe.ts";
import { openWindow, type Window } from "./window.ts";

let window: Window;
let page: Page;
let problems: string[];
let collector: StandIn;

beforeAll(async () => {
  collector = await startCollector("good-token");
  window = await openWindow();
  ({ page, problems } = await window.open());
  await bring("first.example", 1);
}, 120_000);
afterAll(async () => {
  await window?.close();
  await collector?.close();
});

function go(hash: string): Promise<void> {
  return page.evaluate((to) => {
    globalThis.location.hash = to;
  }, hash);
}

/** Brings an injection at a host, and waits until so many alerts are in the queue. */
async function bring(host: string, alerts: number): Promise<void> {
  await go("#/import");
  const har = harOf([entryOf(`https://${host}/search?q=1%27%20UNION%20SELECT%20password%20FROM%20users--`)]);
  const file = { name: `${host}.har`, mimeType: "application/json", buffer: Buffer.from(har) };
  await page.locator('input[type="file"]').first().setInputFiles(file);
  await page.getByText(file.name).first().waitFor();
  await go("#/alerts");
  const rows = page.locator("[role=row][id^=row-]");
  await rows.nth(alerts - 1).waitFor({ timeout: 40_000 });
}

test("an output is tried and previewed by keyboard, then hears of the next alert", async () => {
  await go("#/settings");
  await page.getByRole("button", { name: "Add an output…" }).press("Enter");
  await page.getByLabel("Name", { exact: true }).fill("soc");
  await page.getByLabel("Address", { exact: true }).fill(collector.origin);
  await page.getByLabel("Secret", { exact: true }).fill("bad-token");
  await page.getByRole("button", { name: "Try the connection" }).press("Enter");
  await page.getByText("the token is invalid").waitFor();
  await page.getByLabel("Secret", { exact: true }).fill("good-token");
  await page.getByRole("button", { name: "Try the connection" }).press("Enter");
  await page.getByText("The collector knows the token.").waitFor();
  await page.getByText("Nothing of it is lost.").waitFor();
  await page.getByLabel("Format", { exact: true }).selectOption("cef");
  await page.getByText(/^Lost, whole or in part: version/).waitFor();
  await page.getByText(/CEF:0\|Sentinel\|/).waitFor();
  await findNothingInaccessible(page, "siem dialog");
  await findNothingHardToSee(page, "siem dialog", false);
  await page.getByLabel("Format", { exact: true }).selectOption("splunk_hec");
  await page.getByText("Nothing of it is lost.").waitFor();
  await page.getByLabel("Mildest severity that is told").selectOption("low");
  await page.getByLabel("Tell it of alerts from now on").press("Space");
  await page.getByRole("button", { name: "Save output" }).press("Enter");
  await page.getByText("soc is saved.").waitFor();
  await findNothingInaccessible(page, "settings with an output");
  expect(collector.accepted).toEqual([]);
  await bring("second.example", 2);
  await expect.poll(() => collector.accepted.length, { timeout: 30_000 }).toBe(1);
  expect(problems).toEqual([]);
}, 120_000);

test("its secret is not shown again, and asked for when the address changes", async () => {
  await go("#/settings");
  await page.getByRole("button", { name: "Change soc" }).press("Enter");
  expect(await page.getByLabel("Secret", { exact: true }).inputValue()).toBe("(kept)");
  await page.getByLabel("Address", { exact: true }).fill("https://elsewhere.example");
  expect(await page.getByLabel("Secret", { exact: true }).inputValue()).toBe("");
  await page.getByRole("button", { name: "Save output" }).press("Enter");
  await page.getByText("the token of the collector is missing").waitFor();
  await page.keyboard.press("Escape");
  // Who has its dialog open while it is removed saves nothing.
  const { page: other } = await window.open();
  await other.goto(`${other.url().split("#")[0]}#/settings`);
  await other.getByRole("button", { name: "Change soc" }).press("Enter");
  await page.getByRole("button", { name: "Remove soc" }).press("Enter");
  await page.getByText("soc is removed.").waitFor();
  await other.getByText("It was changed elsewhere meanwhile.").waitFor();
  expect(await other.getByRole("button", { name: "Save output" }).isDisabled()).toBe(true);
  expect(await page.getByRole("button", { name: "Change soc" }).count()).toBe(0);
}, 60_000);
