import { afterAll, beforeAll, expect, test } from "vitest";
import { findNothingInaccessible } from "./axe.ts";
import { allAnalysed, openWindow, type Window } from "./window.ts";

let window: Window;
beforeAll(async () => {
  window = await openWindow();
  const { page } = await window.open();
  await page.getByRole("button", { name: "Load sample evidence" }).click();
  await page.getByRole("button", { name: /^Simulate [1-9]/ }).waitFor({ timeout: 50_000 });
  await allAnalysed(page);
  await page.close();
});
afterAll(() => window.close());

test("stored verdicts are proved bit for bit, and what another model would change is listed, by keyboard alone", async () => {
  const { page, problems } = await window.open();
  await page.locator("[role=row][id^=row-]").first().waitFor();
  await page.keyboard.press("g");
  await page.keyboard.press("r");
  await page.getByText("Nothing was judged again yet").waitFor();
  await page.getByRole("button", { name: "Judge again" }).press("Enter");
  await page.getByText("all have the same bits as then").waitFor({ timeout: 50_000 });
  await page.getByText("None would be gone.").waitFor();
  const behaviours = page.getByLabel("Behaviour model").getByRole("option");
  await behaviours.filter({ hasText: /^Shipped model, decides now/ }).waitFor({ state: "attached" });
  await page.getByLabel("Behaviour model").selectOption({ index: 1 });
  await page.getByLabel("Payload model").selectOption("classic");
  await page.getByLabel("Tag from").fill("2");
  expect(await page.getByRole("button", { name: "Judge again" }).isDisabled()).toBe(true);
  await page.getByLabel("Tag from").fill("0.6");
  const shipped = await page.getByLabel("Behaviour model").inputValue();
  expect(shipped).toMatch(/^[0-9a-f]{64}$/);
  const asked = page.waitForRequest((request) => request.method() === "POST" && request.url().endsWith("/replays"));
  await page.getByLabel("Tag from").press("Enter");
  // The shipped one decided then, too: that it was asked for shows in nothing that comes of it.
  expect((await asked).postDataJSON()).toEqual({
    ...{ payload_model: "classic", behaviour_model: shipped, from: null, to: null },
    ...{ tag_threshold: 0.6, simulate_threshold: null },
  });
  await page.getByRole("tabpanel", { name: /^Would be gone [1-9]/ }).waitFor({ timeout: 50_000 });
  await findNothingInaccessible(page, "a replay");
  const flip = page.getByRole("tabpanel", { name: /^Would be gone/ }).getByRole("link");
  await flip.first().press("Enter");
  await page.getByRole("tabpanel", { name: "Why this score" }).waitFor();
  expect(problems).toEqual([]);
});
