import { describe, expect, test } from "vitest";
import { createRandom } from "../../detect/anomaly/random.ts";
import { fewestLabels, type LabelledScore, measureCalibration } from "./calibration.ts";
import { type LabelledSet, watchCoverage } from "./watch-coverage.ts";

/** Labels of payloads that were flagged: what is said is true, but for what `truth` makes of it. */
function label(count: number, seed: number, truth = (probability: number) => probability): LabelledScore[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => {
    const probability = 0.5 + 0.5 * random.next();
    return { probability, isAttack: random.next() < truth(probability) };
  });
}

describe("calibration", () => {
  test("of a model that says what is true is within what chance gives, and not called off", () => {
    const found = measureCalibration(label(800, 1));
    expect(found.error!.value).toBeLessThan(found.byChance!);
    expect(Math.abs(found.excess!)).toBeLessThan(0.05);
    expect(found.isOff).toBe(false);
    expect(found.bins.length).toBeGreaterThanOrEqual(8);
    expect(found.bins.reduce((sum, { count }) => sum + count, 0)).toBe(800);
    for (const { low, found: share, high } of found.bins) {
      expect(low).toBeLessThanOrEqual(share);
      expect(high).toBeGreaterThanOrEqual(share);
    }
  });

  test("of a model that is too sure is called off, and by how much", () => {
    const found = measureCalibration(label(400, 2, (probability) => probability - 0.3));
    expect(found.isOff).toBe(true);
    expect(found.excess).toBeCloseTo(0.3, 1);
    expect(found.error!.low).toBeGreaterThan(0.2);
    expect(found.error!.value).toBeGreaterThan(found.byChance!);
  });

  test("of a calibrated model is not called off, whenever one looks", () => {
    for (let seed = 0; seed < 60; seed++) expect(measureCalibration(label(300, 100 + seed)).isOff).toBe(false);
  }, 60_000);

  test("with too few labels is not told, but what there is can be seen; the same probability stays together", () => {
    const few = measureCalibration(label(fewestLabels - 1, 3));
    expect(few).toMatchObject({ labelled: fewestLabels - 1, error: null, byChance: null, excess: null, isOff: false });
    expect(few.bins.length).toBeGreaterThan(1);
    expect(measureCalibration([])).toMatchObject({ labelled: 0, bins: [] });
    const same = label(300, 4).map((row) => ({ ...row, probability: 0.9 }));
    expect(measureCalibration(same).bins).toHaveLength(1);
  });
});

describe("coverage of conformal sets", () => {
  const attacks = (count: number, held: number, seed: number): LabelledSet[] => {
    const random = createRandom(seed);
    return Array.from({ length: count }, (_, i) => ({
      label: i % 3 === 0 ? "xss" : "sql_injection",
      set: random.next() < held ? ["xss", "sql_injection"] : ["benign"],
    }));
  };

  test("that is what was promised is not called broken; one that is not is", () => {
    const kept = watchCoverage(attacks(600, 0.95, 1), 0.05);
    expect(kept).toMatchObject({ promised: 0.95, labelled: 600, isBroken: false });
    expect(kept.byClass.map((each) => each.label)).toEqual(["sql_injection", "xss"]);
    const broken = watchCoverage(attacks(200, 0.7, 2), 0.05);
    expect(broken.isBroken).toBe(true);
    expect(broken.followed.at(-1)).toMatchObject({ count: 200, mean: broken.held / 200 });
    expect(broken.followed.at(-1)!.high).toBeLessThan(0.95);
  });

  test("without labels says nothing", () => {
    expect(watchCoverage([], 0.05)).toEqual({
      promised: 0.95,
      labelled: 0,
      held: 0,
      followed: [],
      isBroken: false,
      byClass: [],
    });
  });
});
