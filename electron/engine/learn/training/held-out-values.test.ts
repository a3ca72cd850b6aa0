import { expect, test } from "vitest";
import { generateAttacks, generateBenign } from "./generated/generate.ts";
import { generateForGates, generateHeldOut, saidAgain } from "./held-out-values.ts";
import { createRandom } from "./random.ts";

/** What fits are shown, by their seeds: the shipped model's, rehearsals, calibrations. Its attacks also stood within texts that are not here. */
const fits = [
  { seed: "sentinel-1", attacks: 36_000, benign: 40_000 },
  { seed: "rehearsal", attacks: 1000, benign: 1000 },
  { seed: "calibration", attacks: 200, benign: 200 },
];

test("values that a candidate is judged on are in no fit, by their exact text", () => {
  const shown = new Set<string>();
  for (const { seed, attacks, benign } of fits) {
    const random = createRandom(seed);
    for (const { text } of generateAttacks(random.fork("attacks"), attacks)) shown.add(text);
    for (const { text } of generateBenign(random.fork("benign"), benign)) shown.add(text);
  }
  const again = generateForGates().flatMap(({ text }, i) => (shown.has(text) ? [i] : []));
  expect([...saidAgain]).toEqual(again);
  const judged = generateHeldOut();
  expect(judged).toHaveLength(generateForGates().length - again.length);
  expect(judged.filter(({ text }) => shown.has(text))).toEqual([]);
}, 120_000);
