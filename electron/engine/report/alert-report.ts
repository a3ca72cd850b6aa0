import { createHash } from "node:crypto";
import type { z } from "zod";
import type { Alert, AlertHistoryEntry, AlertNote } from "../../../shared/alert.ts";
import type { AuditEntry } from "../../../shared/audit.ts";
import type { CustodyManifest } from "../../../shared/evidence.ts";
import type { Output } from "../../../shared/route.ts";
import type { getVerdict, SessionRequest, VerdictSummary } from "../../../shared/verdict.ts";
import type { Checkpoint } from "../store/checkpoint.ts";
import { html, Markup } from "./html.ts";
import { reportStyle } from "./report-style.ts";

type VerdictDetail = Output<typeof getVerdict>;

/** Everything that a report of an alert says. Texts are masked already: a report leaves the machine. */
export interface AlertReport {
  readonly made: { readonly at: string; readonly by: string; readonly product: string; readonly node: string };
  readonly key: { readonly text: string; readonly fingerprint: string };
  readonly alert: Alert;
  /** Worst first. */
  readonly sessions: readonly VerdictSummary[];
  /** The worst session. */
  readonly worst: VerdictDetail;
  readonly requests: { readonly items: readonly z.infer<typeof SessionRequest>[]; readonly total: number };
  readonly notes: readonly AlertNote[];
  readonly history: readonly AlertHistoryEntry[];
  readonly custody: readonly CustodyManifest[];
  readonly modelCard: string;
  readonly audit: { readonly entries: readonly AuditEntry[]; readonly checkpoint: Checkpoint | null };
}

const words = (name: string) => name.replaceAll("_", " ");
const orNone = (text: string | number | null) => (text === null ? html`<em>not available</em>` : text);
/** An instant, without the letters that only machines need. */
const when = (at: string | null) =>
  at === null ? orNone(null) : html`<time>${at.replace("T", " ").replace("Z", "")}</time>`;
const score = (value: number) => value.toFixed(3);
const signed = (value: number) => `${value >= 0 ? "+" : "−"}${Math.abs(value).toFixed(3)}`;

function facts(rows: readonly (readonly [string, Parameters<typeof html>[1]])[]): Markup {
  return html`<table class="facts"><tbody>${rows.map(
    ([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`,
  )}</tbody></table>`;
}

function table(
  caption: string,
  heads: readonly string[],
  rows: readonly (readonly Parameters<typeof html>[1][])[],
): Markup {
  if (rows.length === 0) return html`<p class="none">${caption}: none.</p>`;
  return html`<table><caption>${caption}</caption><thead><tr>${heads.map(
    (head) => html`<th scope="col">${head}</th>`,
  )}</tr></thead><tbody>${rows.map(
    (cells) => html`<tr>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`,
  )}</tbody></table>`;
}

const code = (text: string | null) => (text === null ? null : html`<code>${text}</code>`);

function summary({ alert, worst }: AlertReport): Markup {
  return html`<section><h2>Summary</h2>
    <p class="lead">${worst.explanation.narrative}</p>
    ${facts([
      ["Severity", alert.severity + (alert.severity_set ? " (set by an analyst)" : "")],
      ["Status", alert.reason === null ? words(alert.status) : `${words(alert.status)}: ${words(alert.reason)}`],
      ["Class", alert.family === null ? words(alert.class) : `${words(alert.class)} (${words(alert.family)})`],
      ["Did it succeed?", words(alert.outcome)],
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

function explanation({ worst }: AlertReport): Markup {
  const { base_value, values, calibration } = worst.explanation.shap_summary;
  const labels = new Map(
    worst.context.map(({ name, label, unit }) => [name, unit === "1" ? label : `${label} (${unit})`]),
  );
  const told = values
    .filter(({ contribution }) => Math.abs(contribution) >= 0.0005)
    .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
  const rest = values.length - told.length;
  return html`<section><h2>Why</h2>
    <p>Shares of the score (interventional Shapley values): what the session scores beyond an ordinary one, feature by feature.</p>
    ${table(
      "From the ordinary score to this one",
      ["What", "Value", "Share of the score"],
      [
        ["Ordinary sessions score", null, score(base_value)],
        ...told.map(({ feature, value, contribution }) => [
          labels.get(feature) ?? words(feature),
          orNone(value === null ? null : Number(value.toPrecision(4))),
          signed(contribution),
        ]),
        ...(rest === 0 ? [] : [[`${rest} further features`, null, "less than 0.0005 each"]]),
        ...(calibration === undefined
          ? []
          : [[`of ${words(calibration.feature)}: calibration`, null, signed(calibration.contribution)]]),
        [html`<strong>Score</strong>`, null, html`<strong>${score(worst.score)}</strong>`],
      ],
    )}
    ${table(
      "Payloads found",
      ["Request", "Where", "As sent", "Decoded", "Class", "Confidence", "Did it succeed?"],
      worst.findings.map((finding) => [
        finding.request,
        `${words(finding.place)} ${finding.name}`,
        code(finding.text),
        finding.decodings.length === 0
          ? "the same"
          : html`<code>${finding.canonical}</code> <small>${finding.decodings.join(", ")}</small>`,
        words(finding.prediction.family ?? finding.prediction.class),
        score(finding.prediction.confidence),
        html`${words(finding.outcome)} <small>${finding.outcome_reason}</small>`,
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
        words(session.outcome),
      ]),
    )}
    ${table(
      left > 0
        ? `Requests of the worst session: the first ${requests.items.length} of ${requests.total}`
        : "Requests of the worst session",
      ["Time (UTC)", "Request", "Status", "Bytes", "Worst payload"],
      requests.items.map((request) => [
        when(request.started_at),
        html`<code>${request.method} ${request.target}</code>`,
        orNone(request.status),
        orNone(request.response_size),
        request.worst === null ? "" : `${words(request.worst.class)} ${score(request.worst.confidence)}`,
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

function evidence({ custody, worst }: AlertReport): Markup {
  const { provenance } = worst;
  return html`<section><h2>Evidence and its custody</h2>
    ${custody.map(
      (manifest) =>
        html`<h3>${manifest.file_name}</h3>${facts([
          ["SHA-256", code(manifest.sha256)],
          ["Size", `${manifest.size_bytes} bytes`],
          ["Brought by", `${manifest.brought_by}, ${manifest.brought_at} (${manifest.channel})`],
          ["Recorded by", orNone(manifest.recorded_by)],
          [
            "Clock of the recording",
            manifest.clock_offset_ms === null ? orNone(null) : `${manifest.clock_offset_ms} ms ahead of this machine's`,
          ],
          [
            "Checks",
            manifest.checks.map(
              ({ check, result, detail }) => html`<div>${check}: <strong>${result}</strong> ${detail}</div>`,
            ),
          ],
        ])}`,
    )}
    <h2>How the verdict was reached</h2>
    ${facts([
      ["Payload model", code(provenance.model_hash)],
      ["Behaviour model", code(provenance.anomaly_hash)],
      ["Configuration", code(provenance.config_hash)],
      ["Enrichment data", code(provenance.enrichment_hash)],
      ["Readers and features", provenance.extractor_version],
      ["Weights", `payload ${provenance.weights.payload}, behaviour ${provenance.weights.behavior}`],
      ["Thresholds", `tag ${provenance.thresholds.tag}, simulate ${provenance.thresholds.simulate}`],
    ])}</section>`;
}

function audit({ audit: { entries, checkpoint } }: AlertReport): Markup {
  return html`<section><h2>Excerpt of the audit log</h2>
    <p>Every entry's hash covers the entry and the hash before it. The signed checkpoint says how far the log had come.</p>
    ${table(
      "Entries about this alert and its evidence",
      ["No.", "When (UTC)", "Who", "What", "Hash", "Hash before"],
      entries.map((entry) => [
        entry.seq,
        when(entry.at),
        `${entry.actor} (${entry.role})`,
        entry.kind,
        code(entry.hash),
        code(entry.prev_hash),
      ]),
    )}
    ${
      checkpoint === null
        ? null
        : facts([
            ["Checkpoint", `${checkpoint.count} entries at ${checkpoint.at}`],
            ["Head", code(checkpoint.head)],
            ["Signature", code(checkpoint.signature)],
          ])
    }</section>`;
}

/** A page that needs nothing beside itself: no script, no link, no picture. */
export function renderAlertReport(report: AlertReport): string {
  const { alert, key, made } = report;
  const style = createHash("sha256").update(reportStyle).digest("base64");
  const title = `Alert report: ${words(alert.class)}, ${alert.severity}`;
  // SECURITY: whatever got into the file, a browser runs and fetches nothing: there is no source but this one style.
  const policy = `default-src 'none'; style-src 'sha256-${style}'; base-uri 'none'; form-action 'none'`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${new Markup(reportStyle)}</style>
</head>
<body>
<header class="top"><h1>${title}</h1>
<p>Made ${when(made.at)} (UTC) by ${made.by} with ${made.product}. Alert <code>${alert.id}</code>.</p>
<p class="hint">This file is signed. Check it with <code>sentinel verify-report FILE</code>, in the application, or with the offline page that comes with it,
against the key with the fingerprint <code>${key.fingerprint}</code>. Trust that key only if it reached you apart from this file.</p></header>
<main>${summary(report)}${explanation(report)}${timeline(report)}${decisions(report)}${evidence(report)}${audit(report)}
<section><h2>The model</h2><details><summary>Model card</summary><pre>${report.modelCard}</pre></details></section></main>
<footer><p>Key: <code>${key.text}</code>. Node: <code>${made.node}</code>.</p></footer>
</body>
</html>
`.text;
}
