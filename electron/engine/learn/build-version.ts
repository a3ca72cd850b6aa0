import type { DatasetCounts, Quality } from "../../../shared/dataset.ts";
import { type PayloadClass, payloadClasses } from "../../../shared/payload.ts";
import { groupNearDuplicates } from "./near-duplicates.ts";
import { unitOf } from "./row-unit.ts";
import type { KnownSample } from "./sample-table.ts";
import { type Placed, placeRows, type Splittable } from "./split.ts";
import { agreeOn, bySample, type Statement } from "./statement.ts";
import type { FileRow, VersionRow } from "./version-file.ts";

const dayMs = 86_400_000;

/** What a version is made of. */
export interface VersionSources {
  readonly statements: Iterable<Statement>;
  /** Samples by id; one that is missing was erased. */
  readonly samples: ReadonlyMap<string, KnownSample>;
  readonly campaigns: ReadonlyMap<string, string>;
  /** Places that samples have had since the first version that held them. */
  readonly kept: ReadonlyMap<string, Placed>;
  /** Epoch milliseconds. */
  readonly now: number;
}

interface Settled extends Pick<VersionRow, "id" | "label" | "source" | "labelled_at" | "false_positive"> {
  readonly sample: KnownSample;
}

/** What a version holds, in the order of the ids, and how good it is. */
export interface BuiltVersion {
  readonly rows: readonly VersionRow[];
  /** What its file holds: these and those of no split. */
  readonly whole: readonly FileRow[];
  readonly counts: DatasetCounts;
  readonly quality: Quality;
}

/** Turns what is said of samples into the rows of a version: those on which all agree, each in its split. */
export function buildVersion(sources: VersionSources): BuiltVersion {
  const { settled, disagreements, erased } = settle(sources);
  const duplicates = findDuplicates(settled);
  const campaignOf = ({ id }: Settled) => sources.campaigns.get(id) ?? null;
  const places = placeRows(
    settled.map((row, i): Splittable => {
      const kept = sources.kept.get(row.id) ?? null;
      const isReported = row.false_positive;
      const campaign = campaignOf(row);
      const unit = () => unitOf({ ...row.sample, campaign });
      return { id: row.id, duplicates: duplicates[i]!, campaign, unit, isReported, kept };
    }),
  );
  const rows: VersionRow[] = [];
  const whole: FileRow[] = [];
  const held: number[] = [];
  for (const [i, { sample, ...row }] of settled.entries()) {
    const place = places[i];
    if (place == null) {
      whole.push({ ...row, kind: sample.kind, split: null, group: null });
      continue;
    }
    const placed = { ...row, kind: sample.kind, split: place.split, group: place.group };
    rows.push(placed);
    whole.push(placed);
    held.push(i);
  }
  const campaigns = new Map<string, Set<string>>();
  for (const [n, i] of held.entries()) {
    const campaign = campaignOf(settled[i]!);
    if (campaign === null) continue;
    campaigns.set(campaign, (campaigns.get(campaign) ?? new Set()).add(rows[n]!.split));
  }
  const counts = countRows(rows);
  return {
    rows,
    whole,
    counts,
    quality: {
      balance: balanceOf(counts.by_class),
      ...judgeDuplicates(
        held.map((i) => settled[i]!),
        held.map((i) => duplicates[i]!),
      ),
      disagreements,
      between_splits: settled.length - rows.length,
      erased,
      divided_campaigns: [...campaigns.values()].filter((sides) => sides.size > 1).length,
      false_positives: rows.filter((row) => row.false_positive).length,
      ...agesOf(rows, sources.now),
    },
  };
}

function settle({ statements, samples }: VersionSources) {
  const settled: Settled[] = [];
  let [disagreements, erased] = [0, 0];
  for (const [id, about] of bySample(statements)) {
    const { label, standing } = agreeOn(about);
    const sample = samples.get(id);
    if (label === null) disagreements++;
    else if (sample === undefined) erased++;
    else {
      settled.push({
        id,
        sample,
        label,
        source: standing[0]!.source,
        labelled_at: standing.at(-1)!.at,
        false_positive: label === "benign" && about.some(({ isFalsePositive }) => isFalsePositive),
      });
    }
  }
  return { settled, disagreements, erased };
}

/** For each row the index of the first of its near-duplicates; sessions have none. */
function findDuplicates(settled: readonly Settled[]): number[] {
  const payloads = settled.flatMap((row, i) => (row.sample.kind === "payload" ? [i] : []));
  const firsts = groupNearDuplicates(payloads.map((i) => settled[i]!.sample));
  const duplicates = settled.map((_, i) => i);
  for (const [n, i] of payloads.entries()) duplicates[i] = payloads[firsts[n]!]!;
  return duplicates;
}

export function countRows(rows: readonly Pick<VersionRow, "kind" | "label" | "split" | "source">[]): DatasetCounts {
  const by_class: Partial<Record<PayloadClass, number>> = {};
  const by_source: Record<string, number> = {};
  const by_split = { train: 0, validation: 0, test: 0 };
  const none = () => payloadClasses.map(() => 0);
  const by_split_class = { train: none(), validation: none(), test: none() };
  let sessions = 0;
  for (const { kind, label, split, source } of rows) {
    by_class[label] = (by_class[label] ?? 0) + 1;
    by_source[source] = (by_source[source] ?? 0) + 1;
    by_split[split]++;
    by_split_class[split][payloadClasses.indexOf(label)]!++;
    if (kind === "session") sessions++;
  }
  return { rows: rows.length, sessions, by_class, by_split, by_split_class, by_source };
}

/** Of no rows at all. */
export const noCounts: DatasetCounts = countRows([]);

/** Entropy of the classes over that of as many rows in each of the seven; 0 for one class or none. */
function balanceOf(byClass: DatasetCounts["by_class"]): number {
  const counts = Object.values(byClass);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const entropy = counts.reduce((sum, count) => sum - (count / total) * Math.log(count / total), 0);
  return total === 0 ? 0 : Math.min(1, Math.max(0, entropy / Math.log(payloadClasses.length)));
}

function judgeDuplicates(settled: readonly Settled[], duplicates: readonly number[]) {
  const texts = new Map<string, number>();
  const groups = new Map<number, { rows: number; labels: Set<PayloadClass> }>();
  for (const [i, { sample, label }] of settled.entries()) {
    if (sample.kind !== "payload") continue;
    texts.set(sample.text, (texts.get(sample.text) ?? 0) + 1);
    const group = groups.get(duplicates[i]!) ?? { rows: 0, labels: new Set() };
    group.rows++;
    group.labels.add(label);
    groups.set(duplicates[i]!, group);
  }
  const several = (counts: Iterable<number>) => [...counts].filter((n) => n > 1).reduce((sum, n) => sum + n, 0);
  return {
    repeated_texts: several(texts.values()),
    near_duplicates: several([...groups.values()].map(({ rows }) => rows)),
    contradicting_groups: [...groups.values()].filter(({ labels }) => labels.size > 1).length,
  };
}

function agesOf(rows: readonly VersionRow[], now: number) {
  const days = rows.map((row) => Math.max(0, (now - row.labelled_at) / dayMs)).sort((a, b) => a - b);
  const median = days[Math.floor(days.length / 2)];
  const round = (age: number | undefined) => (age === undefined ? null : Math.round(age * 10) / 10);
  return { median_age_days: round(median), oldest_age_days: round(days.at(-1)) };
}
