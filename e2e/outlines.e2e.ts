import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readOutline } from "./outline.ts";
import { allAnalysed, openWindow, type Window } from "./window.ts";

// How each screen reads to those who hear it. `vitest -u` writes the outlines again; read them as you would read a page.
let window: Window;
let page: Page;

beforeAll(async () => {
  window = await openWindow();
  const { page: first } = await window.open();
  await first.getByRole("button", { name: "Load sample evidence" }).click();
  await first.locator("[role=row][id^=row-]").first().waitFor({ timeout: 50_000 });
  await allAnalysed(first);
  await first.close();
  ({ page } = await window.open({ permissions: ["notifications"] }));
  await page.getByText("Live", { exact: true }).waitFor();
}, 120_000);
afterAll(() => window?.close());

/** Reads of the outline, one after the other, that have to be the same before it is held against another. */
const settledReads = 8;

async function compare(name: string, part = page.locator("body")): Promise<void> {
  const path = join(import.meta.dirname, "outlines", `${name}.txt`);
  const want = existsSync(path) ? readFileSync(path, "utf8") : null;
  // Counts and panels come by and by.
  let outline = "";
  let same = 0;
  await expect
    .poll(
      async () => {
        const now = await readOutline(part);
        same = now === outline ? same + 1 : 0;
        outline = now;
        return now === want || same >= settledReads;
      },
      { interval: 400, timeout: 40_000 },
    )
    .toBe(true);
  await expect(outline).toMatchFileSnapshot(path);
}

test.each([
  { hash: "#/verdicts", sign: "Worst payload" },
  { hash: "#/alerts", sign: "Assignee, tags" },
  { hash: "#/cases", sign: "There is no open case" },
  { hash: "#/shift", sign: "Left to the next shift" },
  { hash: "#/search", sign: "Evidence" },
  { hash: "#/decoder", sign: "Text to decode" },
  { hash: "#/memory", sign: "Nothing is remembered yet" },
  { hash: "#/assistant", sign: "Ask for something, or start a ready task" },
  { hash: "#/outgoing", sign: "Whom the agent may call" },
  { hash: "#/datasets", sign: "No dataset version was made yet" },
  { hash: "#/import", sign: "Paste a raw request" },
  { hash: "#/training", sign: "Nothing was trained yet" },
  { hash: "#/models", sign: "Side by side" },
  { hash: "#/canary", sign: "No model is on trial" },
  { hash: "#/federation", sign: "There is no update yet" },
  { hash: "#/evidence", sign: "Sessions" },
  { hash: "#/rules", sign: "There is no rule yet" },
  { hash: "#/approvals", sign: "Nothing waits for a word" },
  { hash: "#/replay", sign: "Nothing was judged again yet" },
  { hash: "#/impact", sign: "There is no gatekeeper yet" },
  { hash: "#/gatekeepers", sign: "none yet" },
  { hash: "#/simulations", sign: "Nothing was simulated yet" },
  { hash: "#/drift", sign: "Not enough to tell" },
  { hash: "#/trust", sign: "The red team has not run yet" },
  { hash: "#/telemetry", sign: "No service has reported anything yet" },
  ...(existsSync("/usr/bin/bwrap") ? [{ hash: "#/sandboxes", sign: "Limits of each sandbox" }] : []),
  { hash: "#/audit", sign: "Verify the whole chain" },
  { hash: "#/health", sign: "Components" },
  { hash: "#/settings", sign: "Tag threshold" },
])("$hash reads well", async ({ hash, sign }) => {
  await page.evaluate((to) => {
    globalThis.location.hash = to;
  }, hash);
  await page.getByText(sign).first().waitFor();
  await compare(hash.slice(2));
});

test("a missing local model is told where it is needed, and nowhere else", async () => {
  const note = page.getByText(/^Local model: Ollama is switched off/);
  for (const [hash, times] of [
    ["#/assistant", 1],
    ["#/audit", 0],
  ] as const) {
    await page.evaluate((to) => {
      globalThis.location.hash = to;
    }, hash);
    await page.getByText(times === 1 ? "Ask for something, or start a ready task" : "Verify the whole chain").waitFor();
    await expect.poll(() => note.count()).toBe(times);
  }
});

test("#/labelling reads well", async () => {
  await page.evaluate(() => {
    globalThis.location.hash = "#/labelling";
  });
  await page.getByRole("heading", { name: "Are more labels worth it?" }).waitFor();
  await compare("labelling-payloads");
  await page.getByRole("button", { name: "Disagreements" }).click();
  await page.getByText("All labellers agree.").waitFor();
  await compare("labelling");
});

test("a session reads well, tab by tab", async () => {
  await page.evaluate(() => {
    globalThis.location.hash = "#/alerts";
  });
  // One alert, whatever came last.
  await page.getByLabel("Query of the queue").fill("class:xxe");
  await page.getByLabel("Query of the queue").press("Enter");
  await page.locator('[role=grid][aria-busy=false][aria-rowcount="2"]').waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  for (const tab of ["Requests and payloads", "Why this score", "Behaviour in context", "Provenance", "Alert"]) {
    await page.getByRole("tab", { name: tab }).click();
    await page.getByRole("tabpanel", { name: tab }).waitFor();
    // What is worked out while one looks has its place once it is there.
    await page
      .getByText(/^Looking for|^Loading/)
      .first()
      .waitFor({ state: "hidden", timeout: 50_000 });
    await compare(`session-${tab.toLowerCase().replaceAll(" ", "-")}`);
  }
}, 120_000);

test("an open case reads well", async () => {
  await page.evaluate(() => {
    globalThis.location.hash = "#/cases";
  });
  await page.getByText("There is no open case").waitFor();
  await page.keyboard.press("N");
  await page.getByRole("dialog", { name: "New case" }).getByLabel("Title").fill("Wave one");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Wave one" }).waitFor();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  // What is said of it goes by itself.
  await page.getByRole("button", { name: "Dismiss" }).press("Enter");
  await compare("case");
});

test("the palette and the keys read well", async () => {
  await page.keyboard.press("Control+k");
  await page.getByRole("dialog").waitFor();
  await compare("palette", page.getByRole("dialog"));
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.keyboard.press("?");
  await page.getByRole("dialog").waitFor();
  await compare("keys", page.getByRole("dialog"));
});
