import { createHash } from "node:crypto";
import type { AuditEntry, Checkpoint } from "../../../shared/audit.ts";
import type { CustodyManifest } from "../../../shared/evidence.ts";
import { html, Markup } from "./html.ts";
import { code, facts, orNone, table, when } from "./report-parts.ts";
import { reportStyle } from "./report-style.ts";

/** What every report says beside its own. */
export interface ReportFrame {
  readonly made: { readonly at: string; readonly by: string; readonly product: string; readonly node: string };
  readonly key: { readonly text: string; readonly fingerprint: string };
  readonly custody: readonly CustodyManifest[];
  /** Of each model that decided, as Markdown. */
  readonly modelCards: readonly { readonly hash: string; readonly card: string }[];
  readonly audit: { readonly entries: readonly AuditEntry[]; readonly checkpoint: Checkpoint | null };
}

interface ReportBody {
  readonly title: string;
  /** What is reported, behind who made it. */
  readonly about: Markup;
  readonly sections: readonly Markup[];
  /** How verdicts were reached: stands with the evidence. */
  readonly provenance: Markup;
}

const said = (metadata: string): [string, Markup] => [
  "What the package says of itself",
  html`<pre>${metadata}</pre> <small>Neither its hash nor its signature covers this.</small>`,
];

function custodySection(custody: readonly CustodyManifest[]): Markup {
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
            manifest.clock_offset_ms === null
              ? orNone(null)
              : `${manifest.clock_offset_ms} ms ahead of the clocks of the servers that answered`,
          ],
          ...(manifest.again ?? []).map(({ brought_by, brought_at, channel, file_name }): [string, string] => [
            "Brought again by",
            `${brought_by}, ${brought_at} (${channel}), as ${file_name}`,
          ]),
          ...(manifest.metadata === undefined ? [] : [said(manifest.metadata)]),
          [
            "Checks",
            manifest.checks.map(
              ({ check, result, detail }) => html`<div>${check}: <strong>${result}</strong> ${detail}</div>`,
            ),
          ],
        ])}`,
    )}</section>`;
}

function auditSection({ entries, checkpoint }: ReportFrame["audit"]): Markup {
  return html`<section><h2>Excerpt of the audit log</h2>
    <p>Every entry's hash covers the entry and the hash before it. The signed checkpoint says how far the log had come.</p>
    ${table(
      "Entries about what is reported and its evidence",
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

/** Open, so that it is on paper as well. */
function modelSection(cards: ReportFrame["modelCards"]): Markup {
  return html`<section><h2>${cards.length === 1 ? "The model" : "The models"}</h2>
    ${cards.map(
      ({ hash, card }) =>
        html`<details open><summary>Model card of ${code(hash)}</summary><pre>${card}</pre></details>`,
    )}</section>`;
}

/** A page that needs nothing beside itself: no script, no link, no picture. */
export function renderReport(frame: ReportFrame, { title, about, sections, provenance }: ReportBody): string {
  const { key, made } = frame;
  const style = createHash("sha256").update(reportStyle).digest("base64");
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
<p>Made ${when(made.at)} (UTC) by ${made.by} with ${made.product}. ${about}</p>
<p class="hint">This file is signed. Check it with <code>sentinel verify-report FILE</code>, in the application, or with the offline page that comes with it,
against the key with the fingerprint <code>${key.fingerprint}</code>. Trust that key only if it reached you apart from this file.</p></header>
<main>${sections}${custodySection(frame.custody)}${provenance}${auditSection(frame.audit)}
${modelSection(frame.modelCards)}</main>
<footer><p>Key: <code>${key.text}</code>. Node: <code>${made.node}</code>.</p></footer>
</body>
</html>
`.text;
}
