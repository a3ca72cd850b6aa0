import { Piscina } from "piscina";
import type { decodeText } from "../../shared/decode.ts";
import { SentinelError } from "../../shared/errors.ts";
import type { getJudgement } from "../../shared/judgement.ts";
import type { Counterfactual, getCounterfactual, getHighlights, Highlight } from "../../shared/payload-explanation.ts";
import type { Input, Output } from "../../shared/route.ts";
import type { Score } from "../../shared/units.ts";
import { onDemand } from "./base/on-demand.ts";
import { createByteSpans, toTextSpans } from "./detect/analysis/byte-span.ts";
import { findingThreshold } from "./detect/analysis/finding-list.ts";
import { attackScore } from "./detect/features/score-features.ts";
import { baseRateStep } from "./detect/fusion.ts";
import type { ClassifierOutput } from "./detect/payload.ts";
import { usualSetErrorRate } from "./detect/serving/deployed-payload.ts";
import { neededToTag } from "./detect/threshold.ts";
import { type FindingRecord, isWholeBody } from "./detect/verdicts/verdict-record.ts";
import { findingsOfVerdict, type VerdictRow } from "./detect/verdicts/verdict-tables.ts";
import { requestByIndex, requestsOfSession } from "./evidence/analysis-tables.ts";
import type { EvidenceRoom } from "./evidence/evidence.ts";
import { type Exchange, renderRequest } from "./evidence/exchange.ts";
import { findSecrets, maskText } from "./evidence/secrets.ts";
import { editSegments } from "./explain/edit-segments.ts";
import type { AttacksTask, JudgeTask, RequestJudgement } from "./explain/judge-request.ts";
import type {
  CounterfactualResult,
  CounterfactualTask,
  HighlightResult,
  HighlightTask,
} from "./explain/payload-task.ts";
import type { Models } from "./models.ts";
import { findRequestFindings, type RequestFindings } from "./request-findings.ts";
import type { ReadableStore } from "./store/store.ts";
import { toPrediction } from "./verdict-views.ts";

/** Explains the payloads of stored verdicts, read again from the evidence, by the model that judged them. */
export interface PayloadExplaining {
  /** @throws SentinelError NOT_FOUND for another finding than the verdict has, or when its model is not kept any more */
  counterfactual(input: Input<typeof getCounterfactual>): Promise<Output<typeof getCounterfactual>>;
  /** @throws SentinelError NOT_FOUND when the verdict's model is not kept any more, NOT_EXPLAINABLE when it is a transformer */
  highlights(input: Input<typeof getHighlights>): Promise<Output<typeof getHighlights>>;
  /** @throws SentinelError NOT_FOUND for another request than the session's, or when its model is not kept any more */
  judgement(input: Input<typeof getJudgement>): Promise<Output<typeof getJudgement>>;
  /** What was found in one request of a verdict's session. */
  findingsOf(row: VerdictRow, request: number): Promise<RequestFindings>;
  /** Nothing of it is stored or logged. */
  decode(input: Input<typeof decodeText>): Promise<Output<typeof decodeText>>;
  close(): Promise<void>;
}

export interface PayloadExplainingOptions {
  readonly store: ReadableStore;
  readonly evidence: EvidenceRoom;
  readonly models: Pick<Models, "payloadOf" | "behaviourBytesOf">;
  /** Entry file of the thread that a transformer runs in. */
  readonly onnxEntry: URL;
  readonly workerEntry: URL;
  /** @throws SentinelError NOT_FOUND */
  readonly find: (verdictId: string) => Promise<VerdictRow>;
}

/** Sessions with more requests, or bytes of evidence, are not judged again for a counterfactual. */
const mostRequests = 100;
const mostBytes = 4 * 1024 ** 2;

/** A finding whose value is an attack by its own text; null: why there is nothing to edit. */
function whyNot(finding: FindingRecord): string | null {
  if (finding.class === "benign") return "The value is no attack by itself.";
  if (finding.class === "csrf") return "A forged request is judged by where it came from, not by a value.";
  if (finding.text === maskText) return "The value is kept secret.";
  return null;
}

/** A transformer answers in milliseconds and not in microseconds, and points at no part of a value. */
const transformerSays = {
  edits: "A transformer judged this value: the thousand edits that are tried would take it too long.",
  parts: "A transformer judged this request: what each part of a value did to that cannot be told.",
} as const;

export function createPayloadExplaining(options: PayloadExplainingOptions): PayloadExplaining {
  const { store, evidence, models, find } = options;
  const pool = new Piscina({
    filename: options.workerEntry.href,
    ...onDemand,
    idleTimeout: 300_000,
  });

  /** @throws SentinelError NOT_FOUND when it is not kept any more */
  const modelOf = ({ inputs }: VerdictRow) => ({
    ...models.payloadOf(inputs.modelHash),
    onnxEntry: options.onnxEntry.href,
    setErrorRate: inputs.setErrorRate ?? usualSetErrorRate,
  });

  /** The exchanges of a short session, in file order; null for a long one. */
  async function shortSession(row: VerdictRow): Promise<Exchange[] | null> {
    if (row.requests > mostRequests) return null;
    const { seq } = await evidence.get(row.evidenceId);
    const session = Number(row.session.slice(1));
    const { items } = await store.read(requestsOfSession, { evidence: seq, session, limit: mostRequests, offset: 0 });
    if (items.reduce((sum, { length }) => sum + length, 0) > mostBytes) return null;
    const exchanges: Exchange[] = [];
    for (const { index } of items.toSorted((a, b) => a.index - b.index)) {
      exchanges.push(await evidence.exchange(row.evidenceId, index));
    }
    return exchanges;
  }

  async function taskSession(row: VerdictRow, at: { index: number; start: number; end: number }) {
    const exchanges = await shortSession(row);
    if (exchanges === null) return null;
    const { payloadWeight, tagThreshold, simulateThreshold, anomalyHash } = row.inputs;
    return {
      exchanges,
      features: row.features,
      fusion: { payloadWeight, tagThreshold, simulateThreshold },
      ...(row.inputs.withheld === undefined ? {} : { withheld: row.inputs.withheld }),
      behaviour: await models.behaviourBytesOf(anomalyHash),
      at,
    };
  }

  async function judgeAgain(row: VerdictRow, request: number): Promise<FindingRecord[]> {
    const task: AttacksTask = {
      model: modelOf(row),
      exchange: await evidence.exchange(row.evidenceId, request),
      threshold: findingThreshold,
      withForgery: row.inputs.withheld?.includes("flag_request_forgery") !== true,
    };
    return await pool.run(task, { name: "attacks" });
  }

  const findingsOf = (row: VerdictRow, request: number) => findRequestFindings(store, row, request, judgeAgain);

  return {
    findingsOf,

    async counterfactual({ id, finding: number }) {
      const row = await find(id);
      const finding = (await store.read(findingsOfVerdict, id))[number];
      if (finding === undefined) throw new SentinelError("NOT_FOUND", "The verdict has no such finding.");
      const { request, place, name } = finding;
      const head = { finding: number, request, place, name };
      const why = whyNot(finding);
      if (why !== null) return { ...head, edit: null, reason: why, session: null, scored: 0, took_ms: 0 };
      const model = modelOf(row);
      if (model.kind === "onnx")
        return { ...head, edit: null, reason: transformerSays.edits, session: null, scored: 0, took_ms: 0 };
      const { text } = renderRequest(await evidence.exchange(row.evidenceId, request));
      const [span] = toTextSpans(text, [finding.span]);
      const value = text.slice(span!.start, span!.end);
      const task: CounterfactualTask = {
        model,
        text: value,
        place,
        session: await taskSession(row, { index: request, ...span! }),
      };
      const result: CounterfactualResult = await pool.run(task, { name: "counterfactual" });
      return { ...head, ...toEdit(result, value, finding), ...toSession(result, row) };
    },

    async highlights({ id, request }) {
      const row = await find(id);
      const findings = (await findingsOf(row, request)).findings.filter(({ finding }) => finding.class !== "csrf");
      if (findings.length === 0) return { spans: [], payloads: [] };
      const model = modelOf(row);
      if (model.kind === "onnx") throw new SentinelError("NOT_EXPLAINABLE", transformerSays.parts);
      const { text } = renderRequest(await evidence.exchange(row.evidenceId, request));
      const places = toTextSpans(
        text,
        findings.map(({ finding }) => finding.span),
      );
      const task: HighlightTask = {
        model,
        values: findings.map(({ finding: { place } }, i) => ({
          text: text.slice(places[i]!.start, places[i]!.end),
          place,
        })),
      };
      const shares: HighlightResult = await pool.run(task, { name: "highlight" });
      const toBytes = createByteSpans(text);
      const spans: Highlight[] = [];
      for (const [i, { spans: own }] of shares.entries()) {
        const { start: from } = places[i]!;
        for (const { start, end, contribution } of own) {
          spans.push({ ...toBytes(from + start, from + end), finding: findings[i]!.number, contribution });
        }
      }
      return {
        spans: spans.sort((a, b) => a.start - b.start || b.end - a.end),
        payloads: shares.map(({ baseLogOdds, logOdds }, i) => ({
          finding: findings[i]!.number,
          base_log_odds: baseLogOdds,
          log_odds: logOdds,
          base_rate_step: baseRateStep,
        })),
      };
    },

    async judgement({ id, request }) {
      const row = await find(id);
      const { seq } = await evidence.get(row.evidenceId);
      const known = await store.read(requestByIndex, { evidence: seq, index: request });
      if (known === null || `s${known.session}` !== row.session) {
        throw new SentinelError("NOT_FOUND", "There is no such request in this session.");
      }
      const exchange = await evidence.exchange(row.evidenceId, request);
      const task: JudgeTask = {
        model: modelOf(row),
        exchange,
        threshold: findingThreshold,
      };
      const { values, total, forged }: RequestJudgement = await pool.run(task, { name: "judge" });
      const toBytes = createByteSpans(renderRequest(exchange).text);
      const needed = neededToTag(row.inputs, row);
      return {
        values: values.map(({ start, end, output, runnerUp, decodings, parts, attack, ...value }) => ({
          ...value,
          decodings: [...decodings],
          span: toBytes(start, end),
          prediction: toPrediction(output),
          attack: attack as Score,
          runner_up: { class: runnerUp.class, probability: runnerUp.probability as Score },
          parts: parts === null ? null : parts.map((part) => ({ ...part })),
        })),
        total,
        finding_threshold: findingThreshold as Score,
        forged: forged && row.inputs.withheld?.includes("flag_request_forgery") !== true,
        to_tag:
          needed === null
            ? null
            : {
                payload_score: needed.payloadScore as Score | null,
                attack: needed.attack as Score | null,
                behavioral_score: needed.behavioralScore as Score | null,
              },
      };
    },

    decode: ({ text, steps = null }) => pool.run({ text, steps }, { name: "decode" }),

    close: () => pool.destroy(),
  };
}

function judged(output: ClassifierOutput) {
  return { class: output.class, attack: attackScore(output) as Score };
}

function toEdit(
  { before, found, scored, tookMs }: CounterfactualResult,
  value: string,
  finding: FindingRecord,
): Pick<Counterfactual, "edit" | "reason" | "scored" | "took_ms"> {
  const spent = { scored, took_ms: tookMs };
  if (found === null) {
    return { ...spent, edit: null, reason: "No edit short of removing the value was found that changes its verdict." };
  }
  // SECURITY: as in the finding itself: an attack is the attacker's own text, a key or card number within it is not.
  const { source } = found;
  const secrets = findSecrets(source).filter(({ because }) => isWholeBody(finding) || because === "form");
  const { edits, changed, minimal, after } = found;
  const segments = editSegments(source, edits, secrets);
  const of = source === value ? ("value" as const) : ("base64" as const);
  return {
    ...spent,
    edit: { of, segments, changed, minimal, before: judged(before), after: judged(after) },
    reason: "",
  };
}

function toSession({ session }: CounterfactualResult, row: VerdictRow): Pick<Counterfactual, "session"> {
  if (session === null) return { session: null };
  return {
    session: {
      verdict_before: row.verdict,
      verdict_after: session.verdict,
      score_before: row.score as Score,
      score_after: session.score as Score,
    },
  };
}
