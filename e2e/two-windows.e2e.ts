import type { Page, Response } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { allAnalysed, openWindow, type Window } from "./window.ts";

let window: Window;
let first: Page;
let second: Page;

beforeAll(async () => {
  window = await openWindow();
  ({ page: first } = await window.open());
  ({ page: second } = await window.open());
});
afterAll(() => window?.close());

async function goTo(page: Page, hash: string): Promise<void> {
  await page.evaluate((to) => {
    globalThis.location.hash = to;
  }, hash);
}

const gapIn = (page: Page) => page.getByLabel("Session gap (minutes)");
const save = (page: Page) => page.getByRole("button", { name: "Save" }).click();
const isConflict = (response: Response) => response.request().method() !== "GET" && response.status() === 409;

test("of two windows that change a setting, the later is told and overwrites nothing unseen", async () => {
  for (const page of [first, second]) await goTo(page, "#/settings");
  await gapIn(first).fill("45");
  await gapIn(second).fill("60");
  await save(first);
  await first.getByText("Settings saved.").waitFor();
  // The second window hears of it; what was typed there stays, and what it was typed over is told.
  await second.getByText("Changed elsewhere meanwhile: now 45").waitFor();
  expect(await gapIn(second).inputValue()).toBe("60");
  const refused = second.waitForResponse(isConflict);
  await save(second);
  expect(await (await refused).json()).toMatchObject({ code: "CONFLICT" });
  await second.getByText("Not saved: it was changed elsewhere").waitFor();
  expect(await gapIn(first).inputValue()).toBe("45");
  // Having seen it, the analyst decides.
  await second.getByRole("button", { name: "Keep my changes" }).click();
  await save(second);
  await second.getByText("Settings saved.").waitFor();
  await expect.poll(() => gapIn(first).inputValue()).toBe("60");
  // What the first window did cannot be taken back over the second's change.
  await first.getByRole("button", { name: "Undo" }).click();
  await first.getByText("Not undone: it was changed elsewhere").waitFor();
  expect(await gapIn(second).inputValue()).toBe("60");
});

test("a window hears of changes over a WebSocket, and where none opens, over a stream of events", async () => {
  const [socket] = await Promise.all([first.waitForEvent("websocket"), first.reload()]);
  expect(socket.url()).toMatch(/^ws:.*\/live\/ws$/);
  await second.routeWebSocket(/\/live\/ws/, (refused) => refused.close());
  const stream = second.waitForResponse(/\/api\/v1\/sentinel\/live(?:\?|$)/);
  await second.reload();
  expect((await stream).status()).toBe(200);
  for (const page of [first, second]) await page.getByText("Live", { exact: true }).waitFor();
});

test("evidence is withdrawn once, also by a window that hears of nothing; it says so and shows how it stands", async () => {
  await goTo(first, "#/verdicts");
  await first.getByRole("button", { name: "Load sample evidence" }).click();
  // Evidence that waits can be withdrawn, while it is analysed it cannot: a window that hears of nothing would wait for ever.
  await allAnalysed(first);
  await second.route(/\/api\/v1\/sentinel\/live/, (route) => route.abort());
  await second.reload();
  for (const page of [first, second]) {
    await goTo(page, "#/evidence");
    await page.getByRole("link", { name: "attack-sql-injection.har" }).click();
    await page.getByRole("button", { name: "Withdraw" }).waitFor();
  }
  await first.getByRole("button", { name: "Withdraw" }).click();
  await first.getByText("Withdrawn: attack-sql-injection.har").waitFor();
  const refused = second.waitForResponse(isConflict);
  await second.getByRole("button", { name: "Withdraw" }).click();
  expect(await (await refused).json()).toMatchObject({ code: "CONFLICT" });
  await second.getByText(/^Not withdrawn: /).waitFor();
  await expect.poll(() => second.getByRole("button", { name: "Withdraw" }).count()).toBe(0);
  await first.getByRole("button", { name: "Undo" }).click();
  await first.getByText("are back").waitFor();
});
