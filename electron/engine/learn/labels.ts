import { SentinelError } from "../../../shared/errors.ts";
import type { SampleKind } from "../../../shared/label.ts";
import type { PayloadClass, Place } from "../../../shared/payload.ts";
import type { Clock } from "../base/clock.ts";
import { uuidv7 } from "../base/ids.ts";
import type { Principal } from "../base/principals.ts";
import { type Sealer, subjectTag } from "../store/seal.ts";
import type { Store } from "../store/store.ts";
import { type FalsePositiveReported, falsePositiveEntity, falsePositiveReported } from "./false-positive-state.ts";
import { exclusionEntity, type LabelsExcluded, labelsExcluded } from "./label-exclusions.ts";
import { type LabelSet, labelById, labelEntity, labelEntityId, labelSet, type SealedSample } from "./label-state.ts";
import { originOf, type SourcedSample, samplesByIds, sourcesOfSample, storeSamples } from "./sample-table.ts";
import type { Judged } from "./statement.ts";

/** A sample as it was found, to be labelled. */
export interface FoundSample {
  readonly id: string;
  readonly kind: SampleKind;
  readonly place: Place | null;
  /** Masked; of a session: JSON of its features. */
  readonly text: string;
  /** Null: it was given by itself. */
  readonly evidenceId: string | null;
  readonly campaign: string | null;
  readonly said: Judged | null;
}

/** What a labeller says of a sample. */
export interface Word {
  /** Null: only flagged. */
  readonly label: PayloadClass | null;
  readonly flagged: boolean;
  readonly resolves: boolean;
  readonly note: string | null;
  readonly source: LabelSet["source"];
}

/** The room where samples get their labels. Everything is an event that can be undone. */
export interface LabelRoom {
  /** Says what a sample is, in the place of what the same labeller said before. @returns id of the event */
  set(sample: FoundSample, word: Word, by: Principal): Promise<string>;
  /** @param samples at least one */
  reportFalsePositive(
    samples: readonly FoundSample[],
    about: { readonly verdictId: string | null; readonly reason: string | null },
    by: Principal,
  ): Promise<{ id: string; eventId: string }>;
  /** Takes out whatever a labeller said between two moments (epoch milliseconds, both included). @returns id of the event */
  exclude(labels: { labeller: string; since: number; until: number }, by: Principal): Promise<string>;
  /** A sample that is kept. @throws SentinelError NOT_FOUND when there is none, or its text was erased */
  find(id: string): Promise<FoundSample>;
}

export function createLabels({ store, sealer, clock }: { store: Store; sealer: Sealer; clock: Clock }): LabelRoom {
  async function seal(sample: FoundSample): Promise<SealedSample> {
    const { id, kind, place, text, evidenceId, campaign, said } = sample;
    const sealed = await sealer.seal(subjectOf(sample), text);
    return { sample: id, kind, place, evidence_id: evidenceId, campaign, text: sealed, said };
  }

  return {
    async set(sample, { label, flagged, resolves, note, source }, by) {
      const entityId = labelEntityId(sample.id, by.actor);
      const { label: before, version } = await store.read(labelById, entityId);
      const payload: LabelSet = {
        // What stands sealed already stays as it is.
        ...(before === null ? await seal(sample) : { ...sealedOf(before), said: sample.said ?? before.said }),
        labeller: by.actor,
        label,
        flagged,
        resolves,
        note: note === null ? null : await sealer.seal(subjectOf(sample), note),
        at: clock.now(),
        source,
      };
      const inverse =
        before === null ? { kind: "label.removed", payload: {} } : { kind: labelSet, payload: toPayload(before) };
      const draft = { entityType: labelEntity, entityId, baseVersion: version, kind: labelSet, payload, inverse };
      const [event] = await store.append([draft], by, [{ write: storeSamples, args: [sourced(sample)] }]);
      return event!.id;
    },

    async reportFalsePositive(samples, { verdictId, reason }, by) {
      const id = uuidv7(clock);
      const payload: FalsePositiveReported = {
        verdict_id: verdictId,
        reason: reason === null ? null : await sealer.seal(subjectOf(samples[0]!), reason),
        by: by.actor,
        at: clock.now(),
        samples: await Promise.all(samples.map(seal)),
      };
      const draft = {
        entityType: falsePositiveEntity,
        entityId: id,
        baseVersion: 0,
        kind: falsePositiveReported,
        payload,
        inverse: { kind: "false_positive.removed", payload: {} },
      };
      const [event] = await store.append([draft], by, [{ write: storeSamples, args: samples.map(sourced) }]);
      return { id, eventId: event!.id };
    },

    async exclude({ labeller, since, until }, by) {
      const payload: LabelsExcluded = { labeller, since, until, by: by.actor, at: clock.now() };
      const draft = {
        entityType: exclusionEntity,
        entityId: uuidv7(clock),
        baseVersion: 0,
        kind: labelsExcluded,
        payload,
        inverse: { kind: "labels.included", payload: {} },
      };
      const [event] = await store.append([draft], by);
      return event!.id;
    },

    async find(id) {
      const [known] = await store.read(samplesByIds, [id]);
      if (known === undefined) throw new SentinelError("NOT_FOUND", "There is no such sample, or its text was erased.");
      const sources = await store.read(sourcesOfSample, id);
      const evidence = sources.map(({ origin }) => evidenceOf(origin)).find((one) => one !== null) ?? null;
      const campaign = sources.map((source) => source.campaign).find((one) => one !== null) ?? null;
      return { ...known, evidenceId: evidence, campaign, said: null };
    },
  };
}

/** Whose key seals what is said of a sample: erasing the evidence makes it unreadable. */
function subjectOf({ id, evidenceId }: Pick<FoundSample, "id" | "evidenceId">): string {
  return evidenceId ?? `sample ${id}`;
}

export function sourced(sample: Omit<FoundSample, "said">): SourcedSample {
  const { id, kind, place, text, evidenceId, campaign } = sample;
  const origin = evidenceId === null ? originOf.text(subjectTag(subjectOf(sample))) : originOf.evidence(evidenceId);
  return { id, kind, place, text, origin, campaign };
}

function evidenceOf(origin: string): string | null {
  const prefix = originOf.evidence("");
  return origin.startsWith(prefix) ? origin.slice(prefix.length) : null;
}

function sealedOf({ sample, kind, place, evidence_id, campaign, text, said }: SealedSample): SealedSample {
  return { sample, kind, place, evidence_id, campaign, text, said };
}

function toPayload<T extends LabelSet & { id: string; version: number }>({ id: _, version: _version, ...label }: T) {
  return label;
}
