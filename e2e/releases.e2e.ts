import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  fileOf,
  manifestOf,
  type ReleaseServer,
  resourcesWithKey,
  startReleaseServer,
} from "../electron/fixture-releases.ts";
import { findNothingHardToSee, findNothingInaccessible } from "./axe.ts";
import { openWindow, tabTo, type Window } from "./window.ts";

const root = join(import.meta.dirname, "..");
const content = Buffer.alloc(3_000_000, "new");
const file = fileOf("sentinel_9.0.0_amd64.deb", content);
const notes = "Imports are a third faster.\nA hole in the reader of archives is closed.";

let folder: string;
let server: ReleaseServer;
let window: Window;

/** As it is installed when it was built with a key for updates. */
function install(): string {
  const installed = join(folder, "installed");
  cpSync(join(root, "out"), join(installed, "out"), { recursive: true });
  for (const name of ["node_modules", "package.json"]) symlinkSync(join(root, name), join(installed, name));
  resourcesWithKey(join(root, "resources"), join(installed, "resources"));
  return installed;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sentinel-releases-"));
  server = await startReleaseServer();
  const release = { version: "9.0.0", released_at: "2026-06-01T09:00:00.000Z", notes, files: [file] };
  server.answers.set("/sentinel/update.json", manifestOf(release));
  server.answers.set(`/sentinel/${file.name}`, content);
  window = await openWindow({ installed: install() });
}, 60_000);
afterAll(async () => {
  await window?.close();
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function goTo(page: Page, hash: string): Promise<void> {
  await page.evaluate((to) => {
    globalThis.location.hash = to;
  }, hash);
}

test("a newer version is told, downloaded by keyboard, checked, and left to be installed by hand", async () => {
  const { page, problems } = await window.open();
  await page.getByRole("navigation").waitFor();
  await goTo(page, "#/health");
  const panel = page.getByRole("region", { name: "Newer versions" });
  await panel.getByText("Nobody is asked").waitFor();
  await goTo(page, "#/settings");
  await page.getByLabel("Update server").fill(server.address);
  await page.getByRole("button", { name: /^Save/ }).click();
  await page.getByText("Settings saved.").waitFor();
  await goTo(page, "#/outgoing");
  await page.getByText("Newer versions").waitFor();
  await page.getByText(new URL(server.address).origin).waitFor();
  expect(server.asked).toEqual([]);

  await goTo(page, "#/health");
  await panel.getByText("not yet").waitFor();
  await tabTo(page, /^Look now/);
  await page.keyboard.press("Enter");
  await panel.getByText("Version 9.0.0 is there").waitFor();
  await panel.getByText("A hole in the reader").waitFor();
  await page.getByRole("navigation").getByRole("link", { name: "Health needs attention" }).waitFor();
  await findNothingInaccessible(page, "a newer version");
  await page.emulateMedia({ colorScheme: "dark" });
  await findNothingHardToSee(page, "a newer version, dark", false);

  await tabTo(page, /^Download sentinel_9\.0\.0/);
  await page.keyboard.press("Enter");
  await panel.getByText("is what was signed").waitFor();
  await panel.getByText(`updates/${file.name}`).waitFor();
  await panel.getByRole("button", { name: /^Download/ }).waitFor({ state: "detached" });
  await findNothingInaccessible(page, "a downloaded version, dark");
  expect(problems).toEqual([]);
});

test("what is not what was signed is refused in words", async () => {
  const { page } = await window.open();
  await page.getByRole("navigation").waitFor();
  await goTo(page, "#/health");
  const panel = page.getByRole("region", { name: "Newer versions" });
  server.answers.set("/sentinel/update.json", "{}");
  await panel.getByRole("button", { name: "Look now" }).click();
  await panel.getByRole("alert").getByText("It is no signed release.").waitFor();
});
