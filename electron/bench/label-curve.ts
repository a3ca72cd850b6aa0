import { payloadClasses } from "../../shared/payload.ts";
import { isListNoise, type ListedPayload } from "../dev/train/payload-lists.ts";
import { contentId } from "../engine/base/ids.ts";
import { families, familyIndex } from "../engine/detect/classifier/families.ts";
import { type PayloadModel, readModel, writeModel } from "../engine/detect/classifier/model-file.ts";
import { createPayloadClassifier } from "../engine/detect/classifier/payload-model.ts";
import type { ClassifierOutput } from "../engine/detect/payload.ts";
import { marginUncertainty, orderByWorth } from "../engine/learn/label-worth.ts";
import { groupNearDuplicates } from "../engine/learn/near-duplicates.ts";
import type { DatasetRow } from "../engine/learn/sample.ts";
import { classOf, judge } from "../engine/learn/training/calibrate.ts";
import { fitDefaults, fitNetwork } from "../engine/learn/training/fit.ts";
import { generateAttacks, generateBenign } from "../engine/learn/training/generated/generate.ts";
import type { LabelledText } from "../engine/learn/training/labelled-text.ts";
import { createPreparer } from "../engine/learn/training/prepare.ts";
import { createRandom, type Random } from "../engine/learn/training/random.ts";
import { f1 } from "../engine/learn/training/score.ts";
import { trainPayloadModel } from "../engine/learn/training/train-payload-model.ts";

/** Labels after which the model is trained anew and judged. */
export const steps = [0, 25, 50, 100, 200, 400];
const poolSize = 3000;
const testSize = 1500;
/** Most values of real traffic are ordinary. */
const attackShare = 0.2;
const mostOfFamily = 1500;
/** One in so many is drawn at random, as in the queue. */
const auditEvery = 5;

/** Who chooses the next values to label. */
export type Order = "worth" | "random";

/** Values to label, the model at hand, and values that judge it. */
export interface StartingPoint {
  readonly name: string;
  /** Null: there is none, labels have to make it. */
  readonly model: PayloadModel | null;
  pool(random: Random): readonly LabelledText[];
  readonly test: readonly LabelledText[];
}

const isAttack = ({ family }: Pick<LabelledText, "family">) => family !== "benign";
const isUsable = (row: ListedPayload) => !isListNoise(row) && row.text.trim() !== "" && row.text.length <= 3000;

function mixed(random: Random, size: number, attacks: readonly LabelledText[], benign: readonly LabelledText[]) {
  const some = random.shuffle([...attacks]).slice(0, Math.round(size * attackShare));
  // The share stays where there are too few attacks.
  const others = Math.round((some.length * (1 - attackShare)) / attackShare);
  return random.shuffle([...some, ...random.shuffle([...benign]).slice(0, others)]);
}

/** A model fitted to everything but one source, as the shipped one is but smaller, which then meets that source. */
export function leaveOut(source: string, rows: readonly ListedPayload[], shipped: PayloadModel): StartingPoint {
  const random = createRandom(`left out ${source}`);
  const usable = rows.filter(isUsable);
  const of = (split: string) => usable.filter((row) => row.split === split);
  const benign = random.shuffle(of("train").filter((row) => !isAttack(row)));
  const half = source === "HttpParamsDataset" ? 0 : benign.length >> 1;
  const byFamily = Map.groupBy(
    of("train").filter((row) => isAttack(row) && row.source !== source),
    ({ family }) => family,
  );
  const fitted = [
    ...[...byFamily.values()].flatMap((list) => random.shuffle([...list]).slice(0, mostOfFamily)),
    ...benign.slice(0, Math.min(half, 3000)),
    ...generateAttacks(random.fork("attacks"), 2500),
    ...generateBenign(random.fork("benign"), 4000),
  ];
  const prepare = createPreparer();
  const fit = fitNetwork(
    fitted.map((row) => prepare(row, row.place)),
    { ...fitDefaults, seed: `left out ${source}` },
  );
  const attacksOf = (split: string) => of(split).filter((row) => isAttack(row) && row.source === source);
  const testBenign = of("test").filter((row) => !isAttack(row));
  return {
    name: `${source} left out of the fit`,
    model: readModel(writeModel({ header: { ...shipped.header, version: "left out" }, ...fit })),
    pool: (seeded) => mixed(seeded, poolSize, attacksOf("train"), benign.slice(half)),
    test: mixed(random, testSize, attacksOf("test"), testBenign),
  };
}

/** No model: every source, labels alone. */
export function fromNothing(rows: readonly ListedPayload[]): StartingPoint {
  const of = (split: string, attack: boolean) =>
    rows.filter((row) => isUsable(row) && row.split === split && isAttack(row) === attack);
  return {
    name: "no model, all sources",
    model: null,
    pool: (random) => mixed(random, poolSize, of("train", true), of("train", false)),
    test: mixed(createRandom("from nothing"), testSize, of("test", true), of("test", false)),
  };
}

/** Fewest labelled of each side that a training takes. */
const leastOfSide = 5;

/** F1 of "attack" on the test values after each of `steps` labels, in the order given; NaN while there is no model. */
export function learningCurve(start: StartingPoint, order: Order, seed: string): number[] {
  // The same pool, and the same first draws, for both orders.
  const random = createRandom(seed);
  const pool = start.pool(random.fork("pool"));
  const drawn = random.fork("order").shuffle(pool.map((_, i) => i));
  const groups = groupNearDuplicates(pool);
  const classes = pool.map(classOf);
  const labelled = new Set<number>();
  let model = start.model;
  const curve: number[] = [];
  const draw = () => drawn.find((i) => !labelled.has(i))!;
  for (const wanted of steps) {
    const best = order === "worth" && model !== null ? choose(model) : [];
    while (labelled.size < wanted) {
      const isAudit = labelled.size % auditEvery === auditEvery - 1;
      const next = isAudit ? draw() : (best.find((one) => !labelled.has(one)) ?? draw());
      labelled.add(next);
    }
    if (canTrain()) model = train();
    curve.push(model === null ? Number.NaN : f1(judge(classifierOf(model), start.test)));
  }
  return curve;

  function choose(by: PayloadModel): number[] {
    const classifier = classifierOf(by);
    const votes = new Map<number, number[]>();
    const alike = new Map<number, number>();
    for (let i = 0; i < pool.length; i++) {
      const group = groups[i]!;
      if (!labelled.has(i)) alike.set(group, (alike.get(group) ?? 0) + 1);
      else {
        const own = votes.get(group) ?? payloadClasses.map(() => 0);
        own[classes[i]!]!++;
        votes.set(group, own);
      }
    }
    const none = payloadClasses.map(() => 0);
    const candidates = pool.flatMap((value, i) => {
      if (labelled.has(i)) return [];
      const said: ClassifierOutput = classifier.score(value.text);
      const uncertainty = marginUncertainty(said.probabilities, said.set);
      const group = groups[i]!;
      return [{ i, said: said.class, uncertainty, group, alike: alike.get(group)!, votes: votes.get(group) ?? none }];
    });
    return orderByWorth(candidates, ({ i }) => String(i).padStart(6, "0")).map(({ candidate }) => candidate.i);
  }

  function canTrain(): boolean {
    const attacks = [...labelled].filter((i) => isAttack(pool[i]!)).length;
    return attacks >= leastOfSide && labelled.size - attacks >= leastOfSide;
  }

  function train(): PayloadModel {
    const rows = [...labelled].map((i) => toRow(pool[i]!, String(groups[i])));
    const dataset = { id: contentId("bench", ...rows.map(({ id }) => id).sort()), rows };
    return readModel(trainPayloadModel(dataset, { seed, start: start.model, folds: 2 }).bytes);
  }
}

function classifierOf(model: PayloadModel) {
  return createPayloadClassifier(model, "bench");
}

function toRow({ text, family }: LabelledText, group: string): DatasetRow {
  const label = families[familyIndex(family)]!.class;
  const id = contentId("sample", "", text);
  return {
    id,
    text,
    place: null,
    label,
    source: "bench",
    group,
    split: "train",
    labelledAt: 0,
    isFalsePositive: false,
  };
}
