import type { Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findNothingHardToSee, findNothingInaccessible } from "./axe.ts";
import { openWindow, type Window } from "./window.ts";

let window: Window;

const rows = (page: Page) => page.locator("[role=row][id^=row-]");

async function goTo(page: Page, hash: string): Promise<void> {
  await page.evaluate((to) => {
    globalThis.location.hash = to;
  }, hash);
}

/** Waits until the list shows what its filter asks for. */
async function settled(page: Page): Promise<void> {
  await page.locator("[role=grid][aria-busy=false]").waitFor();
}

beforeAll(async () => {
  window = await openWindow();
});
afterAll(() => window.close());

test("the first start offers the sample evidence with one click, and its verdicts appear", async () => {
  const { page, problems } = await window.open();
  await page.getByText("Nothing has been analysed yet").waitFor();
  await page.getByRole("button", { name: "Load sample evidence" }).click();
  await rows(page).first().waitFor({ timeout: 50_000 });
  await page.getByRole("button", { name: /^Simulate [1-9]/ }).waitFor({ timeout: 50_000 });
  await goTo(page, "#/import");
  await page.getByRole("link", { name: "Custody" }).first().waitFor({ timeout: 50_000 });
  await page.waitForFunction(() => document.querySelectorAll("[role=progressbar]").length === 0, undefined, {
    timeout: 50_000,
  });
  expect(page.url()).not.toContain("token");
  expect(problems).toEqual([]);
});

/** Each colour scheme and each contrast, at both widths. */
const looks = [
  { colorScheme: "light", contrast: "no-preference", viewport: { width: 1280, height: 800 } },
  { colorScheme: "dark", contrast: "no-preference", viewport: { width: 1920, height: 1080 } },
  { colorScheme: "light", contrast: "more", viewport: { width: 1920, height: 1080 } },
  { colorScheme: "dark", contrast: "more", viewport: { width: 1280, height: 800 } },
] as const;

/** Checks what the page shows as a whole in the first look, and in the others what a look can change. */
async function checkLooks(page: Page, what: string): Promise<void> {
  for (const [index, { colorScheme, contrast, viewport }] of looks.entries()) {
    const isHigh = contrast === "more";
    await page.emulateMedia({ colorScheme, contrast });
    await page.setViewportSize(viewport);
    await expect.poll(() => page.locator("html").getAttribute("data-contrast")).toBe(isHigh ? "high" : "normal");
    const where = `${what} (${colorScheme}, contrast ${contrast}, ${viewport.width})`;
    await (index === 0 ? findNothingInaccessible(page, where) : findNothingHardToSee(page, where, isHigh));
  }
}

test("every screen is accessible and within the page policy, light and dark, at both contrasts and widths", async () => {
  const { page, problems } = await window.open();
  await rows(page).first().waitFor();
  await checkLooks(page, "verdicts");
  for (const [hash, sign] of [
    ["#/alerts", "Assignee, tags"],
    ["#/cases", "There is no open case"],
    ["#/shift", "Left to the next shift"],
    ["#/search", "Evidence"],
    ["#/decoder", "Text to decode"],
    ["#/memory", "Nothing is remembered yet"],
    ["#/labelling", "What was said of it"],
    ["#/datasets", "No dataset version was made yet"],
    ["#/import", "Paste a raw request"],
    ["#/evidence", "Sessions"],
    ["#/replay", "Nothing was judged again yet"],
    ["#/drift", "Not enough to tell"],
    ["#/training", "Nothing was trained yet"],
    ["#/models", "Side by side"],
    ["#/canary", "No model is on trial"],
    ["#/audit", "Verify the whole chain"],
    ["#/health", "Components"],
    ["#/settings", "Tag threshold"],
  ] as const) {
    await goTo(page, hash);
    await page.getByText(sign).first().waitFor();
    await checkLooks(page, hash);
  }
  await goTo(page, "#/verdicts");
  await page.getByRole("button", { name: /^Simulate/ }).click();
  await settled(page);
  await rows(page).first().click();
  await page.getByRole("region", { name: "Payloads of the request" }).waitFor();
  await checkLooks(page, "requests");
  for (const tab of ["Why this score", "Behaviour in context", "Provenance", "Alert"]) {
    await page.getByRole("tab", { name: tab }).click();
    await page.getByRole("tabpanel", { name: tab }).waitFor();
    if (tab === "Alert")
      await page
        .getByRole("button", { name: /^Show .*in the queue$/ })
        .first()
        .waitFor();
    await checkLooks(page, tab);
  }
  expect(problems).toEqual([]);
}, 300_000);

test("triage by keyboard: filter, move, open, look at the reasons, go back to the same row", async () => {
  const { page } = await window.open();
  await rows(page).first().waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("union");
  await page.getByRole("button", { name: "Clear" }).and(page.locator(":enabled")).waitFor();
  await settled(page);
  const shown = Number(await page.getByRole("grid").getAttribute("aria-rowcount")) - 1;
  expect(shown).toBeGreaterThan(0);
  await page.getByRole("button", { name: `All ${shown}` }).waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("j");
  const selected = await page.locator("[role=row][aria-selected=true]").getAttribute("id");
  await page.keyboard.press("Enter");
  await page.getByRole("tab", { name: "Why this score" }).waitFor();
  expect(page.url()).toContain(selected?.slice("row-".length));
  await page.keyboard.press("]");
  await page.getByRole("img", { name: /^Waterfall/ }).waitFor();
  await page.keyboard.press("Escape");
  await page.locator(`#${selected}[aria-selected=true]`).waitFor();
});

test("the request whose attack worked is marked in its session", async () => {
  const { page } = await window.open();
  await rows(page).filter({ hasText: "ucceeded" }).first().click();
  await page.keyboard.press("Enter");
  const worked = page.getByRole("option").filter({ hasText: /(?:Likely s|S)ucceeded/ });
  await worked.first().waitFor();
  expect(await worked.count()).toBeLessThan(await page.getByRole("option").count());
});

test("withdrawn evidence takes its verdicts along, and one key brings them back", async () => {
  const { page } = await window.open();
  await rows(page).first().waitFor();
  const all = page.getByRole("button", { name: /^All \d/ });
  const before = await all.textContent();
  await goTo(page, "#/evidence");
  await page.getByRole("link", { name: "attack-sql-injection.har" }).click();
  await page.getByRole("button", { name: "Withdraw" }).click();
  await page.getByText("Withdrawn: attack-sql-injection.har").waitFor();
  await goTo(page, "#/verdicts");
  await settled(page);
  await expect.poll(() => all.textContent()).not.toBe(before);
  await page.keyboard.press("z");
  await page.getByText("are back").waitFor();
  await expect.poll(() => all.textContent()).toBe(before);
});

test("settings are checked before they are saved, and saving can be undone", async () => {
  const { page } = await window.open();
  await goTo(page, "#/settings");
  const gap = page.getByLabel("Session gap (minutes)");
  await gap.fill("0");
  await page.getByText("A number from 1 to 1440.").waitFor();
  expect(await page.getByRole("button", { name: "Save" }).isDisabled()).toBe(true);
  await gap.fill("45");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Settings saved.").waitFor();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect.poll(() => gap.inputValue()).toBe("30");
});

test("secrets stay masked until somebody asks, and the log says who", async () => {
  const { page } = await window.open();
  await rows(page).first().waitFor();
  // The worst request of this session is shown first, and it carries a session cookie.
  await page.getByRole("button", { name: /^XML external entity/ }).click();
  await settled(page);
  await rows(page).first().click();
  await page.getByRole("button", { name: "Reveal secrets…" }).click();
  await page.getByText("This cannot be undone.").waitFor();
  await page.getByRole("button", { name: "Reveal", exact: true }).click();
  await page.getByRole("button", { name: "Mask again" }).waitFor();
  await goTo(page, "#/audit");
  await page
    .getByRole("row")
    .filter({ hasText: /reveal/ })
    .first()
    .waitFor();
  await page.getByRole("button", { name: "Verify the whole chain" }).click();
  await page.getByText(/entries verified/).waitFor();
  await page.getByText(/Checked .* whole\./).waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("secret.rev");
  await expect
    .poll(async () => (await page.getByRole("grid", { name: "Audit log" }).getByRole("row").all()).length)
    .toBe(2);
  // The wire counts from 0, people from 1.
  await page.getByRole("grid", { name: "Audit log" }).getByRole("row").nth(1).click();
  const entry = page.getByRole("region", { name: /^Entry \d+$/ });
  const index = Number(/"request": (\d+)/.exec((await entry.textContent()) ?? "")?.[1]);
  await entry.getByText(`#${index + 1} of its evidence`, { exact: true }).waitFor();
  await page.getByLabel("Who").fill("nobody of this name");
  await page.getByText("No entry fits").waitFor();
  await page.getByRole("button", { name: "Clear" }).click();
  await page
    .getByRole("row")
    .filter({ hasText: /reveal/ })
    .first()
    .waitFor();
});

test("an address that names no screen is told, and stays until one goes on", async () => {
  const { page } = await window.open();
  await goTo(page, "#/health");
  await goTo(page, "#/nonsense");
  await page.getByText("names no screen: these are the verdicts").waitFor();
  expect(new URL(page.url()).hash).toBe("#/nonsense");
  await page.getByRole("button", { name: "Back", exact: true }).click();
  await page.getByRole("heading", { level: 1, name: "Health" }).waitFor();
  expect(await page.getByText("names no screen").count()).toBe(0);
});

test("the panic button asks first, then stops what acts", async () => {
  const { page } = await window.open();
  await page.getByRole("button", { name: "Panic" }).click();
  await page.getByText("This cannot be undone.").waitFor();
  await page.getByRole("button", { name: "Stop everything" }).click();
  await page.getByText(/(?:^Stopped: |Everything that acts was stopped).*until an admin re-arms/).waitFor();
  // It went to the supervisor and to the engine at once; the log tells of one press.
  await goTo(page, "#/audit");
  const pulled = page.getByRole("row").filter({ hasText: "panic.pulled" });
  await pulled.first().waitFor();
  expect(await pulled.count()).toBe(1);
  await page.getByRole("row").filter({ hasText: "Panic was pulled" }).first().waitFor();
  await page.getByRole("link", { name: "Response held" }).click();
  await page.getByRole("button", { name: "Re-arm…" }).waitFor();
});
