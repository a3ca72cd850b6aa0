import { dataFolder, loadPayloadLists } from "../dev/train/payload-lists.ts";
import { families, familyIndex } from "../engine/detect/classifier/families.ts";
import { readModel } from "../engine/detect/classifier/model-file.ts";
import { loadClassifier } from "../engine/detect/classifier/payload-model.ts";
import { applyUpdate } from "../engine/learn/federated/combine-updates.ts";
import { createSecureRandom } from "../engine/learn/federated/discrete-gaussian.ts";
import { type LocalSource, toLocalGroups } from "../engine/learn/federated/local-groups.ts";
import { makeUpdate, mechanism, normOf } from "../engine/learn/federated/local-update.ts";
import { epsilonOf, rhoOf } from "../engine/learn/federated/privacy-cost.ts";
import { createPublicFrame, updateSize } from "../engine/learn/federated/public-frame.ts";
import { geometricMedian, plainMean } from "../engine/learn/federated/robust-mean.ts";
import { generateRows } from "../engine/learn/fixture-rows.ts";
import { createRandom } from "../engine/learn/training/random.ts";
import { trainPayloadModel } from "../engine/learn/training/train-payload-model.ts";
import type { Report } from "./figure.ts";

/** Seven tenths of them learn. */
const rowsOfSite = 600;
const testRowsOfSite = 500;
const delta = 1e-6;
const rounds = 3;
/** What each engine sees of attacks; ordinary values are everywhere. */
const sorts = [
  ["sql_injection"],
  ["xss"],
  ["path_traversal"],
  ["command_injection", "xxe", "sql_injection"],
  ["xss", "path_traversal"],
] as const;
/** Runs of each figure: the noise is another one each time. */
const runs = 3;

/**
 * What federated updates teach at what privacy, and what one hostile engine of five does to them. The base is fitted to 1,000 generated values:
 * the shipped model knows the public lists already, and would have nothing to learn.
 */
export function measureFederation(report: Report): void {
  const base = readModel(
    trainPayloadModel({ id: "bench", rows: generateRows("base", 1000) }, { seed: "bench", start: null, folds: 2 })
      .bytes,
  );
  const frame = createPublicFrame(base);
  const listed = createRandom("federated bench")
    .shuffle(loadPayloadLists(dataFolder()))
    .filter(({ text }) => text.trim() !== "");
  // Each engine's own sort of traffic, in equal parts.
  const tested = sitesOf(
    listed.filter(({ split }) => split === "test"),
    testRowsOfSite,
  ).flat();
  const rows = sitesOf(
    listed.filter(({ split }) => split !== "test"),
    rowsOfSite,
  );
  const sites = rows.map((own) => toLocalGroups(own, frame));
  const random = createSecureRandom();

  const f1 = (update: Float64Array) => f1Of(applyUpdate(base, frame, update, "bench"));
  function f1Of(model: Uint8Array): number {
    const classifier = loadClassifier(model);
    let hit = 0;
    let wrong = 0;
    for (const { text, label } of tested) {
      const isFlagged = classifier.score(text).class !== "benign";
      if (isFlagged && label !== "benign") hit++;
      else if (isFlagged !== (label !== "benign")) wrong++;
    }
    return (2 * hit) / (2 * hit + wrong);
  }
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

  report("federated: F1 of the base on the union of all engines' tests", f1(new Float64Array(updateSize)), "");
  for (const epsilon of [0.5, 1, 2, 4, 8]) {
    const all = Array.from({ length: runs }, () =>
      sites.map((groups) => makeUpdate(groups, frame, rhoOf(epsilon, delta), random).weights),
    );
    const alone = all[0]!.map(f1);
    const at = `ε ${epsilon}, five engines of ${rowsOfSite} rows`;
    report(`federated, ${at}: F1 of one engine's update alone, mean`, mean(alone), "");
    report(`federated, ${at}: F1 of the best engine's update alone`, Math.max(...alone), "");
    const medians = all.map((updates) => f1(geometricMedian(updates).mean));
    report(`federated, ${at}: F1 combined by the geometric median`, mean(medians), "");
    if (epsilon !== 2) continue;
    report(`federated, ${at}: F1 combined by a plain mean`, mean(all.map((updates) => f1(plainMean(updates)))), "");
    const attacked = all.map((updates) => [...updates.slice(0, 4), against(updates.slice(0, 4), mechanism.norm)]);
    const free = all.map((updates) => [...updates.slice(0, 4), against(updates.slice(0, 4), 1000)]);
    const hostile = "one of five hostile";
    report(
      `federated, ε 2, ${hostile}: F1, geometric median`,
      mean(attacked.map((u) => f1(geometricMedian(u).mean))),
      "",
    );
    report(`federated, ε 2, ${hostile}: F1, plain mean`, mean(attacked.map((u) => f1(plainMean(u)))), "");
    report(
      `federated, ε 2, ${hostile}: F1, plain mean without a bound on the length`,
      mean(free.map((u) => f1(plainMean(u)))),
      "",
    );
  }
  measureRounds();

  function measureRounds(): void {
    let bytes = applyUpdate(base, frame, new Float64Array(updateSize), "round 0");
    for (let round = 1; round <= rounds; round++) {
      const now = readModel(bytes);
      const own = createPublicFrame(now);
      const updates = rows.map((each) => makeUpdate(toLocalGroups(each, own), own, rhoOf(1, delta), random).weights);
      bytes = applyUpdate(now, own, geometricMedian(updates).mean, `round ${round}`);
      const total = epsilonOf(round * rhoOf(1, delta), delta).toPrecision(2);
      report(`federated: F1 after round ${round} of ε 1 each, ε ${total} together`, f1Of(bytes), "");
    }
  }
}

/** What undoes most of what the others say together, as long as it may be. */
function against(others: readonly Float64Array[], length: number): Float64Array {
  const mean = plainMean(others);
  const scale = -length / normOf(mean);
  return mean.map((x) => x * scale);
}

function sitesOf(listed: readonly { text: string; family: string }[], size: number): LocalSource[][] {
  const ordinary = listed.filter(({ family }) => family === "benign");
  const half = size / 2;
  return sorts.map((names, i) => {
    const attacks = listed.filter(({ family }) => (names as readonly string[]).includes(family));
    // Kinds of which there are too few for all are shared.
    const from = attacks.length < (i + 1) * half ? 0 : i * half;
    const own = [...ordinary.slice(i * half, (i + 1) * half), ...attacks.slice(from, from + half)];
    return own.map(({ text, family }, n) => ({
      text,
      place: null,
      label: families[familyIndex(family)]!.class,
      campaign: `${i} ${n}`,
      isFalsePositive: false,
    }));
  });
}
