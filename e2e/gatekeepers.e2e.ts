import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createShop, type Shop } from "../resources/shop/shop.ts";
import { findNothingHardToSee, findNothingInaccessible } from "./axe.ts";
import { allAnalysed, openWindow, type Window } from "./window.ts";

// The shadow shop behind a gatekeeper of its own process, and a rule that goes from a closed alert to its enforcement by the screens alone.

const folder = mkdtempSync(join(tmpdir(), "sentinel-e2e-gatekeeper-"));
const patienceMs = 40_000;
let window: Window;
let page: Page;
let problems: string[];
let shop: Shop;
let gatekeeper: ChildProcess | undefined;
let printed = "";

const shots = process.env.SENTINEL_SHOTS;
const shoot = async (name: string) => {
  if (shots === undefined) return;
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: `${shots}/${name}.png` });
};

beforeAll(async () => {
  shop = await createShop({ variant: "vulnerable", directory: join(folder, "shop"), port: 0 });
  window = await openWindow();
  ({ page, problems } = await window.open());
}, 120_000);
afterAll(async () => {
  if (gatekeeper?.exitCode === null) {
    gatekeeper.kill("SIGTERM");
    await once(gatekeeper, "exit");
  }
  await window?.close();
  await shop?.close();
  rmSync(folder, { recursive: true, force: true });
});

function go(hash: string): Promise<void> {
  return page.evaluate((to) => {
    globalThis.location.hash = to;
  }, hash);
}

const card = () => page.getByRole("region", { name: "Shop", exact: true });
const found = (pattern: RegExp) => pattern.exec(printed)?.[1] ?? "";

async function visit(query: string): Promise<number> {
  const origin = found(/go in at (http:\/\/127\.0\.0\.1:\d+)/);
  const reply = await fetch(`${origin}/search?q=${encodeURIComponent(query)}`, { headers: { "x-shop-key": shop.key } });
  await reply.text();
  return reply.status;
}

const columns = ["name", "email, card", "login", "a.b", "pass || salt", "x, y, z", "count(n)"];
const tables = ["users", "orders o", "a join b on c.d = e.f", "g, h", "i.j", "(k)"];
const attack = "9' union select name, card from users where z like '%'-- ";

/** An access log of searches, attacks of one visitor and ordinary ones of others, a day ago. */
function searches(): string {
  const day = new Date(Date.now() - 86_400_000);
  const month = day.toLocaleString("en", { month: "short", timeZone: "UTC" });
  const date = `${String(day.getUTCDate()).padStart(2, "0")}/${month}/${day.getUTCFullYear()}`;
  const line = (q: string, i: number, client: string) =>
    `${client} - - [${date}:08:${String(Math.floor(i / 60)).padStart(2, "0")}:${String(i % 60).padStart(2, "0")} +0000] "GET /search?q=${encodeURIComponent(q).replaceAll("'", "%27")} HTTP/1.1" 200 1200 "-" "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"`;
  const attacks = columns.flatMap((column, i) =>
    tables.map((table) => `${i}' union select ${column} from ${table} where ${"abcdefg"[i]} like '%'-- `),
  );
  return `${[
    ...attacks.map((q, i) => line(q, i * 3, "81.2.69.160")),
    ...["green tea", "rock 'n' roll", "union of workers"].map((q, i) => line(q, i * 5, `81.2.70.${i}`)),
  ].join("\n")}\n`;
}

test("the screen says how a gatekeeper is started, and one that is started so is entered by its address and key", async () => {
  await page.getByText("Live", { exact: true }).waitFor();
  await page.keyboard.press("g");
  await page.keyboard.press("w");
  await page.getByRole("heading", { name: /^Gatekeepers none yet/ }).waitFor();
  await findNothingInaccessible(page, "gatekeepers, empty");
  const command = await page.locator("pre").textContent();
  const engine = /--engine (\S+)/.exec(command!)![1]!;
  const headless = join(import.meta.dirname, "..", "electron", "headless.ts");
  const args = [
    "gatekeeper",
    join(folder, "gatekeeper"),
    "--upstream",
    shop.origin,
    "--port",
    "0",
    "--control-port",
    "0",
  ];
  gatekeeper = spawn(process.execPath, [headless, ...args, "--engine", engine], {
    cwd: folder,
    env: { PATH: process.env.PATH, SENTINEL_HOME: join(folder, "none") },
    stdio: ["ignore", "pipe", "inherit"],
  });
  gatekeeper.stdout!.on("data", (chunk: Buffer) => {
    printed += chunk.toString();
  });
  await expect.poll(() => found(/key\s+(ed25519:\S+)/), { timeout: patienceMs }).not.toBe("");
  expect(await visit(attack)).not.toBe(403);

  await page.getByRole("button", { name: "Add a gatekeeper…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("Shop");
  await dialog.getByRole("textbox", { name: "Address" }).fill("http://203.0.113.9/control");
  await dialog.getByLabel("Its key").fill(found(/key\s+(ed25519:\S+)/));
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.getByText(/^Not saved: address/).waitFor();
  await findNothingInaccessible(page, "gatekeepers, dialog");
  await shoot("gatekeeper-dialog");
  await dialog.getByRole("textbox", { name: "Address" }).fill(found(/address\s+(http\S+)/));
  await page.keyboard.press("Enter");
  await dialog.waitFor({ state: "detached" });
  await card().getByText("In step").waitFor({ timeout: patienceMs });
  await card().getByText("No rule is in force there").waitFor();
}, 180_000);

test("a rule made of a closed alert is enforced stage by stage; its hits come in; a false one lowers it and opens the way", async () => {
  await go("#/import");
  const file = { name: "searches.log", mimeType: "text/plain", buffer: Buffer.from(searches()) };
  await page.locator('input[type="file"]').first().setInputFiles(file);
  await page.getByText("searches.log").first().waitFor();
  await allAnalysed(page);
  await go("#/alerts");
  await page.locator("[role=row][id^=row-]").first().waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("c");
  await page.getByRole("dialog").getByText("True positive").first().click();
  await page
    .getByRole("dialog")
    .getByRole("button", { name: /^Close/ })
    .last()
    .click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await go("#/rules/new");
  await page.getByRole("checkbox").first().check();
  await page.getByRole("button", { name: "Look for rules" }).click();
  await page.getByRole("button", { name: "Keep this rule" }).first().click({ timeout: patienceMs });
  const stage = page.getByRole("region", { name: "Stage" });
  await stage.getByText("It was not tried on stored requests yet.").waitFor();
  await page.keyboard.press("B");
  await expect.poll(() => stage.locator("[aria-current=step]").textContent(), { timeout: 60_000 }).toMatch(/Logs$/);
  const hash = await page.evaluate(() => globalThis.location.hash);
  const isAt = async (name: string) => {
    await go("#/gatekeepers");
    await card().getByRole("row").getByText(name, { exact: true }).waitFor({ timeout: patienceMs });
  };
  await isAt("Log");
  const before = await visit("green tea");
  expect(await visit(attack)).not.toBe(403);

  for (const [to, name] of [
    [/Tags$/, "Tag"],
    [/Blocks$|Acts$/, "Block"],
  ] as const) {
    await go(hash);
    await stage.waitFor();
    await page.keyboard.press("S");
    await page.getByRole("region", { name: "Approval", exact: true }).waitFor();
    await page.keyboard.press("G");
    await page.getByText("Approved, and done.").last().waitFor();
    await go(hash);
    await expect.poll(() => stage.locator("[aria-current=step]").textContent(), { timeout: patienceMs }).toMatch(to);
    await isAt(name);
  }
  await expect.poll(() => visit(attack), { timeout: patienceMs }).toBe(403);
  expect(await visit("green tea")).toBe(before);
  for (let i = 0; i < 12; i++) await visit(attack);

  const hits = page.getByRole("table", { name: "Last hits" });
  await hits.getByText("Blocked").first().waitFor({ timeout: patienceMs });
  await page.getByRole("img", { name: /hits by time/ }).waitFor();
  await findNothingInaccessible(page, "gatekeepers, with hits");
  await shoot("gatekeepers");
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 1920, height: 1080 });
  await shoot("gatekeepers-dark-wide");
  await findNothingInaccessible(page, "gatekeepers, dark");
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.emulateMedia({ colorScheme: "dark", contrast: "more" });
  await findNothingHardToSee(page, "gatekeepers, high contrast", true);
  await page.emulateMedia({ colorScheme: "light", contrast: null });

  await hits.getByRole("button", { name: "False positive" }).first().press("Enter");
  await page
    .getByText(/is lowered to the stage log/)
    .last()
    .waitFor();
  await expect.poll(() => visit(attack), { timeout: patienceMs }).not.toBe(403);
  await isAt("Log");
  expect(problems.filter((problem) => !problem.includes("the server responded with a status of 4"))).toEqual([]);
}, 300_000);

test("what rules cost is on the impact screen, by route and by rule, and in the shift; with a price once there is one", async () => {
  const main = page.getByRole("main");
  await go("#/gatekeepers");
  await page.keyboard.press("g");
  await page.keyboard.press("g");
  const byRoute = main.getByRole("table", { name: "By route", exact: true });
  await byRoute.getByRole("row", { name: /\/search/ }).waitFor({ timeout: patienceMs });
  const tile = (name: string) => main.getByRole("region", { name, exact: true });
  // What was blocked is blocked, and the one that was judged is a false one.
  const searches = byRoute.getByRole("row", { name: /\/search/ });
  await expect
    .poll(async () => Number(await searches.getByRole("cell").nth(2).textContent()), { timeout: patienceMs })
    .toBeGreaterThanOrEqual(13);
  await expect
    .poll(() => searches.getByRole("cell").nth(6).textContent(), { timeout: patienceMs })
    .toMatch(/^1 to \d+$/);
  expect(await searches.getByRole("cell").nth(7).textContent()).toMatch(/(µs|ms)$/);
  await tile("Price of false blocks").getByRole("link", { name: "Set the price of a request" }).waitFor();
  await findNothingInaccessible(page, "impact");
  await shoot("impact");

  const head = (name: string) => byRoute.getByRole("columnheader", { name });
  expect(await head("Blocked").getAttribute("aria-sort")).toBe("descending");
  await head("Requests").getByRole("button").press("Enter");
  expect(await head("Requests").getAttribute("aria-sort")).toBe("descending");
  await head("Requests").getByRole("button").press("Enter");
  expect(await head("Requests").getAttribute("aria-sort")).toBe("ascending");
  await main.getByRole("button", { name: "Day by day as a table" }).press("Enter");
  await main.getByRole("table", { name: "Day by day" }).waitFor();
  await main.getByRole("button", { name: "Day by day as a chart" }).click();
  await main.getByRole("img", { name: /What was done with requests on 7 days/ }).waitFor();

  await go("#/settings");
  await page.getByLabel("Price of a blocked request").fill("2.50");
  await page.getByLabel("Its currency").fill("EUR");
  await page.getByRole("button", { name: /^Save/ }).click();
  await page.getByText("Settings saved.").last().waitFor();
  await go("#/impact");
  await tile("Price of false blocks").getByText("2.50 EUR", { exact: true }).waitFor({ timeout: patienceMs });
  await main.getByRole("button", { name: "By rule", exact: true }).click();
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 1920, height: 1080 });
  await main
    .getByRole("table", { name: "By rule", exact: true })
    .getByRole("link", { name: /^Rule 1/ })
    .waitFor();
  await findNothingInaccessible(page, "impact, dark");
  await shoot("impact-dark-wide");
  await page.emulateMedia({ colorScheme: "dark", contrast: "more" });
  await findNothingHardToSee(page, "impact, high contrast", true);
  await page.emulateMedia({ colorScheme: "dark", contrast: null });
  await page.setViewportSize({ width: 1280, height: 800 });
  await main.getByRole("button", { name: "By route and rule" }).click();
  await shoot("impact-dark");
  await page.emulateMedia({ colorScheme: "light" });
  await main
    .getByRole("link", { name: /^Rule 1/ })
    .first()
    .click();
  await page.getByRole("region", { name: "Stage" }).waitFor();

  await go("#/shift");
  const shift = main.getByRole("region", { name: /^At the gatekeepers/ });
  await shift.getByText("2.50 EUR", { exact: false }).waitFor({ timeout: patienceMs });
  const dearest = shift.getByRole("region", { name: /^Dearest rules/ });
  expect(await dearest.getByRole("listitem").first().textContent()).toMatch(/Rule 1,[\s\S]*stopped, .* false/);
  await shift.getByRole("region", { name: /^Dearest routes/ }).waitFor();
  const fares = main.getByRole("region", { name: "False positives by rule" });
  const cells = fares.getByRole("row", { name: /^Rule 1,/ }).getByRole("cell");
  expect((await cells.allTextContents()).slice(1)).toEqual(["1", "0", "0 %"]);
  await main.getByRole("button", { name: "Show false positives as a chart" }).click();
  await fares.getByRole("img", { name: /^False positives by rule, 1 bars/ }).waitFor();
  await findNothingInaccessible(page, "shift with gatekeepers");
  await shoot("shift-impact");
}, 180_000);

test("a gatekeeper that goes away is shown as such, and is there again by itself", async () => {
  await go("#/gatekeepers");
  const ended = once(gatekeeper!, "exit");
  gatekeeper!.kill("SIGTERM");
  await ended;
  await card().getByText("Does not answer").waitFor({ timeout: patienceMs });
  await shoot("gatekeeper-away");
  await page.getByRole("button", { name: "Remove Shop" }).click();
  await page.getByRole("heading", { name: /^Gatekeepers none yet/ }).waitFor();
  await page.keyboard.press("z");
  await card().waitFor();
}, 120_000);
