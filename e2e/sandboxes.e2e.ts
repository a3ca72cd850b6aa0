import { existsSync } from "node:fs";
import type { Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findNothingInaccessible } from "./axe.ts";
import { openWindow, type Window } from "./window.ts";

const hasBubblewrap = existsSync("/usr/bin/bwrap");
if (!hasBubblewrap) console.warn("SKIPPED: parts of the sandboxes' screen: bubblewrap is not installed");

let window: Window;
let page: Page;
let problems: string[];

beforeAll(async () => {
  window = await openWindow();
  ({ page, problems } = await window.open());
  await page.getByText("Live", { exact: true }).waitFor();
  await page.keyboard.press("g");
  await page.keyboard.press("x");
  await page
    .getByRole("heading", { name: "Limits of each sandbox" })
    .or(page.getByText("Nothing is simulated"))
    .waitFor();
});
afterAll(() => window?.close());

test("the screen says whether foreign code is held here, and by what", async () => {
  await page.getByRole("navigation", { name: "Response" }).getByRole("link", { name: "Sandboxes" }).waitFor();
  await page.getByRole("heading", { name: "Drivers" }).waitFor();
  if (hasBubblewrap) {
    await page.getByText("Foreign code runs in sandboxes").waitFor();
    const tried = page.getByRole("list", { name: /What was tried inside bubblewrap/ });
    expect(await tried.getByRole("listitem").count()).toBe(9);
    expect(await tried.getByText("got through").count()).toBe(0);
    await page.getByRole("cell", { name: "Proof that sandboxes start and stay" }).waitFor();
    await page.getByRole("cell", { name: "2 GiB" }).waitFor();
  }
  await findNothingInaccessible(page, "sandboxes");
});

test.skipIf(!hasBubblewrap)("panic is rehearsed by the keyboard, ends nothing else, and is kept", async () => {
  await page.getByText("Never: rehearse it before it is needed").waitFor();
  await page.getByRole("button", { name: "Rehearse panic" }).focus();
  await page.keyboard.press("Enter");
  await page.getByText(/8 sandboxes with 40 processes gone in/).waitFor({ timeout: 40_000 });
  await page.getByRole("cell", { name: "Proof that sandboxes start and stay" }).waitFor();
  await page.evaluate(() => {
    globalThis.location.hash = "#/audit";
  });
  await page.getByText("sandbox.drilled").first().waitFor();
});

test("after panic the screen says since when the response is held and by whom, and lets an admin re-arm it", async () => {
  await page.evaluate(() => {
    globalThis.location.hash = "#/sandboxes";
  });
  const panic = page.getByRole("region", { name: "Panic" });
  await panic.getByText("Armed: rules may be let in").waitFor();
  await page.getByRole("button", { name: "Panic", exact: true }).click();
  await page.getByRole("button", { name: "Stop everything" }).click();
  await panic.getByText(/Panic holds the response since .*, by analyst/).waitFor();
  await panic.getByText("Held until an admin re-arms it").waitFor();
  await findNothingInaccessible(page, "sandboxes held");
  await panic.getByRole("button", { name: "Re-arm…" }).click();
  await page.getByLabel("Reason, for the log").fill("It was a test.");
  await page.getByRole("button", { name: "Re-arm the response" }).click();
  await panic.getByText("Armed: rules may be let in").waitFor();
});

test("telemetry shows what services report, and lets an analyst decide for a route and learn anew", async () => {
  await page.keyboard.press("g");
  await page.keyboard.press("T");
  await page.getByText("No service has reported anything yet").waitFor();
  await page.getByText("There was no alarm").waitFor();
  await page.evaluate(async () => {
    for (const latency of [20, 30, 40, 90_000]) {
      const body = JSON.stringify({ latency, input_length: 10, errors: 0, route: "/api/user/7", user_id: "mallory" });
      await fetch("/analyze-flow", { method: "POST", headers: { "Content-Type": "application/json" }, body });
    }
  });
  const row = page.getByRole("row", { name: /\/api\/user\/\{id\}/ });
  await row.getByRole("cell", { name: "25 %" }).waitFor({ timeout: 15_000 });
  await row.getByText("Throttle").waitFor();
  await page.getByText("Latency 90,000 ms: the fixed limit is 5,000 ms").waitFor();
  await page.getByRole("button", { name: "Alarms, minute by minute as a table" }).click();
  await page.getByRole("table", { name: "Alarms, minute by minute" }).waitFor();
  await row.getByRole("button", { name: "Decide for /api/user/{id}" }).click();
  const dialog = page.getByRole("dialog", { name: "Decide in the model's place" });
  await dialog.getByRole("button", { name: "Freeze" }).click();
  await findNothingInaccessible(page, "telemetry, deciding");
  await dialog.getByRole("button", { name: "Decide", exact: true }).click();
  await row.getByText("Frozen").waitFor();
  const decided = page.getByRole("region", { name: "Decided by people" });
  await decided.getByText(/^until 20/).waitFor();
  await decided.getByRole("button", { name: "Let the model judge /api/user/{id}" }).click();
  await decided.getByText("Nothing: every sample is judged by the model").waitFor();
  await page.emulateMedia({ colorScheme: "dark" });
  await findNothingInaccessible(page, "telemetry, dark");
  await page.getByRole("button", { name: "Learn anew…" }).click();
  await page.getByText("This cannot be undone.").waitFor();
  await page.getByRole("button", { name: "Learn anew", exact: true }).click();
  await page.getByText("No service has reported anything yet").waitFor();
});

test("and the browser has nothing to complain about", () => {
  expect(problems).toEqual([]);
});
