import type { Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findNothingInaccessible } from "./axe.ts";
import { openWindow, type Window } from "./window.ts";

let window: Window;
let page: Page;
let problems: string[];

beforeAll(async () => {
  window = await openWindow();
  ({ page, problems } = await window.open());
  await page.getByRole("button", { name: "Load sample evidence" }).press("Enter");
  await page.locator("[role=row][id^=row-]").first().waitFor({ timeout: 50_000 });
});
afterAll(() => window?.close());

const dialog = (on = page) => on.getByRole("dialog");
const heading = (name: string, on = page) => on.getByRole("heading", { level: 1, name });
const press = async (...keys: string[]) => {
  for (const key of keys) await page.keyboard.press(key);
};

test("a key is changed where it is shown; every window and every hint follows, and undo takes it back", async () => {
  const { page: second } = await window.open();
  await second.getByRole("heading", { name: "Verdicts" }).waitFor();
  await press("g", "q");
  await heading("Alerts").waitFor();
  await press("?");
  const close = dialog().getByRole("button", { name: /^Close: / });
  // Its own height is no reason to scroll: what is long scrolls within.
  expect(await dialog().evaluate((element) => element.scrollHeight <= element.clientHeight)).toBe(true);
  await close.press("Enter");
  await press("a");
  await dialog().getByText('A already means "Assign"').waitFor();
  await press("Control+t");
  await dialog().getByText("The browser or the system has this key").waitFor();
  await press("Tab");
  await dialog().getByText("screen readers need it").waitFor();
  await findNothingInaccessible(page, "a refused key");
  await press("b");
  await dialog().getByText('"Close" has the key B now.').waitFor();
  expect(await close.textContent()).toContain("Close: B. Change");
  await press("Escape");
  await dialog().waitFor({ state: "detached" });
  const button = page.getByRole("toolbar").getByRole("button", { name: /^Close/ });
  expect(await button.getAttribute("aria-keyshortcuts")).toBe("b");
  await press("j", "c");
  expect(await dialog().count()).toBe(0);
  await press("b");
  await dialog()
    .getByRole("heading", { name: /^Close: / })
    .waitFor();
  await press("Escape");
  await dialog().waitFor({ state: "detached" });
  // The other window heard of it.
  await second.keyboard.press("?");
  await dialog(second).getByRole("button", { name: "Close: B. Change" }).waitFor();
  await second.keyboard.press("Escape");
  await press("z");
  await page.getByText("The keys are as they were.").waitFor();
  await expect.poll(() => button.getAttribute("aria-keyshortcuts")).toBe("c");
  await second.close();
});

test("keys without Ctrl or Alt are switched off and on again; keys that lists share stay alive", async () => {
  await press("?");
  const box = dialog().getByRole("checkbox", { name: "Keys without Ctrl or Alt act" });
  await box.focus();
  await press("Space");
  await dialog().getByText("do nothing now.").waitFor();
  await press("Escape");
  await dialog().waitFor({ state: "detached" });
  await press("g", "h");
  await heading("Alerts").waitFor();
  await page.getByRole("grid").focus();
  await press("Home", "ArrowDown");
  await page.locator("[role=row][aria-current=true]").waitFor();
  await page.getByRole("button", { name: /^Keyboard shortcuts/ }).press("Enter");
  await box.focus();
  await press("Space");
  await dialog().getByText("act now.").waitFor();
  await press("Escape");
  await dialog().waitFor({ state: "detached" });
  await press("g", "h");
  await heading("Health").waitFor();
});

test("the palette finds everything that can be done, by words, and does it; also from a field and in bulk mode", async () => {
  const field = dialog().getByRole("combobox");
  const option = (name: RegExp | string) => dialog().getByRole("option", { name });
  await press("Control+k");
  await field.waitFor();
  await findNothingInaccessible(page, "palette");
  await page.keyboard.type("alert queue");
  await press("Enter");
  await heading("Alerts").waitFor();
  await page.locator("[role=row][id^=row-]").first().waitFor();
  await page.reload();
  await page.locator("[role=row][id^=row-]").first().waitFor();
  await press("Control+k");
  await page.keyboard.type("snooze");
  await option(/^Snooze no alert is chosen/).waitFor();
  expect(await option(/^Snooze/).getAttribute("aria-disabled")).toBe("true");
  await findNothingInaccessible(page, "what cannot be done now");
  await press("Enter");
  expect(await dialog().count()).toBe(1);
  await press("Control+k");
  await dialog().waitFor({ state: "detached" });
  await press("X");
  await page.getByText(/^All \d+ that match/).waitFor();
  await press("/", "Control+k");
  await page.keyboard.type("close");
  await press("Enter");
  await dialog()
    .getByRole("heading", { name: /^Close: all \d+ alerts that match/ })
    .waitFor();
  await press("Escape");
  await dialog().waitFor({ state: "detached" });
});

test("the palette asks the queue, opens an alert by its id, and offers first what was chosen last", async () => {
  const field = dialog().getByRole("combobox");
  const first = dialog().getByRole("option").first();
  await page.getByRole("grid").focus();
  await press("Escape", "Control+k");
  await page.keyboard.type("class:sql_injection");
  await press("Enter");
  await expect.poll(() => page.getByLabel("Query of the queue").inputValue()).toBe("class:sql_injection");
  await page.locator("[role=grid][aria-busy=false] [role=row][id^=row-]").first().waitFor();
  const id = (await page.locator("[role=row][id^=row-]").first().getAttribute("id"))?.slice("row-".length) ?? "";
  await press("Control+k");
  await page.keyboard.type(id);
  expect(await first.textContent()).toContain("Open the alert");
  await press("Enter");
  await page.getByRole("region", { name: "Alert", exact: true }).waitFor();
  await press("Control+k");
  await page.keyboard.type("local time");
  await press("Enter");
  await page.getByRole("button", { name: "Local" }).waitFor();
  await press("Control+k");
  await field.waitFor();
  expect(await first.textContent()).toContain("UTC or local time");
  await press("Enter");
  await page.getByRole("button", { name: "UTC" }).waitFor();
});

test("at 200 % zoom the page scrolls, and nothing lies over anything else", async () => {
  // What 1280 by 800 pixels are then.
  await page.setViewportSize({ width: 640, height: 400 });
  const panic = page.getByRole("button", { name: "Panic" });
  await panic.scrollIntoViewIfNeeded();
  const box = await panic.boundingBox();
  expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(640);
  await press("g", "q");
  await heading("Alerts").waitFor();
  const [field, fields] = await Promise.all(
    [page.getByLabel("Query of the queue"), page.getByRole("button", { name: "Fields" })].map((each) =>
      each.boundingBox(),
    ),
  );
  expect((field?.x ?? 0) + (field?.width ?? 0)).toBeLessThanOrEqual(fields?.x ?? 0);
  await page.setViewportSize({ width: 1280, height: 800 });
});

test("nothing of it was against the page's policy", () => expect(problems).toEqual([]));
