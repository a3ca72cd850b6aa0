import { mkdirSync } from "node:fs";
import type { Locator, Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AnthropicStandIn, startAnthropicStandIn } from "../electron/adapters/fixture-anthropic.ts";
import { type OllamaStandIn, startOllamaStandIn } from "../electron/adapters/fixture-ollama.ts";
import { findNothingHardToSee, findNothingInaccessible } from "./axe.ts";
import { allAnalysed, openWindow, type Window } from "./window.ts";

const patienceMs = 60_000;
const shots = process.env.SENTINEL_SHOTS;

const look = { id: "look", type: "tool_call", tool: "alerts.search", args: { q: "is:open severity:high", limit: 3 } };
const text = { id: "text", type: "llm_task", prompt: "Sum up: $" + "{look}", output: "text" };
const note = (id: string) => ({
  id: "note",
  type: "tool_call",
  tool: "alerts.note",
  args: { id, text: { $from: "text" } },
});

const go = (page: Page, hash: string) =>
  page.evaluate((to) => {
    globalThis.location.hash = to;
  }, hash);

const lastTask = (page: Page) => page.getByRole("article", { name: "Task" }).last();
const waiting = (page: Page) => page.getByRole("region", { name: "What waits for your word" });

/** Looks at what stands there as axe does, light and dark; with SENTINEL_SHOTS it is kept as pictures. */
async function lookAt(page: Page, name: string): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    if (colorScheme === "light") await findNothingInaccessible(page, name);
    else await findNothingHardToSee(page, `${name}, dark`, false);
    if (shots === undefined) continue;
    mkdirSync(shots, { recursive: true });
    await page.screenshot({ path: `${shots}/${name.replaceAll(/\W+/g, "-")}-${colorScheme}.png` });
  }
  await page.emulateMedia({ colorScheme: "light" });
}

/** Whether a person sees the whole of it without scrolling. */
async function isInView(page: Page, what: Locator): Promise<boolean> {
  const box = await what.boundingBox();
  const { height } = page.viewportSize()!;
  return box !== null && box.y >= 0 && box.y + box.height <= height;
}

async function write(page: Page, label: string, words: string): Promise<void> {
  await page.getByLabel(label).fill(words);
  await page.keyboard.press("Control+Enter");
}

const callOf = (card: Locator, tool: string) => card.getByRole("listitem").filter({ hasText: tool }).first();

describe("at trust level 0", () => {
  let window: Window;
  let page: Page;
  let problems: string[];
  let planner: AnthropicStandIn;
  let worker: OllamaStandIn;
  let alert: string;

  beforeAll(async () => {
    planner = await startAnthropicStandIn([{ plan: { summary: "Nothing.", steps: [look] } }]);
    worker = await startOllamaStandIn([{ parts: ["Three ", "alerts."] }]);
    window = await openWindow({
      environment: { ANTHROPIC_API_KEY: "test-key", ANTHROPIC_BASE_URL: planner.url, SENTINEL_OLLAMA_URL: worker.url },
    });
    ({ page, problems } = await window.open());
    await page.getByRole("button", { name: "Load sample evidence" }).click();
    await page.locator("[role=row][id^=row-]").first().waitFor({ timeout: 50_000 });
    await allAnalysed(page);
    await go(page, "#/alerts");
    const row = page.locator("[role=row][id^=row-]").first();
    await row.waitFor();
    alert = (await row.getAttribute("id"))!.replace(/^row-/, "");
    planner.replies = [{ plan: { summary: "Sum up and note it.", steps: [look, text, note(alert)] } }];
  }, 240_000);
  afterAll(async () => {
    await window?.close();
    await planner?.close();
    await worker?.close();
  });

  async function ask(): Promise<Locator> {
    await go(page, "#/assistant");
    await write(page, "What shall be done?", "Sum up the open alerts and note it at the worst");
    const card = waiting(page);
    await card.getByText("The plan waits for your word: 3 steps").waitFor({ timeout: patienceMs });
    return card;
  }

  test("a plan is shown with every call as it stands in it, before anything is done", async () => {
    const card = await ask();
    const search = await callOf(card, "alerts.search").textContent();
    expect(search).toContain("is:open severity:high");
    expect(search).toMatch(/limit\s*3/);
    expect(search).toContain("Nothing was done yet.");
    const noted = await callOf(card, "alerts.note").textContent();
    expect(noted).toContain(alert);
    expect(noted).toContain("what step text gives. It is asked for again when it is known, if it has to be.");
    expect(noted).not.toContain("The checker");
    // Also what the local model will be told.
    const told = await callOf(card, "Text work by the local model").textContent();
    expect(told).toContain(text.prompt);
    await expect.poll(() => isInView(page, card.getByRole("button", { name: /^Approve/ }))).toBe(true);
    expect(await card.textContent()).toMatch(/[0-9a-f]{64}/);
    expect(worker.calls).toEqual([]);
    const steps = lastTask(page).getByRole("list", { name: "Steps" });
    expect(await steps.getByText("To come", { exact: true }).count()).toBe(3);
    await lookAt(page, "plan asked for");
  });

  test("approved, it is done up to the effect, which is asked for by itself, with what the checker said of it", async () => {
    await page.keyboard.press("G");
    const card = waiting(page);
    await card.getByText("1 call waits for your word").waitFor({ timeout: patienceMs });
    const noted = await callOf(card, "alerts.note").textContent();
    expect(noted).toContain(alert);
    expect(noted).toContain("Three alerts.");
    expect(noted).toMatch(/The checker.*was run before this was asked\. It accepted the 2 proofs/);
    expect(noted).toContain("Without an approval it refuses it.");
    await lookAt(page, "effect asked for");
    await page.keyboard.press("G");
    await lastTask(page).getByText("Every step was done.").waitFor({ timeout: patienceMs });
    await waiting(page).waitFor({ state: "detached" });
    await lookAt(page, "task completed");
  });

  test("refused, nothing of it is done", async () => {
    const asked = worker.calls.length;
    await ask();
    await page.keyboard.press("D");
    const task = lastTask(page);
    await task.getByText("The plan was not approved.").waitFor({ timeout: patienceMs });
    await task.getByText("The policy, or a person, said no.").waitFor();
    expect(await task.getByText("Not done", { exact: true }).count()).toBe(3);
    expect(worker.calls).toHaveLength(asked);
    await lookAt(page, "plan refused");
  });

  test("and the browser has nothing to complain about", () => expect(problems).toEqual([]));
});

describe("where no planner is configured", () => {
  let window: Window;
  let page: Page;
  let problems: string[];

  beforeAll(async () => {
    window = await openWindow();
    ({ page, problems } = await window.open());
    await page.getByText("Live", { exact: true }).waitFor();
    await go(page, "#/assistant");
  }, 240_000);
  afterAll(() => window?.close());

  const writePlan = (steps: readonly object[]) =>
    write(page, "The plan, as JSON", JSON.stringify({ summary: "By hand.", steps }));

  test("the screen says so, and takes no request in words", async () => {
    await page.getByText("There is no planner: no key of Claude's API is set.").waitFor();
    await page.getByLabel("What shall be done?").fill("Sum up the open alerts");
    expect(await page.getByRole("button", { name: /^Send/ }).isDisabled()).toBe(true);
    await lookAt(page, "no planner");
  });

  test("a plan is written by hand, approved and done", async () => {
    await page.getByText("Plan by hand", { exact: true }).click();
    await writePlan([{ ...look, args: { q: "is:open", limit: 1 } }]);
    const card = waiting(page);
    await card.getByText("The plan waits for your word: 1 step").waitFor({ timeout: patienceMs });
    expect(await callOf(card, "alerts.search").textContent()).toContain("is:open");
    await lookAt(page, "plan by hand");
    await page.keyboard.press("G");
    const task = lastTask(page);
    await task.getByText("Every step was done.").waitFor({ timeout: patienceMs });
    await task.getByText("It is a plan written by hand.").waitFor();
  });

  test.each([
    { why: "is no JSON", plan: "{", says: "The plan is no JSON" },
    {
      why: "calls a tool that there is not",
      plan: JSON.stringify({ summary: "", steps: [{ ...look, tool: "no.such" }] }),
      says: 'step look calls "no.such", which is no tool',
    },
    {
      why: "has a pattern that goes back",
      plan: JSON.stringify({
        summary: "",
        steps: [{ ...text, prompt: "Go", output: "json", schema: { type: "string", pattern: "(a+)\\1" } }],
      }),
      says: "patterns may neither look around nor refer back",
    },
  ])("one that $why is refused in words, and stays to be mended", async ({ plan, says }) => {
    const box = page.getByLabel("The plan, as JSON");
    await write(page, "The plan, as JSON", plan);
    await page.getByRole("alert").filter({ hasText: says }).waitFor();
    expect(await box.inputValue()).toBe(plan);
  });

  test("that stands in the dark, too, and the browser has nothing to complain about but what was refused", async () => {
    await lookAt(page, "plan by hand refused");
    expect(problems.filter((problem) => !problem.includes("the server responded with a status of 4"))).toEqual([]);
  });
});
