import type { Page, Response } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openWindow, type Window } from "./window.ts";

// A day's beginning: two analysts clear one queue at once, without a mouse.
let window: Window;
let first: Page;
let second: Page;
const each = 25;
// Each try of the second test needs two of its own.
const spare = 4;
const total = 2 * each + spare;

/** Short visits, a day each, so that every one is an alert of its own; each ends in an injection. */
function visits(): string {
  const entries = Array.from({ length: total }, (_, day) =>
    ["green tea", "black tea", "1' UNION SELECT name, password FROM users -- "].map((q, i) => ({
      startedDateTime: new Date(Date.UTC(2026, 0, 1 + day, 8, 0, i * 20)).toISOString(),
      time: 12,
      request: {
        method: "GET",
        url: `https://shop.example/search?q=${encodeURIComponent(q)}`,
        httpVersion: "HTTP/1.1",
        headers: [
          { name: "Host", value: "shop.example" },
          { name: "Cookie", value: `visit=${day}` },
        ],
        queryString: [],
        cookies: [],
        headersSize: -1,
        bodySize: 0,
      },
      response: {
        status: 200,
        statusText: "OK",
        httpVersion: "HTTP/1.1",
        headers: [{ name: "Content-Type", value: "text/html" }],
        cookies: [],
        content: { size: 2, mimeType: "text/html", text: "ok" },
        redirectURL: "",
        headersSize: -1,
        bodySize: 2,
      },
      cache: {},
      timings: { send: 1, wait: 10, receive: 1 },
    })),
  ).flat();
  return JSON.stringify({ log: { version: "1.2", creator: { name: "test", version: "1" }, entries } });
}

const grid = (page: Page) => page.getByRole("grid", { name: "Alerts" });
const cursor = (page: Page) => grid(page).locator("[aria-current=true]");
/** The answer to a page's next change of alerts. */
const answered = (page: Page, status: number) =>
  page.waitForResponse(
    (response: Response) => response.url().endsWith("/alerts/change") && response.status() === status,
  );
const dialog = (page: Page) => page.getByRole("dialog");

async function press(page: Page, ...keys: string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

/** Waits until the list has settled on so many rows. */
async function count(page: Page, rows: number): Promise<void> {
  await expect
    .poll(async () => {
      const isBusy = (await grid(page).getAttribute("aria-busy")) !== "false";
      return isBusy ? null : await grid(page).getAttribute("aria-rowcount");
    })
    .toBe(String(rows + 1));
}

/** Closes the alert under the cursor with the reason of a digit, and waits until another one is there. */
async function close(page: Page, digit: string): Promise<void> {
  const id = await cursor(page).getAttribute("id");
  await press(page, "c");
  await dialog(page).waitFor();
  await press(page, digit, "Enter");
  await dialog(page).waitFor({ state: "detached" });
  await expect.poll(async () => (await cursor(page).getAttribute("id")) === id, { timeout: 20_000 }).toBe(false);
}

beforeAll(async () => {
  window = await openWindow();
  ({ page: first } = await window.open());
  await press(first, "g", "i");
  await first
    .locator("input[type=file]")
    .first()
    .setInputFiles({ name: "week.har", mimeType: "application/json", buffer: Buffer.from(visits()) });
  await first.getByRole("link", { name: "Custody" }).first().waitFor({ timeout: 50_000 });
  ({ page: second } = await window.open());
}, 120_000);
afterAll(() => window?.close());

test("fifty alerts are closed by keyboard alone, from both ends at once", async () => {
  for (const page of [first, second]) {
    // Keys do something once the window stands.
    await page.getByText("Live", { exact: true }).waitFor();
    await press(page, "g", "q");
    await grid(page).waitFor();
    await count(page, total);
  }
  await press(first, "j");
  await press(second, "End");
  await cursor(first).waitFor();
  await cursor(second).waitFor();
  const clear = async (page: Page, digit: string) => {
    for (let i = 0; i < each; i++) await close(page, digit);
  };
  await Promise.all([clear(first, "1"), clear(second, "2")]);
  // What the other one closed stays in sight, so that no row moves, until the queue is opened again.
  for (const page of [first, second]) {
    await page.reload();
    await count(page, spare);
  }
  await press(first, "/");
  await first.keyboard.press("Control+a");
  await first.keyboard.type("reason:true_positive");
  await press(first, "Enter");
  await count(first, each);
  await press(first, "/");
  await first.keyboard.press("Control+a");
  await first.keyboard.type("reason:false_positive");
  await press(first, "Enter");
  await count(first, each);
  await press(first, "/");
  await first.keyboard.press("Control+a");
  await first.keyboard.type("is:open");
  await press(first, "Enter");
  await count(first, spare);
}, 180_000);

test("of two who close the same alert the later is told, and nothing is overwritten", async () => {
  await first.reload();
  let open = 0;
  await expect
    .poll(async () => {
      open = Number(await grid(first).getAttribute("aria-rowcount")) - 1;
      return (await grid(first).getAttribute("aria-busy")) === "false" && open >= 2;
    })
    .toBe(true);
  // The second window hears of nothing any more.
  await second.routeWebSocket(/\/live\/ws/, (socket) => socket.close());
  await second.route(/\/api\/v1\/sentinel\/live/, (route) => route.abort());
  await second.reload();
  await count(second, open);
  for (const page of [first, second]) {
    await grid(page).focus();
    await press(page, "Home");
    await cursor(page).waitFor();
  }
  const id = await cursor(first).getAttribute("id");
  expect(await cursor(second).getAttribute("id")).toBe(id);
  // The row leaves at once; only what the engine has done is what the other one comes too late for.
  const done = answered(first, 200);
  await close(first, "1");
  await done;
  const refused = answered(second, 409);
  await press(second, "c");
  await dialog(second).waitFor();
  await press(second, "2", "Enter");
  expect(await (await refused).json()).toMatchObject({ code: "CONFLICT" });
  await second
    .getByText(/not closed as a false positive\. Meanwhile .* closed as a true positive by analyst/)
    .waitFor();
  // It stands as the first one left it, and taking that back is told to nobody else's harm.
  await press(first, "z");
  await count(first, open);
}, 60_000);
