import { beforeAll, expect, test } from "vitest";
import { familyCount } from "../../detect/classifier/families.ts";
import { generateRows } from "../fixture-rows.ts";
import { createRandom, type Random } from "../training/random.ts";
import { createSecureRandom } from "./discrete-gaussian.ts";
import { loadShippedBase } from "./fixture-base.ts";
import { toLocalGroups } from "./local-groups.ts";
import {
  contribute,
  costOf,
  type LocalGroup,
  makeUpdate,
  mechanism,
  noiseFor,
  normOf,
  sumOfGroups,
} from "./local-update.ts";
import {
  classCount,
  classShares,
  createPublicFrame,
  inputSize,
  loudest,
  type PublicFrame,
  updateSize,
} from "./public-frame.ts";

let frame: PublicFrame;
beforeAll(() => {
  frame = createPublicFrame(loadShippedBase());
}, 60_000);

/** A group as evil as can be: inputs and weights of any size, also none at all. */
function drawGroup(random: Random): LocalGroup {
  return Array.from({ length: random.between(1, 6) }, () => {
    const windows = random.between(1, 4);
    const size = 10 ** random.between(-6, 12);
    const number = () => (random.chance(0.002) ? random.pick([Number.NaN, Infinity]) : (random.next() - 0.5) * size);
    return {
      value: {
        windows,
        inputs: Float32Array.from({ length: windows * inputSize }, number),
        logits: Float32Array.from({ length: windows * familyCount }, number),
      },
      label: random.below(classCount),
      weight: random.pick([1, 10, 1e9]),
    };
  });
}

test("one group changes the sum by at most what the noise is measured by, whatever it holds and wherever the fit stands", () => {
  const random = createRandom("sensitivity");
  const own = new Float64Array(updateSize);
  for (let run = 0; run < 400; run++) {
    const groups = Array.from({ length: random.between(1, 8) }, () => drawGroup(random));
    const update = Float64Array.from({ length: updateSize }, () => (random.next() - 0.5) * 10 ** random.between(-3, 3));
    const left = random.below(groups.length);
    const { sum } = sumOfGroups(groups, update);
    const { sum: without } = sumOfGroups(
      groups.filter((_, i) => i !== left),
      update,
    );
    const difference = sum.map((x, i) => x - without[i]!);
    // In whole numbers, so that this is exact: no rounding tells anything either.
    expect(difference.every(Number.isInteger)).toBe(true);
    expect(difference.reduce((total, x) => total + x * x, 0)).toBeLessThanOrEqual(2 ** 32);
    contribute(groups[left]!, update, own);
    expect([...difference]).toEqual([...own].map((x) => x + 0));
  }
});

test("cutting is no more than it says: a short gradient is kept, a long one keeps its direction", () => {
  const [group] = toLocalGroups([{ ...generateRows("one", 8)[0]!, campaign: null, isFalsePositive: true }], frame);
  const into = new Float64Array(updateSize);
  const isCut = contribute(group ?? [], new Float64Array(updateSize), into);
  expect(normOf(into)).toBeLessThanOrEqual(2 ** 16);
  expect(isCut).toBe(normOf(into) > 2 ** 16 - 1000);
});

test.each([0.001, 0.02, 0.3, 2])("noise for ρ %d costs no more than that, and hardly less", (rho) => {
  const cost = costOf(noiseFor(rho));
  expect(cost).toBeLessThanOrEqual(rho);
  expect(cost).toBeGreaterThan(rho * 0.97);
});

/** Share of values whose class is right. */
function accuracy(groups: readonly LocalGroup[], update: Float64Array): number {
  const shares = new Float64Array(classCount);
  const right = groups.flat().filter(({ value, label }) => {
    classShares(value, loudest(value, update), update, shares);
    return shares.indexOf(Math.max(...shares)) === label;
  });
  return right.length / groups.flat().length;
}

const benignLookingLikeAttacks = Array.from({ length: 300 }, (_, i) => ({
  ...generateRows("form", 1)[0]!,
  campaign: `order ${i}`,
  text: `order ${i + 1} OR ${i + 2}=three`,
  label: "benign" as const,
  place: "form" as const,
}));
const alone = (rows: ReturnType<typeof generateRows>) => rows.map((row) => ({ ...row, campaign: row.id }));

test("an update learns what the rows say, in spite of its noise, and nothing from no rows", () => {
  const groups = toLocalGroups([...alone(generateRows("local", 600)), ...benignLookingLikeAttacks], frame);
  const before = accuracy(groups, new Float64Array(updateSize));
  const steps: number[] = [];
  const { weights, rho, local, count } = makeUpdate(groups, frame, 0.3, createSecureRandom(), (step) =>
    steps.push(step),
  );
  expect(steps).toEqual(Array.from({ length: mechanism.steps }, (_, i) => i + 1));
  expect(accuracy(groups, weights)).toBeGreaterThan(before + 0.03);
  expect(rho).toBeLessThanOrEqual(0.3);
  expect(local.groups).toBe(groups.length);
  expect(Math.abs(count - groups.length)).toBeLessThan(60);
  expect(normOf(weights)).toBeLessThanOrEqual(mechanism.norm * (1 + 1e-9));
  const empty = makeUpdate([], frame, 0.3, createSecureRandom());
  expect(normOf(empty.weights)).toBeLessThan(mechanism.norm * (1 + 1e-9));
  expect(empty.weights.every(Number.isFinite)).toBe(true);
}, 60_000);

test("two updates of the same rows differ: the noise is never the same", () => {
  const groups = toLocalGroups(alone(generateRows("again", 60)), frame);
  const [a, b] = [0, 1].map(() => makeUpdate(groups, frame, 0.3, createSecureRandom()).weights);
  expect([...a!]).not.toEqual([...b!]);
}, 60_000);

test("what becomes of a group depends on its own rows alone", () => {
  const rows = generateRows("groups", 200).map((row, i) => ({ ...row, campaign: `g${i % 40}` }));
  // The same text with another label elsewhere, and within a group.
  const twice = { ...rows[0]!, campaign: "other", label: "xxe" as const };
  const within = { ...rows[1]!, label: "xxe" as const };
  const all = [...rows, twice, within];
  const whole = sumOfGroups(toLocalGroups(all, frame), new Float64Array(updateSize)).sum;
  const added = new Float64Array(updateSize);
  for (const own of Map.groupBy(all, ({ campaign }) => campaign).values()) {
    const { sum } = sumOfGroups(toLocalGroups(own, frame), new Float64Array(updateSize));
    for (let i = 0; i < updateSize; i++) added[i]! += sum[i]!;
  }
  expect([...added]).toEqual([...whole]);
});
