import { expect, test } from "vitest";
import { createRandom, type Random } from "../../detect/anomaly/random.ts";
import { describeReference } from "../../detect/anomaly/reference.ts";
import { compareFeature } from "./compare-feature.ts";
import { drawTraffic, trafficSchema } from "./fixture-traffic.ts";
import { type JudgedFeature, judgeDrift } from "./judge-drift.ts";

const features = 40;
const schema = trafficSchema(features);
const pool = drawTraffic(5000, features, 1);

function sampleOf(count: number, random: Random, change: (row: Float64Array) => Float64Array = (row) => row) {
  return Array.from({ length: count }, () => change(pool[random.integer(pool.length)]!));
}

function judge(
  reference: ReturnType<typeof describeReference>,
  m: number,
  live: readonly Float64Array[],
): JudgedFeature[] {
  return judgeDrift(
    reference.flatMap((each, f) => {
      const sorted = Float64Array.from(live, (row) => row[f]!)
        .filter((value) => !Number.isNaN(value))
        .sort();
      const compared = compareFeature(each, m, sorted, live.length);
      return compared === null ? [] : [compared];
    }),
  );
}

test("stable traffic gives at most one alarm in a thousand looks", () => {
  const random = createRandom(7);
  const looks = 1000 * Number(process.env.TORTURE ?? 1);
  let alarms = 0;
  for (let look = 0; look < looks; look += 10) {
    const m = look % 20 === 0 ? 200 : 1000;
    const reference = describeReference(sampleOf(m, random), schema);
    for (let i = 0; i < 10; i++) {
      const live = sampleOf(i < 8 ? 100 : i < 9 ? 300 : 2000, random);
      if (judge(reference, m, live)[0]!.level === "drifted") alarms++;
    }
  }
  expect(alarms).toBeLessThanOrEqual(looks / 1000);
}, 3_600_000);

test("more of the same is no drift: ten times the volume moves nothing", () => {
  const random = createRandom(8);
  const reference = describeReference(sampleOf(500, random), schema);
  for (const n of [200, 2000, 20_000]) {
    expect(judge(reference, 500, sampleOf(n, random)).every(({ level }) => level === "stable")).toBe(true);
  }
}, 60_000);

test.each([
  { what: "sizes that double", feature: "made_up_8", change: (value: number) => value * 2 },
  { what: "a share that was mostly 0 and is 0 no more", feature: "made_up_1", change: (value: number) => value + 0.2 },
  {
    what: "a flag that every fourth session has",
    feature: "made_up_3",
    change: (_: number, u: number) => (u < 0.25 ? 1 : 0),
  },
  { what: "a constant that is another one", feature: "made_up_4", change: () => 2 },
  {
    what: "a number that is told no more",
    feature: "made_up_7",
    change: (v: number, u: number) => (u < 0.5 ? Number.NaN : v),
  },
])("$what: found within 300 sessions, named, and named alone", ({ feature, change }) => {
  const random = createRandom(9);
  const at = schema.indexOf(feature);
  const reference = describeReference(sampleOf(500, random), schema);
  const live = sampleOf(300, random, (row) => row.with(at, change(row[at]!, random.next())));
  const drifted = judge(reference, 500, live).filter(({ level }) => level === "drifted");
  expect(drifted.map(({ name }) => name)).toEqual([feature]);
});

test("what moved most stands first", () => {
  const random = createRandom(10);
  const reference = describeReference(sampleOf(800, random), schema);
  const live = sampleOf(800, random, (row) => row.with(0, row[0]! * 5).with(7, row[7]! * 0.8));
  const judged = judge(reference, 800, live);
  expect(judged[0]!.name).toBe("made_up_0");
  expect(judged.findIndex(({ name }) => name === "made_up_7")).toBeLessThan(3);
});
