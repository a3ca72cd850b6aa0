import { SentinelError } from "../../shared/errors.ts";
import { AttackClass } from "../../shared/payload.ts";
import type { RuleSampleView, SampleSource } from "../../shared/rule-record.ts";
import { contentId } from "./base/ids.ts";
import type { FindingRecord } from "./detect/verdicts/verdict-record.ts";
import { findingsOfVerdict, findVerdict, verdictsOfAlert } from "./detect/verdicts/verdict-tables.ts";
import type { RuleSample } from "./respond/rules/cluster-samples.ts";
import type { KeptSample } from "./respond/rules/rule-state.ts";
import type { Sealer } from "./store/seal.ts";
import type { ReadableStore } from "./store/store.ts";
import { alertsByIds } from "./triage/alert-list.ts";

/** Where a sample comes from. */
export interface Origin {
  readonly evidence_id: string | null;
  readonly verdict_id: string | null;
  readonly simulation_id: string | null;
}

export type SourcedRuleSample = RuleSample & Origin;

/** A payload that a simulation confirmed. */
export type ConfirmedPayload = Omit<RuleSample, "id"> & Origin;

/** Sessions of one alert that samples are taken from, the worst first. */
const sessionsOfAlert = 50;
/** Samples that rules are made of at once. */
const mostSamples = 500;

export interface RuleSamples {
  /**
   * Confirmed attacks that are named, each once.
   * @throws SentinelError NOT_FOUND, CONFLICT for an alert that was not closed as true positive, INPUT_INVALID
   */
  collect(source: SampleSource): Promise<SourcedRuleSample[]>;
  /** As the log keeps it. */
  keep(sample: SourcedRuleSample): Promise<KeptSample>;
  /** As it was kept; without its value once that was erased. */
  open(sample: KeptSample): Promise<RuleSampleView>;
}

export function createRuleSamples(options: {
  readonly store: ReadableStore;
  readonly sealer: Sealer;
  /** What a simulation confirmed. @throws SentinelError NOT_FOUND */
  readonly confirmedPayloads: (simulation: string) => Promise<readonly ConfirmedPayload[]>;
}): RuleSamples {
  const { store, sealer } = options;

  async function ofAlert(id: string): Promise<SourcedRuleSample[]> {
    const [alert] = await store.read(alertsByIds, [id]);
    if (alert === undefined) throw new SentinelError("NOT_FOUND", "There is no such alert.");
    if (alert.status !== "closed" || alert.reason !== "true_positive") {
      throw new SentinelError(
        "CONFLICT",
        "Rules are made of alerts that were closed as true positives; this one was not.",
      );
    }
    const sessions = await store.read(verdictsOfAlert, { alertId: id, limit: sessionsOfAlert });
    const found: SourcedRuleSample[] = [];
    for (const session of sessions) {
      for (const finding of await store.read(findingsOfVerdict, session.id)) {
        if (finding.class === alert.class) found.push(toSample(finding, session.id, session.evidenceId));
      }
    }
    if (found.length === 0)
      throw new SentinelError("NOT_FOUND", "Nothing of what this alert was about is there any more.");
    return found;
  }

  async function ofFinding(verdictId: string, index: number): Promise<SourcedRuleSample> {
    const verdict = await store.read(findVerdict, verdictId);
    const finding = verdict === null ? undefined : (await store.read(findingsOfVerdict, verdictId))[index];
    if (verdict === null || finding === undefined) throw new SentinelError("NOT_FOUND", "There is no such finding.");
    return toSample(finding, verdictId, verdict.evidenceId);
  }

  return {
    async collect({ alerts, findings, simulations }) {
      const found: SourcedRuleSample[] = [];
      for (const id of alerts) found.push(...(await ofAlert(id)));
      for (const { verdict_id, finding } of findings) found.push(await ofFinding(verdict_id, finding));
      for (const id of simulations) {
        for (const payload of await options.confirmedPayloads(id))
          found.push({ ...payload, id: confirmedId(id, payload) });
      }
      if (found.length === 0) {
        throw new SentinelError("INPUT_INVALID", "Name alerts, findings or simulations that rules are to be made of.");
      }
      const unique = new Map(found.map((sample) => [sample.id, sample]));
      return [...unique.values()].slice(0, mostSamples);
    },

    async keep({ id, class: is, family, place, evidence_id, verdict_id, simulation_id, ...value }) {
      const { text, name, method, path } = value;
      // SECURITY: what an attacker wrote goes with the evidence that it stood in.
      const subject = evidence_id ?? `simulation ${simulation_id}`;
      const sealed = await sealer.seal(subject, JSON.stringify({ text, name, method, path }));
      return { id, class: is, family, place, evidence_id, verdict_id, simulation_id, sealed };
    },

    async open({ sealed, ...sample }) {
      const value = await sealer.unseal(sealed);
      return { ...sample, value: value === null ? null : (JSON.parse(value) as RuleSampleView["value"]) };
    },
  };
}

function toSample(finding: FindingRecord, verdictId: string, evidenceId: string): SourcedRuleSample {
  const is = AttackClass.safeParse(finding.class);
  if (!is.success)
    throw new SentinelError("INPUT_INVALID", "A finding that was judged benign is no sample of an attack.");
  const { request, place, name, text, family, span, requestLine } = finding;
  const [method = "GET", path = "/"] = requestLine.split(" ");
  return {
    id: contentId("rule sample", evidenceId, request, span.start, span.end),
    class: is.data,
    family,
    text,
    place,
    name,
    method,
    path,
    evidence_id: evidenceId,
    verdict_id: verdictId,
    simulation_id: null,
  };
}

const confirmedId = (simulation: string, { place, name, text }: ConfirmedPayload) =>
  contentId("rule sample of a simulation", simulation, place, name, text);

/** A sample as screens see it. */
export function viewSample(sample: SourcedRuleSample): RuleSampleView {
  const { id, class: is, family, place, evidence_id, verdict_id, simulation_id, text, name, method, path } = sample;
  return { id, class: is, family, place, evidence_id, verdict_id, simulation_id, value: { text, name, method, path } };
}

/** What is left of kept samples to hold a rule against. */
export function standingSamples(samples: readonly RuleSampleView[]): RuleSample[] {
  return samples.flatMap(({ id, class: is, family, place, value }) =>
    value === null ? [] : [{ id, class: is, family, place, ...value }],
  );
}
