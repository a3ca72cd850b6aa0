import { outcomeWords } from "../../../shared/attack-words.ts";
import type { getCase } from "../../../shared/case.ts";
import type { Output } from "../../../shared/route.ts";
import type { getVerdict } from "../../../shared/verdict.ts";
import { explanation } from "./alert-report.ts";
import { html, type Markup } from "./html.ts";
import { type ReportFrame, renderReport } from "./report-page.ts";
import { attackOf, code, facts, orNone, score, table, when, words } from "./report-parts.ts";

/** Everything that a report of a case says. Texts are masked already: a report leaves the machine. */
export interface CaseReport extends ReportFrame {
  readonly detail: Output<typeof getCase>;
  /** The worst session of each of its worst alerts, in their order. */
  readonly worst: readonly Output<typeof getVerdict>[];
}

const erased = "Its text was erased.";

function summary({ detail: { case: shown, merged } }: CaseReport): Markup {
  return html`<section><h2>Summary</h2>
    ${shown.summary === "" ? null : html`<pre class="prose">${shown.summary ?? erased}</pre>`}
    ${facts([
      ["Severity", shown.severity + (shown.severity_set ? " (set by an analyst)" : " (of its worst alert)")],
      ["Status", shown.outcome === null ? shown.status : `${shown.status}: ${words(shown.outcome)}`],
      ["Opened (UTC)", html`${when(shown.opened_at)} by ${shown.opened_by}`],
      ["Closed (UTC)", shown.closed_at === null ? "not yet" : when(shown.closed_at)],
      ["Works on it", shown.assignee ?? "nobody"],
      ["Alerts", `${shown.alerts}, ${shown.open_alerts} of them open`],
      ["Sessions", shown.sessions],
      ["First and last seen (UTC)", html`${when(shown.first_seen)} – ${when(shown.last_seen)}`],
      ["Tasks", `${shown.tasks}, ${shown.open_tasks} of them open`],
      ["Tags", shown.tags.length === 0 ? "none" : shown.tags.join(", ")],
      ["Merged into it", merged.length === 0 ? "nothing" : merged.map(({ title }) => title ?? erased).join("; ")],
    ])}</section>`;
}

function happened({ detail: { timeline } }: CaseReport): Markup {
  return html`<section><h2>What happened</h2>${table(
    "Timeline",
    ["When (UTC)", "What", "", "Who"],
    timeline.map(({ at, kind, text, by }) => [when(at), words(kind), text ?? erased, by ?? "the traffic"]),
  )}</section>`;
}

function alerts({ detail: { alerts: shown, case: whole } }: CaseReport): Markup {
  return html`<section><h2>Alerts</h2>${table(
    whole.alerts > shown.length ? `The worst ${shown.length} of ${whole.alerts}` : "All of them, the worst first",
    ["Severity", "Status", "Class", "Client", "Request", "Worst payload", "Sessions", "Score", "Did it succeed?"],
    shown.map((alert) => [
      alert.severity,
      alert.reason === null ? words(alert.status) : `${words(alert.status)}: ${words(alert.reason)}`,
      attackOf(alert),
      orNone(alert.client),
      code(alert.request_line),
      alert.payload === null ? "none: the behaviour alone" : code(alert.payload),
      alert.sessions,
      score(alert.score),
      outcomeWords[alert.outcome],
    ]),
  )}</section>`;
}

function reasons({ worst, detail: { alerts: shown } }: CaseReport): Markup {
  return html`<section><h2>The worst ${worst.length} in detail</h2>${worst.map((each, i) => {
    const alert = shown[i];
    return html`<details open><summary>${alert === undefined ? each.id : alert.request_line}</summary>
      <p class="lead">${each.explanation.narrative}</p>${explanation({ worst: each })}</details>`;
  })}</section>`;
}

function observables({ detail }: CaseReport): Markup {
  return html`<section><h2>Observables</h2>${table(
    "Values that the case was about",
    ["Sort", "Value", "Why it matters", "Alerts of the case", "Alerts elsewhere"],
    detail.observables.map(({ type, value, text, alerts: own, elsewhere }) => [
      words(type),
      code(value),
      text,
      own,
      elsewhere === null ? "not known" : elsewhere >= 1000 ? "1000 or more" : elsewhere,
    ]),
  )}</section>`;
}

function work({ detail: { items, history } }: CaseReport): Markup {
  const tasks = items.flatMap((item) => (item.kind === "task" ? [item] : []));
  const notes = items.flatMap((item) => (item.kind === "note" ? [item] : []));
  return html`<section><h2>What was done</h2>
    ${table(
      "Tasks",
      ["", "What", "Who"],
      tasks.map(({ done, text, assignee }) => [done ? "done" : "open", text ?? erased, assignee ?? "nobody"]),
    )}
    ${notes.map(
      ({ by, written_at, text }) =>
        html`<article class="note"><header>${by}, ${when(written_at)}</header><pre>${text ?? erased}</pre></article>`,
    )}
    ${table(
      "History",
      ["When (UTC)", "Who", "What"],
      history.map(({ at, by, did }) => [when(at), by, did]),
    )}</section>`;
}

/** The whole page. */
export function renderCaseReport(report: CaseReport): string {
  const { case: shown } = report.detail;
  const models = [...new Set(report.worst.map(({ provenance }) => provenance.model_hash))];
  return renderReport(report, {
    title: `Case report: ${shown.title ?? erased}`,
    about: html`Case <code>${shown.id}</code>.`,
    sections: [summary(report), happened(report), alerts(report), reasons(report), observables(report), work(report)],
    provenance: html`<section><h2>How the verdicts were reached</h2>${facts([
      ["Payload models", models.map((hash) => html`<div>${code(hash)}</div>`)],
      [
        "Configurations",
        [...new Set(report.worst.map(({ provenance }) => provenance.config_hash))].map(
          (hash) => html`<div>${code(hash)}</div>`,
        ),
      ],
    ])}</section>`,
  });
}
