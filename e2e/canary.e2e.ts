import type { Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { generateRows } from "../electron/engine/learn/fixture-rows.ts";
import { findNothingHardToSee, findNothingInaccessible } from "./axe.ts";
import { allAnalysed, openWindow, ordinaryDay, tabTo, type Window } from "./window.ts";

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

/** Opens a screen by its keys. */
async function press(...keys: string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

const stepNow = () => page.getByRole("list", { name: "Steps" }).locator('[aria-current="step"]');
const history = () => page.getByRole("table", { name: "What happened" }).locator("tbody tr");

test(
  "without a model that may decide the screen says what to do",
  async () => {
    await press("g", "y");
    await page.getByText("No other model may decide").waitFor();
    await page.getByText("No model was on trial yet.").waitFor();
    await findNothingInaccessible(page, "canary, empty");

    await press("g", "p");
    await page.getByText("Nothing was trained yet").waitFor();
    const lines = generateRows("canary e2e", 300).map((row) => JSON.stringify(row));
    const file = { name: "labels.jsonl", mimeType: "application/jsonl", buffer: Buffer.from(lines.join("\n")) };
    await page.getByLabel("File of labelled rows").setInputFiles(file);
    await page.getByRole("heading", { name: /^Gates/ }).waitFor({ timeout: patienceMs });
    await page.getByRole("link", { name: /^Open the model/ }).click();
    await page.getByRole("button", { name: "Override…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Reason").fill("Few test rows in this test.");
    await dialog.getByRole("button", { name: "Override the gates" }).click();
    await page.getByText("Overridden").first().waitFor();
  },
  patienceMs * 2,
);

test(
  "a model is put in the shadow by the keyboard, and its statistics stand in a table",
  async () => {
    await press("g", "y");
    await page.getByRole("button", { name: "Put it in the shadow" }).waitFor();
    await findNothingInaccessible(page, "canary, start");
    await page.getByText("Each step is approved").click();
    await tabTo(page, /^Put it in the shadow$/);
    await page.keyboard.press("Enter");
    await page.getByText("waits for somebody's word at each step").waitFor();
    expect(await stepNow().textContent()).toContain("Shadow");
    const measures = page.getByRole("table", { name: /^Beside the model that decides, over/ });
    expect(await measures.locator("tbody tr").count()).toBe(4);
    await measures.getByText("Not known yet").first().waitFor();
    expect(await page.getByRole("button", { name: "Not enough seen for the next step" }).isDisabled()).toBe(true);
    expect(await history().count()).toBe(1);
    await findNothingInaccessible(page, "canary, shadow");
    await findNothingHardToSee(page, "canary, shadow", false);

    await press("g", "i");
    const file = { name: "day.log", mimeType: "text/plain", buffer: Buffer.from(ordinaryDay(1500, 1)) };
    await page.locator('input[type="file"]').first().setInputFiles(file);
    await page.getByText("day.log").first().waitFor();
    await allAnalysed(page);
    await press("g", "y");
    await page.getByRole("heading", { name: /over 1,500 sessions of this step/ }).waitFor();
    expect(await measures.getByText("Below the limit").count()).toBe(4);
  },
  patienceMs,
);

test(
  "a step is asked for in the queue and approved by a key, and one click goes back",
  async () => {
    await page.getByRole("button", { name: "On to 1 %" }).waitFor();
    await page.getByText("The next step waits for somebody's word.").waitFor();
    // Panic holds the step, and what else would let a model of the registry decide.
    await page.getByRole("button", { name: "Panic", exact: true }).click();
    await page.getByRole("button", { name: "Stop everything" }).click();
    await page.getByText("no model gets a larger share until an admin re-arms it under").waitFor();
    expect(await page.getByRole("button", { name: "On to 1 %" }).isDisabled()).toBe(true);
    await findNothingInaccessible(page, "canary, held by panic");
    await press("g", "m");
    await page.getByRole("listitem").filter({ hasText: "Challenger" }).click();
    await page.getByTitle("panic holds the response until an admin re-arms it").waitFor();
    await page.getByRole("link", { name: "Response held" }).click();
    await page.getByRole("button", { name: "Re-arm…" }).click();
    await page.getByLabel("Reason, for the log").fill("The drill is over.");
    await page.getByRole("button", { name: "Re-arm the response" }).click();
    await page.getByRole("link", { name: "Response held" }).waitFor({ state: "detached" });
    await press("g", "y");
    await expect.poll(() => page.getByRole("button", { name: "On to 1 %" }).isEnabled()).toBe(true);
    await findNothingInaccessible(page, "canary, a step that waits");
    await tabTo(page, /^See and decide$/);
    await page.keyboard.press("Enter");
    const approval = page.getByRole("region", { name: "Approval", exact: true });
    await approval.getByRole("heading", { name: "From the shadow to 1 % of sessions" }).waitFor();
    await approval.getByRole("heading", { name: /over 1,500 sessions of this step/ }).waitFor();
    expect(await approval.getByText("Below the limit").count()).toBe(4);
    const waiting = page.getByRole("list", { name: "Waiting" }).getByRole("listitem");
    expect(await waiting.allTextContents()).toMatchObject([
      expect.stringMatching(/decide 1 % of.*Low risk.*Promotion/),
    ]);
    await findNothingInaccessible(page, "approval of a step");
    await findNothingHardToSee(page, "approval of a step", false);
    await press("G");
    await page.getByText("Approved, and done.").waitFor();
    await press("g", "y");
    await page.locator('[aria-current="step"]').filter({ hasText: "1 %" }).waitFor();
    expect(await history().first().textContent()).toContain("1 % of sessions");
    await findNothingInaccessible(page, "canary, one per cent");

    await tabTo(page, /^Take it out$/);
    await page.keyboard.press("Enter");
    await page.getByText("No model is on trial").waitFor();
    expect(await history().first().textContent()).toContain("Off trial");
    expect(await history().count()).toBe(3);
    // There is nothing before it to go back to.
    expect(await page.getByRole("button", { name: "Back to the model before" }).isDisabled()).toBe(true);
    await findNothingInaccessible(page, "canary, back");

    // Two models are compared at any share, which stays until somebody decides.
    const share = page.getByLabel("A/B: stays at, % of sessions");
    await share.fill("100");
    await page.getByText("A whole number from 1 to 99, or nothing.").waitFor();
    expect(await page.getByRole("button", { name: "Put it in the shadow" }).isDisabled()).toBe(true);
    await findNothingInaccessible(page, "canary, a share that is none");
    await share.fill("90");
    await share.press("Enter");
    await page.getByText("steps on by itself, up to 90 % of sessions.").waitFor();
    const steps = page.getByRole("list", { name: "Steps" }).getByRole("listitem");
    expect(await steps.allTextContents()).toMatchObject(
      [/^Shadow/, /^1 %/, /^10 %/, /^90 %/, /^Decides/].map((step) => expect.stringMatching(step)),
    );
    await findNothingInaccessible(page, "canary, a comparison");
    expect(problems).toEqual([]);
  },
  patienceMs,
);
