import { readFileSync } from "node:fs";
import type { Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Checkpoint } from "../shared/audit.ts";
import { openWindow, type Window } from "./window.ts";

let window: Window;
let page: Page;
let problems: string[];

beforeAll(async () => {
  window = await openWindow();
  ({ page, problems } = await window.open());
  await page.evaluate(() => {
    globalThis.location.hash = "#/audit";
  });
});
afterAll(() => window?.close());

test("a checkpoint of the log as it is now is saved as a line that the command line reads", async () => {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Save a checkpoint" }).click(),
  ]);
  const text = readFileSync(await download.path(), "utf8");
  expect(text.endsWith("\n")).toBe(true);
  const { count } = Checkpoint.parse(JSON.parse(text));
  expect(download.suggestedFilename()).toBe(`sentinel-checkpoint-${count}.jsonl`);
  await page.getByText(new RegExp(`^${count} (?:entry|entries), chained by hash`)).waitFor();
  expect(problems).toEqual([]);
});
