import { generateKeyPairSync } from "node:crypto";
import type { Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findNothingInaccessible } from "./axe.ts";
import { openWindow, tabTo, type Window } from "./window.ts";

// The settings: found by their sections and by typing; keys that evidence may be signed with.
let window: Window;
let page: Page;
const sections = () => page.getByRole("navigation", { name: "Sections of the settings" });
const region = () => page.getByRole("region", { name: "Settings", exact: true });
const keys = () => page.getByRole("region", { name: "Trusted keys" });
const dialog = () => page.getByRole("dialog");

beforeAll(async () => {
  window = await openWindow();
  ({ page } = await window.open());
  await page.getByText("Live", { exact: true }).waitFor();
  await page.keyboard.press("g");
  await page.keyboard.press("s");
  await region().waitFor();
}, 60_000);
afterAll(() => window?.close());

test("a section is gone to by keyboard, and the index says which one is in sight", async () => {
  await tabTo(page, /^Data$/);
  await page.keyboard.press("Enter");
  const title = page.getByRole("heading", { name: "Data", exact: true });
  await expect.poll(async () => Math.round((await title.boundingBox())?.y ?? 9999)).toBeLessThan(400);
  await expect.poll(() => sections().locator("[aria-current]").textContent()).toMatch(/^(Data|Reports)$/);
  // The next Tab is in it.
  await page.keyboard.press("Tab");
  expect(await page.evaluate(() => globalThis.document.activeElement?.id)).toBe("setting-retention_days");
});

test("a setting is found by typing, and what is being changed stays", async () => {
  await page.keyboard.press("Escape");
  await page.evaluate(() => (globalThis.document.activeElement as HTMLElement).blur());
  const path = page.getByLabel("Folder or new file on this machine, from the root of a disk");
  await path.fill("/backups");
  await page.getByLabel("Session gap (minutes)").fill("31");
  await page.evaluate(() => (globalThis.document.activeElement as HTMLElement).blur());
  await page.keyboard.press("/");
  await page.keyboard.type("quiet hours");
  // The two that were looked for, and the one that is being changed.
  await expect.poll(() => region().locator("input:visible").count()).toBe(3);
  await page.getByText("2 fit", { exact: true }).waitFor();
  expect(await sections().getByRole("button").allTextContents()).toEqual(["Notifications"]);
  await page.getByLabel("Find a setting").fill("nothing of the kind");
  await region().getByText('No setting fits "nothing of the kind"').waitFor();
  expect(await page.getByLabel("Session gap (minutes)").isVisible()).toBe(true);
  await page.keyboard.press("Escape");
  expect(await page.getByLabel("Session gap (minutes)").inputValue()).toBe("31");
  expect(await path.inputValue()).toBe("/backups");
  await page.getByRole("button", { name: "Discard" }).click();
});

test("a trusted key is entered with what is wrong in words, revoked, and taken back", async () => {
  const { publicKey } = generateKeyPairSync("ed25519");
  await keys().getByRole("button", { name: "Add a key…" }).click();
  await dialog().getByLabel("Name").fill("lab-2026");
  await dialog().getByLabel("Public key", { exact: true }).fill("no key");
  await dialog().getByText("The key is not written in base64.").waitFor();
  const save = dialog().getByRole("button", { name: "Save key" });
  expect(await save.isDisabled()).toBe(true);
  await findNothingInaccessible(page, "a trusted key with a problem");
  await dialog()
    .getByLabel("Public key", { exact: true })
    .fill(publicKey.export({ type: "spki", format: "pem" }).toString());
  await save.click();
  await page.getByText("lab-2026 is saved.").waitFor();
  await keys()
    .getByText(publicKey.export({ type: "spki", format: "der" }).toString("base64"))
    .waitFor();
  // A secret is entered once and never shown again.
  await keys().getByRole("button", { name: "Add a key…" }).click();
  await dialog().getByLabel("Name").fill("lab-2026");
  await dialog().getByText("Another key has this name.").waitFor();
  await dialog().getByLabel("Name").fill("partner");
  await dialog().getByLabel("HMAC-SHA-256, shared secret").check();
  await dialog().getByLabel("Secret", { exact: true }).fill("c2VjcmV0LXNlY3JldC1zZWNyZXQ=");
  await dialog().getByLabel("Name").press("Enter");
  await page.getByText("partner is saved.").waitFor();
  expect(await keys().textContent()).not.toContain("c2VjcmV0");
  await keys().getByRole("button", { name: "Revoke partner" }).click();
  await keys().getByText("Revoked", { exact: true }).waitFor();
  await keys().getByRole("button", { name: "Change partner" }).click();
  await dialog().getByText("It stays as it is unless another one is entered").waitFor();
  await dialog().getByRole("checkbox", { name: "Revoked" }).uncheck();
  await save.click();
  await expect.poll(() => keys().getByText("Revoked", { exact: true }).count()).toBe(0);
  await keys().getByRole("button", { name: "Remove lab-2026" }).click();
  await page.getByText("lab-2026 is removed.").waitFor();
  await page.getByRole("button", { name: "Undo" }).last().click();
  await keys().getByText("lab-2026").waitFor();
  await findNothingInaccessible(page, "settings with trusted keys");
});

test("a key that is revoked elsewhere while its dialog is open is not changed back by it", async () => {
  const { page: other } = await window.open();
  await other.goto(`${other.url().split("#")[0]}#/settings`);
  await keys().getByRole("button", { name: "Change partner" }).click();
  await dialog().getByLabel("Name").fill("partner-2");
  await dialog().getByLabel("Secret", { exact: true }).fill("c2VjcmV0LXNlY3JldC1zZWNyZXQ=");
  const save = dialog().getByRole("button", { name: "Save key" });
  expect(await save.isEnabled()).toBe(true);
  await other.getByRole("button", { name: "Revoke partner" }).click();
  await dialog().getByText("It was changed elsewhere meanwhile.").waitFor();
  expect(await save.isDisabled()).toBe(true);
  await page.keyboard.press("Escape");
  await keys().getByText("Revoked", { exact: true }).waitFor();
});
