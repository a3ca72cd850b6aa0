import { describe, expect, test } from "vitest";
import { type AuditOutcome, auditBlock, estimateMissed } from "./audit-estimate.ts";
import { createRandom } from "./training/random.ts";

const repeat = (outcome: AuditOutcome, times: number) => new Array<AuditOutcome>(times).fill(outcome);

describe("the estimate", () => {
  test("is not known before the first block is labelled", () => {
    expect(estimateMissed([], false)).toMatchObject({ drawn: 0, share: null, begun: 0 });
    expect(estimateMissed([...repeat("benign", 7), ...repeat("open", 13)], false)).toMatchObject({
      share: null,
      begun: 7,
    });
    expect(estimateMissed(repeat("benign", auditBlock - 1), false).share).toBeNull();
  });

  test("is Clopper and Pearson's interval", () => {
    const outcomes = [...repeat("attack", 2), ...repeat("benign", 398)];
    const { drawn, attacks, share } = estimateMissed(outcomes, false);
    expect({ drawn, attacks }).toEqual({ drawn: 400, attacks: 2 });
    // R: binom.test(2, 400)$conf.int
    expect(share!.low).toBeCloseTo(0.000606, 6);
    expect(share!.high).toBeCloseTo(0.017943, 5);
  });

  test("takes what is open for either, and leaves out the draws after which too much is open", () => {
    const some = [...repeat("benign", 38), ...repeat("open", 2)];
    const { drawn, open, share } = estimateMissed([...some, ...repeat("open", 20)], false);
    expect({ drawn, open }).toEqual({ drawn: 40, open: 2 });
    expect(share!.low).toBe(0);
    expect(share!.high).toBeGreaterThan(2 / 40);
  });

  test("grows block by block, so that nobody stops where it looks best", () => {
    const begun = [...repeat("benign", 39), "attack" as const];
    expect(estimateMissed(begun.slice(0, 39), false).drawn).toBe(20);
    expect(estimateMissed(begun, false)).toMatchObject({ drawn: 40, attacks: 1 });
  });

  test("of everything there is has no interval but what is open", () => {
    const all = [...repeat("benign", 29), "attack" as const];
    expect(estimateMissed(all, true)).toMatchObject({ isAll: true, share: { low: 1 / 30, high: 1 / 30 } });
    const open = estimateMissed([...all, "open"], true);
    expect(open).toMatchObject({ isAll: true, share: { low: 1 / 31, high: 2 / 31 } });
  });
});

/** Trials of each design, and how far the share of those that hold the truth may stay below 0.95 by chance (three standard errors). */
const trials = 1000;
const slack = 3 * Math.sqrt((0.95 * 0.05) / trials);

describe("the interval holds the truth in 95 of 100 draws", () => {
  test.each([
    { why: "when nothing is skipped", population: 2000, missed: 0.03, drawn: 200, skipAttack: 0, skipBenign: 0 },
    {
      why: "when hardly anything is missed",
      population: 5000,
      missed: 0.002,
      drawn: 300,
      skipAttack: 0,
      skipBenign: 0,
    },
    { why: "when many are", population: 500, missed: 0.4, drawn: 60, skipAttack: 0, skipBenign: 0 },
    { why: "when attacks are skipped", population: 2000, missed: 0.05, drawn: 200, skipAttack: 0.5, skipBenign: 0 },
    { why: "when others are skipped", population: 2000, missed: 0.05, drawn: 200, skipAttack: 0, skipBenign: 0.05 },
  ])("$why", ({ population, missed, drawn, skipAttack, skipBenign }) => {
    const random = createRandom(`coverage ${population} ${missed} ${skipAttack} ${skipBenign}`);
    const attacks = Math.round(population * missed);
    let held = 0;
    let told = 0;
    for (let trial = 0; trial < trials; trial++) {
      const truth = random.shuffle(Array.from({ length: population }, (_, i) => i < attacks));
      // The analyst works until the draws are through, block by block.
      const outcomes = truth.slice(0, drawn).map((isAttack): AuditOutcome => {
        if (random.chance(isAttack ? skipAttack : skipBenign)) return "open";
        return isAttack ? "attack" : "benign";
      });
      const { share } = estimateMissed(outcomes, false);
      if (share === null) continue;
      told++;
      if (share.low <= attacks / population && attacks / population <= share.high) held++;
    }
    expect(told).toBeGreaterThan(trials / 2);
    expect(held / told).toBeGreaterThanOrEqual(0.95 - slack);
  });
});
