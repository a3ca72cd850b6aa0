import { readFileSync } from "node:fs";
import type { Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hashOfFrame } from "../electron/engine/learn/federated/federated-task.ts";
import { loadShippedBase } from "../electron/engine/learn/federated/fixture-base.ts";
import { inventPeer } from "../electron/engine/learn/federated/fixture-update.ts";
import { createPublicFrame, updateSize } from "../electron/engine/learn/federated/public-frame.ts";
import { generateRows } from "../electron/engine/learn/fixture-rows.ts";
import { findNothingHardToSee, findNothingInaccessible } from "./axe.ts";
import { openWindow, type Window } from "./window.ts";

let window: Window;
let page: Page;
let problems: string[];

beforeAll(async () => {
  window = await openWindow();
  ({ page, problems } = await window.open());
  await page.getByRole("navigation", { name: "Screens" }).waitFor();
}, 60_000);
afterAll(() => window?.close());

const patienceMs = 120_000;
const peers = ["first peer", "second peer"].map(inventPeer);
const message = (words: string | RegExp) => page.getByRole("log").getByText(words).last();
const table = () => page.getByRole("table", { name: "Updates" });

async function go(hash: string): Promise<void> {
  await page.evaluate((to) => {
    globalThis.location.hash = to;
  }, hash);
}

test("without labels the screen says what the budget means, and that there is nothing to tell of", async () => {
  await page.keyboard.press("g");
  await page.keyboard.press("z");
  await page.getByText("There is no update yet").waitFor();
  await page.getByRole("heading", { name: /ε 0 of 8 spent by 0 updates/ }).waitFor();
  await findNothingInaccessible(page, "together, empty");
  await page.getByRole("button", { name: "Make an update…" }).click();
  await page.getByRole("button", { name: "Make the update" }).click();
  await page.getByText("There is no dataset version yet").waitFor();
  await page.getByLabel("Privacy of this update (ε)").fill("9");
  await page.getByText("one more update may have ε 8 at most").waitFor();
  expect(await page.getByRole("button", { name: "Make an update…" }).isDisabled()).toBe(true);
});

test(
  "an update is made from the keyboard, spends its budget, and leaves as a file without a payload",
  async () => {
    await go("#/datasets");
    const rows = generateRows("e2e", 300);
    const buffer = Buffer.from(rows.map(({ text, label }) => JSON.stringify({ text, label })).join("\n"));
    await page
      .getByLabel("File of labelled payloads")
      .setInputFiles({ name: "labels.jsonl", mimeType: "application/jsonl", buffer });
    await page.getByRole("heading", { name: "labels.jsonl" }).waitFor({ timeout: patienceMs });
    await page.keyboard.press("M");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Enter");
    await message(/Version [0-9a-f]{10} is made/).waitFor({ timeout: patienceMs });

    await go("#/federation");
    const epsilon = page.getByLabel("Privacy of this update (ε)");
    await epsilon.fill("3");
    await page.getByRole("button", { name: "Make an update…" }).press("Enter");
    await page.getByRole("heading", { name: "Spend ε 3 of the privacy budget?" }).waitFor();
    await findNothingInaccessible(page, "together, asking");
    await page.keyboard.press("Enter");
    await page.getByText(/^The update [0-9a-f]{12} is made/).waitFor({ timeout: patienceMs });
    await page.getByText(/^Known here only: \d+ groups of \d+ rows/).waitFor();
    await page.getByRole("heading", { name: /ε (3|2\.9\d?) of 8 spent by 1 update/ }).waitFor();
    await findNothingInaccessible(page, "together, made");

    const leaving = page.waitForEvent("download");
    await page.getByRole("button", { name: /^Save the file of/ }).click();
    const file = readFileSync(await (await leaving).path());
    expect(file.length).toBeLessThan(3000);
    for (const { text } of rows) if (text.length > 8) expect(file.includes(text)).toBe(false);
  },
  patienceMs * 2,
);

test(
  "updates of others are refused in words, trusted, taken in, and combined to a candidate",
  async () => {
    const frame = createPublicFrame(loadShippedBase());
    await go("#/models");
    const base = await page
      .getByRole("list", { name: "Models" })
      .locator("a[href^='#/models/']")
      .first()
      .getAttribute("href")
      .then((href) => href!.replace("#/models/", ""));
    const files = peers.map((peer, i) => ({
      name: `peer-${i}.sentinel-update`,
      mimeType: "application/octet-stream",
      buffer: Buffer.from(
        peer.write({ base, frame: hashOfFrame(frame) }, new Float64Array(updateSize).fill(0.002 * i)),
      ),
    }));
    await go("#/federation");
    await page.getByLabel("Update files").setInputFiles(files);
    await page.getByText("which is not trusted here").waitFor();
    await findNothingInaccessible(page, "together, refused");

    await go("#/settings");
    await page.getByLabel("Trusted model keys").fill(peers.map(({ key }) => key).join("\n"));
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("Settings saved.").waitFor();
    await go("#/federation");
    await page.getByLabel("Update files").setInputFiles(files);
    await expect.poll(() => table().locator("tbody tr").count(), { timeout: 30_000 }).toBe(3);

    const combine = page.getByRole("button", { name: "Combine to a candidate" });
    expect(await combine.isDisabled()).toBe(true);
    for (const box of await table().getByRole("checkbox").all()) {
      await box.focus();
      await page.keyboard.press("Space");
    }
    await page.getByRole("heading", { name: /^Updates 3 chosen/ }).waitFor();
    await findNothingInaccessible(page, "together, chosen");
    await page.emulateMedia({ colorScheme: "dark", contrast: "more" });
    await findNothingHardToSee(page, "together, dark, high contrast", true);
    await page.emulateMedia({ colorScheme: "light", contrast: null });
    await combine.press("Enter");
    const candidate = page.getByText(/^Combined to the candidate/).getByRole("link");
    await candidate.waitFor({ timeout: patienceMs });
    await candidate.click();
    await page
      .getByRole("list", { name: "Models" })
      .getByText(/^Combined/)
      .waitFor();
    await page.getByRole("tab", { name: "Card" }).click();
    await page.getByText("Updates of 3 engines, round 1, by their geometric median.").waitFor();
    await findNothingInaccessible(page, "models, the card of a combined one");
    // A refusal is told by the engine with a status, which the browser notes.
    expect(problems.filter((problem) => !problem.includes("the server responded with a status of 4"))).toEqual([]);
  },
  patienceMs * 2,
);
