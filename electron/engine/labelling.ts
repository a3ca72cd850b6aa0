import { SentinelError } from "../../shared/errors.ts";
import type { LabelTask, SaidLabel } from "../../shared/label.ts";
import type { PayloadClass, Place } from "../../shared/payload.ts";
import { canonicalJson } from "./base/canonical-json.ts";
import { toInstant } from "./base/clock.ts";
import { contentId } from "./base/ids.ts";
import type { Principal } from "./base/principals.ts";
import type { ClassifierOutput } from "./detect/payload.ts";
import type { FindingRecord } from "./detect/verdicts/verdict-record.ts";
import { findingsOfVerdict, findVerdict, type VerdictRow } from "./detect/verdicts/verdict-tables.ts";
import type { Engine } from "./engine-interface.ts";
import type { LabelProgress } from "./label-progress.ts";
import { describeFinding, describeKept, describeSession, toScored, verdictOfSession } from "./label-views.ts";
import type { Unlabelled } from "./learn/label-candidates.ts";
import type { LabelQueue } from "./learn/label-queue.ts";
import { flaggedLabels, labelById, labelEntityId, labelsOfSamples } from "./learn/label-state.ts";
import { isDisputed, type LabelSurvey, samplesOfAlerts } from "./learn/label-survey.ts";
import type { FoundSample, LabelRoom } from "./learn/labels.ts";
import { campaignOf, longestSample, maskSample, payloadSampleId } from "./learn/sample-identity.ts";
import { samplesByIds, storeSamples } from "./learn/sample-table.ts";
import { sessionSample } from "./learn/session-sample.ts";
import type { Judged, Statement } from "./learn/statement.ts";
import { storedVersions } from "./learn/version-state.ts";
import type { Sealer } from "./store/seal.ts";
import type { Store } from "./store/store.ts";

/** Disagreements and flagged samples that are worked through at once. */
const mostListed = 500;

export interface LabellingOptions {
  readonly store: Store;
  readonly sealer: Sealer;
  readonly labels: LabelRoom;
  readonly survey: () => Promise<LabelSurvey>;
  readonly classify: (text: string) => ClassifierOutput | Promise<ClassifierOutput>;
  readonly queue: LabelQueue;
  readonly progress: (kind: LabelTask["kind"]) => Promise<LabelProgress>;
  /** Tells the name of a labeller: a person's, or that of a file. */
  readonly nameLabellers: () => Promise<(labeller: string) => string>;
}

/** Labels as screens and programs give them and ask for them, in wire shapes. */
export function createLabelling(options: LabellingOptions): Engine["labels"] {
  const { store, sealer, labels } = options;

  async function verdictOf(id: string): Promise<VerdictRow> {
    const row = await store.read(findVerdict, id);
    if (row === null) throw new SentinelError("NOT_FOUND", "There is no such verdict.");
    return row;
  }

  const judge = async (text: string): Promise<Judged> => {
    const output = await options.classify(text);
    return { class: output.class, confidence: output.confidence };
  };

  /** Asked for by an id that has to be the one of what is found there: evidence may have been analysed again meanwhile. */
  async function findSample(
    id: string,
    verdictId: string | undefined,
    finding: number | undefined,
  ): Promise<FoundSample> {
    const row = verdictId === undefined ? null : await store.read(findVerdict, verdictId);
    if (row !== null) {
      const record = finding === undefined ? null : (await store.read(findingsOfVerdict, row.id))[finding];
      const sample = finding === undefined ? sessionSample(row) : record == null ? null : findingSample(row, record);
      if (sample?.id === id) return sample;
    }
    return await labels.find(id);
  }

  /**
   * SECURITY: a resolution outweighs what everybody else said; it is for what is disputed, or for whoever settled it to think again.
   * @throws SentinelError CONFLICT
   */
  async function requireDispute(sample: string, by: Principal): Promise<void> {
    const { label: before } = await store.read(labelById, labelEntityId(sample, by.actor));
    if (before?.resolves === true || (await store.read(isDisputed, sample))) return;
    throw new SentinelError(
      "CONFLICT",
      "Nobody disagrees about this sample, or somebody settled it meanwhile: label it without resolves.",
    );
  }

  async function toTasks(found: readonly Found[]): Promise<LabelTask[]> {
    const ids = found.map(({ sample }) => sample);
    const written = await store.read(labelsOfSamples, ids);
    const known = new Map((await store.read(samplesByIds, ids)).map((sample) => [sample.id, sample]));
    const nameOf = await options.nameLabellers();
    return await Promise.all(
      found.map(async ({ sample, verdictId, finding, standing = [], why = null }): Promise<LabelTask> => {
        const kept = known.get(sample) ?? null;
        const of = verdictId ?? verdictOfSession(kept);
        const row = of === null ? null : await store.read(findVerdict, of);
        const record = row === null || finding === null ? null : (await store.read(findingsOfVerdict, row.id))[finding];
        const own = written.filter((label) => label.sample === sample);
        const base = {
          sample_id: sample,
          verdict_id: row?.id ?? null,
          finding,
          labels: await toSaid(own, standing, nameOf),
          why,
        };
        if (record != null) return { ...base, ...describeFinding(record) };
        if (row !== null) return { ...base, ...describeSession(row) };
        const said =
          standing.findLast((one) => one.said !== null)?.said ?? own.findLast((one) => one.said)?.said ?? null;
        return { ...base, ...describeKept(kept), said: toScored(said) };
      }),
    );
  }

  /** What is said of one sample: what was written by hand with its note, and what closed alerts and files say. */
  async function toSaid(
    own: Awaited<ReturnType<typeof readLabels>>,
    standing: readonly Statement[],
    nameOf: (labeller: string) => string,
  ): Promise<SaidLabel[]> {
    const written = await Promise.all(
      own.map(async ({ labeller, label, at, source, flagged, resolves, note }) => ({
        labeller,
        label,
        at: toInstant(at),
        source,
        flagged,
        resolves,
        note: note === null ? null : await sealer.unseal(note),
      })),
    );
    const others = standing
      .filter(({ source }) => source !== "labelling" && source !== "add-sample")
      .map(({ labeller, label, at, source, resolves }) => ({
        labeller: nameOf(labeller),
        label,
        at: toInstant(at),
        source: nameOf(source),
        flagged: false,
        resolves,
        note: null,
      }));
    return [...written, ...others].sort((a, b) => (a.at < b.at ? -1 : 1));
  }
  const readLabels = (ids: readonly string[]) => store.read(labelsOfSamples, ids);

  async function disagreements(from: number, limit: number): Promise<{ found: Found[]; more: boolean }> {
    const { disputed } = await options.survey();
    const some = disputed.slice(from, from + limit);
    const ids = some.map(({ sample }) => sample);
    const known = new Set((await store.read(samplesByIds, ids)).map(({ id }) => id));
    const unknown = ids.filter((id) => !known.has(id));
    // Two alerts that were closed differently: kept now, so that somebody can settle it.
    if (unknown.length > 0) await store.write(storeSamples, await store.read(samplesOfAlerts, unknown));
    const found = some.map(({ sample, standing }) => ({ sample, verdictId: null, finding: null, standing }));
    return { found, more: disputed.length > from + limit };
  }

  async function flagged(from: number, limit: number): Promise<{ found: Found[]; more: boolean }> {
    const ids = [...new Set((await store.read(flaggedLabels, mostListed)).map(({ sample }) => sample))];
    const found = ids.slice(from, from + limit).map((sample) => ({ sample, verdictId: null, finding: null }));
    return { found, more: ids.length > from + limit };
  }

  async function unlabelled(queue: "payloads" | "sessions", cursor: string | undefined, limit: number) {
    if (cursor !== undefined) readCursor(cursor);
    const kind = queue === "sessions" ? "session" : "payload";
    if (limit === 0) return { items: [], next: null, progress: await options.progress(kind) };
    const { items, next } = await options.queue.page(kind, cursor ?? null, limit);
    return { items: await toTasks(items), next, progress: await options.progress(kind) };
  }

  return {
    async next({ queue, limit, cursor }) {
      if (queue === "payloads" || queue === "sessions") return await unlabelled(queue, cursor, limit);
      const from = cursor === undefined ? 0 : readCursor(`0.${cursor}`);
      const { found, more } = await (queue === "flagged" ? flagged : disagreements)(from, limit);
      return { items: await toTasks(found), next: more ? String(from + limit) : null, progress: null };
    },

    async set({ sample_id, verdict_id, finding, label, flagged: isFlagged, resolves, note }, by) {
      const sample = await findSample(sample_id, verdict_id, finding);
      if (resolves) await requireDispute(sample.id, by);
      const word = { label, flagged: isFlagged, resolves, note: note ?? null, source: "labelling" } as const;
      return { event_id: await labels.set(sample, word, by) };
    },

    async exclude({ labeller, from, to }, by) {
      const [since, until] = [Date.parse(from), Date.parse(to)];
      if (since > until) throw new SentinelError("INPUT_INVALID", "to: it is before from.");
      const { labellers } = await options.survey();
      const before = labellers.find((one) => one.labeller === labeller)?.labels ?? 0;
      const event_id = await labels.exclude({ labeller, since, until }, by);
      const after = (await options.survey()).labellers.find((one) => one.labeller === labeller)?.labels ?? 0;
      return { event_id, labels: Math.max(0, before - after) };
    },

    async addSample(input, by) {
      const sample =
        input.sample_type === "payload"
          ? await givenPayload(toGiven(input.data), input.label)
          : await givenSession(input.data);
      const word = { label: input.label, flagged: false, resolves: false, note: null, source: "add-sample" } as const;
      const event_id = await labels.set(sample, word, by);
      const [newest] = await store.read(storedVersions, 1);
      return { id: sample.id, dataset_version: newest?.id ?? null, event_id };
    },

    async addFalsePositive(input, by) {
      const reason = input.reason ?? null;
      if ("payload" in input) {
        const sample = await givenPayload({ payload: input.payload, place: input.place }, "benign");
        const { id, eventId } = await labels.reportFalsePositive([sample], { verdictId: null, reason }, by);
        return { id, event_id: eventId };
      }
      const row = await verdictOf(input.verdict_id);
      const findings = await store.read(findingsOfVerdict, row.id);
      const found = findings.filter((record) => record.class !== "benign").map((record) => findingSample(row, record));
      const distinct = [...new Map(found.map((sample) => [sample.id, sample])).values()];
      // Flagged by its behaviour alone: then the session itself is what is no attack.
      const samples = distinct.length > 0 ? distinct : [sessionSample(row)];
      const { id, eventId } = await labels.reportFalsePositive(samples, { verdictId: row.id, reason }, by);
      return { id, event_id: eventId };
    },
  };

  async function givenPayload(
    given: { payload: string; place?: Place | undefined },
    label: PayloadClass,
  ): Promise<FoundSample> {
    const place = given.place ?? null;
    const text = maskSample(given.payload, place, label);
    if (text === null) {
      throw new SentinelError("INPUT_INVALID", "data: nothing is left of it once its secrets are masked.");
    }
    const id = payloadSampleId(place, text);
    return { id, kind: "payload", place, text, evidenceId: null, campaign: null, said: await judge(text) };
  }

  async function givenSession(data: { verdict_id: string } | { features: Record<string, number | null> }) {
    if ("verdict_id" in data) return sessionSample(await verdictOf(data.verdict_id));
    const text = canonicalJson({ features: data.features });
    if (text.length > 4 * longestSample)
      throw new SentinelError("INPUT_TOO_LARGE", "data.features: there are too many.");
    const id = contentId("session features", text);
    return { id, kind: "session", place: null, text, evidenceId: null, campaign: null, said: null } as const;
  }
}

interface Found extends Omit<Unlabelled, "verdictId"> {
  readonly verdictId: string | null;
  readonly standing?: readonly Statement[];
  readonly why?: LabelTask["why"];
}

const toGiven = (data: string | { payload: string; place?: Place | undefined }) =>
  typeof data === "string" ? { payload: data } : data;

/** @returns the place in the list. @throws SentinelError INPUT_INVALID */
function readCursor(cursor: string): number {
  const [, at] = /^\d{1,9}\.(\d{1,9})$/.exec(cursor) ?? [];
  if (at === undefined) throw new SentinelError("INPUT_INVALID", "cursor: it is no cursor of this list.");
  return Number(at);
}

function findingSample(row: VerdictRow, record: FindingRecord): FoundSample {
  const text = record.text.slice(0, longestSample).toWellFormed();
  return {
    id: payloadSampleId(record.place, text),
    kind: "payload",
    place: record.place,
    text,
    evidenceId: row.evidenceId,
    campaign: campaignOf(row),
    said: { class: record.class, confidence: record.confidence },
  };
}
