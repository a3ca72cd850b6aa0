import { createHash } from "node:crypto";
import type { Split } from "../../../shared/dataset.ts";
import { contentId } from "../base/ids.ts";
import { createUnions } from "./near-duplicates.ts";

/** Share of the groups that goes into each split. */
export const splitShares: Readonly<Record<Split, number>> = { train: 0.7, validation: 0.15, test: 0.15 };

/** Share of all rows from which on campaigns no longer hold a group together: it would decide the size of a split by itself. */
const largestCampaign = 0.1;
/** Share of all rows from which on a group goes to training: a test of many near-duplicates says little. */
const largestOutsideTraining = 0.05;
/** Rows below which neither is asked. */
const fewRows = 50;

/** The split of a group: depends on its key alone. */
export function splitOf(group: string): Split {
  const digest = createHash("sha256").update(`split ${group}`).digest();
  const share = digest.readUIntBE(0, 6) / 2 ** 48;
  if (share < splitShares.train) return "train";
  return share < splitShares.train + splitShares.validation ? "validation" : "test";
}

/** A row that is to be put into a split. */
export interface Splittable {
  readonly id: string;
  /** Index of the first row of its near-duplicates. */
  readonly duplicates: number;
  readonly campaign: string | null;
  /** Name of what it is counted with whatever other rows there are: see `unitOf`. Asked for where a new group begins with it. */
  readonly unit: () => string;
  /** Whether it was reported as a false positive: then it is to be learned from. */
  readonly isReported: boolean;
  /** Where the versions that held it put it; null: none did. */
  readonly kept: { readonly split: Split; readonly group: string } | null;
}

export interface Placed {
  readonly group: string;
  readonly split: Split;
}

/**
 * Puts rows into splits, so that near-duplicates, and what one client did on one day, are on one side.
 *
 * A row keeps the split that it had before. A new one follows, in this order: its near-duplicates that have a split, its campaign's, and
 * else the hash of its group. A new row between near-duplicates of two splits would be known to both sides: it is left out. A group
 * that campaigns join to more than a tenth of all rows is held together by near-duplicates alone; one that still has more than a
 * twentieth of them is for training.
 *
 * A group in which a false positive was reported is for training, too, also where it was held out before: a model that must not see it
 * cannot be corrected by it. Nothing ever goes the other way, so that what was fitted to is never tested on.
 *
 * @param rows in the order of their ids
 * @returns for each row its place; null: left out. Depends on the rows alone, not on the order in which they came
 */
export function placeRows(rows: readonly Splittable[]): (Placed | null)[] {
  const campaigns = joinCampaigns(rows);
  const alike = Map.groupBy(
    rows.map((_, i) => i),
    (i) => rows[i]!.duplicates,
  );
  const wide = Map.groupBy([...alike.keys()], (first) => campaigns.find(first));
  const placed = new Array<Placed | null>(rows.length).fill(null);
  for (const firsts of wide.values()) {
    const group = nameGroup(rows[Math.min(...firsts)]!, campaigns.isDivided(firsts[0]!));
    const members = firsts.map((first) => alike.get(first)!);
    const known = keptOf(rows, members.flat());
    // What has a split already may be on several sides: earlier versions did not know that it belongs together.
    const size = members.reduce((sum, near) => sum + near.length, 0);
    const isLarge = size > Math.max(fewRows, rows.length * largestOutsideTraining);
    const isReported = members.flat().some((i) => rows[i]!.isReported);
    const common = known[0] ?? { group, split: isLarge || isReported ? "train" : splitOf(group) };
    for (const near of members) {
      const kept = keptOf(rows, near);
      if (isReported) {
        for (const i of near) placed[i] = { group: (rows[i]!.kept ?? kept[0] ?? common).group, split: "train" };
        continue;
      }
      const sides = new Set(kept.map(({ split }) => split));
      const own = kept[0] ?? common;
      for (const i of near) placed[i] = rows[i]!.kept ?? (sides.size > 1 ? null : own);
    }
  }
  return placed;
}

/**
 * Named by its first row's unit, so that it is on the side that federated updates know of that unit; of a campaign that is divided, by
 * the row.
 */
function nameGroup({ id, campaign, unit }: Splittable, isDivided: boolean): string {
  return isDivided && campaign !== null ? contentId("group", id) : groupOfUnit(unit());
}

/** Name of the group that begins with a row of a unit. */
export function groupOfUnit(unit: string): string {
  return contentId("group", unit);
}

/** The places that rows have kept, the smallest group first. */
function keptOf(rows: readonly Splittable[], members: readonly number[]): Placed[] {
  return members
    .flatMap((i) => rows[i]!.kept ?? [])
    .sort((a, b) => (a.group < b.group ? -1 : a.group > b.group ? 1 : 0));
}

/** Joins the first rows of near-duplicates that share a campaign. */
function joinCampaigns(rows: readonly Splittable[]) {
  const joined = createUnions(rows.length);
  const firstOf = new Map<string, number>();
  for (const { duplicates, campaign } of rows) {
    if (campaign === null) continue;
    const first = firstOf.get(campaign);
    if (first === undefined) firstOf.set(campaign, duplicates);
    else joined.join(first, duplicates);
  }
  const sizes = new Map<number, number>();
  for (const { duplicates } of rows) {
    const root = joined.find(duplicates);
    sizes.set(root, (sizes.get(root) ?? 0) + 1);
  }
  const most = Math.max(fewRows, rows.length * largestCampaign);
  const isDivided = (first: number) => (sizes.get(joined.find(first)) ?? 0) > most;
  return { isDivided, find: (first: number) => (isDivided(first) ? first : joined.find(first)) };
}
