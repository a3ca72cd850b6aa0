import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findNothingInaccessible } from "./axe.ts";
import { bringSearches, closeAsTruePositive } from "./searches.ts";
import { openWindow, type Window } from "./window.ts";

const home = mkdtempSync(join(tmpdir(), "sentinel-e2e-network-"));
const folder = join(home, "certs");
let window: Window;
let origin: string;
let token: string;
let other: string;

/** The command as it was built. @returns what it printed */
function certificates(...args: string[]): string {
  const entry = join(import.meta.dirname, "../out/main/headless.js");
  const { status, stdout, stderr } = spawnSync(process.execPath, [entry, "certificates", folder, ...args], {
    encoding: "utf8",
    env: { PATH: process.env.PATH, SENTINEL_HOME: home },
  });
  if (status !== 0) throw new Error(`certificates ended with ${status}: ${stderr}`);
  return stdout;
}

beforeAll(async () => {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  origin = `https://localhost:${port}`;
  const printed = certificates("--server", "localhost,127.0.0.1").split("\n");
  const settings = Object.fromEntries(printed.filter((line) => line.includes("=")).map((line) => line.split("=")));
  certificates("--client", "anna", "--role", "analyst");
  token = certificates("--token", "bert", "--role", "viewer").trim().split("\n").at(-1)!;
  other = certificates("--token", "carl", "--role", "analyst").trim().split("\n").at(-1)!;
  window = await openWindow({
    environment: { ...settings, SENTINEL_TLS_PORT: String(port), SENTINEL_REDIRECT_PORT: "off" },
  });
});
afterAll(async () => {
  await window?.close();
  rmSync(home, { recursive: true, force: true });
});

/** Status of a change that analysts and above may make, asked for as the page would. */
function noteStatus(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const token = sessionStorage.getItem("sentinel.token");
    const headers = {
      "content-type": "application/json",
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    };
    const body = JSON.stringify({ id: "none", text: "a" });
    const init = { method: "POST", headers, body, credentials: "same-origin" } as const;
    return (await fetch("/api/v1/sentinel/alerts/none/notes", init)).status;
  });
}

test("a token in the address opens the interface, live, with its role and without a complaint", async () => {
  const { page, problems } = await window.open({ ignoreHTTPSErrors: true }, `${origin}/#token=${token}`);
  await page.getByRole("heading", { level: 1 }).first().waitFor();
  await expect.poll(() => page.getByText("This tab is not signed in").count()).toBe(0);
  expect(page.url()).toBe(`${origin}/#/verdicts`);
  expect(problems).toEqual([]);
  const role = page.getByRole("banner").getByTitle("You may look at everything");
  await role.waitFor();
  expect(await role.textContent()).toMatch(/^bert.*viewer$/);
  await findNothingInaccessible(page, "a viewer's window");
  // Nor does it ask for what is for others.
  await page.evaluate(() => {
    location.hash = "#/settings";
  });
  await page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();
  await page.getByRole("searchbox").waitFor();
  expect(await page.getByLabel("Tag threshold").isDisabled()).toBe(true);
  expect(problems).toEqual([]);
  expect(await noteStatus(page)).toBe(403);
});

test("a client certificate opens it without a token", async () => {
  const clientCertificates = [
    { origin, certPath: join(folder, "clients", "anna.crt"), keyPath: join(folder, "clients", "anna.key") },
  ];
  const { page, problems } = await window.open({ ignoreHTTPSErrors: true, clientCertificates }, `${origin}/`);
  await page.getByRole("heading", { level: 1 }).first().waitFor();
  expect(await page.getByText("This tab is not signed in").count()).toBe(0);
  expect(problems).toEqual([]);
  // Let in, and told that there is no such alert or that more is missing; a viewer is not.
  expect([400, 404]).toContain(await noteStatus(page));
});

test("of two people at their own machines one asks for a rule's next stage, and only the other one may decide", async () => {
  const people = ["dora", "erik"].map((name) => certificates("--token", name, "--role", "approver").trim().split("\n"));
  const at = async (printed: readonly string[]) =>
    await window.open({ ignoreHTTPSErrors: true }, `${origin}/#token=${printed.at(-1)}`);
  const [dora, erik] = [await at(people[0]!), await at(people[1]!)];
  const go = (page: Page, hash: string) =>
    page.evaluate((to) => {
      location.hash = to;
    }, hash);
  const { page } = dora;
  await go(page, "#/import");
  await bringSearches(page);
  await go(page, "#/alerts");
  await page.locator("[role=row][id^=row-]").first().waitFor();
  await page.keyboard.press("j");
  await closeAsTruePositive(page);
  await go(page, "#/rules/new");
  await page.getByRole("checkbox").first().check();
  await page.getByRole("button", { name: "Look for rules" }).click();
  await page.getByRole("button", { name: "Keep this rule" }).first().click();
  const stage = page.getByRole("region", { name: "Stage" });
  await stage.getByText("It was not tried on stored requests yet.").waitFor();
  await page.keyboard.press("B");
  await stage.getByText(/^Let in by itself/).waitFor({ timeout: 50_000 });
  const reached = () => stage.locator("[aria-current=step]").textContent();
  await expect.poll(reached).toMatch(/Logs$/);
  await page.keyboard.press("S");
  // Whoever asks is told why not, and the key does nothing.
  const approval = (of: Page) => of.getByRole("region", { name: "Approval", exact: true });
  await approval(page).getByText("somebody else has to decide").waitFor();
  await page.keyboard.press("G");
  expect(
    await approval(page)
      .getByRole("button", { name: /^Approve/ })
      .isDisabled(),
  ).toBe(true);
  await go(erik.page, "#/approvals");
  await approval(erik.page).getByText("From “Logs” to “Tags”").waitFor();
  await findNothingInaccessible(erik.page, "an approval of somebody else");
  await erik.page.keyboard.press("G");
  await erik.page.getByText("Approved, and done.").waitFor();
  // It is told where it was asked for, without a word from its user.
  await page.getByText("somebody else has to decide").waitFor({ state: "detached" });
  await page.keyboard.press("g");
  await page.keyboard.press("k");
  await expect.poll(reached).toMatch(/Tags$/);
  expect([...dora.problems, ...erik.problems]).toEqual([]);
}, 180_000);

test("nobody sees more than that they are not signed in; who was revoked neither", async () => {
  const stranger = await window.open({ ignoreHTTPSErrors: true }, `${origin}/`);
  await stranger.page.getByText("This tab is not signed in").waitFor();
  certificates("--revoke", "bert");
  expect(readFileSync(join(folder, "revoked.txt"), "utf8")).toContain("token sha256:");
  const gone = await window.open({ ignoreHTTPSErrors: true }, `${origin}/#token=${token}`);
  // It asks what the page asks at once, and then no more: each of it counts against this address, as do others' mistakes.
  let refused = 0;
  gone.page.on("response", (response) => {
    if (response.status() === 401) refused++;
  });
  await gone.page.reload();
  await gone.page.getByText("This tab is not signed in").waitFor();
  await gone.page.waitForTimeout(2_000);
  expect(refused).toBeGreaterThan(0);
  expect(refused).toBeLessThan(10);
  for (const { page } of [stranger, gone]) await page.close();
});

test("the admin at the machine sees who comes, and shuts one out for good", async () => {
  const visitor = await window.open({ ignoreHTTPSErrors: true }, `${origin}/#token=${other}`);
  await visitor.page.getByRole("heading", { level: 1 }).first().waitFor();
  const { page, problems } = await window.open({ viewport: { width: 1280, height: 800 } });
  await page.getByText("Live", { exact: true }).waitFor();
  await page.evaluate(() => {
    globalThis.location.hash = "#/settings";
  });
  expect(await page.getByLabel("Tag threshold").isEnabled()).toBe(true);
  const section = page.getByRole("region", { name: "Over the network" });
  await section.scrollIntoViewIfNeeded();
  const carl = section.getByRole("listitem").filter({ hasText: "carl" });
  await carl.getByText("analyst", { exact: true }).waitFor();
  await carl.getByText(/last seen .* from 127\.0\.0\.1/).waitFor();
  await findNothingInaccessible(page, "who comes over the network");
  if (process.env.SENTINEL_SHOTS !== undefined)
    await page.screenshot({ path: `${process.env.SENTINEL_SHOTS}/network.png` });
  await carl.getByRole("button", { name: "Shut out carl" }).press("Enter");
  const dialog = page.getByRole("dialog", { name: "Shut out" });
  await dialog.getByText("cannot be undone").waitFor();
  await dialog.getByRole("button", { name: "Shut out for good" }).press("Enter");
  await carl.getByText("Shut out", { exact: true }).waitFor();
  const headers = { authorization: `Bearer ${other}` };
  expect((await visitor.page.request.get(`${origin}/api/v1/sentinel/settings`, { headers })).status()).toBe(401);
  // The tab that was open is told, too, without a word from its user.
  await visitor.page.getByText("This tab is not signed in").waitFor();
  await page.evaluate(() => {
    globalThis.location.hash = "#/audit";
  });
  await page.getByText("network.revoked").first().waitFor();
  expect(problems).toEqual([]);
});
