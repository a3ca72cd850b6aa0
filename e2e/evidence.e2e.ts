import type { Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { allAnalysed, openWindow, type Window } from "./window.ts";

let window: Window;
let page: Page;
/** Scripts of payloads that ran, if any. */
const ran: string[] = [];

beforeAll(async () => {
  window = await openWindow();
  ({ page } = await window.open());
  page.on("dialog", (dialog) => {
    ran.push(dialog.message());
    void dialog.dismiss();
  });
});
afterAll(() => window?.close());

const rows = () => page.locator("[role=row][id^=row-]");

/** A HAR of one session with a request for each text, whose query holds it. */
function harWith(...values: string[]): string {
  const headers = [
    { name: "Host", value: "shop.example" },
    { name: "User-Agent", value: "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0" },
    { name: "Authorization", value: "Bearer very-secret-token-0123456789" },
  ];
  const requestOf = (value: string) => ({
    method: "GET",
    url: `https://shop.example/search?q=${encodeURIComponent(value)}`,
    httpVersion: "HTTP/1.1",
    headers,
    cookies: [],
    queryString: [],
    headersSize: -1,
    bodySize: 0,
  });
  const content = { size: 2, mimeType: "text/html", text: "ok" };
  const response = { status: 200, statusText: "OK", httpVersion: "HTTP/1.1", headers: [], cookies: [], content };
  const entries = values.map((value, i) => ({
    startedDateTime: new Date(Date.UTC(2026, 0, 5, 8, 0, i)).toISOString(),
    time: 12,
    request: requestOf(value),
    response,
    cache: {},
    timings: {},
  }));
  return JSON.stringify({ log: { version: "1.2", creator: { name: "test", version: "1" }, entries } });
}

async function goTo(hash: string): Promise<void> {
  await page.evaluate((to) => {
    globalThis.location.hash = to;
  }, hash);
}

async function bring(name: string, text: string): Promise<void> {
  await page.evaluate(() => {
    globalThis.location.hash = "#/import";
  });
  const file = { name, mimeType: "application/json", buffer: Buffer.from(text) };
  await page.locator('input[type="file"]').first().setInputFiles(file);
  await page.getByText(name).first().waitFor();
}

test("a file that an analyst brings becomes a verdict; its script is text, its secret is masked", async () => {
  await bring("hostile.har", harWith(`"><script>alert("from the evidence")</script>`));
  await page.evaluate(() => {
    globalThis.location.hash = "#/verdicts";
  });
  await page.getByRole("searchbox").fill('alert("from the');
  const row = rows().filter({ hasText: 'alert("from the evidence")' }).first();
  await row.waitFor();
  expect(await row.textContent()).toContain("Cross-site scripting");
  await row.click();
  await page.keyboard.press("Enter");
  await page.getByRole("region", { name: "Payloads of the request" }).getByRole("listitem").first().waitFor();
  const shown = await page.locator("main").textContent();
  expect(shown).toContain("Authorization:");
  expect(shown).not.toContain("very-secret-token");
  expect(ran).toEqual([]);
});

test("a file that was cut says where, and what was read before it counts", async () => {
  const whole = harWith("1' OR '1'='1' -- ");
  const end = whole.lastIndexOf("]}}");
  const entry = whole.slice(whole.indexOf("[{", whole.indexOf("entries")) + 1, end);
  await bring("cut.har", `${whole.slice(0, end)},${entry.slice(0, 200)}`);
  await page.evaluate(() => {
    globalThis.location.hash = "#/evidence";
  });
  await page.getByRole("link", { name: "cut.har" }).click();
  await page.locator("main details summary").first().click();
  await page.getByText("entry 2").first().waitFor();
  await page.evaluate(() => {
    globalThis.location.hash = "#/verdicts";
  });
  await page.getByRole("searchbox").fill("OR '1'='1'");
  await rows().first().waitFor();
});

test("a pasted text that is no request stays in its field, with the reason below it", async () => {
  await page.evaluate(() => {
    globalThis.location.hash = "#/import";
  });
  const field = page.getByLabel("Paste a raw request");
  await field.fill("hello there");
  await page.getByRole("button", { name: "Analyse" }).click();
  await page.getByRole("alert").getByText("Give a HAR file").waitFor();
  expect(await field.inputValue()).toBe("hello there");
  await field.fill("GET /pasted?q=1 HTTP/1.1\nHost: shop.example\n\n");
  await page.getByRole("button", { name: "Analyse" }).click();
  await expect.poll(() => field.inputValue()).toBe("");
});

test("of a flood of attacks each request still shows its own, and what is not kept is told", async () => {
  const attacks = Array.from({ length: 60 }, (_, i) => `flood ${i}' UNION SELECT card FROM payments -- `);
  await bring("flood.har", harWith(...attacks));
  await page.evaluate(() => {
    globalThis.location.hash = "#/verdicts";
  });
  await page.getByRole("searchbox").fill("SELECT card FROM");
  const row = rows().filter({ hasText: "SELECT card FROM" }).first();
  await row.click();
  await page.keyboard.press("Enter");
  const left = page.getByRole("region", { name: "What is left out" });
  expect(await left.textContent()).toContain("60 different payloads were found; the 50 worst are kept");
  const requests = page.getByRole("listbox", { name: "Requests of the session" });
  const payloads = page.getByRole("region", { name: "Payloads of the request" });
  for (let i = 0; i < 12; i++) {
    await requests.press(i === 0 ? "Home" : "ArrowDown");
    await page.getByRole("heading", { name: `Request #${i + 1}`, exact: true }).waitFor();
    await payloads.getByRole("heading", { name: "1 payload", exact: true }).waitFor();
  }
});

test("the same content under another name stands in its custody", async () => {
  await bring(
    "flood again.har",
    harWith(...Array.from({ length: 60 }, (_, i) => `flood ${i}' UNION SELECT card FROM payments -- `)),
  );
  await page.evaluate(() => {
    globalThis.location.hash = "#/evidence";
  });
  await page.getByRole("link", { name: "flood.har" }).click();
  await page.getByRole("heading", { name: "Brought again" }).waitFor();
  expect(await page.getByRole("region", { name: "Custody of the evidence" }).textContent()).toContain(
    "flood again.har",
  );
});

test("a link to a verdict that was replaced leads to the one that took its place", async () => {
  const har = harWith("1' UNION SELECT pin FROM vaults-- ");
  await bring("judged-twice.har", har);
  await allAnalysed(page);
  await goTo("#/verdicts");
  await page.getByRole("searchbox").fill("SELECT pin FROM");
  await rows().filter({ hasText: "SELECT pin FROM" }).first().click();
  await page.keyboard.press("Enter");
  await page.getByRole("tab", { name: /^Why/ }).click();
  const link = await page.evaluate(() => globalThis.location.hash);
  expect(link).toMatch(/^#\/session\/\w+\/score$/);

  await goTo("#/settings");
  await page.getByLabel("Simulate threshold").fill("0.81");
  await page.getByRole("button", { name: /^Save/ }).click();
  await page.getByText("Settings saved.").last().waitFor();
  const { page: reader } = await window.open();
  await reader.evaluate((to) => {
    globalThis.location.hash = to;
  }, link);
  await reader.getByRole("tabpanel", { name: /^Why/ }).waitFor();
  await bring("judged-twice.har", har);
  await allAnalysed(page);
  // Who has it open is told, and not torn away from what they read.
  await reader.getByText("Its evidence was judged again meanwhile").waitFor();
  await page.reload();
  await goTo(link);
  await page.getByText("This session was judged again").waitFor();
  await page.getByRole("tabpanel", { name: /^Why/ }).waitFor();
  const now = await page.evaluate(() => globalThis.location.hash);
  expect(now).toMatch(/^#\/session\/\w+\/score$/);
  expect(now).not.toBe(link);
});
