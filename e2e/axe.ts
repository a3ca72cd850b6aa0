import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright";
import { expect } from "vitest";

/** Rules that axe has, but asks nobody by itself: WCAG 2.2 AA's target size, and AAA's contrast. */
const targetSize = { "target-size": { enabled: true } };
const enhancedContrast = { "color-contrast-enhanced": { enabled: true } };

/** Fails with what axe finds on the page. @param isHighContrast text then has 7 to 1 */
export async function findNothingInaccessible(page: Page, what: string, isHighContrast = false): Promise<void> {
  const rules = { ...targetSize, ...(isHighContrast ? enhancedContrast : {}) };
  const { violations } = await new AxeBuilder({ page }).options({ rules }).analyze();
  const found = violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target }) => `${what}: ${id} at ${target.join(" ")}`),
  );
  expect(found).toEqual([]);
}
