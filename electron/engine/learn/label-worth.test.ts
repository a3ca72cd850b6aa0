import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { payloadClasses } from "../../../shared/payload.ts";
import {
  boundaryUncertainty,
  type Candidate,
  conflictOf,
  contradiction,
  marginUncertainty,
  orderByWorth,
  worthOf,
} from "./label-worth.ts";

const none = payloadClasses.map(() => 0);
const votes = (told: Partial<Record<(typeof payloadClasses)[number], number>>) =>
  payloadClasses.map((name) => told[name] ?? 0);
const candidate = (told: Partial<Candidate>): Candidate => ({
  said: "benign",
  uncertainty: 0.5,
  group: 0,
  alike: 1,
  votes: none,
  ...told,
});

describe("uncertainty", () => {
  test.each([
    { why: "is none where one class is certain", p: [1, 0, 0, 0, 0, 0, 0], set: ["sql_injection"], want: 0 },
    { why: "is one where two share alike", p: [0.5, 0.5, 0, 0, 0, 0, 0], set: ["sql_injection"], want: 1 },
    { why: "is a half at least for an empty set", p: [1, 0, 0, 0, 0, 0, 0], set: [], want: 0.5 },
    { why: "is a half at least for several", p: [0.9, 0.1, 0, 0, 0, 0, 0], set: ["sql_injection", "xss"], want: 0.6 },
    { why: "is a half at least for another class alone", p: [0.9, 0.1, 0, 0, 0, 0, 0], set: ["xss"], want: 0.6 },
  ] as const)("of a value $why", ({ p, set, want }) => {
    expect(marginUncertainty(p, set)).toBeCloseTo(want, 10);
  });

  test.each([
    { why: "is one at the threshold", score: 0.5, payload: 0.5, behaviour: 0.5, threshold: 0.5, want: 1 },
    { why: "is none at the ends", score: 0, payload: 0, behaviour: 0, threshold: 0.5, want: 0 },
    { why: "knows another threshold", score: 0.4, payload: 0, behaviour: 0, threshold: 0.8, want: 0.5 },
    { why: "sees a contradiction", score: 0.36, payload: 0, behaviour: 0.9, threshold: 0.5, want: 0.9 },
    { why: "stands a threshold of 1", score: 1, payload: 1, behaviour: 1, threshold: 1, want: 1 },
  ])("of a session $why", ({ score, payload, behaviour, threshold, want }) => {
    const scores = { score, payloadScore: payload, behavioralScore: behaviour };
    expect(boundaryUncertainty(scores, threshold)).toBeCloseTo(want, 10);
  });

  test("payloads and behaviour that agree do not contradict each other", () => {
    expect(contradiction({ payloadScore: 0.6, behavioralScore: 0.9 })).toBe(0);
  });
});

describe("worth", () => {
  test.each([
    { why: "the more uncertain", more: { uncertainty: 0.9 }, less: { uncertainty: 0.1 } },
    { why: "the larger group", more: { alike: 50 }, less: { alike: 2 } },
    { why: "what neighbours contradict", more: { votes: votes({ xss: 3 }) }, less: {} },
    { why: "what nobody confirmed", more: {}, less: { votes: votes({ benign: 3 }) } },
    { why: "a sure one of a large group", more: { uncertainty: 0, alike: 9 }, less: { uncertainty: 0 } },
  ])("is higher for $why", ({ more, less }) => {
    expect(worthOf(candidate(more))).toBeGreaterThan(worthOf(candidate(less)));
  });

  test("conflict is the share of neighbours that say otherwise, and one more that does not", () => {
    expect(conflictOf({ said: "xss", votes: votes({ xss: 1, benign: 2 }) })).toBe(0.5);
    expect(conflictOf({ said: "xss", votes: none })).toBe(0);
  });
});

describe("order", () => {
  const many = fc.array(
    fc.record({
      said: fc.constantFrom(...payloadClasses),
      uncertainty: fc.double({ min: 0, max: 1, noNaN: true }),
      group: fc.integer({ min: 0, max: 5 }),
      alike: fc.integer({ min: 1, max: 1000 }),
      votes: fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 7, maxLength: 7 }),
    }),
  );

  test("has everything once, no group twice in a round, and the best of a group first", () => {
    fc.assert(
      fc.property(many, (found) => {
        const keyed = found.map((one, i) => ({ ...one, key: String(i).padStart(4, "0") }));
        const ordered = orderByWorth(keyed, ({ key }) => key);
        expect(ordered.map(({ candidate: { key } }) => key).sort()).toEqual(keyed.map(({ key }) => key));
        const places = ordered.map(({ round, candidate: { group } }) => `${round} ${group}`);
        expect(new Set(places).size).toBe(places.length);
        ordered.slice(1).forEach((one, i) => {
          const before = ordered[i]!;
          expect(one.round >= before.round).toBe(true);
          if (one.round === before.round) {
            expect(worthOf(one.candidate)).toBeLessThanOrEqual(worthOf(before.candidate));
          }
        });
        const turned = orderByWorth(keyed.toReversed(), ({ key }) => key);
        expect(turned).toEqual(ordered);
      }),
    );
  });

  test("of a hundred thousand near-duplicates and one other begins with one of each", () => {
    const crowd = Array.from({ length: 100_000 }, (_, i) => ({ ...candidate({ group: 1, alike: 100_000 }), key: i }));
    const ordered = orderByWorth([...crowd, { ...candidate({ group: 2 }), key: -1 }], ({ key }) => String(key));
    expect(ordered.slice(0, 3).map(({ round, candidate: { group } }) => [round, group])).toEqual([
      [0, 1],
      [0, 2],
      [1, 1],
    ]);
  });
});
