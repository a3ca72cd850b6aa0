import type { Locator, Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openWindow, type Window } from "./window.ts";

// Two windows: in one the analyst looks at something, in the other everything else happens.
let window: Window;
let page: Page;
let other: Page;
let problems: string[];

/** A notification as the desktop was given it. */
interface Shown {
  readonly title: string;
  readonly body: string;
}

beforeAll(async () => {
  window = await openWindow();
  ({ page: other } = await window.open());
  ({ page, problems } = await window.open());
  // The desktop of a browser without a screen: it notes what it is given, and the analyst is elsewhere.
  await page.addInitScript(() => {
    const shown: unknown[] = [];
    class Desktop extends EventTarget {
      static permission = "granted";
      onclick: (() => void) | null = null;
      constructor(title: string, { body }: { body: string }) {
        super();
        shown.push({ title, body, click: () => this.onclick?.() });
      }
      close() {}
    }
    Object.assign(globalThis, { Notification: Desktop, shown });
    Document.prototype.hasFocus = () => false;
  });
  // What it finds at first is no news: evidence may come once it has looked, seconds after it opened.
  const looked = page.waitForResponse((response) => /status(:|%3A)new/.test(response.url()));
  await page.reload();
  await looked;
});
afterAll(() => window?.close());

const rows = (on: Page) => on.locator("[role=row][id^=row-]");
const heading = (on: Page, name: string) => on.getByRole("heading", { level: 1, name });

async function goTo(on: Page, hash: string): Promise<void> {
  await on.evaluate((to) => {
    globalThis.location.hash = to;
  }, hash);
}

const shown = () =>
  page.evaluate(() => (globalThis as unknown as { shown: Shown[] }).shown.map(({ title, body }) => ({ title, body })));

/** Another attack comes in, by the other window. */
async function attack(name: string): Promise<void> {
  const text = `GET /search?q=${encodeURIComponent(`${name}' UNION SELECT password FROM users -- `)} HTTP/1.1\r\nHost: ${name}.example\r\n\r\n`;
  await goTo(other, "#/import");
  await other
    .getByLabel("Evidence files")
    .setInputFiles({ name: `${name}.txt`, mimeType: "text/plain", buffer: Buffer.from(text) });
  await other.getByText(`${name}.txt`).first().waitFor();
}

async function imported(): Promise<void> {
  await goTo(other, "#/import");
  await other.getByRole("link", { name: "Custody" }).first().waitFor({ timeout: 50_000 });
  await other.waitForFunction(() => document.querySelectorAll("[role=progressbar]").length === 0, undefined, {
    timeout: 50_000,
  });
}

/** What stands at the middle of a row, and where the row is. */
async function place(row: Locator): Promise<string> {
  const box = await row.boundingBox();
  return `${await row.getAttribute("id")} at ${box?.y}`;
}

test("new alerts are told on the desktop by counts and severities, and in the title of the page", async () => {
  await goTo(other, "#/settings");
  await other.getByLabel("Notifications at most every (seconds)").fill("3600");
  await other.getByRole("button", { name: "Save" }).click();
  await other.getByText("Settings saved.").waitFor();
  await goTo(other, "#/verdicts");
  await other.getByRole("button", { name: "Load sample evidence" }).click();
  await imported();
  await expect.poll(async () => (await shown()).length, { timeout: 50_000 }).toBeGreaterThan(0);
  const [first] = await shown();
  expect(first?.title).toMatch(/^\d+ new alerts?$/);
  expect(first?.body).toMatch(/^(\d+ critical, )?\d+ (critical|high)\. Click to see them\.$/);
  await expect.poll(() => page.title()).toMatch(/^\(\d+\) Verdicts – Sentinel$/);
  expect(await page.locator("link[rel=icon]").getAttribute("href")).toBe("./icon-new.svg");
  // At most one an hour, as it was set.
  expect(await shown()).toHaveLength(1);
  await page.evaluate(() => (globalThis as unknown as { shown: { click(): void }[] }).shown[0]?.click());
  await heading(page, "Alerts").waitFor();
  expect(await page.getByLabel("Query of the queue").inputValue()).toBe("is:open status:new severity>=high");
}, 120_000);

test("the row under the cursor stays where it is while alerts come, are closed and opened elsewhere, and what cannot be read is told", async () => {
  await page.getByLabel("Query of the queue").fill("is:open");
  await page.getByLabel("Query of the queue").press("Enter");
  await page.locator("[role=grid][aria-busy=false]").waitFor();
  await page.keyboard.press("Home");
  for (let i = 0; i < 4; i++) await page.keyboard.press("j");
  const cursor = page.locator("[role=row][aria-current=true]");
  const before = await place(cursor);
  await attack("first");
  const news = page.getByRole("button", { name: /^\d+ new$/ });
  await news.waitFor({ timeout: 50_000 });
  expect(await place(cursor)).toBe(before);

  await goTo(other, "#/alerts");
  await rows(other).first().waitFor();
  const top = (await rows(page).nth(1).getAttribute("id")) ?? "";
  await other.locator(`#${top} > :nth-child(1)`).click();
  await other.keyboard.press("c");
  await other.getByRole("dialog").waitFor();
  await other.keyboard.press("4");
  await other.keyboard.press("Enter");
  await other.getByText("closed as a duplicate.").waitFor();
  await page.locator(`#${top}`).filter({ hasText: "Closed" }).waitFor();
  expect(await place(cursor)).toBe(before);
  await other.keyboard.press("z");
  await other.getByText("as before.").waitFor();
  await page.locator(`#${top}`).filter({ hasText: "New" }).waitFor();
  expect(await place(cursor)).toBe(before);

  await page.route(/\/api\/v1\/sentinel\/alerts\?/, (route) => route.abort());
  await page.route(/\/health$/, (route) =>
    route.fulfill({
      json: {
        status: "degraded",
        timestamp: new Date().toISOString(),
        history_size: 0,
        detector_trained: true,
        version: "0",
        components: { store: { status: "degraded", detail: "Only 0.5 GiB free" } },
      },
    }),
  );
  await page
    .getByText("Store: Only 0.5 GiB free. Imports, notes and decisions may be refused")
    .waitFor({ timeout: 50_000 });
  expect(await place(cursor)).toBe(before);
  await page.unroute(/\/api\/v1\/sentinel\/alerts\?/);
  await page.unroute(/\/health$/);
}, 180_000);

test("the verdict under the pointer stays where it is while others come", async () => {
  await goTo(page, "#/verdicts");
  await rows(page).nth(5).waitFor();
  await rows(page).nth(3).hover();
  const before = await place(rows(page).nth(3));
  await attack("second");
  await page.getByRole("button", { name: /^\d+ new$/ }).waitFor({ timeout: 50_000 });
  expect(await place(rows(page).nth(3))).toBe(before);
}, 120_000);

test("nothing of it was against the page's policy", () => {
  // What was cut off on purpose is told by the browser.
  expect(problems.filter((problem) => !problem.includes("ERR_FAILED"))).toEqual([]);
});
