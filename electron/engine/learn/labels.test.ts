import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type PayloadClass, payloadClasses } from "../../../shared/payload.ts";
import type { Principal } from "../base/principals.ts";
import { eventsAfter } from "../store/event-table.ts";
import { openKeyStore } from "../store/key-store.ts";
import { createSealer, findSealed, type Sealer } from "../store/seal.ts";
import { defineRead, type StoreHost, type StoreModule } from "../store/store.ts";
import { ana, ben, openAlertStore } from "../triage/fixture-alerts.ts";
import { countFlagged, flaggedLabels } from "./label-state.ts";
import { createLabels, type FoundSample, type LabelRoom } from "./labels.ts";
import { learnModule } from "./learn-module.ts";
import { modelModule } from "./registry/model-state.ts";
import { reportedSince } from "./reported-now.ts";
import { payloadSampleId } from "./sample-identity.ts";
import { samplesByIds } from "./sample-table.ts";
import { agreeOn, bySample } from "./statement.ts";
import { allStatements } from "./statement-reads.ts";

const tables = ["sample_labels", "label_exclusions", "false_positives", "false_positive_samples"];
/** Every row of the projections, as they stand. */
const rowsOf = defineRead(
  "test.rows",
  (db) => (_args: null) => tables.map((table) => db.prepare(`SELECT * FROM ${table} ORDER BY 1, 2`).all()),
);
const testModule: StoreModule = { name: "test", migrations: [], reads: [rowsOf], writes: [], projections: [] };

let folder: string;
let store: StoreHost;
let sealer: Sealer;
let labels: LabelRoom;
let now = 0;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sentinel-labels-"));
  sealer = createSealer(
    await openKeyStore({ directory: folder, ring: { current: "k", keys: { k: Buffer.alloc(32, 3) } } }),
  );
  store = openAlertStore(learnModule, modelModule, testModule);
  now = Date.UTC(2026, 5, 1);
  labels = createLabels({ store, sealer, clock: { now: () => now++ } });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

function sample(text: string, more: Partial<FoundSample> = {}): FoundSample {
  const id = payloadSampleId("query", text);
  return { id, kind: "payload", place: "query", text, evidenceId: "e1", campaign: null, said: null, ...more };
}

const word = (label: PayloadClass | null, more = {}) =>
  ({ label, flagged: false, resolves: false, note: null, source: "labelling", ...more }) as const;

async function agreed(): Promise<Record<string, PayloadClass | null>> {
  const { statements } = await store.read(allStatements, null);
  const known = await store.read(
    samplesByIds,
    statements.map((one) => one.sample),
  );
  const textOf = new Map(known.map(({ id, text }) => [id, text]));
  return Object.fromEntries(bySample(statements).map(([id, about]) => [textOf.get(id), agreeOn(about).label]));
}

describe("a label", () => {
  test("is one for each labeller, and can be taken back to what it was", async () => {
    await labels.set(sample("a"), word("xss"), ana);
    const changed = await labels.set(sample("a"), word("benign"), ana);
    await labels.set(sample("b"), word("xss"), ana);
    const disputed = await labels.set(sample("b"), word("csrf"), ben);
    expect(await agreed()).toEqual({ a: "benign", b: null });
    await labels.set(sample("b"), word("csrf", { resolves: true }), ben);
    expect(await agreed()).toEqual({ a: "benign", b: "csrf" });
    await store.undo(changed, ana);
    expect(await agreed()).toMatchObject({ a: "xss" });
    await expect(store.undo(disputed, ben)).rejects.toMatchObject({ code: "CONFLICT" });
  });

  test("that is only a flag says nothing of the class", async () => {
    await labels.set(sample("a"), word(null, { flagged: true, note: "odd" }), ana);
    expect(await agreed()).toEqual({});
  });

  test("flagged for others is so until one of them says what it is, or again once that is taken out", async () => {
    const flagged = async () => {
      const found = (await store.read(flaggedLabels, 10)).map(({ sample: of }) => of);
      expect(await store.read(countFlagged, null)).toBe(found.length);
      return found;
    };
    await labels.set(sample("b"), word("xss"), ben);
    await labels.set(sample("a"), word(null, { flagged: true }), ana);
    await labels.set(sample("b"), word(null, { flagged: true }), ana);
    expect(await flagged()).toEqual([sample("b").id, sample("a").id]);
    const since = now;
    const event = await labels.set(sample("a"), word("xss"), ben);
    expect(await flagged()).toEqual([sample("b").id]);
    const exclusion = await labels.exclude({ labeller: "ben", since, until: now }, ana);
    expect(await flagged()).toHaveLength(2);
    await store.undo(exclusion, ana);
    await store.undo(event, ben);
    expect(await flagged()).toHaveLength(2);
  });

  test("stands sealed in the log, text and note, and unreadable once its evidence was erased", async () => {
    await labels.set(sample("Zsecretpayload"), word("xss", { note: "Znote" }), ana);
    await labels.reportFalsePositive([sample("Zother")], { verdictId: "v", reason: "Zreason" }, ana);
    const log = JSON.stringify(await store.read(eventsAfter, { after: 0, limit: 99 }));
    expect(log).not.toMatch(/Z(secretpayload|note|other|reason)/);
    const open = () => Promise.all(findSealed(log).map(({ sealed }) => sealer.unseal(sealed)));
    expect((await open()).sort()).toEqual(["Znote", "Zother", "Zreason", "Zsecretpayload"]);
    await sealer.erase("e1");
    expect(await open()).toEqual([null, null, null, null]);
  });
});

describe("a report of a false positive", () => {
  test("is a benign label by whoever reported it, until they say otherwise", async () => {
    const { eventId } = await labels.reportFalsePositive(
      [sample("a"), sample("b")],
      { verdictId: null, reason: null },
      ana,
    );
    expect(await agreed()).toEqual({ a: "benign", b: "benign" });
    await labels.set(sample("a"), word("xss"), ana);
    expect(await agreed()).toEqual({ a: "xss", b: "benign" });
    await store.undo(eventId, ana);
    expect(await agreed()).toEqual({ a: "xss" });
  });
});

describe("false positives of a time", () => {
  const texts = async (since: number) => (await store.read(reportedSince, since)).map(({ text }) => text).sort();

  test("are all that were reported since, whether or not a version holds them", async () => {
    await labels.reportFalsePositive([sample("old")], { verdictId: null, reason: null }, ana);
    const since = now;
    await labels.reportFalsePositive([sample("a"), sample("b")], { verdictId: null, reason: null }, ana);
    expect(await texts(since)).toEqual(["a", "b"]);
    expect(await store.read(reportedSince, since)).toContainEqual({ id: sample("a").id, text: "a", place: "query" });
  });

  test("are also those that a person called benign while the model took them for an attack", async () => {
    const said = { class: "xss", confidence: 0.9 } as const;
    await labels.set(sample("labelled", { said }), word("benign"), ana);
    await labels.set(sample("added", { said }), word("benign", { source: "add-sample" }), ben);
    await labels.set(sample("attack", { said }), word("xss"), ana);
    expect(await texts(0)).toEqual(["added", "labelled"]);
    expect(await texts(now)).toEqual([]);
  });

  test("are those of which the labels still say so", async () => {
    const { eventId } = await labels.reportFalsePositive([sample("undone")], { verdictId: null, reason: null }, ana);
    await labels.reportFalsePositive(
      [sample("kept"), sample("disputed"), sample("settled"), sample("attack")],
      { verdictId: null, reason: null },
      ana,
    );
    await labels.set(sample("plain"), word("benign"), ana);
    await labels.set(sample("right", { said: { class: "benign", confidence: 0.9 } }), word("benign"), ana);
    await labels.set(sample("attack"), word("xss"), ana);
    await labels.set(sample("disputed"), word("xss"), ben);
    await labels.set(sample("settled"), word("xss"), ben);
    await labels.set(sample("settled"), word("benign", { resolves: true }), ben);
    await store.undo(eventId, ana);
    expect(await texts(0)).toEqual(["kept", "settled"]);
    await labels.exclude({ labeller: "ana", since: 0, until: now }, ben);
    expect(await texts(0)).toEqual([]);
  });
});

test("what one labeller said in a stretch of time is taken out, and put back by one undo", async () => {
  await labels.set(sample("before"), word("xss"), ana);
  const since = now;
  await labels.set(sample("a"), word("benign"), ana);
  await labels.reportFalsePositive([sample("b")], { verdictId: null, reason: null }, ana);
  await labels.set(sample("a"), word("xss"), ben);
  const until = now;
  const event = await labels.exclude({ labeller: "ana", since, until }, ben);
  expect(await agreed()).toEqual({ before: "xss", a: "xss" });
  await store.undo(event, ben);
  expect(await agreed()).toEqual({ before: "xss", a: null, b: "benign" });
});

/** One step of a random history. */
type Step =
  | { kind: "label"; text: string; who: number; label: PayloadClass; resolves: boolean }
  | { kind: "flag"; text: string; who: number }
  | { kind: "report"; texts: string[]; who: number }
  | { kind: "exclude"; who: number };

const text = fc.constantFrom("a", "b", "c", "ö‮ \0 x");
const who = fc.nat(1);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant("label" as const),
    text,
    who,
    label: fc.constantFrom(...payloadClasses),
    resolves: fc.boolean(),
  }),
  fc.record({ kind: fc.constant("flag" as const), text, who }),
  fc.record({ kind: fc.constant("report" as const), texts: fc.uniqueArray(text, { minLength: 1 }), who }),
  fc.record({ kind: fc.constant("exclude" as const), who }),
);

const people: readonly Principal[] = [ana, ben];

async function perform(one: Step): Promise<string> {
  const by = people[one.who]!;
  switch (one.kind) {
    case "label":
      return await labels.set(sample(one.text), word(one.label, { resolves: one.resolves, note: "n" }), by);
    case "flag":
      return await labels.set(sample(one.text), word(null, { flagged: true }), by);
    case "report": {
      const found = one.texts.map((each) => sample(each));
      return (await labels.reportFalsePositive(found, { verdictId: null, reason: "r" }, by)).eventId;
    }
    case "exclude":
      return await labels.exclude({ labeller: by.actor, since: 0, until: now }, by);
  }
}

test("whatever is done and undone, the rows are the same as before, also when they are built anew", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 8 }),
      fc.array(step, { minLength: 1, maxLength: 8 }),
      async (kept, undone) => {
        for (const one of kept) await perform(one);
        const before = await store.read(rowsOf, null);
        const events: string[] = [];
        for (const one of undone) events.push(await perform(one));
        for (const event of events.toReversed()) await store.undo(event, ana);
        expect(await store.read(rowsOf, null)).toEqual(before);
        await store.rebuild();
        expect(await store.read(rowsOf, null)).toEqual(before);
      },
    ),
    { numRuns: 25 * Number(process.env.TORTURE ?? 1) },
  );
});
