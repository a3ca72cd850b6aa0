import { mkdirSync } from "node:fs";
import type { Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findNothingHardToSee, findNothingInaccessible } from "./axe.ts";
import { openWindow, type Window } from "./window.ts";

const patienceMs = 60_000;
const shots = process.env.SENTINEL_SHOTS;
let window: Window;
let page: Page;
let problems: string[];

const shoot = async (name: string) => {
  if (shots === undefined) return;
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: `${shots}/${name}.png` });
};

beforeAll(async () => {
  window = await openWindow();
  ({ page, problems } = await window.open());
  await page.getByText("Live", { exact: true }).waitFor();
  await page.keyboard.press("g");
  await page.keyboard.press(";");
  await page.getByRole("heading", { name: "Trust level 0" }).waitFor();
});
afterAll(() => window?.close());

test("the screen tells the level, what it allows, and what is still missing", async () => {
  await page.getByRole("navigation", { name: "Response" }).getByRole("link", { name: "Trust" }).waitFor();
  expect(await page.locator("[aria-current=step]").textContent()).toContain("Every plan waits for an approval");
  const asked = page.getByRole("list", { name: "What the next level asks for" });
  await asked.getByText("0 of 50 tasks completed at this level without incident.").waitFor();
  await page.getByText("The red team has not run yet").waitFor();
  await page.getByText("Nothing has changed the level yet").waitFor();
  await findNothingInaccessible(page, "trust, empty");
  await shoot("trust-empty");
});

test("the red team runs from the keyboard, and each of its cases is shown by what it attacked", async () => {
  await page.getByRole("button", { name: "Run the red team" }).focus();
  await page.keyboard.press("Enter");
  const cases = page.getByRole("table", { name: "Red team" });
  await cases.getByRole("rowheader", { name: /^Exfiltration/ }).waitFor({ timeout: patienceMs });
  await page.getByText(/at level 0: all \d+ cases held/).waitFor();
  expect(await cases.getByText("Held", { exact: true }).count()).toBeGreaterThan(50);
  await page.getByText(/All \d+ red-team cases held at this level/).waitFor({ timeout: patienceMs });
  await page.getByRole("button", { name: "Run the red team" }).waitFor({ timeout: patienceMs });
});

test("raising without what it asks for is refused with words, and the reason stays", async () => {
  await page.getByRole("button", { name: "Raise to level 1…" }).press("Enter");
  const dialog = page.getByRole("dialog");
  expect(await dialog.getByRole("button", { name: "Raise", exact: true }).isDisabled()).toBe(true);
  await dialog.getByLabel("Reason, for the log").fill("It works");
  await dialog.getByRole("button", { name: "Raise", exact: true }).click();
  const refusal = dialog.getByRole("alert");
  await refusal.waitFor();
  expect(await refusal.textContent()).toContain("0 of 50 tasks completed at this level without incident.");
  expect(await dialog.getByLabel("Reason, for the log").inputValue()).toBe("It works");
  await findNothingInaccessible(page, "trust, refused");
  await shoot("trust-refused");
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await page.getByRole("heading", { name: "Trust level 0" }).waitFor();
});

test("a reported incident stands there with who and why, and the level asks for a new run", async () => {
  await page.getByRole("button", { name: "Report an incident…" }).press("Enter");
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Reason, for the log").fill("It asked for \u202egpj.exe");
  await dialog.getByRole("button", { name: "Report it" }).click();
  await dialog.waitFor({ state: "detached" });
  const changes = page.getByRole("table", { name: "Incidents and changes" });
  const row = changes.getByRole("row", { name: /Reported/ });
  await row.waitFor();
  const told = await row.textContent();
  expect(told).toContain("stays at 0");
  expect(told).toContain("It asked for");
  // Shown by its name, not obeyed.
  expect(told).not.toContain("\u202e");
  await page.getByText("The red team has not run at this level yet.").waitFor();
  await page.getByText("1 incident so far.").waitFor();
});

test("it looks well in the dark, wide, and with high contrast", async () => {
  await shoot("trust");
  await findNothingInaccessible(page, "trust");
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 1920, height: 1080 });
  await findNothingHardToSee(page, "trust, dark", false);
  await shoot("trust-dark");
  await page.emulateMedia({ colorScheme: "dark", contrast: "more" });
  await findNothingHardToSee(page, "trust, dark, high contrast", true);
  expect(problems.filter((problem) => !problem.includes("the server responded with a status of 4"))).toEqual([]);
});
