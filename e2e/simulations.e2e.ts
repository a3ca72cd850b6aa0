import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findNothingInaccessible } from "./axe.ts";
import { readOutline } from "./outline.ts";
import { allAnalysed, openWindow, type Window } from "./window.ts";

const hasBubblewrap = existsSync("/usr/bin/bwrap");
if (!hasBubblewrap) console.warn("SKIPPED: simulations in a browser: bubblewrap is not installed");
const patience = 120_000;
const sample = join(import.meta.dirname, "../resources/samples/attack-sql-injection.har");

let window: Window;
beforeAll(async () => {
  window = await openWindow({ simulates: true });
});
afterAll(() => window.close());

test.skipIf(!hasBubblewrap)(
  "a session is simulated by itself, then against the patched shop, and both are compared, by keyboard alone",
  async () => {
    const { page, problems } = await window.open();
    await page.getByRole("button", { name: "Load sample evidence" }).waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("u");
    await page.getByText("Nothing was simulated yet").waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("i");
    await page.locator("input[type=file]").first().setInputFiles(sample);
    await allAnalysed(page);
    await page.keyboard.press("g");
    await page.keyboard.press("u");
    const all = page.getByRole("navigation", { name: "All simulations" });
    await all.getByText("Exploit possible").waitFor({ timeout: patience });
    await page.keyboard.press("g");
    await page.keyboard.press("i");
    await page.getByText("Simulation of s1 in attack-sql-injection.har").waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("u");
    const result = page.getByRole("region", { name: "Simulation", exact: true });
    await result.getByText("SQL changed its structure").first().waitFor();
    await result.getByRole("button", { name: "Show the difference of the responses" }).first().press("Enter");
    await result.getByRole("region", { name: "Differences of the responses" }).waitFor();
    await result
      .getByText(/^What the application did/)
      .first()
      .press("Enter");
    await result
      .getByRole("region", { name: "Calls with the payload" })
      .first()
      .getByText(/\d+ ms Statement \(only here\)/)
      .first()
      .waitFor();
    await findNothingInaccessible(page, "a simulation");

    // From the session's own screen, by one key.
    await result.getByRole("link", { name: /attack-sql-injection\.har/ }).press("Enter");
    // The screen that is left has a button of that name, too.
    await all.waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Simulate", exact: true }).waitFor();
    // A key is heard once the screen's effects have run, which on a busy machine is later than its first picture.
    await page.evaluate(() => new Promise((resolve) => requestIdleCallback(resolve)));
    await page.keyboard.press("P");
    await expect.poll(() => all.getByRole("listitem").count(), { timeout: patience }).toBe(2);
    await result.getByText(/payloads? works? there/).waitFor({ timeout: patience });

    await result.getByLabel("Again, against").selectOption("shop_patched");
    await result.getByRole("button", { name: "Simulate" }).press("Enter");
    await all.getByText("Exploit improbable").waitFor({ timeout: patience });
    await result.getByText(/None of \d+ payloads work there/).waitFor();
    const beside = result.getByLabel("Beside");
    expect(await beside.locator("optgroup").getAttribute("label")).toBe("The same session");
    await beside.selectOption({ index: 1 });
    expect(await beside.locator("option:checked").textContent()).toMatch(/ · Shadow shop · attack-sql-injection\.har /);
    await result.getByRole("region", { name: "Comparison" }).getByText("They differ").first().waitFor();
    await result
      .getByText(/^What it did \(\d+ calls?\)/)
      .first()
      .press("Enter");
    await result
      .getByRole("region", { name: "Calls with the payload" })
      .first()
      .getByText("Statement")
      .first()
      .waitFor();
    await findNothingInaccessible(page, "a comparison of simulations");
    await expect(await readOutline(page.locator("main"))).toMatchFileSnapshot("./outlines/simulation.txt");
    expect(problems).toEqual([]);
  },
  4 * patience,
);
