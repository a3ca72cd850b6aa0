import { expect, test } from "vitest";
import css from "./tokens.css?raw";

type Rgb = readonly [number, number, number];
type Tokens = ReadonlyMap<string, Rgb>;

function parseHex(hex: string): Rgb {
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as unknown as Rgb;
}

/** The colours of one block, of which each is `light-dark(#light, #dark)`. */
function readBlock(selector: string, isDark: boolean): [string, Rgb][] {
  const start = css.indexOf(`${selector} {`);
  if (start === -1) throw new Error(`There is no ${selector}.`);
  const block = css.slice(start, css.indexOf("}", start));
  return [...block.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);/g)].map(
    ([, name, light, dark]) => [name!, parseHex(isDark ? dark! : light!)],
  );
}

const normal = (isDark: boolean): Tokens => new Map(readBlock(":root", isDark));
const high = (isDark: boolean): Tokens =>
  new Map([...readBlock(":root", isDark), ...readBlock(':root[data-contrast="high"]', isDark)]);

/** Relative luminance of sRGB. Source: WCAG 2.2, "relative luminance". */
function luminance(rgb: Rgb): number {
  const [r, g, b] = rgb.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as unknown as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** From 1 to 21. Source: WCAG 2.2, "contrast ratio". */
function contrast(a: Rgb, b: Rgb): number {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

const grounds = ["canvas", "surface", "raised", "sunken", "hover", "selected", "rail"];
const texts: readonly (readonly [fore: string, backs: readonly string[]])[] = [
  ["ink", [...grounds, "accent-soft", "warn-soft", "danger-soft"]],
  ["ink-2", [...grounds, "accent-soft"]],
  ["ink-3", [...grounds, "accent-soft"]],
  ["accent", ["canvas", "surface", "raised", "hover", "rail", "accent-soft"]],
  ["accent-ink", ["accent"]],
  ["danger", ["canvas", "surface", "raised", "hover", "selected", "danger-soft"]],
  ["warn", ["canvas", "surface", "raised", "hover", "selected", "warn-soft"]],
  ["good", ["canvas", "surface", "raised", "good-soft"]],
  ["calm", ["surface", "calm-soft"]],
  ["mark-ink", ["mark", "mark-strong"]],
  ["white", ["danger-solid"]],
];
/** What is no text but has to be seen: edges of fields, the focus, marks and bars. */
const shapes: readonly (readonly [fore: string, backs: readonly string[]])[] = [
  ["field", ["canvas", "surface", "raised"]],
  ["accent", ["canvas", "surface", "raised", "sunken", "hover"]],
  ["bar-simulate", ["surface", "canvas"]],
  ["bar-tag", ["surface", "canvas"]],
  ["bar-benign", ["surface", "canvas"]],
  ["bar-up", ["surface"]],
  ["bar-down", ["surface"]],
];
const edges: typeof shapes = [
  ["line", ["canvas", "surface"]],
  ["line-strong", ["canvas", "surface", "raised"]],
  ["mark-line", ["mark"]],
];

function tooFaint(tokens: Tokens, pairs: typeof texts, least: number): string[] {
  const colour = (name: string) => (name === "white" ? parseHex("#ffffff") : tokens.get(name)!);
  return pairs.flatMap(([fore, backs]) =>
    backs.flatMap((back) => {
      const ratio = contrast(colour(fore), colour(back));
      return ratio < least ? [`${fore} on ${back}: ${ratio.toFixed(2)}, at least ${least}`] : [];
    }),
  );
}

test("the formula gives the ratios that are published", () => {
  expect(contrast(parseHex("#000000"), parseHex("#ffffff"))).toBe(21);
  expect(contrast(parseHex("#767676"), parseHex("#ffffff"))).toBeCloseTo(4.54, 2);
});

test.each([
  { looks: "light", tokens: normal(false) },
  { looks: "dark", tokens: normal(true) },
])("$looks: text has 4.5 to 1, what is to be seen 3 to 1 (WCAG 2.2 AA)", ({ tokens }) => {
  expect([...tooFaint(tokens, texts, 4.5), ...tooFaint(tokens, shapes, 3)]).toEqual([]);
});

test.each([
  { looks: "light", tokens: high(false) },
  { looks: "dark", tokens: high(true) },
])("high contrast, $looks: text has 7 to 1 (AAA), shapes 4.5 and every edge 3 to 1", ({ tokens }) => {
  expect([...tooFaint(tokens, texts, 7), ...tooFaint(tokens, shapes, 4.5), ...tooFaint(tokens, edges, 3)]).toEqual([]);
});
