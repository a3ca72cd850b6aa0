import { type EditUnit, neutralFor } from "./edit-units.ts";

/** A stretch of the value and what stands in its place; empty: it is deleted. */
export interface Edit {
  /** UTF-16 offsets in the value. */
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

export const change = { keep: 0, remove: 1, replace: 2 } as const;

/** What becomes of each unit of a value: one of `change`; shape [nUnits]. */
export type Choice = Uint8Array;

export function countChanged(choice: Choice): number {
  let changed = 0;
  for (const kind of choice) if (kind !== change.keep) changed++;
  return changed;
}

/** The value after the edit. */
export function writeEdited(text: string, units: readonly EditUnit[], choice: Choice): string {
  let edited = "";
  for (let i = 0; i < units.length; i++) {
    const unit = units[i]!;
    if (choice[i] === change.keep) edited += text.slice(unit.start, unit.end);
    else if (choice[i] === change.replace) edited += neutralFor(unit);
  }
  return edited;
}

/** The edits of a choice: neighbours of one kind as one. */
export function editsOf(units: readonly EditUnit[], choice: Choice): Edit[] {
  const edits: Edit[] = [];
  for (let i = 0; i < units.length; ) {
    const kind = choice[i]!;
    const from = i;
    let replacement = "";
    for (; i < units.length && choice[i] === kind; i++)
      if (kind === change.replace) replacement += neutralFor(units[i]!);
    if (kind !== change.keep) edits.push({ start: units[from]!.start, end: units[i - 1]!.end, replacement });
  }
  return edits;
}

/** Runs of letters and figures, runs of blanks, and every other unit alone; as indexes into `units`. */
export function groupIntoTokens(units: readonly EditUnit[]): number[][] {
  const tokens: number[][] = [];
  let last = "";
  for (const [i, { means }] of units.entries()) {
    const kind = /^[\p{L}\p{N}_]$/u.test(means) ? "word" : /^[\s+]$/.test(means) ? "blank" : "sign";
    if (kind !== "sign" && kind === last) tokens.at(-1)!.push(i);
    else tokens.push([i]);
    last = kind;
  }
  return tokens;
}
