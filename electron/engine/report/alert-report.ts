import type { z } from "zod";
import type { Alert, AlertHistoryEntry, AlertNote } from "../../../shared/alert.ts";
import { writeAttackIds } from "../../../shared/attack-ids.ts";
import { classWords, outcomeWords } from "../../../shared/attack-words.ts";
import {
  type Contribution,
  calibrationStep,
  calibrationWords,
  splitCalibration,
} from "../../../shared/contribution.ts";
import { extentWords } from "../../../shared/extent-words.ts";
import type { PayloadPrediction } from "../../../shared/payload.ts";
import { requestNumber } from "../../../shared/request-number.ts";
import type { Output } from "../../../shared/route.ts";
import type { getVerdict, SessionRequest, VerdictSummary } from "../../../shared/verdict.ts";
import { html, type Markup } from "./html.ts";
import { type ReportFrame, renderReport } from "./report-page.ts";
import { attackOf, code, facts, orNone, score, signed, table, when, words } from "./report-parts.ts";

type VerdictDetail = Output<typeof getVerdict>;

/** Everything that a report of an alert says. Texts are masked already: a report leaves the machine. */
export interface AlertReport extends ReportFrame {
  readonly alert: Alert;
  /** Worst first. */
  readonly sessions: readonly VerdictSummary[];
  /** The worst session. */
  readonly worst: VerdictDetail;
  readonly requests: { readonly items: readonly z.infer<typeof SessionRequest>[]; readonly total: number };
  readonly notes: readonly AlertNote[];
  readonly history: readonly AlertHistoryEntry[];
}

/** In small letters; nothing for what is benign. */
function idsOf({ ids }: PayloadPrediction): Markup {
  return ids === undefined ? html`` : html`<small>${writeAttackIds(ids)}</small>`;
}

function summary({ alert, worst }: AlertReport): Markup {
  return html`<section><h2>Summary</h2>
    <p class="lead">${worst.explanation.narrative}</p>
    ${facts([
      ["Severity", alert.severity + (alert.severity_set ? " (set by an analyst)" : "")],
      ["Status", alert.reason === null ? words(alert.status) : `${words(alert.status)}: ${words(alert.reason)}`],
      ["Class", attackOf(alert)],
      ["Did it succeed?", outcomeWords[alert.outcome]],
      ["Score of the worst session", score(alert.score)],
      ["Client", orNone(alert.client)],
      ["Host", orNone(alert.host)],
      ["Request", code(alert.request_line)],
      ["Worst payload", alert.payload === null ? "none: the behaviour alone" : code(alert.payload)],
      ["Sessions", alert.sessions],
      ["First and last seen (UTC)", html`${when(alert.first_seen)} – ${when(alert.last_seen)}`],
      ["Works on it", alert.assignee ?? "nobody"],
      ["Tags", alert.tags.length === 0 ? "none" : alert.tags.join(", ")],
    ])}</section>`;
}

/** Why a session is judged as it is, and its payloads. */
export function explanation({ worst }: Pick<AlertReport, "worst">): Markup {
  const { base_value, values, calibration } = worst.explanation.shap_summary;
  const labels = new Map(
    worst.context.map(({ name, label, unit }) => [name, unit === "1" ? label : `${label} (${unit})`]),
  ).set(calibrationStep, calibrationWords);
  const all = splitCalibration(values, calibration);
  const isTold = ({ contribution }: Contribution) => Math.abs(contribution) >= 0.0005;
  const told = all.filter(isTold).sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
  const rest = all.filter((each) => !isTold(each));
  return html`<section><h2>Why</h2>
    <p>Shares of the score (interventional Shapley values): what the session scores beyond an ordinary one, feature by feature.</p>
    ${table(
      "From the ordinary score to this one",
      ["What", "Value", "Share of the score"],
      [
        ["Ordinary sessions score", null, score(base_value)],
        ...told.map(({ feature, value, contribution }) => [
          labels.get(feature) ?? words(feature),
          feature === calibrationStep ? null : orNone(value === null ? null : Number(value.toPrecision(4))),
          signed(contribution),
        ]),
        ...(rest.length === 0
          ? []
          : [
              [
                `${rest.length} further ${rest.length === 1 ? "feature" : "features"}, less than 0.0005 each`,
                null,
                signed(rest.reduce((sum, { contribution }) => sum + contribution, 0)),
              ],
            ]),
        [html`<strong>Score</strong>`, null, html`<strong>${score(worst.score)}</strong>`],
      ],
    )}
    ${extentWords(worst.extent, worst.findings.length).map((sentence) => html`<p>${sentence}</p>`)}
    ${table(
      "Payloads found",
      ["Request", "Where", "As sent", "Decoded", "Class", "Confidence", "Did it succeed?"],
      worst.findings.map((finding) => [
        finding.repeats === undefined
          ? requestNumber(finding.request)
          : `${requestNumber(finding.request)} and ${finding.repeats.length} more`,
        `${words(finding.place)} ${finding.name}`,
        code(finding.text),
        finding.decodings.length === 0
          ? "the same"
          : html`<code>${finding.canonical}</code> <small>${finding.decodings.join(", ")}</small>`,
        html`${finding.prediction.class === "benign" ? classWords.benign : attackOf(finding.prediction)} ${idsOf(finding.prediction)}`,
        score(finding.prediction.confidence),
        html`${outcomeWords[finding.outcome]} <small>${finding.outcome_reason}</small>`,
      ]),
    )}</section>`;
}

function timeline({ alert, sessions, requests }: AlertReport): Markup {
  const left = requests.total - requests.items.length;
  return html`<section><h2>What happened</h2>
    ${table(
      alert.sessions > sessions.length ? `Sessions: the worst ${sessions.length} of ${alert.sessions}` : "Sessions",
      ["Started (UTC)", "Session", "File", "Requests", "Verdict", "Score", "Did it succeed?"],
      sessions.map((session) => [
        when(session.started_at),
        session.session,
        session.file_name,
        session.requests,
        session.verdict,
        score(session.score),
        session.verdict === "benign" ? "no attack" : outcomeWords[session.outcome],
      ]),
    )}
    ${table(
      left > 0
        ? `Requests of the worst session: the first ${requests.items.length} of ${requests.total}`
        : "Requests of the worst session",
      ["No.", "Time (UTC)", "Request", "Status", "Bytes", "Worst payload"],
      requests.items.map((request) => [
        requestNumber(request.request),
        when(request.started_at),
        html`<code>${request.method} ${request.target}</code>`,
        orNone(request.status),
        orNone(request.response_size),
        request.worst === null ? "" : `${classWords[request.worst.class]} ${score(request.worst.confidence)}`,
      ]),
    )}</section>`;
}

function decisions({ notes, history }: AlertReport): Markup {
  return html`<section><h2>What was decided</h2>
    ${notes.map(
      ({ by, at, text }) =>
        html`<article class="note"><header>${by}, ${when(at)}</header><pre>${text ?? "The text of this note was erased."}</pre></article>`,
    )}
    ${table(
      "History",
      ["When (UTC)", "Who", "What"],
      history.map(({ at, by, change, noted, note_removed, alerts }) => [
        when(at),
        by,
        [
          ...Object.entries(change ?? {}).map(
            ([name, value]) => `${words(name)}: ${value === null ? "none" : words(String(value))}`,
          ),
          ...(noted ? ["note written"] : []),
          ...(note_removed ? ["note taken off"] : []),
          ...(alerts > 1 ? [`with ${alerts - 1} other alerts`] : []),
        ].join("; "),
      ]),
    )}</section>`;
}

function provenanceSection({ worst: { provenance } }: AlertReport): Markup {
  return html`<section><h2>How the verdict was reached</h2>
    ${facts([
      ["Payload model", code(provenance.model_hash)],
      ["Behaviour model", code(provenance.anomaly_hash)],
      ["Configuration", code(provenance.config_hash)],
      ["Enrichment data", code(provenance.enrichment_hash)],
      ["Readers and features", provenance.extractor_version],
      ["Weights", `payload ${provenance.weights.payload}, behaviour ${provenance.weights.behavior}`],
      ["Thresholds", `tag ${provenance.thresholds.tag}, simulate ${provenance.thresholds.simulate}`],
      ...(provenance.class_set_error_rate === undefined
        ? []
        : [["Classes not ruled out", `error rate ${Math.round(100 * provenance.class_set_error_rate)} %`] as const]),
    ])}</section>`;
}

/** The whole page. */
export function renderAlertReport(report: AlertReport): string {
  const { alert } = report;
  return renderReport(report, {
    title: `Alert report: ${attackOf(alert)}, ${alert.severity}`,
    about: html`Alert <code>${alert.id}</code>.`,
    sections: [summary(report), explanation(report), timeline(report), decisions(report)],
    provenance: provenanceSection(report),
  });
}
