import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseBehaviour, serializeBehaviour } from "./behaviour-file.ts";
import { nothingKnown } from "./behaviour-forest.ts";
import { backgroundSize, createHeuristicBehaviour, fitBehaviour } from "./fit-behaviour.ts";
import { createRandom } from "./random.ts";
import { drawSyntheticSessions, syntheticSchema, syntheticSuspicions } from "./synthetic-sessions.ts";

const runs = (n: number) => n * Number(process.env.TORTURE ?? 1);
const sessions = drawSyntheticSessions(400, 2);
const forest = fitBehaviour(sessions, syntheticSchema, syntheticSuspicions);
const heuristic = createHeuristicBehaviour(syntheticSchema, syntheticSuspicions);
const models = [
  { name: "forest", model: forest },
  { name: "heuristic", model: heuristic },
];

const ordinary = Float64Array.of(20, 0.02, 10, 4, 0, 300);
const attack = Float64Array.of(20, 0.9, 5000, 0.001, 50, 300);

describe.each(models)("$name", ({ model }) => {
  test("ordinary sessions lie near 0.1, strongly suspicious ones near 1", () => {
    expect(model.score(ordinary)).toBeGreaterThan(0.05);
    expect(model.score(ordinary)).toBeLessThan(0.15);
    expect(model.score(attack)).toBeGreaterThan(0.9);
    expect(model.score(attack)).toBeLessThanOrEqual(1);
  });

  test("rare is not suspicious: extremes of other features, and of the harmless side, change nothing", () => {
    for (const [f, value] of [
      [0, 1e6],
      [5, 1e9],
      [1, 0],
      [2, 0],
      [3, 1e6],
    ] as const) {
      expect(model.score(ordinary.with(f, value))).toBe(model.score(ordinary));
    }
  });

  test("never falls when a session becomes more suspicious", () => {
    const random = createRandom(5);
    const value = fc.option(fc.double({ min: 0, max: 4000, noNaN: true }), { nil: Number.NaN });
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 6, maxLength: 6 }),
        fc.double({ min: 0, max: 40, noNaN: true }),
        (values, by) => {
          const x = Float64Array.from(values);
          // Features in the range where questions are, so that steps cross them.
          x[1] = x[1]! / 4000;
          x[3] = x[3]! / 4000;
          x[4] = x[4]! / 100;
          let score = model.score(x);
          for (const [f, step] of [
            [1, by / 60],
            [2, by * 50],
            [3, -by / 100],
            [4, by],
          ] as const) {
            if (random.next() < 0.3) continue;
            x[f] = Number.isNaN(x[f]!) ? (f === 3 ? 1e6 : 0) : Math.max(0, x[f]! + step);
            const next = model.score(x);
            expect(next).toBeGreaterThanOrEqual(score);
            score = next;
          }
        },
      ),
      { numRuns: runs(200) },
    );
  });

  test("what is not available is never held against a session", () => {
    expect(model.score(nothingKnown(6))).toBeLessThanOrEqual(model.score(ordinary));
    for (let f = 0; f < 6; f++) {
      expect(model.score(attack.with(f, Number.NaN))).toBeLessThanOrEqual(model.score(attack));
    }
  });

  test("a file gives the same model, bit for bit", () => {
    const read = parseBehaviour(serializeBehaviour(model));
    expect(read.hash).toBe(model.hash);
    expect(read.kind).toBe(model.kind);
    expect(read.background).toEqual(model.background);
    expect(read.reference).toEqual(model.reference);
    for (const row of [...sessions, attack]) expect(read.score(row)).toBe(model.score(row));
    expect(serializeBehaviour(read)).toEqual(serializeBehaviour(model));
  });

  test("a row of another length is not scored", () => {
    expect(() => model.score(new Float64Array(3))).toThrow(RangeError);
  });
});

test("the same sessions and seed give the same model, another seed another", () => {
  const again = fitBehaviour(drawSyntheticSessions(400, 2), syntheticSchema, syntheticSuspicions);
  expect(again.hash).toBe(forest.hash);
  const other = { trees: 200, sample: 256, depth: 10, seed: 2 };
  expect(fitBehaviour(sessions, syntheticSchema, syntheticSuspicions, other).hash).not.toBe(forest.hash);
});

test("at most one in a hundred of fresh honest sessions scores above 0.4", () => {
  const fresh = drawSyntheticSessions(2000, 77).map(forest.score);
  expect(fresh.filter((score) => score > 0.4).length).toBeLessThanOrEqual(20);
});

test("attacks among the sessions it learns from cannot make an attack ordinary", () => {
  const poisoned = [...sessions, ...Array.from({ length: 400 }, () => attack)];
  expect(fitBehaviour(poisoned, syntheticSchema, syntheticSuspicions).score(attack)).toBeGreaterThan(0.5);
});

test("keeps a hundred different sessions as background", () => {
  expect(forest.background.length).toBe(backgroundSize);
  expect(new Set(forest.background.map(String)).size).toBe(backgroundSize);
  expect(heuristic.background).toEqual([nothingKnown(6)]);
});

test.each([
  { why: "no session", rows: [], suspicions: syntheticSuspicions },
  { why: "a session of another length", rows: [new Float64Array(2)], suspicions: syntheticSuspicions },
  {
    why: "no suspicious feature in the schema",
    rows: sessions,
    suspicions: [{ ...syntheticSuspicions[0]!, feature: "x" }],
  },
  { why: "a suspicion without range", rows: sessions, suspicions: [{ ...syntheticSuspicions[0]!, extreme: 0.1 }] },
])("refuses $why", ({ rows, suspicions }) => {
  expect(() => fitBehaviour(rows, syntheticSchema, suspicions)).toThrow(RangeError);
});

describe("a damaged model file is refused", () => {
  const good = serializeBehaviour(forest);
  const text = good.toString();
  const rehash = async (change: (content: { trees: Record<string, number[]>; background: unknown[][] }) => void) => {
    const { sha256 } = await import("../../base/ids.ts");
    const content = JSON.parse(text.split("\n")[1]!);
    change(content);
    const body = JSON.stringify(content);
    return Buffer.from(`sentinel-behaviour 1 ${sha256(body)}\n${body}\n`);
  };
  test.each([
    { why: "nothing in it", make: () => Buffer.alloc(0) },
    { why: "another format", make: () => Buffer.from(text.replace("behaviour 1", "behaviour 9")) },
    { why: "cut short", make: () => good.subarray(0, good.length >> 1) },
    { why: "one digit changed", make: () => Buffer.from(text.replace('"sessions":400', '"sessions":401')) },
    { why: "too large", make: () => Buffer.alloc(5_000_000, 32) },
    {
      why: "a child that is its own parent",
      make: () =>
        rehash(({ trees }) => {
          trees.child![trees.feature!.findIndex((f) => f >= 0)] = 0;
        }),
    },
    {
      why: "a feature beyond the schema",
      make: () =>
        rehash(({ trees }) => {
          trees.feature![0] = 6;
        }),
    },
    {
      why: "a leaf above 1",
      make: () =>
        rehash(({ trees }) => {
          trees.split![trees.feature!.indexOf(-1)] = 2;
        }),
    },
    {
      why: "columns of different lengths",
      make: () =>
        rehash(({ trees }) => {
          trees.split!.pop();
        }),
    },
    {
      why: "a background of another length",
      make: () =>
        rehash(({ background }) => {
          background[3]!.pop();
        }),
    },
  ])("$why", async ({ make }) => {
    const bytes = await make();
    expect(() => parseBehaviour(bytes)).toThrow(expect.objectContaining({ code: "MODEL_UNREADABLE" }));
  });
});
