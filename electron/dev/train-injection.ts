import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { foldText, visitFeatures } from "../engine/agent/scan/injection/injection-features.ts";
import {
  type InjectionModel,
  readInjectionModel,
  windowSizes,
  windowsOf,
  worstStretch,
  writeInjectionModel,
} from "../engine/agent/scan/injection/injection-model.ts";
import { createRandom, type Random } from "../engine/learn/training/random.ts";
import { attackFamilies } from "./injection/attack-grammars.ts";
import { takeoverFamilies } from "./injection/attack-takeover.ts";
import { createLinear, fitLinear, type Linear, type Row } from "./injection/fit-linear.ts";
import { readHonestDocuments } from "./injection/honest-documents.ts";
import { readHonestTexts } from "./injection/honest-texts.ts";
import { allAttacks, allBenign, writeAttack, writeBenign } from "./injection/injection-samples.ts";
import { readWrittenTexts, type WrittenText } from "./injection/written-texts.ts";
import { foldersOf, readTextFolder } from "./train/text-folders.ts";

// Fits the model that tells injected instructions from honest text: `node electron/dev/train-injection.ts`. Everything that it is
// fitted to comes from the grammars and the written texts beside it, from the documentation of installed packages, and from the texts of the folders in SENTINEL_BENIGN_TEXT
// (files of all kinds, pieces of them as people paste them) and SENTINEL_HONEST_TEXT (what people wrote to each other, each text as it is),
// and from attacks that others wrote, in the folders of SENTINEL_ATTACK_TEXT.

const root = join(import.meta.dirname, "../..");
const longest = windowSizes.at(-1)!;
/** Share of honest texts that may be flagged where the threshold is set. */
const allowedFalse = 0.003;
/** Share of whole pieces of documentation, in which many windows may go wrong. */
const allowedPieces = 0.006;
/** Share of the texts that people wrote to each other. */
const allowedWritten = 0.005;
/** Texts of a folder that set the threshold at most, so that no folder outweighs the others. */
const mostSetting = 1500;
/** Share of the honest texts that were written to be near to injections, each judged by a fit that has not seen it. */
const allowedNear = 0.1;
const folds = 3;
/** Fits that are one model together: their mean errs less on what none has seen than each of them (Breiman 1996, "Bagging predictors"). */
const members = 3;

/** Texts up to so many characters are not taken apart as well. */
const shortText = 200;

/** Weight of an injection against an honest window. */
const positive = 2;
/** Rounds in which windows are looked for that the model so far is wrong about, counted from 0. */
const lastRound = 1;
/** How often an attack that somebody wrote counts, and how many stretches of a long one; and how often an honest text near to one. */
const repeats = 6;
const honestRepeats = 3;
const stretches = 2;
const shortestStretch = windowSizes[0];

type Window = readonly [number, number];

/** Features of a text, word by word. */
function featuresOf(text: string): { words: number; buckets: number[][]; values: number[][] } {
  const folded = foldText(text);
  const buckets: number[][] = Array.from({ length: folded.wordCount }, () => []);
  const values: number[][] = Array.from({ length: folded.wordCount }, () => []);
  visitFeatures(folded, (bucket, word, value) => {
    buckets[word]!.push(bucket);
    values[word]!.push(value);
  });
  return { words: folded.wordCount, buckets, values };
}

/** Rows of the windows of a text that are wanted. */
function rowsOf(
  text: string,
  label: 0 | 1,
  choose: (windows: Window[], features: ReturnType<typeof featuresOf>) => Window[],
): Row[] {
  const features = featuresOf(text);
  return choose([...windowsOf(features.words)], features).flatMap(([first, end]) => {
    const buckets = features.buckets.slice(first, end).flat();
    if (buckets.length === 0) return [];
    const values = Uint8Array.from(features.values.slice(first, end).flat());
    const norm = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
    return [{ buckets: Int32Array.from(buckets), values, norm, label }];
  });
}

/** Log odds of windows of a text. */
function logitsOf(model: Linear, { words, buckets, values }: ReturnType<typeof featuresOf>) {
  const weight = new Float64Array(words + 1);
  const square = new Float64Array(words + 1);
  for (let w = 0; w < words; w++) {
    let [sum, squares] = [0, 0];
    for (let i = 0; i < buckets[w]!.length; i++) {
      const value = values[w]![i]!;
      sum += model.weights[buckets[w]![i]!]! * value;
      squares += value * value;
    }
    weight[w + 1] = weight[w]! + sum;
    square[w + 1] = square[w]! + squares;
  }
  return ([first, end]: Window) =>
    model.bias + (weight[end]! - weight[first]!) / Math.sqrt(square[end]! - square[first]!);
}

/** Windows whose log odds are above a bound. */
function above(model: Linear, bound: number) {
  return (windows: Window[], features: ReturnType<typeof featuresOf>): Window[] => {
    const logitOf = logitsOf(model, features);
    return windows.filter((window) => logitOf(window) > bound);
  };
}

/** The stretches apart from each other that speak most for an injection. */
function worst(model: Linear) {
  return (windows: Window[], features: ReturnType<typeof featuresOf>): Window[] => {
    const logitOf = logitsOf(model, features);
    const chosen: Window[] = [];
    for (const window of windows
      .filter(([first, end]) => end - first >= shortestStretch)
      .map((window) => ({ window, logit: logitOf(window) }))
      .filter(({ logit }) => !Number.isNaN(logit))
      .sort((a, b) => b.logit - a.logit)
      .map(({ window }) => window)) {
      if (chosen.length === stretches) break;
      if (!chosen.some(([first, end]) => first < window[1] && window[0] < end)) chosen.push(window);
    }
    return chosen.flatMap((window) => Array.from({ length: repeats / stretches }, () => window));
  };
}

const direct: ReadonlySet<string> = new Set([...attackFamilies, ...takeoverFamilies].map(({ name }) => name));

/** Plain orders are what most attackers write: they count more. */
function samplesOf(name: string): number {
  if (name.includes("language")) return 400;
  return direct.has(name) ? 2400 : 1200;
}

const around = allBenign.filter(({ heldOut }) => !heldOut);

/** A text alone, or with a few words of honest text around it: as a window meets it. */
function amongOthers(text: () => string, random: Random): string {
  const words = (whole: string, most: number) => whole.split(/\s+/).slice(0, random.between(1, most)).join(" ");
  const before = random.chance(0.4) ? `${words(writeBenign(random.pick(around), random), 10)} ` : "";
  const behind = random.chance(0.35) ? ` ${words(writeBenign(random.pick(around), random), 8)}` : "";
  return before + text() + behind;
}

function attackRows(random: Random): Row[] {
  const rows: Row[] = [];
  for (const family of allAttacks) {
    if (family.heldOut) continue;
    const part = random.fork(family.name);
    for (let i = samplesOf(family.name); i > 0; i--) {
      rows.push(
        ...rowsOf(
          amongOthers(() => writeAttack(family, part), part),
          1,
          () => [[0, longest]],
        ),
      );
    }
  }
  return rows;
}

function benignRows(random: Random, documents: readonly string[]): Row[] {
  const rows: Row[] = [];
  for (const family of allBenign) {
    if (family.heldOut) continue;
    const part = random.fork(family.name);
    for (let i = family.name.includes("language") ? 200 : 1400; i > 0; i--) {
      rows.push(
        ...rowsOf(writeBenign(family, part), 0, (windows) => windows.filter((_, k) => k === 0 || part.chance(0.25))),
      );
    }
  }
  for (const text of documents)
    rows.push(...rowsOf(text, 0, (windows) => windows.filter(() => random.chance(windows.length < 8 ? 0.1 : 0.015))));
  return rows;
}

/** What somebody wrote. Nobody says which stretch of a long text is the attack: the one that the model so far takes for it. */
function writtenRows(model: Linear, random: Random, texts: readonly string[]): Row[] {
  return texts.flatMap((text) =>
    foldText(text).wordCount > longest
      ? rowsOf(text, 1, worst(model))
      : Array.from({ length: repeats }, () =>
          rowsOf(
            amongOthers(() => text, random),
            1,
            () => [[0, longest]],
          ),
        ).flat(),
  );
}

const attacksOf = (texts: readonly WrittenText[]) => texts.flatMap(({ attack }) => attack ?? []);
const honestOf = (texts: readonly WrittenText[]) => texts.flatMap(({ honest }) => honest ?? []);

/** All windows of honest texts near to injections: next to none of them looks honest by itself. */
function nearRows(texts: readonly string[]): Row[] {
  const rows = texts.flatMap((text) => rowsOf(text, 0, (windows) => windows));
  return Array.from({ length: honestRepeats }, () => rows).flat();
}

/** Windows of honest texts that the model takes for injections, or nearly. */
function mine(model: Linear, random: Random, documents: readonly string[]): Row[] {
  const rows: Row[] = [];
  const keep = (text: string) => rows.push(...rowsOf(text, 0, above(model, -2.5)));
  for (const text of documents) keep(text);
  for (const family of allBenign) {
    if (!family.heldOut) for (let i = 0; i < 600; i++) keep(writeBenign(family, random));
  }
  return rows;
}

/** Sentences and lines of a document. */
function sentencesOf(text: string): string[] {
  return text
    .split(/\n+|(?<=[.!?])\s+/)
    .filter((line) => /\p{L}{2,}[^\p{L}]+\p{L}{2,}/u.test(line) && line.length < 400);
}

/** All that is fitted to but the written texts. */
interface Material {
  readonly rows: readonly Row[];
  /** Honest texts among which it is looked for what a model is wrong about. */
  readonly honest: readonly string[];
  /** Attacks that others wrote, by folder. */
  readonly others: readonly (readonly string[])[];
}

function fitTexts({ rows: given, honest, others }: Material, texts: readonly WrittenText[], seed: string): Linear {
  const random = createRandom(`injection model ${seed}`);
  const rows = [...given, ...nearRows(honestOf(texts))];
  const model = createLinear();
  const options = { rate: 0.35, decay: 5e-6, positive, random };
  fitLinear(model, [...rows, ...writtenRows(model, random.fork("written"), attacksOf(texts))], {
    ...options,
    epochs: 2,
  });
  for (let round = 0; round <= lastRound; round++) {
    const mined = mine(model, random.fork(`mine ${round}`), honest);
    console.log(`round ${round}: ${mined.length} more honest windows`);
    for (const row of mined) rows.push(row);
    const attacks = [...others, attacksOf(texts)].flatMap((some) =>
      writtenRows(model, random.fork(`attacks ${round} ${some.length}`), some),
    );
    console.log(`round ${round}: ${attacks.length} windows of attacks that somebody wrote`);
    fitLinear(model, [...rows, ...attacks], { ...options, epochs: 2, average: round === lastRound });
  }
  return model;
}

/** The mean of several fits, in 8 bits and with any threshold: each meets the texts in another order and among other words. */
function fitModel(material: Material, texts: readonly WrittenText[], seed: string): InjectionModel {
  const model = createLinear();
  for (let member = 0; member < members; member++) {
    const { weights, bias } = fitTexts(material, texts, `${seed}, ${member}`);
    for (let bucket = 0; bucket < weights.length; bucket++) model.weights[bucket]! += weights[bucket]! / members;
    model.bias += bias / members;
  }
  const most = model.weights.reduce((top, weight) => Math.max(top, Math.abs(weight)), 0);
  const scale = Math.min(most, 12) / 127;
  const weights = Int8Array.from(model.weights, (weight) => Math.max(-127, Math.min(127, Math.round(weight / scale))));
  return readInjectionModel(
    writeInjectionModel({ scale, bias: model.bias, threshold: 0, hidden_threshold: 0 }, weights),
  );
}

const judge = (model: InjectionModel, texts: readonly string[]) =>
  texts.map((text) => worstStretch(model, foldText(text)).logit);

/** Log odds that a share of texts reaches. @throws where there are none */
function boundOf(logits: readonly number[], share: number): number {
  const bound = logits.toSorted((a, b) => b - a)[Math.floor(logits.length * share)];
  if (bound === undefined) throw new Error("There is no text to set the threshold on: install the packages first.");
  return bound;
}

/** Log odds of the honest written texts, each by a fit that has not seen it: one of fewer texts, whose log odds are much like the whole one's. */
function judgeNear(material: Material, texts: readonly WrittenText[]): number[] {
  const foldOf = ({ attack, honest }: WrittenText) => createRandom(attack ?? honest ?? "").below(folds);
  return Array.from({ length: folds }, (_, fold) => {
    const rest = texts.filter((text) => foldOf(text) !== fold);
    const model = fitModel(material, rest, `without fold ${fold}`);
    return judge(model, honestOf(texts.filter((text) => foldOf(text) === fold)));
  }).flat();
}

function main(): void {
  const random = createRandom("injection model 2");
  // A fifth of all packages sets the threshold, a fifth is for the evaluation alone.
  const documents = readHonestDocuments(root);
  const isOf = (name: string, part: number) => createRandom(name).below(5) === part;
  const pieces = documents.filter((one) => !isOf(one.package, 0) && !isOf(one.package, 1)).map(({ text }) => text);
  // Sentences on their own as well: short texts have no context that speaks for them.
  const pasted = foldersOf(process.env.SENTINEL_BENIGN_TEXT).flatMap((folder) =>
    readTextFolder(folder, { count: 60_000, seed: "injection" }).map(({ text }) => text),
  );
  const written = foldersOf(process.env.SENTINEL_HONEST_TEXT).map(readHonestTexts);
  const writtenOf = (isWanted: (part: number) => boolean) =>
    written.map((texts) => texts.filter((text) => isWanted(createRandom(text).below(5))));
  const writtenFitted = writtenOf((part) => part > 0).flat();
  const writtenSetting = writtenOf((part) => part === 0).flatMap((texts) => texts.slice(0, mostSetting));
  const honest = [
    ...[...pieces, ...writtenFitted].flatMap((text) => [text, ...(text.length > shortText ? sentencesOf(text) : [])]),
    ...pasted,
  ];
  const setting = documents.filter((one) => isOf(one.package, 0)).map(({ text }) => text);
  const others = foldersOf(process.env.SENTINEL_ATTACK_TEXT).map(readHonestTexts);
  const attacks = attackRows(random.fork("attacks"));
  const rows = [...attacks, ...benignRows(random.fork("benign"), honest)];
  const texts = readWrittenTexts();
  console.log(
    `${attacks.length} injections, ${rows.length - attacks.length} honest windows, ${honest.length} documents, ${others.flat().length} attacks that others wrote`,
  );
  console.log(`${attacksOf(texts).length} written injections, ${honestOf(texts).length} written honest texts`);
  const material: Material = { rows, honest, others };
  const model = fitModel(material, texts, "2");
  const generated = allBenign
    .filter((family) => !family.heldOut)
    .flatMap((family) => Array.from({ length: 400 }, () => writeBenign(family, random)));
  const many = [...setting, ...setting.flatMap(sentencesOf), ...generated];
  const bounds = {
    many: boundOf(judge(model, many), allowedFalse),
    pieces: boundOf(judge(model, setting), allowedPieces),
    near: boundOf(judgeNear(material, texts), allowedNear),
    ...(writtenSetting.length > 0 ? { others: boundOf(judge(model, writtenSetting), allowedWritten) } : {}),
  };
  const threshold = Math.max(0, ...Object.values(bounds)) + 1e-6;
  console.log(`threshold ${threshold.toFixed(2)} of ${JSON.stringify(bounds)}`);
  const { scale, bias } = model.header;
  const bytes = writeInjectionModel({ scale, bias, threshold, hidden_threshold: threshold - 1 }, model.weights);
  const file = join(root, "resources", "model", "injection.bin");
  writeFileSync(file, bytes);
  readInjectionModel(bytes);
  console.log(`${file}: ${bytes.length} bytes`);
}

main();
