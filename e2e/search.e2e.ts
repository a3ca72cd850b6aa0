import { afterAll, beforeAll, expect, test } from "vitest";
import { findNothingInaccessible } from "./axe.ts";
import { allAnalysed, openWindow, type Window } from "./window.ts";

let window: Window;
beforeAll(async () => {
  window = await openWindow();
  const { page } = await window.open();
  await page.getByRole("button", { name: "Load sample evidence" }).click();
  await page.getByRole("button", { name: /^Simulate [1-9]/ }).waitFor({ timeout: 50_000 });
  await allAnalysed(page);
  await page.close();
});
afterAll(() => window.close());

const query = "Query of the search";

test("a search is in the address, survives a reload, and leads to a benign request that says why it was not flagged", async () => {
  const { page, problems } = await window.open();
  await page.locator("[role=row][id^=row-]").first().waitFor();
  await page.keyboard.press("g");
  await page.keyboard.press("f");
  const field = page.getByRole("combobox", { name: query });
  await field.fill("is:benign /login");
  await field.press("Enter");
  await page.waitForURL(/#\/search\/is%3Abenign/);
  await page.reload();
  await expect.poll(() => field.inputValue()).toBe("is:benign /login");
  await page.locator("[role=row][id^=row-]", { hasText: "/login" }).first().click();
  await page
    .getByText("Smallest change that would have tagged it")
    .or(page.getByText("The session scored"))
    .first()
    .waitFor();
  await page.getByRole("list", { name: "Every value and its judgement" }).waitFor();
  await page.keyboard.press("Escape");
  await page.waitForURL(/#\/search\/is%3Abenign/);
  expect(problems).toEqual([]);
});

test("a query that cannot be understood says why; one that nothing matches says what was searched", async () => {
  const { page } = await window.open();
  await page.goto(`${page.url().split("#")[0]}#/search`);
  const field = page.getByRole("combobox", { name: query });
  await field.fill("staus:200 ");
  await field.press("Escape");
  await page.getByText("did you mean").waitFor();
  await field.fill('"nothing says this"');
  await field.press("Enter");
  await page.getByText("No request matches").waitFor();
  await page.getByRole("button", { name: /in headers and bodies/ }).click();
  await page.getByText(/0 requests found in \d+ pieces? of evidence/).waitFor();
});

test("from a request to where else its values were seen, and its payload into the decoder", async () => {
  const { page } = await window.open({ permissions: ["clipboard-read", "clipboard-write"] });
  await page.goto(`${page.url().split("#")[0]}#/search/${encodeURIComponent("class:sql_injection")}`);
  const dialog = page.getByRole("dialog", { name: "Where else was it seen?" });
  await page.locator("[role=row][id^=row-]").first().waitFor();
  await page.getByRole("grid").focus();
  await page.keyboard.press("j");
  await page.keyboard.press("w");
  await dialog.getByRole("button", { name: /requests with this path/ }).waitFor();
  await page.keyboard.press("Escape");
  await page.locator("[role=row][id^=row-]").first().click();
  await page.getByRole("button", { name: "Where else" }).waitFor();
  await page.keyboard.press("w");
  await dialog
    .getByRole("button", { name: /requests with this payload/ })
    .first()
    .waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Copy" }).click();
  await page.getByRole("button", { name: /^cURL/ }).click();
  await page.getByText("Copied as cURL").waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/^curl [\x20-\x7e]*$/);
  await page.getByRole("button", { name: "Decode payload 1" }).click();
  await page.getByRole("list", { name: /Decodings/ }).waitFor();
});

test("what is selected goes to the decoder, also by way of the palette, which takes the focus", async () => {
  const { page } = await window.open();
  await page.goto(`${page.url().split("#")[0]}#/search`);
  const heading = page.getByRole("heading", { name: "Search", level: 1 });
  await heading.waitFor();
  const entry = page.getByRole("dialog").getByRole("option").filter({ hasText: "decoder" }).first();
  const find = async () => {
    await page.keyboard.press("Control+k");
    await page.getByRole("dialog").getByRole("combobox").fill("selected decoder");
    await entry.waitFor();
  };
  await find();
  expect(await entry.textContent()).toContain("nothing is selected");
  await page.keyboard.press("Escape");
  await heading.evaluate((element) => globalThis.getSelection()?.selectAllChildren(element));
  await find();
  await page.keyboard.press("Enter");
  await expect.poll(() => page.getByLabel("Text to decode").inputValue()).toBe("Search");
});

test("whoever writes in a field goes on writing after the palette, whether it did something or not", async () => {
  const { page } = await window.open();
  await page.goto(`${page.url().split("#")[0]}#/search`);
  const field = page.getByRole("combobox", { name: "Query of the search" });
  await field.waitFor();
  for (const key of ["Escape", "Enter"]) {
    await field.fill("host:shop");
    await page.keyboard.press("Control+k");
    await page.getByRole("dialog").getByRole("combobox").fill("contrast");
    await page.keyboard.press(key);
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.keyboard.type(".example");
    expect(await field.inputValue()).toBe("host:shop.example");
  }
});

test("a response shows where it repeats a payload of its request", async () => {
  const { page } = await window.open();
  await page.goto(`${page.url().split("#")[0]}#/search/${encodeURIComponent("class:xss path:/search status:200")}`);
  // A recording of a browser has bodies, an access log has not.
  await page.locator("[role=row][id^=row-]").filter({ hasText: ".har" }).first().click();
  const back = page.locator("mark[title='Payload 1 comes back here']").first();
  await back.waitFor();
  expect(await back.textContent()).toMatch(/<img src=x onerror=.*>, payload 1$/);
  await findNothingInaccessible(page, "a response that repeats a payload");
});
