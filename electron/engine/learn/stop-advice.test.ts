import { describe, expect, test } from "vitest";
import type { Estimate } from "../../../shared/model-figures.ts";
import { agreementOf } from "./agreement.ts";
import type { RecentWord } from "./recent-words.ts";
import { adviseStopping, type JudgedModel, roundsOf, type TrainingRound } from "./stop-advice.ts";

const around = (value: number | null): Estimate => ({ value, low: (value ?? 0) - 0.01, high: (value ?? 0) + 0.01 });
const round = (gain: number, kappa: number | null): TrainingRound => ({
  f1: around(0.9 + gain),
  championF1: around(0.9),
  agreement: kappa === null ? null : around(kappa),
});
const words = (right: number, wrong: number): RecentWord[] => [
  ...new Array<RecentWord>(right).fill({ label: "xss", said: "xss" }),
  ...new Array<RecentWord>(wrong).fill({ label: "benign", said: "xss" }),
];
const settled = [round(0.001, 0.995), round(0, 0.992), round(-0.002, 0.999)];

describe("advice", () => {
  test.each([
    { why: "is not known without a training or a label", rounds: [], said: [], want: "unknown" },
    { why: "is not known after two trainings", rounds: settled.slice(0, 2), said: words(50, 0), want: "unknown" },
    { why: "is not known after few labels", rounds: settled, said: words(49, 0), want: "unknown" },
    { why: "is enough once all signs say so", rounds: settled, said: words(50, 0), want: "enough" },
    { why: "is to go on while trainings gain", rounds: settled.map(() => round(0.02, 0.995)), said: [], want: "go_on" },
    { why: "is to go on while models differ", rounds: settled.map(() => round(0, 0.9)), said: [], want: "go_on" },
    { why: "is to go on while labels correct the model", rounds: settled, said: words(40, 10), want: "go_on" },
    {
      why: "does not count models whose agreement was not measured",
      rounds: [round(0, null), ...settled.slice(1)],
      said: words(50, 0),
      want: "unknown",
    },
  ])("$why", ({ rounds, said, want }) => {
    expect(adviseStopping(rounds, said).advice).toBe(want);
  });

  test("comes with its figures", () => {
    const { signs } = adviseStopping(settled, words(45, 5));
    expect(signs).toMatchObject([
      { name: "gain", of: 3, needed: 3, bound: 0.005, speaks_for_stopping: true },
      { name: "agreement", of: 3, figure: { value: (0.995 + 0.992 + 0.999) / 3 } },
      { name: "confirmed", of: 50, figure: { value: 0.9 }, speaks_for_stopping: false },
    ]);
  });
});

describe("a round", () => {
  const f1 = (value: number) => ({ f1: around(value) }) as NonNullable<JudgedModel["evaluation"]>["figures"];
  const training = {} as NonNullable<JudgedModel["metadata"]["training"]>;
  /** @param at the later, the larger */
  const model = (id: string, version: string | null, champion: string, at: number, more = {}): JudgedModel => ({
    registeredAt: String(at),
    metadata: { id, dataset_version: version, training },
    evaluation: { champion, figures: f1(0.91), champion_figures: f1(0.9), agreement: around(0.9) },
    ...more,
  });
  const old = model("old", "v1", "shipped", 1);
  const rounds = (...models: JudgedModel[]) =>
    roundsOf(models, (id) => [...models, old].find(({ metadata }) => metadata.id === id) ?? null);

  test.each([
    { why: "a training on new labels beside the model before", models: [model("new", "v2", "old", 2), old], want: 2 },
    { why: "no champion beside itself", models: [model("new", "v2", "new", 2), model("old", "v1", "old", 1)], want: 0 },
    { why: "no training on the labels that the champion had", models: [model("new", "v1", "old", 2)], want: 0 },
    {
      why: "one of several trainings on the same labels",
      models: [3, 2].map((at) => model(`${at}`, "v2", "old", at)),
      want: 1,
    },
    { why: "no older model beside a newer one", models: [model("x", "v0", "old", 0)], want: 0 },
    { why: "no model of unknown rows", models: [model("x", null, "old", 2)], want: 0 },
    { why: "no model that was not judged", models: [model("x", "v2", "old", 2, { evaluation: null })], want: 0 },
  ])("is $why", ({ models, want }) => expect(rounds(...models)).toHaveLength(want));

  test("that says nothing of labels does not advise to stop", () => {
    const again = [4, 3, 2].map((at) => model(`${at}`, "v1", `${at}`, at));
    expect(adviseStopping(rounds(...again), words(50, 0)).advice).toBe("unknown");
  });
});

describe("agreement", () => {
  const says = (k: number, i: number) => ({
    truth: 0,
    group: String(i),
    probabilities: Array.from({ length: 7 }, (_, c) => (c === k ? 1 : 0)),
  });

  test("is one where all is the same, and nothing where it is as by chance", () => {
    const some = [0, 0, 6, 6].map(says);
    expect(agreementOf(some, some).value).toBe(1);
    expect(agreementOf(some, [0, 6, 0, 6].map(says)).value).toBe(0);
  });

  test("is Cohen's kappa", () => {
    // 45 of both, 15 and 25 of one, 15 of neither: the textbook's example, kappa 0.1304.
    const pairs = [
      ...Array(45).fill([0, 0]),
      ...Array(15).fill([0, 6]),
      ...Array(25).fill([6, 0]),
      ...Array(15).fill([6, 6]),
    ];
    const [a, b] = [0, 1].map((side) => pairs.map((pair: number[], i) => says(pair[side]!, i)));
    expect(agreementOf(a!, b!).value).toBeCloseTo(0.1304, 4);
  });

  test("is not known where both say one class only, or there is no row", () => {
    expect(agreementOf([says(6, 0)], [says(6, 0)]).value).toBeNaN();
    expect(agreementOf([], []).value).toBeNaN();
  });
});
