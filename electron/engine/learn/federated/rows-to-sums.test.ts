import { afterEach, beforeAll, expect, test } from "vitest";
import type { PayloadClass } from "../../../../shared/payload.ts";
import { defineWrite, type StoreHost, type StoreModule } from "../../store/store.ts";
import { ana, clock, openAlertStore } from "../../triage/fixture-alerts.ts";
import { memoryBlobs } from "../fixture-blobs.ts";
import { generateRows } from "../fixture-rows.ts";
import { learnModule } from "../learn-module.ts";
import { makeVersion } from "../make-version.ts";
import { readDatasetVersion, readLocalSources } from "../read-version.ts";
import { modelModule } from "../registry/model-state.ts";
import { unitOf } from "../row-unit.ts";
import type { DatasetRow } from "../sample.ts";
import { payloadSampleId } from "../sample-identity.ts";
import { storeSamples } from "../sample-table.ts";
import { createRandom } from "../training/random.ts";
import { datasetEntity, settleHeldRows, versionMade } from "../version-state.ts";
import { loadShippedBase } from "./fixture-base.ts";
import { type LocalSource, toLocalGroups } from "./local-groups.ts";
import { contribute, type LocalGroup, sumOfGroups } from "./local-update.ts";
import { createPublicFrame, type PublicFrame, updateSize } from "./public-frame.ts";

interface Said {
  readonly text: string;
  readonly label: PayloadClass;
  readonly campaign: string | null;
  /** Which of two versions it comes with. */
  readonly round: 1 | 2;
}

/** What a file of labels leaves behind, without a file for each row. */
const labelAll = defineWrite("test.label_all", (db) => {
  const insert = db.prepare(
    `INSERT INTO sample_labels (id, sample, text, labeller, kind, label, at, source, flagged, resolves) VALUES (?, ?, '', 'ana', 'payload', ?, 1, 'labelling', 0, 0)`,
  );
  return (rows: readonly { id: string; label: string }[]): null => {
    for (const { id, label } of rows) insert.run(id, id, label);
    return null;
  };
});
const testModule: StoreModule = { name: "test", migrations: [], reads: [], writes: [labelAll], projections: [] };

let frame: PublicFrame;
const stores: StoreHost[] = [];
beforeAll(() => {
  frame = createPublicFrame(loadShippedBase());
}, 60_000);
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});

/** Two versions, the second of all rows, each put into the log; what an update reads of the second, and what a training does. */
async function readThrough(rows: readonly Said[]): Promise<{ sources: readonly LocalSource[]; learned: DatasetRow[] }> {
  const store = openAlertStore(learnModule, modelModule, testModule);
  stores.push(store);
  const blobs = memoryBlobs();
  let last = "";
  for (const round of [1, 2] as const) {
    const now = rows.filter((row) => row.round === round);
    const samples = now.map(({ text, campaign }) => {
      const id = payloadSampleId("query", text);
      return { id, kind: "payload", place: "query", text, origin: "file:x", campaign } as const;
    });
    await store.write(storeSamples, samples);
    await store.write(
      labelAll,
      now.map(({ label }, i) => ({ id: samples[i]!.id, label })),
    );
    const { id, ...made } = await makeVersion({ store, blobs }, clock.now(), new AbortController().signal, () => {});
    const payload = { ...made, parent: null, by: "ana", at: clock.now(), why: null };
    const draft = {
      entityType: datasetEntity,
      entityId: id,
      baseVersion: 0,
      kind: versionMade,
      payload,
      inverse: null,
    };
    await store.append([draft], ana, [{ write: settleHeldRows, args: id }]);
    last = id;
  }
  const { version } = await readDatasetVersion({ store, blobs }, last);
  const learned = version.rows.filter(({ split }) => split === "train");
  return { sources: (await readLocalSources({ store, blobs }, last)).rows, learned };
}

const nothing = new Float64Array(updateSize);
const sumOf = (groups: readonly LocalGroup[]) => sumOfGroups(groups, nothing).sum;
const groupsOfVersion = (rows: readonly DatasetRow[]) => new Set(rows.map(({ group }) => group)).size;

/**
 * As hostile to grouping as it gets: a campaign of just a tenth of all rows, one that is larger, near-duplicates in chains, and values that
 * come later and stand between what was put on two sides before.
 */
function hostileRows(): Said[] {
  const random = createRandom("between");
  const texts = generateRows("hostile", 1400).map(({ text, label }) => ({ text, label }));
  const ordinary = texts.slice(0, 797).map((one, i): Said => ({ ...one, campaign: null, round: i % 3 === 0 ? 2 : 1 }));
  const campaign = texts.slice(797, 899).map((one): Said => ({ ...one, campaign: "client a", round: 2 }));
  const large = texts.slice(899, 1009).map((one, i): Said => ({ ...one, campaign: "client b", round: i % 2 ? 1 : 2 }));
  const words = "abcdefghij".split("").map((letter) => letter.repeat(9));
  const chains = Array.from({ length: 120 }, (_, i): Said => {
    const from = random.below(7);
    const said = `1' UNION SELECT ${words.slice(from, from + 4).join(",")} FROM t${random.pick(["ab", "cd"])} -- ${"xyz".repeat(random.below(3))}`;
    return {
      text: `${said}${i}`,
      label: "sql_injection",
      campaign: random.chance(0.2) ? `c${i % 9}` : null,
      round: i < 40 ? 1 : 2,
    };
  });
  const all = new Map([...ordinary, ...campaign, ...large, ...chains].map((row) => [row.text, row]));
  return [...all.values()];
}

test("taking any one group away changes the sum by that group's own term, from the labels on", async () => {
  const rows = hostileRows();
  const { sources, learned } = await readThrough(rows);
  const whole = sumOf(toLocalGroups(sources, frame));
  const place = (row: Said) => unitOf({ text: row.text, place: "query", campaign: row.campaign });
  const units = [...Map.groupBy(rows, place)].sort((a, b) => b[1].length - a[1].length);
  // The largest, those of chains, and some that are one row each.
  const taken = [...units.slice(0, 3), ...units.filter((_, i) => i % 300 === 299)];
  const own = new Float64Array(updateSize);
  let moved = 0;
  for (const [unit, gone] of taken) {
    const rest = await readThrough(rows.filter((row) => place(row) !== unit));
    const left = sumOf(toLocalGroups(rest.sources, frame));
    const difference = whole.map((x, i) => x - left[i]!);
    const [group] = toLocalGroups(
      sources.filter((row) => unitOf(row) === unit),
      frame,
    );
    if (group === undefined) own.fill(0);
    else contribute(group, nothing, own);
    expect([...difference], `${gone.length} rows of ${unit}`).toEqual([...own].map((x) => x + 0));
    expect(difference.reduce((total, x) => total + x * x, 0)).toBeLessThanOrEqual(2 ** 32);
    moved = Math.max(moved, Math.abs(groupsOfVersion(learned) - groupsOfVersion(rest.learned)));
  }
  // The groups of the versions are no such thing: this test would see it.
  expect(moved).toBeGreaterThan(10);
}, 240_000);

test("one unrelated row more changes no group: a campaign of a tenth of the rows stays one", async () => {
  const texts = generateRows("thousand", 1100).map(
    ({ text, label }): Said => ({ text, label, campaign: null, round: 2 }),
  );
  const rows = texts.slice(0, 1019).map((row, i) => (i < 102 ? { ...row, campaign: "client" } : row));
  const [before, after] = [await readThrough(rows), await readThrough([...rows, texts[1019]!])];
  expect(groupsOfVersion(before.learned) - groupsOfVersion(after.learned)).toBeGreaterThan(10);
  const [fewer, more] = [before, after].map(({ sources }) => toLocalGroups(sources, frame).length);
  expect(more! - fewer!).toBeGreaterThanOrEqual(0);
  expect(more! - fewer!).toBeLessThanOrEqual(1);
}, 120_000);
