import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findNothingInaccessible } from "./axe.ts";
import { openWindow, type Window } from "./window.ts";

let window: Window;
let page: Page;
let problems: string[];
const target = mkdtempSync(join(tmpdir(), "sentinel-e2e-backup-"));

beforeAll(async () => {
  window = await openWindow();
  ({ page, problems } = await window.open());
  await go("#/import");
  for (const [name, text] of [
    ["first.txt", "GET /search?q=1%27%20UNION%20SELECT%20a,b%20FROM%20users-- HTTP/1.1\r\nHost: first.example\r\n\r\n"],
    ["second.txt", "GET /calm HTTP/1.1\r\nHost: second.example\r\nX-Account: ada.lovelace\r\n\r\n"],
  ] as const) {
    const file = { name, mimeType: "text/plain", buffer: Buffer.from(text) };
    await page.locator('input[type="file"]').first().setInputFiles(file);
    await page.getByText(name).first().waitFor();
  }
});
afterAll(async () => {
  await window?.close();
  rmSync(target, { recursive: true, force: true });
});

function go(hash: string): Promise<void> {
  return page.evaluate((to) => {
    globalThis.location.hash = to;
  }, hash);
}

const rowOf = (name: string) => page.locator("tbody tr").filter({ hasText: name });

test("a backup is made from the settings, with its keys, and the last one is named", async () => {
  await go("#/settings");
  await page.getByText("No backup was made yet.").waitFor();
  await page.getByLabel("Folder or new file").fill(target);
  await page.getByLabel("Passphrase").fill("short");
  await page.getByText("at least 12 characters").waitFor();
  expect(await page.getByRole("button", { name: "Back up now" }).isDisabled()).toBe(true);
  await page.getByLabel("Passphrase").fill("correct horse battery");
  // Enter backs up; it does not save the settings around it.
  await page.getByLabel("Passphrase").press("Enter");
  await page.getByText("Portable: its keys file opens with its passphrase.").waitFor();
  expect(
    readdirSync(target)
      .map((name) => name.replace(/^.*\.backup/, ".backup"))
      .sort(),
  ).toEqual([".backup", ".backup.keys"]);
  expect(await page.getByLabel("Passphrase").inputValue()).toBe("");
  await findNothingInaccessible(page, "data");
});

test("evidence is pinned and unpinned, and erased once the word is typed", async () => {
  await go("#/evidence");
  await rowOf("first.txt").click();
  await page.getByRole("button", { name: "Pin", exact: true }).click();
  await page.getByText("retention does not erase it").first().waitFor();
  await page.getByRole("button", { name: "Undo" }).first().click();
  await page.getByRole("button", { name: "Pin", exact: true }).waitFor();
  await page.getByRole("button", { name: "Erase…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("first.txt").waitFor();
  await dialog.getByText("feeds an open alert").waitFor();
  await findNothingInaccessible(page, "data");
  const confirm = dialog.getByRole("button", { name: "Erase for good" });
  expect(await confirm.isDisabled()).toBe(true);
  await dialog.getByLabel("to confirm").fill("erase");
  await dialog.getByLabel("to confirm").press("Enter");
  await page.getByText("Erased for good.").waitFor();
  await rowOf("first.txt").waitFor({ state: "detached" });
  expect(await rowOf("second.txt").count()).toBe(1);
});

test("a person is looked for in everything, then erased", async () => {
  await go("#/settings");
  await page.getByLabel("Address, account or name").fill("Ada.Lovelace");
  await page.getByLabel("Address, account or name").press("Enter");
  await page.getByText("Named in 1 piece of evidence").waitFor();
  await page.getByRole("button", { name: "Erase…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("second.txt").waitFor();
  await dialog.getByLabel("to confirm").fill("erase");
  await dialog.getByRole("button", { name: "Erase for good" }).click();
  await dialog.waitFor({ state: "detached" });
  await go("#/evidence");
  await page.getByText("No evidence is stored").waitFor();
  expect(problems).toEqual([]);
});
