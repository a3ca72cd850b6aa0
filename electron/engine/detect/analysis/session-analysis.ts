import type { EvidenceKind } from "../../../../shared/evidence.ts";
import { defaultSettings } from "../../../../shared/settings.ts";
import { contentId } from "../../base/ids.ts";
import type { ClientFacts } from "../../evidence/enrichment.ts";
import { type Exchange, type RenderedRequest, renderRequest } from "../../evidence/exchange.ts";
import type { Session } from "../../evidence/sessions.ts";
import type { BehaviourModel } from "../anomaly/behaviour-model.ts";
import { judgeCsrf } from "../csrf.ts";
import { extractPayloads } from "../extract/extract-payloads.ts";
import type { ScoredValue } from "../features/feature-group.ts";
import { attackScore } from "../features/score-features.ts";
import { createSessionFeatures } from "../features/session-features.ts";
import { type FusionConfig, fuse } from "../fusion.ts";
import { type JudgedOutcome, judgeOutcome } from "../outcome.ts";
import type { ClassifierOutput, PayloadClassifier, PayloadValue } from "../payload.ts";
import { createRouteBaselines } from "../route-baseline.ts";
import type { SequenceModel } from "../sequence/sequence-model.ts";
import { createTrialRun, type SessionTrial, type TrialRun } from "../serving/session-trial.ts";
import type { VerdictInputs, VerdictRecord } from "../verdicts/verdict-record.ts";
import { hashAnalysisConfig, isUsualErrorRate, type ReadingConfig } from "./analysis-config.ts";
import { describeFinding, forgedHeader, type RequestPlace, requestLine } from "./describe-finding.ts";
import { createFindingList, type Describing, findingThreshold, outcomesBySeverity } from "./finding-list.ts";
import { allFlagsOn, type FlagShares, inputsWithout, type SessionFlag, withheldFrom } from "./session-flags.ts";
import { createUnreadTally } from "./unread-tally.ts";

/** What decides, besides the session itself. */
export interface AnalysisInputs {
  readonly classifier: PayloadClassifier;
  /** A model that is tried beside it; absent or null: none is. */
  readonly trial?: Trial | null;
  /** Hears of each value that rules judged in the place of the model that decides. */
  readonly onDegraded?: () => void;
  readonly behaviour: BehaviourModel;
  /** Absent or null: there is none, and what it says of a session is not available. */
  readonly sequence?: SequenceModel | null;
  readonly fusion: FusionConfig;
  /** Share of sessions that each part decides about; absent: all of them. */
  readonly flags?: FlagShares;
  /** Parts that this session goes without; absent: none. */
  readonly withheld?: readonly SessionFlag[];
  /** How the evidence was read and grouped; absent: as by default. */
  readonly reading?: ReadingConfig;
  readonly enrichmentHash: string;
  /** Versions of the readers and extractors that made the values. */
  readonly extractorVersion: string;
}

/** A challenger, some of whose sessions it decides, and all of which it is compared in. */
export interface Trial {
  readonly challenger: PayloadClassifier;
  /** Whether the challenger decides a session. @param session names it across all evidence */
  decides(session: string): boolean;
  /** Hears how the two fared in a session. */
  report(trial: SessionTrial): void;
}

export interface EvidenceIdentity {
  readonly id: string;
  readonly kind: EvidenceKind;
}

/** Turns one session's exchanges, in time order, into its verdict, in memory that does not grow with their number. */
export interface SessionAnalysis {
  /** @param client what the operator's own data says of the client's address; null: there is none */
  add(exchange: Exchange, client: ClientFacts | null): void;
  /** @param decidedAt epoch milliseconds; the only part of the record that another run would not give again */
  finish(session: Session, decidedAt: number): VerdictRecord;
}

const longestPreview = 200;
/** Characters of a request that may be held until its session ends. */
const longestHeld = 4096;
const notJudged: JudgedOutcome = { outcome: "not_available", reason: "" };

export function verdictInputs(inputs: AnalysisInputs): VerdictInputs {
  const reading: ReadingConfig = inputs.reading ?? defaultSettings;
  const { session_gap_minutes, max_entry_mb, class_set_error_rate } = reading;
  return {
    modelHash: inputs.classifier.hash,
    anomalyHash: inputs.behaviour.hash,
    configHash: hashAnalysisConfig(inputs.fusion, reading, inputs.withheld),
    enrichmentHash: inputs.enrichmentHash,
    extractorVersion: inputs.extractorVersion,
    payloadWeight: inputs.fusion.payloadWeight,
    tagThreshold: inputs.fusion.tagThreshold,
    simulateThreshold: inputs.fusion.simulateThreshold,
    sessionGapMinutes: session_gap_minutes,
    maxEntryMb: max_entry_mb,
    ...(isUsualErrorRate(class_set_error_rate) ? {} : { setErrorRate: class_set_error_rate! }),
    ...(inputs.withheld === undefined ? {} : { withheld: inputs.withheld }),
  };
}

/** Content id of a verdict: the same session judged by the same inputs is the same verdict. */
export function verdictId(
  evidenceId: string,
  session: string,
  inputs: Pick<VerdictInputs, "modelHash" | "anomalyHash" | "configHash" | "enrichmentHash" | "extractorVersion">,
): string {
  const { modelHash, anomalyHash, configHash, enrichmentHash, extractorVersion } = inputs;
  return contentId(
    "verdict",
    evidenceId,
    session,
    modelHash,
    anomalyHash,
    configHash,
    enrichmentHash,
    extractorVersion,
  );
}

/** Prepares the analysis of a piece of evidence. @returns begins the analysis of one of its sessions, by its name */
export function createSessionAnalyses(
  inputs: AnalysisInputs,
  evidence: EvidenceIdentity,
): (session: string) => SessionAnalysis {
  const { trial = null, flags = allFlagsOn } = inputs;
  const deciding = createInputsBySession(inputs);
  if (trial === null) {
    return (session) => {
      const { own, decidedBy } = deciding(withheldFrom(`${evidence.id} ${session}`, flags));
      return analyseSession(own, evidence, decidedBy, null);
    };
  }
  const challenged = createInputsBySession({ ...inputs, classifier: trial.challenger });
  return (session) => {
    const name = `${evidence.id} ${session}`;
    const isChallenged = trial.decides(name);
    const { own, decidedBy } = (isChallenged ? challenged : deciding)(withheldFrom(name, flags));
    const run = createTrialRun(isChallenged ? inputs.classifier : trial.challenger, isChallenged);
    return analyseSession(own, evidence, decidedBy, run);
  };
}

/** Inputs of sessions by what they go without, each worked out once. */
function createInputsBySession(inputs: AnalysisInputs) {
  const known = new Map<string, { own: AnalysisInputs; decidedBy: VerdictInputs }>();
  return (withheld: readonly SessionFlag[]) => {
    const key = withheld.join();
    let found = known.get(key);
    if (found === undefined) {
      const own = inputsWithout(inputs, withheld);
      found = { own, decidedBy: verdictInputs(own) };
      known.set(key, found);
    }
    return found;
  };
}

function analyseSession(
  inputs: AnalysisInputs,
  evidence: EvidenceIdentity,
  decidedBy: VerdictInputs,
  run: TrialRun | null,
): SessionAnalysis {
  const { classifier } = inputs;
  const features = createSessionFeatures({ sequence: inputs.sequence ?? null });
  const findings = createFindingList();
  const baselines = createRouteBaselines();
  const unread = createUnreadTally();
  let first: { line: string; host: string | null; client: ClientFacts | null } | null = null;

  /** What was nearest to an attack is mostly superseded: described at the end, unless something long would be held until then. */
  function describeLater(
    request: RequestPlace,
    rendered: RenderedRequest,
    value: PayloadValue,
    output: ClassifierOutput,
  ) {
    const describeNow = () => describeFinding(request, rendered, value, output, notJudged);
    if (rendered.text.length <= longestHeld) return describeNow;
    const record = describeNow();
    return () => record;
  }

  function attackOf(
    exchange: Exchange,
    rendered: RenderedRequest,
    value: PayloadValue,
    classify: () => ClassifierOutput,
    output: ClassifierOutput,
  ): Describing {
    return {
      judge: () => judgeOutcome(value, output, exchange, baselines.of(exchange)),
      hold(judged) {
        const record = describeFinding(exchange, rendered, value, classify(), judged);
        return () => record;
      },
    };
  }

  return {
    add(exchange, client) {
      const rendered = renderRequest(exchange);
      first ??= { line: requestLine(exchange), host: exchange.host, client };
      const { values: extracted, crowded } = extractPayloads(exchange, rendered);
      const from = run === null ? 0 : performance.now();
      const values: ScoredValue[] = extracted.map((value) => {
        const output = classifier.score(value.text, value);
        if (output.degraded === true) inputs.onDegraded?.();
        if (output.cut) unread.valueCut();
        return { value, output };
      });
      if (run !== null) {
        const tookMs = performance.now() - from;
        const outputs = values.map(({ output }) => output);
        run.compare(extracted, outputs, tookMs);
      }
      const forgery = inputs.withheld?.includes("flag_request_forgery") === true ? null : judgeCsrf(exchange);
      features.add(exchange, values, forgery === null ? [] : [forgery.output], client);
      const { index, method, target, host } = exchange;
      const request = { index, method, target, host };
      unread.add(exchange, crowded);
      for (const { value, output } of values) {
        findings.consider(
          index,
          value,
          output,
          attackScore(output) < findingThreshold
            ? { judge: () => notJudged, hold: () => describeLater(request, rendered, value, output) }
            : // Spans are only worked out for what is kept.
              attackOf(exchange, rendered, value, () => classifier.classify(value.text, value), output),
        );
      }
      if (forgery !== null) {
        const value = forgedHeader(exchange, rendered, forgery);
        findings.consider(
          index,
          value,
          forgery.output,
          attackOf(exchange, rendered, value, () => forgery.output, forgery.output),
        );
      }
      const isAttack = values.some(({ output }) => attackScore(output) >= findingThreshold);
      baselines.add(exchange, isAttack || forgery !== null);
    },

    finish(session, decidedAt) {
      const tried = run?.finish() ?? null;
      if (tried !== null) inputs.trial?.report(tried);
      const vector = features.finish();
      const { payloadScore, behavioralScore, score, verdict } = fuse(inputs.behaviour, inputs.fusion, vector);
      const kept = findings.finish();
      const worst = kept.findings[0];
      const attack = verdict !== "benign" && worst !== undefined && worst.class !== "benign" ? worst : undefined;
      const outcome = outcomesBySeverity.find((each) => kept.findings.some((finding) => finding.outcome === each));
      return {
        id: verdictId(evidence.id, session.name, decidedBy),
        evidenceId: evidence.id,
        evidenceKind: evidence.kind,
        session: session.name,
        verdict,
        score,
        payloadScore,
        behavioralScore,
        class: attack?.class ?? "benign",
        family: attack?.family ?? null,
        outcome: attack === undefined ? "not_available" : (outcome ?? "not_available"),
        client: session.client,
        origin: originOf(first?.client ?? null),
        host: attack === undefined ? (first?.host ?? null) : attack.host,
        requestLine: attack === undefined ? (first?.line ?? "") : attack.requestLine,
        // What it says after decoding is what an analyst reads; how it was sent stands in the finding.
        payload: attack === undefined ? null : attack.canonical.slice(0, longestPreview),
        payloadPlace: attack === undefined ? null : `${attack.place.replaceAll("_", " ")} ${attack.name}`.trim(),
        requests: session.requests,
        startedAt: session.startedAt,
        endedAt: session.endedAt,
        decidedAt,
        features: vector,
        inputs: decidedBy,
        findings: kept.findings,
        worst: kept.worst,
        extent: { payloadsFound: kept.found, ...unread.take() },
      };
    },
  };
}

/** What is known of the client's address, for the screen; null where nothing is. */
function originOf(client: ClientFacts | null): VerdictRecord["origin"] {
  if (client === null) return null;
  const { country, network, badReputation } = client;
  return country === null && network === null && badReputation === null ? null : { country, network, badReputation };
}
