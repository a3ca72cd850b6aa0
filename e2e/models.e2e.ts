import { readFileSync } from "node:fs";
import type { Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { generateRows } from "../electron/engine/learn/fixture-rows.ts";
import { findNothingInaccessible } from "./axe.ts";
import { openWindow, type Window } from "./window.ts";

let window: Window;
let page: Page;
let problems: string[];

beforeAll(async () => {
  window = await openWindow();
  ({ page, problems } = await window.open());
  await page.getByRole("navigation").waitFor();
});
afterAll(() => window?.close());

const patienceMs = 120_000;
const falsePositives = Array.from({ length: 12 }, (_, i) => ({
  text: `order ${i + 1} OR ${i + 2}=three`,
  label: "benign",
  place: "form",
  split: "train",
  is_false_positive: true,
}));

test(
  "a model is trained on a file, epoch by epoch, and judged",
  async () => {
    await page.keyboard.press("g");
    await page.keyboard.press("p");
    await page.getByText("Nothing was trained yet").waitFor();
    await findNothingInaccessible(page, "training, empty");
    await page.getByText("at least 5 ordinary values and 5 attacks").waitFor();
    expect(await page.getByRole("button", { name: "Train on the dataset" }).isDisabled()).toBe(true);

    const lines = [...generateRows("e2e", 400), ...falsePositives].map((row) => JSON.stringify(row));
    const buffer = Buffer.from(["not a row", ...lines].join("\n"));
    await page
      .getByLabel("File of labelled rows")
      .setInputFiles({ name: "labels.jsonl", mimeType: "application/jsonl", buffer });
    await page.getByText("line 1:").waitFor();
    await page.getByRole("heading", { name: /^Gates/ }).waitFor({ timeout: patienceMs });
    await page.getByText("12 of 12").waitFor();
    await page.getByRole("heading", { name: /^Doubted labels/ }).waitFor();
    await page.getByRole("button", { name: "Epochs as a table" }).click();
    expect(await page.getByRole("table", { name: "Loss and F1 of every epoch" }).locator("tbody tr").count()).toBe(12);
    await page.getByRole("button", { name: "Epochs as a chart" }).click();
    expect(await page.getByRole("table", { name: "Gates" }).locator("tbody tr").count()).toBe(9);
    await findNothingInaccessible(page, "training, done");
  },
  patienceMs * 2,
);

test("it stands beside the model that decides, in figures, charts and tables", async () => {
  await page.getByRole("link", { name: /^Open the model/ }).click();
  const figures = page.getByRole("table", { name: "Figures side by side" });
  await figures.waitFor();
  expect(await figures.locator("thead th").count()).toBe(3);
  expect(await page.getByRole("region", { name: /^Confusion matrix/ }).count()).toBe(2);
  await page.getByRole("img", { name: /^Share of right answers/ }).waitFor();
  await findNothingInaccessible(page, "models, side by side");
  for (const title of ["Reliability", "Precision and recall"]) {
    await page.getByRole("button", { name: `${title} as a table` }).click();
    await page.getByRole("table", { name: title }).waitFor();
  }
  await findNothingInaccessible(page, "models, tables");
  await page.getByRole("tab", { name: "Card" }).click();
  await page.getByText("Not for blocking without review").waitFor();
  await findNothingInaccessible(page, "models, card");
});

test("a failed gate keeps it from deciding until an admin says why; that can be undone", async () => {
  const champion = page.getByRole("button", { name: "Make champion" });
  expect(await champion.isDisabled()).toBe(true);
  await page.getByRole("button", { name: "Override…" }).click();
  const dialog = page.getByRole("dialog");
  const confirm = dialog.getByRole("button", { name: "Override the gates" });
  expect(await confirm.isDisabled()).toBe(true);
  await dialog.getByLabel("Reason").fill("Few test rows in this test.");
  await findNothingInaccessible(page, "models, override");
  await confirm.click();
  await page.getByText("Overridden").first().waitFor();
  await champion.click();
  const list = page.getByRole("list", { name: "Models" });
  await list.getByRole("listitem").filter({ hasText: "Overridden" }).filter({ hasText: "Champion" }).waitFor();
  await page.getByRole("button", { name: "Undo" }).last().click();
  await list.getByRole("listitem").filter({ hasText: "Shipped" }).filter({ hasText: "Champion" }).waitFor();
});

test("a model leaves as a file and comes back; a changed one is refused in words", async () => {
  const leaving = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export" }).click();
  const download = await leaving;
  const file = readFileSync(await download.path());
  const bring = async (buffer: Buffer) => {
    await page.getByRole("button", { name: "Bring…" }).click();
    await page.getByLabel("Model file").setInputFiles({ name: "m", mimeType: "application/octet-stream", buffer });
  };
  await bring(file);
  await page.getByText("is in the registry already").waitFor();
  const changed = Buffer.from(file);
  changed[Math.floor(changed.length / 2)]! ^= 1;
  await bring(changed);
  const dialog = page.getByRole("dialog");
  await dialog.getByText("the hash of payload.bin does not match").waitFor();
  await findNothingInaccessible(page, "models, bring");
  await page.keyboard.press("Escape");
  // A refusal is told by the engine with a status, which the browser notes.
  expect(problems.filter((problem) => !problem.includes("the server responded with a status of 4"))).toEqual([]);
});
