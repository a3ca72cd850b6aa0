import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright";
import { expect } from "vitest";

/** Rules that axe has, but asks nobody by itself: WCAG 2.2 AA's target size, and AAA's contrast. */
const targetSize = { "target-size": { enabled: true } };
const enhancedContrast = { "color-contrast-enhanced": { enabled: true } };

type AxeOptions = Parameters<AxeBuilder["options"]>[0];

/** A change of colour takes its time; its middle is nobody's look. */
async function colorsAtRest(page: Page): Promise<void> {
  // It begins with the next frame.
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
  await page.waitForFunction(() => document.getAnimations().every((one) => !(one instanceof CSSTransition)));
}

async function findNothing(page: Page, what: string, options: AxeOptions): Promise<void> {
  await colorsAtRest(page);
  // The interface has no frames: axe need not put its parts together in a page of its own.
  // Nor bring half a megabyte of code twice a look to a page that has it.
  const isThere = await page.evaluate(() => "axe" in globalThis);
  const axe = new AxeBuilder(isThere ? { page, axeSource: "0" } : { page })
    .options({ ...options, resultTypes: ["violations"] })
    .setLegacyMode();
  const { violations } = await axe.analyze();
  const found = violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target }) => `${what}: ${id} at ${target.join(" ")}`),
  );
  expect(found).toEqual([]);
}

/** Fails with what axe finds on the page. @param isHighContrast text then has 7 to 1 */
export async function findNothingInaccessible(page: Page, what: string, isHighContrast = false): Promise<void> {
  await findNothing(page, what, { rules: { ...targetSize, ...(isHighContrast ? enhancedContrast : {}) } });
}

/**
 * Fails with what axe finds of what colours and sizes decide: names, roles and order are the same in every look.
 *
 * @param isHighContrast text then has 7 to 1, which includes the 4.5 to 1 of other looks
 */
export async function findNothingHardToSee(page: Page, what: string, isHighContrast: boolean): Promise<void> {
  const contrast = isHighContrast ? "color-contrast-enhanced" : "color-contrast";
  const values = [contrast, "link-in-text-block", "target-size", "scrollable-region-focusable"];
  // Off by themselves, which choosing them does not change.
  const rules = { ...targetSize, ...(isHighContrast ? enhancedContrast : {}) };
  await findNothing(page, what, { runOnly: { type: "rule", values }, rules });
}
