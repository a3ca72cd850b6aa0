import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Page, Response } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findNothingInaccessible } from "./axe.ts";
import { openWindow, type Window } from "./window.ts";

let window: Window;
let page: Page;
let problems: string[];

beforeAll(async () => {
  window = await openWindow();
  ({ page, problems } = await window.open());
});
afterAll(() => window?.close());

const grid = (on = page) => on.getByRole("grid", { name: "Alerts" });
const rows = (on = page) => grid(on).locator("[role=row][id^=row-]");
const cursor = (on = page) => grid(on).locator("[aria-current=true]");
const dialog = (on = page) => on.getByRole("dialog");
const press = async (...keys: string[]) => {
  for (const key of keys) await page.keyboard.press(key);
};

/** Waits until the list shows that many rows of what its query asks for. */
async function count(rowCount: number, on = page): Promise<void> {
  await on.locator(`[role=grid][aria-busy=false][aria-rowcount="${rowCount + 1}"]`).waitFor();
}

test("an empty queue leads to evidence, and evidence fills it", async () => {
  await page.getByText("Nothing has been analysed yet").waitFor();
  await press("g", "q");
  await page.getByText("Alerts come from evidence.").waitFor();
  await findNothingInaccessible(page, "empty queue");
  await page.getByRole("button", { name: "Load sample evidence" }).press("Enter");
  await rows().first().waitFor({ timeout: 50_000 });
  await press("g", "i");
  await page.getByRole("link", { name: "Custody" }).first().waitFor({ timeout: 50_000 });
  await page.waitForFunction(() => document.querySelectorAll("[role=progressbar]").length === 0, undefined, {
    timeout: 50_000,
  });
  await press("g", "q");
  await page.getByRole("button", { name: /^New [1-9]/ }).waitFor();
  // What the list showed before the last of it came is replaced by then.
  await count(13);
}, 120_000);

test("the head of the column of severities brings the worst to the top, and what came last", async () => {
  const head = grid().getByRole("columnheader", { name: "Severity" });
  const severities = () => rows().locator(".severity-mark").allTextContents();
  const ranks = ["Low", "Medium", "High", "Critical"];
  expect(await head.getAttribute("aria-sort")).toBeNull();
  const newest = await severities();
  await head.getByRole("button").press("Enter");
  await expect.poll(() => head.getAttribute("aria-sort")).toBe("descending");
  const worstFirst = newest.toSorted((a, b) => ranks.indexOf(b) - ranks.indexOf(a));
  await expect.poll(severities).toEqual(worstFirst);
  expect(await page.getByRole("button", { name: "Worst" }).getAttribute("aria-pressed")).toBe("true");
  await head.getByRole("button").press("Enter");
  await expect.poll(severities).toEqual(newest);
});

test("the palette says of what cannot be done now why", async () => {
  await page.keyboard.press("Control+k");
  for (const [typed, why] of [
    ["where else", "no alert is chosen"],
    ["show what is new", "nothing new came"],
    ["back clear", "nothing is selected or filtered"],
  ] as const) {
    await dialog().getByRole("combobox").fill(typed);
    const entry = dialog().getByRole("option").filter({ hasText: why });
    await entry.waitFor();
    expect(await entry.getAttribute("aria-disabled")).toBe("true");
  }
  await press("Escape");
});

test("a query is completed, its problems are told, and only what is right is run", async () => {
  const query = page.getByRole("combobox");
  await press("/");
  await page.keyboard.type(" cla");
  await page.getByRole("option", { name: /^class/ }).waitFor();
  await press("Tab");
  await page.keyboard.type("sql");
  await press("ArrowDown", "Enter");
  expect(await query.inputValue()).toBe("is:open class:sql_injection");
  await press("Enter");
  await count(4);
  await press("/");
  await page.keyboard.type(" severity:hihg");
  await page.getByRole("alert").filter({ hasText: "did you mean high?" }).waitFor();
  expect(await query.getAttribute("aria-invalid")).toBe("true");
  await findNothingInaccessible(page, "query with a problem");
  await count(4);
  for (let i = 0; i < " severity:hihg".length; i++) await press("Backspace");
  await press("Enter");
  await expect.poll(() => grid().evaluate((element) => element === document.activeElement)).toBe(true);
  expect(await query.getAttribute("aria-invalid")).toBe("false");
});

test("an alert is closed with a reason and a note, the next one takes its place, and one key brings it back", async () => {
  await press("j", "j");
  const closed = await cursor().getAttribute("id");
  const next = await cursor().evaluate((row) => row.nextElementSibling?.id);
  const place = (await cursor().boundingBox())?.y;
  await press("c");
  await dialog().waitFor();
  await findNothingInaccessible(page, "close");
  await press("2", "Tab");
  await page.keyboard.type("Our own scanner, **again**");
  await press("Enter");
  await count(3);
  expect(await cursor().getAttribute("id")).toBe(next);
  expect((await cursor().boundingBox())?.y).toBe(place);
  await page.getByText("closed as a false positive, with a note.").waitFor();
  await page.getByRole("button", { name: /^Closed 1/ }).waitFor();
  await press("z");
  await page.getByText("as before.").waitFor();
  await count(4);
  expect(await cursor().getAttribute("id")).toBe(closed);
  expect((await cursor().boundingBox())?.y).toBe(place);
});

test("several alerts are assigned at once", async () => {
  await press("Home", "x", "j", "x", "j", "x");
  await page.getByText("3 selected").waitFor();
  await press("a", "1", "Enter");
  await page.getByText("3 alerts: assigned to you.").waitFor();
  await expect
    .poll(() =>
      rows()
        .filter({ has: page.getByText("Me", { exact: true }) })
        .count(),
    )
    .toBe(3);
  await press("l");
  await page.keyboard.type("campaign-7");
  await press("Enter", "Enter");
  await expect.poll(() => rows().filter({ hasText: "#campaign-7" }).count()).toBe(3);
  await press("Escape");
  await page.getByText("3 selected").waitFor({ state: "detached" });
});

test("what was selected is forgotten by whoever leaves the queue, and comes back to the row", async () => {
  await press("Home", "x", "j");
  await page.getByText("1 selected").waitFor();
  const at = await cursor().getAttribute("id");
  await press("Enter");
  const heading = page.getByRole("heading", { level: 2 }).first();
  await expect.poll(() => heading.evaluate((element) => element === document.activeElement)).toBe(true);
  await press("Escape");
  await expect.poll(() => grid().evaluate((element) => element === document.activeElement)).toBe(true);
  expect(await cursor().getAttribute("id")).toBe(at);
  await page.getByText("1 selected").waitFor({ state: "detached" });
  await press("c");
  await dialog()
    .getByRole("heading", { name: /^Close: / })
    .waitFor();
  await press("Escape");
});

test("all that match are closed by a job, and the job is taken back", async () => {
  await press("X");
  await page.getByText("All 4 that match").waitFor();
  await press("c", "4");
  await findNothingInaccessible(page, "close all that match");
  await press("Enter");
  await page.getByText("4 alerts: closed as a duplicate.").waitFor();
  await page.getByText("No alert matches").waitFor();
  await findNothingInaccessible(page, "nothing matches");
  await press("z");
  await page.getByText("4 alerts as before.").waitFor();
  await count(4);
  await expect.poll(() => rows().filter({ hasText: "#campaign-7" }).count()).toBe(3);
});

test("a change of many that was stopped has its card after the window was loaded again, and goes on", async () => {
  const stopped = {
    ...{ id: "0198c1de-0000-7000-8000-000000000001", kind: "change-alerts", subject: "class:xss", state: "cancelled" },
    ...{ step: "changing alerts", done: 5000, total: 100_000, unit: "alerts", resumable: true, result: null },
    ...{ started_at: new Date().toISOString(), ended_at: new Date().toISOString(), error: null },
  };
  const { page: other } = await window.open();
  await other.getByRole("heading", { name: "Verdicts" }).waitFor();
  await other.route("**/api/v1/sentinel/jobs", (route) => route.fulfill({ json: [stopped] }));
  await other.reload();
  const card = other.getByRole("log", { name: "Changes of many alerts" });
  await card.getByText("Alerts: change of class:xss").waitFor();
  await card.getByText("Stopped after 5,000 of 100,000 alerts.").waitFor();
  await findNothingInaccessible(other, "a stopped change of many");
  const resumed = other.waitForRequest(/jobs\/[^/]+\/resume$/);
  await card.getByRole("button", { name: "Resume" }).press("Enter");
  expect((await resumed).url()).toContain(stopped.id);
  await card.getByRole("button", { name: "Leave it so" }).press("Enter");
  await other.reload();
  await other.getByRole("heading", { name: "Verdicts" }).waitFor();
  expect(await card.getByRole("button").count()).toBe(0);
  await other.close();
});

test("an alert is opened, noted and closed, and the next one follows", async () => {
  await press("Home", "Enter");
  const strip = page.getByRole("region", { name: "Alert", exact: true });
  await strip.waitFor();
  await press("m");
  await dialog().waitFor();
  await page.keyboard.type("Seen before: [here](http://evil.example/x)");
  await press("Control+Enter", "[");
  const about = page.getByRole("tabpanel", { name: "Alert" });
  await about.getByText("http://evil.example/x").waitFor();
  expect(await about.locator("a[href*=evil]").count()).toBe(0);
  await about.getByText("note written").waitFor();
  await findNothingInaccessible(page, "alert");
  const first = page.url();
  await press("J");
  await expect.poll(() => page.url()).not.toBe(first);
  const second = page.url();
  expect(second).toMatch(/\/alert$/);
  await strip.waitFor();
  await press("c", "1", "Enter");
  await page.getByText(/closed as a true positive\. Next: SQL injection/).waitFor();
  await expect.poll(() => page.url()).not.toBe(second);
  await strip.waitFor();
  await press("K");
  await expect.poll(() => page.url()).toBe(first);
  await strip.waitFor();
  await press("Escape");
  await count(3);
});

test("a note that is refused is kept until it is stored, and one that is being written survives a look elsewhere", async () => {
  await press("Home", "m");
  await page.route(
    "**/alerts/change",
    (route) => route.fulfill({ status: 507, json: { code: "DISK_FULL", message: "There is no room on the disk." } }),
    { times: 1 },
  );
  await page.keyboard.type("Worth an hour of work");
  await press("Control+Enter");
  await page.getByText(/not note written\..*What you wrote is kept/).waitFor();
  await press("m");
  expect(await dialog().getByRole("textbox").inputValue()).toBe("Worth an hour of work");
  await press("Control+Enter");
  await dialog().waitFor({ state: "detached" });
  await press("Enter");
  await page.getByRole("tab", { name: "Alert" }).press("Enter");
  await page.getByText("Worth an hour of work").waitFor();
  await page.getByLabel("Write a note (Markdown)").fill("Not yet whole");
  await press("Escape", "g", "q");
  await count(3);
  await press("m");
  expect(await dialog().getByRole("textbox").inputValue()).toBe("");
  await press("Escape", "Enter");
  await page.getByRole("tab", { name: "Alert" }).press("Enter");
  expect(await page.getByLabel("Write a note (Markdown)").inputValue()).toBe("Not yet whole");
  await press("Escape");
  await count(3);
});

test("of a million rows the last one is reached", async () => {
  const { page: other } = await window.open();
  await other.route("**/api/v1/sentinel/alerts/counts*", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), total: 1_000_000 } });
  });
  await other.route(/\/api\/v1\/sentinel\/alerts\?/, async (route) => {
    // What lies further back is on its way.
    if (route.request().url().includes("cursor=")) return;
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), next: "0.1" } });
  });
  await other.getByRole("heading", { name: "Verdicts" }).waitFor();
  await other.keyboard.press("g");
  await other.keyboard.press("q");
  await count(1_000_000, other);
  await other.keyboard.press("End");
  const last = grid(other).locator('[aria-rowindex="1000001"]');
  await last.waitFor();
  const [row, view] = [await last.boundingBox(), await grid(other).boundingBox()];
  expect(row!.y + row!.height).toBeCloseTo(view!.y + view!.height, 0);
  await grid(other).evaluate((list) => {
    list.scrollTop = list.scrollHeight / 2;
  });
  await grid(other).locator('[aria-rowindex="500001"]').waitFor();
  await other.close();
});

test("of two windows that decide about an alert, the later is told who was quicker, and overwrites nothing", async () => {
  const isConflict = (response: Response) => response.request().method() !== "GET" && response.status() === 409;
  const { page: second } = await window.open();
  await second.getByRole("heading", { name: "Verdicts" }).waitFor();
  // It hears of nothing.
  await second.routeWebSocket(/\/live\/ws/, (socket) => socket.close());
  await second.route(/\/api\/v1\/sentinel\/live/, (route) => route.abort());
  await second.reload();
  await second.getByRole("heading", { name: "Verdicts" }).waitFor();
  await second.keyboard.press("g");
  await second.keyboard.press("q");
  await rows(second).first().waitFor();
  await press("Escape");
  for (const each of [page, second]) {
    await count(12, each);
    await each.keyboard.press("Home");
  }
  expect(await cursor().getAttribute("id")).toBe(await cursor(second).getAttribute("id"));
  await press("p");
  await page.getByText("set to in progress.").waitFor();
  await cursor().filter({ hasText: "In progress" }).waitFor();
  const refused = second.waitForResponse(isConflict);
  await second.keyboard.press("c");
  await dialog(second).waitFor();
  await second.keyboard.press("2");
  await second.keyboard.press("Enter");
  expect(await (await refused).json()).toMatchObject({ code: "CONFLICT" });
  await second.getByText(/not closed as a false positive\. Meanwhile .* set to in progress by analyst/).waitFor();
  await cursor(second).filter({ hasText: "In progress" }).waitFor();
  expect(await cursor().textContent()).toContain("In progress");
  // Having seen it, the analyst decides.
  await second.keyboard.press("c");
  await dialog(second).waitFor();
  await second.keyboard.press("2");
  await second.keyboard.press("Enter");
  await second.getByText(/: closed as a false positive\./).waitFor();
  await cursor().filter({ hasText: "False positive" }).waitFor();
});

test("what was done is taken back after the window was opened again, too", async () => {
  await page.reload();
  await count(11);
  await press("Control+z");
  await page.getByText("Taken back: a decision about an alert").waitFor();
  await page.getByRole("button", { name: /^Closed 1/ }).waitFor();
  await expect.poll(() => rows().filter({ hasText: "In progress" }).count()).toBe(1);
});

test("what is known stays out of the queue for a while, and is let in again", async () => {
  const suppressed = rows().filter({ hasText: "Request forgery" });
  expect(await suppressed.count()).toBe(1);
  await page.getByRole("button", { name: "Views" }).press("Enter");
  await page.getByRole("button", { name: "Save this query…" }).press("Enter");
  await dialog()
    .getByRole("radio", { name: /^Suppress/ })
    .check();
  await dialog().getByLabel("Why").fill("our own test");
  await dialog().getByLabel("Query").fill("class:csrf status:new");
  await dialog()
    .getByLabel(/^Up to severity/)
    .selectOption("critical");
  await findNothingInaccessible(page, "save query");
  await dialog().getByLabel("Query").press("Enter");
  await dialog().getByRole("alert").filter({ hasText: "status says what became of an alert" }).waitFor();
  await dialog().getByLabel("Query").fill("class:csrf");
  await dialog().getByLabel("Query").press("Enter");
  await page.getByText('"our own test" is saved.').waitFor();
  await page.reload();
  await rows().first().waitFor();
  await expect.poll(() => suppressed.count()).toBe(0);
  await page.getByRole("button", { name: "Views" }).press("Enter");
  await findNothingInaccessible(page, "views");
  await page.getByRole("button", { name: "Remove our own test" }).press("Enter");
  await page.getByText('"our own test" is removed.').waitFor();
  await press("Escape");
  await page.reload();
  await expect.poll(() => suppressed.count()).toBe(1);
});

test("a report of an alert is saved as a file that the application can check, and one changed byte shows", async () => {
  await grid().focus();
  await press("Home", "Enter");
  await page.getByRole("tab", { name: "Alert" }).press("Enter");
  const saving = page.waitForEvent("download");
  await page.getByRole("button", { name: "Report" }).press("Enter");
  const path = await (await saving).path();
  const file = readFileSync(path);
  await press("g", "s");
  const check = async (content: Buffer) =>
    page.getByLabel("Report to check").setInputFiles({ name: "report.html", mimeType: "text/html", buffer: content });
  await check(file);
  await page.getByText("report.html: Whole: signed by this Sentinel").waitFor();
  const changed = Buffer.from(file);
  changed[2000]! ^= 1;
  await check(changed);
  await page.getByText("report.html: Changed after it was signed").waitFor();
  const report = await page.context().newPage();
  await report.setContent(file.toString());
  expect(await report.getByRole("heading", { level: 1 }).textContent()).toContain("Alert report");
  await report.getByText(/^Model card of/).click();
  const card = report.getByText("# Model card: payload classifier");
  await card.waitFor({ state: "hidden" });
  await report.emulateMedia({ media: "print" });
  await card.waitFor();
  await report.close();
  const verifier = await page.context().newPage();
  await verifier.goto(pathToFileURL(join(import.meta.dirname, "../resources/verify-report.html")).href);
  const verify = async (key: string, content: Buffer) => {
    await verifier.getByLabel("Key").fill(key);
    await verifier.getByLabel("Report").setInputFiles({ name: "report.html", mimeType: "text/html", buffer: content });
  };
  const key = /Key: <code>(ed25519:[\w-]{43})/.exec(file.toString())![1]!;
  const told = verifier.getByRole("status");
  await verify(key, file);
  await told.filter({ hasText: "The report is whole: signed with this key" }).waitFor();
  await verify(key, changed);
  await told.filter({ hasText: "changed after it was signed" }).waitFor();
  await verify(`ed25519:${"A".repeat(43)}`, file);
  await told.filter({ hasText: "signed with another key" }).waitFor();
  await verifier.close();
});

test("what matches is exported as it is asked for", async () => {
  await press("g", "q");
  await rows().first().waitFor();
  const shown = Number(await grid().getAttribute("aria-rowcount")) - 1;
  await page.getByRole("button", { name: "Export" }).press("Enter");
  const saving = page.waitForEvent("download");
  await page.getByRole("button", { name: /^CSV/ }).press("Enter");
  const lines = readFileSync(await (await saving).path(), "utf8")
    .trimEnd()
    .split("\r\n");
  expect(lines).toHaveLength(shown + 1);
  expect(lines[0]).toMatch(/^id,severity,status/);
});

test("nothing of it was against the page's policy", () => {
  // The browser tells of the two refusals that were asked for.
  expect(problems.filter((problem) => !/400 \(Bad Request|507 \(/.test(problem))).toEqual([]);
});
