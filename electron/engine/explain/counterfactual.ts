import type { Place } from "../../../shared/payload.ts";
import { findingThreshold } from "../detect/analysis/finding-list.ts";
import { canonicalize } from "../detect/canonical/canonicalize.ts";
import { attackScore } from "../detect/features/score-features.ts";
import type { ClassifierOutput, PayloadClassifier } from "../detect/payload.ts";
import { readBase64, throughBase64 } from "./base64-value.ts";
import { type Choice, change, countChanged, type Edit, editsOf, groupIntoTokens, writeEdited } from "./edit-choice.ts";
import { cutIntoUnits } from "./edit-units.ts";

/** An edit after which the value is judged benign; it was scored as it is shown. */
export interface Counterfactual {
  /** In order, without overlaps or neighbours of one kind; of `source`. */
  readonly edits: readonly Edit[];
  /** What was edited: the value as it stood, or what it says where it is one Base64 text. */
  readonly source: string;
  /** The value after the edits. */
  readonly text: string;
  /** Characters deleted or replaced; an escape counts as the one character that it stands for. */
  readonly changed: number;
  /**
   * `exhaustive`: it is one character, or of two, and each single one was tried, deleted and replaced by a neutral one, in vain;
   * `within_budget`: no smaller one was found.
   */
  readonly minimal: "exhaustive" | "within_budget";
  readonly after: ClassifierOutput;
}

export interface CounterfactualSearch {
  readonly before: ClassifierOutput;
  /** Null: the value is no attack, or no edit short of removing it all was found to change that. */
  readonly found: Counterfactual | null;
  /** Edited values that were scored. */
  readonly scored: number;
}

/**
 * Work that a search may spend, in characters read (and `perScore` for each value scored): about 20 ms. Counted and not timed, so
 * that the same value always gives the same answer.
 */
const workBudget = 60_000;
const perScore = 60;
/** Share of the budget that trying every single change may take; beyond it, changes are tried token by token. */
const singlesShare = 0.4;
const pairsShare = 0.3;

export function isAttack(output: ClassifierOutput): boolean {
  return output.class !== "benign" && attackScore(output) >= findingThreshold;
}

const flips = (score: number | null) => score !== null && score < findingThreshold;

/**
 * The smallest edit of a value that makes the classifier call it benign: characters deleted, or replaced by neutral ones where that
 * takes fewer. What the classifier points at is deleted first and cut back to what is needed; then single characters are tried all,
 * and pairs, larger sets and stretches with the most telling ones first, as far as the budget goes. Every edit is scored as a whole
 * value before it is returned. Deterministic.
 * Source: Wachter, Mittelstadt & Russell 2018, "Counterfactual explanations without opening the black box"; cutting back as in
 * Zeller & Hildebrandt 2002, "Simplifying and isolating failure-inducing input".
 */
export function findCounterfactual(
  classifier: PayloadClassifier,
  text: string,
  place: Place | undefined,
): CounterfactualSearch {
  const inside = readBase64(text);
  if (inside === null) return search(classifier, text, place);
  const result = search(throughBase64(classifier, inside), inside.text, place);
  const { found } = result;
  return found === null ? result : { ...result, found: { ...found, text: inside.write(found.text) } };
}

function search(classifier: PayloadClassifier, text: string, place: Place | undefined): CounterfactualSearch {
  const context = place === undefined ? undefined : { place };
  const before = classifier.classify(text, context);
  if (!isAttack(before)) return { before, found: null, scored: 0 };
  const units = cutIntoUnits(text);
  const n = units.length;
  const cost = canonicalize(text, context).layers.reduce((sum, layer) => sum + layer.text.length, perScore);
  let work = workBudget;
  let scored = 0;
  let best: { choice: Choice; changed: number; after: ClassifierOutput } | null = null;
  const bestSize = () => best?.changed ?? Number.POSITIVE_INFINITY;

  /** Scores a choice, and keeps it when it flips the value and is smaller than the best. @returns its attack score; null: no budget */
  function attempt(choice: Choice): number | null {
    if (work < cost) return null;
    const edited = writeEdited(text, units, choice);
    if (edited.trim() === "") return 1;
    work -= cost;
    scored++;
    const after = classifier.score(edited, context);
    // Another class than benign keeps it an attack, whatever the score.
    if (after.class !== "benign") return Math.max(attackScore(after), findingThreshold);
    const changed = countChanged(choice);
    if (flips(attackScore(after)) && changed < bestSize()) best = { choice: choice.slice(), changed, after };
    return attackScore(after);
  }

  /** Attack score after changing each piece alone; null when the budget ended it. */
  function trySingles(pieces: readonly (readonly number[])[], kind: number): Float64Array | null {
    const scores = new Float64Array(pieces.length);
    const choice = new Uint8Array(n);
    for (const [p, piece] of pieces.entries()) {
      for (const i of piece) choice[i] = kind;
      const score = attempt(choice);
      for (const i of piece) choice[i] = change.keep;
      if (score === null) return null;
      scores[p] = score;
    }
    return scores;
  }

  /** Pairs, those of the most telling singles first, until one is enough or the budget's share is spent. */
  function tryPairs(order: readonly number[], kinds: Uint8Array): void {
    const limit = work - workBudget * pairsShare;
    const choice = new Uint8Array(n);
    for (let sum = 1; sum < 2 * order.length - 2; sum++) {
      for (let a = Math.max(0, sum - order.length + 1); a < sum - a; a++) {
        const pair = [order[a]!, order[sum - a]!];
        for (const i of pair) choice[i] = kinds[i]!;
        const score = attempt(choice);
        for (const i of pair) choice[i] = change.keep;
        if (score === null || flips(score) || work < limit) return;
      }
    }
  }

  /** Deletes what the classifier points at, round by round, until what is left is benign. */
  function followSpans(): void {
    const choice = new Uint8Array(n);
    while (work >= workBudget / 2) {
      work -= 2 * cost;
      const { spans } = classifier.classify(writeEdited(text, units, choice), context);
      let at = 0;
      let changed = false;
      for (const [i, { start, end }] of units.entries()) {
        if (choice[i] !== change.keep) continue;
        const from = at;
        at += end - start;
        if (!spans.some((span) => from < span.end && at > span.start)) continue;
        choice[i] = change.remove;
        changed = true;
      }
      const score = changed ? attempt(choice) : null;
      if (score === null) return;
      if (flips(score)) {
        cutBack(choice);
        return;
      }
    }
  }

  /** Changes the most telling pieces, half as many more each time, until it is benign. */
  function growFrom(order: readonly (readonly number[])[], kinds: Uint8Array): void {
    const choice = new Uint8Array(n);
    let taken = 0;
    for (let size = 3; taken < order.length; size += Math.ceil(size / 2)) {
      for (; taken < Math.min(size, order.length); taken++) for (const i of order[taken]!) choice[i] = kinds[i]!;
      const score = attempt(choice);
      if (score === null) return;
      if (flips(score)) {
        cutBack(choice);
        return;
      }
    }
  }

  /** Takes back what was not needed: halves first, then smaller parts, then single characters. */
  function cutBack(choice: Choice): void {
    for (let size = countChanged(choice) >> 1; size >= 1; ) {
      let taken = false;
      const changed = units.map((_, i) => i).filter((i) => choice[i] !== change.keep);
      for (let from = 0; from < changed.length; from += size) {
        const part = changed.slice(from, from + size);
        const kinds = part.map((i) => choice[i]!);
        for (const i of part) choice[i] = change.keep;
        const score = attempt(choice);
        if (score === null) return;
        if (flips(score)) taken = true;
        else for (const [k, i] of part.entries()) choice[i] = kinds[k]!;
      }
      if (size > 1 || !taken) size >>= 1;
    }
  }

  /** Deletes every stretch shorter than the best edit, short ones first. */
  function tryStretches(): void {
    for (let length = 2; length < Math.min(bestSize(), n); length++) {
      const choice = new Uint8Array(n).fill(change.remove, 0, length);
      for (let from = 0; ; from++) {
        const score = attempt(choice);
        if (score === null || flips(score)) return;
        if (from + length >= n) break;
        choice[from] = change.keep;
        choice[from + length] = change.remove;
      }
    }
  }

  followSpans();
  const single = units.map((_, i) => [i]);
  const isShort = 2 * n * cost <= work * singlesShare;
  const pieces = isShort ? single : groupIntoTokens(units);
  const inOrder = (telling: (p: number) => number) =>
    pieces.map((_, p) => p).sort((a, b) => telling(a) - telling(b) || a - b);
  const unitsOf = (order: readonly number[]) => order.map((p) => pieces[p]!);
  const removed = trySingles(pieces, change.remove);
  if (removed !== null && bestSize() > 2) {
    growFrom(unitsOf(inOrder((p) => removed[p]!)), new Uint8Array(n).fill(change.remove));
  }
  const replaced = removed === null || bestSize() === 1 ? null : trySingles(pieces, change.replace);
  /** With all single changes tried, an edit of two characters has nothing smaller below it. */
  const singlesTried = isShort && replaced !== null;
  if (removed !== null && replaced !== null && bestSize() > 2) {
    const kinds = new Uint8Array(n);
    for (const [p, piece] of pieces.entries()) {
      for (const i of piece) kinds[i] = replaced[p]! < removed[p]! ? change.replace : change.remove;
    }
    const either = inOrder((p) => Math.min(removed[p]!, replaced[p]!));
    growFrom(unitsOf(either), kinds);
    if (bestSize() > 2 && isShort) tryPairs(either, kinds);
    if (bestSize() > 2) tryStretches();
  }
  return { before, found: describe(), scored };

  function describe(): Counterfactual | null {
    if (best === null) return null;
    const { choice, changed, after } = best;
    return {
      edits: editsOf(units, choice),
      source: text,
      text: writeEdited(text, units, choice),
      changed,
      minimal: changed === 1 || (changed === 2 && singlesTried) ? "exhaustive" : "within_budget",
      after,
    };
  }
}
