import type { Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findNothingInaccessible } from "./axe.ts";
import { allAnalysed, openWindow, type Window } from "./window.ts";

// Payloads are labelled, a disagreement of two labellers is settled and a version is made, without a mouse.
let window: Window;
let page: Page;
let problems: string[];

beforeAll(async () => {
  window = await openWindow();
  ({ page, problems } = await window.open());
});
afterAll(() => window?.close());

const task = () => page.getByRole("article");
const given = () => page.getByText(/^\d+ labels? given$/);
const message = (words: string | RegExp) => page.getByRole("log").getByText(words).last();

async function press(...keys: string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

/** What stands before the labeller. */
const text = async () => (await task().locator("pre").first().textContent()) ?? "";

/** Presses a key and waits until another task is there. */
async function next(key: string): Promise<string> {
  const before = await text();
  await press(key);
  await expect.poll(text, { timeout: 20_000 }).not.toBe(before);
  return before;
}

test("without evidence there is nothing to label; once it is there, there is", async () => {
  await page.getByText("Live", { exact: true }).waitFor();
  await press("g", "l");
  await page.getByText("There is nothing to label yet").waitFor();
  await findNothingInaccessible(page, "labelling, without evidence");
  await press("g", "v");
  await page.getByRole("button", { name: "Load sample evidence" }).click();
  await page.locator("[role=row][id^=row-]").first().waitFor({ timeout: 50_000 });
  await allAnalysed(page);
}, 120_000);

test("payloads are labelled, put off, flagged, noted and taken back by keys alone", async () => {
  await press("g", "l");
  await task().waitFor({ timeout: 20_000 });
  await findNothingInaccessible(page, "labelling");
  await press("r");
  await page.keyboard.type("as every week");
  await press("Enter");
  await page.getByText("Note with the label: as every week").waitFor();

  const first = await next("b");
  await message("Labelled: Benign.").waitFor();
  await next("2");
  await message("Labelled: Cross-site scripting.").waitFor();
  await expect.poll(() => given().textContent()).toBe("2 labels given");
  const putOff = await next("i");
  const flagged = await next("f");
  await message("Flagged for others.").waitFor();
  expect(new Set([first, putOff, flagged]).size).toBe(3);

  // Back over the flag, and over the label before it.
  await press("z");
  await expect.poll(text, { timeout: 20_000 }).toBe(flagged);
  await next("f");
  await message("Flagged for others.").waitFor();
  await expect.poll(() => given().textContent()).toBe("3 labels given");

  // The queue of what was flagged has it, with its labeller.
  await press("[");
  await expect.poll(text, { timeout: 20_000 }).toBe(flagged);
  await page.getByText("Flagged", { exact: true }).last().waitFor();
  await press("]");
  await expect.poll(() => task().isVisible(), { timeout: 20_000 }).toBe(true);
  expect([first, flagged]).not.toContain(await text());
});

test("each task says why it is shown, and one in five is drawn at random; who skips that flags it", async () => {
  await press("]", "[");
  await expect.poll(() => task().isVisible(), { timeout: 20_000 }).toBe(true);
  const why =
    /torn between|close to its threshold|opposite things|neighbour|Unlike anything labelled|labelled as the model says|at random/;
  const badge = task().getByText("Audit", { exact: true });
  for (let tasks = 0; !(await badge.isVisible()); tasks++) {
    expect(tasks).toBeLessThan(8);
    await task().getByText(why).waitFor();
    await next("i");
  }
  await task().getByText("Drawn at random, whatever the model says.").waitFor();
  await findNothingInaccessible(page, "labelling, an audit");
  await next("i");
  await message(/^Flagged for others\. It was drawn at random, so it counts as missing/).waitFor();
  await press("z");
  await expect.poll(() => badge.isVisible(), { timeout: 20_000 }).toBe(true);
});

test("sessions are labelled by the same keys, until the random draws tell how many attacks are missed", async () => {
  await press("]");
  await page.getByRole("article", { name: "Session to label" }).waitFor({ timeout: 20_000 });
  const missed = page.getByRole("region", { name: "Missed attacks" });
  await missed.getByText(/^Not known yet: of the first \d+ drawn at random/).waitFor();
  const advice = page.getByRole("region", { name: "Are more labels worth it?" });
  await advice.getByText("Not known yet whether more labels are worth it.").waitFor();
  await press("1");
  await message("Labelled: SQL injection.").waitFor();
  const done = page.getByText("Every session is labelled.");
  for (let label = 2; !(await done.isVisible()); label++) {
    await press("b");
    await expect
      .poll(async () => (await done.isVisible()) || (await task().isVisible()), { timeout: 20_000 })
      .toBe(true);
    expect(label).toBeLessThan(60);
  }
  await missed
    .getByText(/^Of all \d+ among the sessions that were called benign, \d+ (was an attack|were attacks): /)
    .waitFor();
  await findNothingInaccessible(page, "labelling, all done");
});

test("two files that contradict each other are settled by one key", async () => {
  await press("g", "n");
  const file = page.getByLabel("File of labelled payloads");
  for (const [name, label] of [
    ["first.jsonl", "xss"],
    ["second.jsonl", "benign"],
  ] as const) {
    const rows = `${JSON.stringify({ text: "<b onclick=go()>", label })}\nnonsense\n`;
    await file.setInputFiles({ name, mimeType: "application/jsonl", buffer: Buffer.from(rows) });
    await page.getByRole("heading", { name }).waitFor({ timeout: 30_000 });
  }
  expect(await page.getByText("1 line could not be used; the rest went in").count()).toBe(2);
  await findNothingInaccessible(page, "datasets, imported files");
  await press("[");
  await expect
    .poll(() => page.getByRole("region", { name: "Disagreements" }).textContent(), { timeout: 20_000 })
    .toMatch(/^Disagreements1/);
  await findNothingInaccessible(page, "datasets, labels");

  await press("g", "l", "]");
  await expect.poll(text, { timeout: 20_000 }).toBe("<b onclick=go()>");
  await page.getByText("Disagreement", { exact: true }).waitFor();
  await findNothingInaccessible(page, "labelling, a disagreement");
  await press("2");
  await page.getByText("All labellers agree.").waitFor({ timeout: 20_000 });
});

test("a burst that looks poisoned is told before a version is made, and taken out in one step", async () => {
  await press("g", "n");
  const rows = Array.from({ length: 40 }, (_, i) =>
    JSON.stringify({ text: `${i}' UNION SELECT name${i}, password FROM users WHERE id=${i} -- `, label: "benign" }),
  );
  await page
    .getByLabel("File of labelled payloads")
    .setInputFiles({ name: "poison.jsonl", mimeType: "application/jsonl", buffer: Buffer.from(rows.join("\n")) });
  await page.getByRole("heading", { name: "poison.jsonl" }).waitFor({ timeout: 30_000 });
  await press("M");
  const dialog = page.getByRole("dialog");
  await dialog.getByText("40 labels look poisoned, in one batch.").waitFor({ timeout: 20_000 });
  await findNothingInaccessible(page, "datasets, a version of poisoned labels");
  await dialog.getByRole("button", { name: "Look first" }).click();
  await page.getByRole("heading", { name: "Batches that look poisoned" }).waitFor();
  await findNothingInaccessible(page, "datasets, poisoned labels");
  await page.getByRole("button", { name: "Take them out" }).click();
  await message("40 labels of poison.jsonl no longer count.").waitFor({ timeout: 20_000 });
  await page.getByRole("heading", { name: "Batches that look poisoned" }).waitFor({ state: "detached" });
  await press("M");
  await dialog.getByText("Of everything that is labelled").waitFor();
  expect(await dialog.getByText("look poisoned").count()).toBe(0);
  await press("Escape");
});

test("a version is made of it by keys alone, and taken back", async () => {
  // An alert that was none.
  await press("g", "q");
  await page.locator("[role=grid][aria-busy=false] [role=row][id^=row-]").first().waitFor({ timeout: 20_000 });
  await press("j", "c");
  await page.getByRole("dialog").waitFor();
  await press("2", "Enter");
  await message(/closed as a false positive/).waitFor({ timeout: 20_000 });
  await press("g", "n");
  await page.getByRole("tab", { name: "Labels now" }).waitFor();
  await press("M");
  await page.keyboard.type("first week");
  await press("Enter");
  await message(/Version [0-9a-f]{10} is made, with \d+ rows\./).waitFor({ timeout: 30_000 });
  await press("[", "[");
  await page.getByRole("heading", { name: /^Version [0-9a-f]{10}$/ }).waitFor();
  await page.getByText("first week").first().waitFor();
  await page.getByRole("img", { name: "Rows of each class" }).waitFor();
  await findNothingInaccessible(page, "datasets, version");
  await press("]", "]", "]", "]");
  await page
    .getByRole("link", { name: /In version/ })
    .first()
    .waitFor({ timeout: 20_000 });
  await findNothingInaccessible(page, "datasets, false positives");
  await press("z");
  await page.getByText("In no version yet").first().waitFor({ timeout: 20_000 });
  expect(problems).toEqual([]);
});
