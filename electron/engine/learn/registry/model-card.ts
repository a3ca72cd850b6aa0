import type { FederatedRecord, ModelEntry } from "../../../../shared/model.ts";
import type { Estimate, ModelFigures } from "../../../../shared/model-figures.ts";
import { payloadClasses } from "../../../../shared/payload.ts";
import { keyFingerprint } from "./model-signature.ts";

/** The card of a model as Markdown: what it is, what it was fitted to, how it does, whether it may decide. Generated, never edited. */
export function renderModelCard(entry: ModelEntry): string {
  const { metadata, evaluation, override } = entry;
  const { training } = metadata;
  return [
    `# Payload model ${metadata.id.slice(0, 12)}`,
    "",
    table(
      ["", ""],
      [
        ["Identifier", `${inCode(metadata.id)}`],
        ["Kind", `${metadata.kind}, ${metadata.origin}`],
        [
          "Made",
          `${metadata.created_at ?? "before it was shipped"} by ${asText(metadata.created_by)} with ${asText(metadata.product)}, engine ${asText(metadata.node_id)}`,
        ],
        ["Goes on from", metadata.parent === null ? "nothing" : `${inCode(metadata.parent)}`],
        ["Dataset version", metadata.dataset_version === null ? "not known" : `${inCode(metadata.dataset_version)}`],
        ["Size", `${metadata.size_bytes} bytes`],
        ["Signed with", entry.signature === null ? "shipped with the application" : `${inCode(entry.signature.key)}`],
        ["May decide", mayDecide(entry)],
      ],
    ),
    "",
    "**What it is for.** Ranking and explaining web traffic for an analyst. Not for blocking without review.",
    "",
    ...(training === null ? [] : trainingPart(training)),
    ...(metadata.federated === undefined ? [] : federatedPart(metadata.federated)),
    ...(evaluation === null
      ? ["## Gates", "", "It was not judged yet.", ""]
      : [
          "## Gates",
          "",
          `Judged ${evaluation.at} on the test split of ${inCode(evaluation.dataset_version)}, beside ${inCode(evaluation.champion)}, which decided then.`,
          "",
          table(
            ["gate", "figure (95 %)", "bound", "rows", "verdict", "why"],
            evaluation.gates.map((gate) => [
              gate.name,
              estimate(gate.figure),
              `${gate.kind === "min" ? "≥" : "≤"} ${number(gate.bound)}`,
              String(gate.rows),
              gate.verdict,
              asText(gate.why),
            ]),
          ),
          "",
          "## Figures on the test split",
          "",
          figuresPart([
            ["this model", evaluation.figures],
            ["the model that decided", evaluation.champion_figures],
          ]),
          "",
          classesPart(evaluation.figures),
          "",
          `One payload, uncached: ${number(evaluation.latency.p50_ms)} ms at the median, ${number(evaluation.latency.p95_ms)} ms at the 95th percentile of ${evaluation.latency.calls} calls; the other model ${number(evaluation.champion_latency.p50_ms)} and ${number(evaluation.champion_latency.p95_ms)} ms.`,
          "",
        ]),
    ...(override === null
      ? []
      : [
          "## Override",
          "",
          `${asText(override.by)} let it pass at ${override.at}: ${asText(override.reason ?? "the reason was erased")}`,
          "",
        ]),
  ].join("\n");
}

function mayDecide({ may_decide, evaluation, override }: ModelEntry): string {
  if (!may_decide) return evaluation === null ? "no: its gates were not judged" : "no: a gate failed";
  if (override !== null) return "yes, by override";
  return evaluation === null ? "yes, it is shipped" : "yes: every gate passed";
}

function trainingPart(training: NonNullable<ModelEntry["metadata"]["training"]>): string[] {
  const { left_out } = training;
  return [
    "## Training",
    "",
    `Fitted to ${training.fitted} rows in ${number(training.seconds)} s, seed ${inCode(training.seed)}; ${training.validated} rows of the validation split. Left out: ${left_out.contradiction} contradicting, ${left_out.csrf} csrf, ${left_out.empty} empty.`,
    "",
    `Its probabilities were set by: ${training.calibrated_on}.${
      training.classes_without_threshold.length === 0
        ? ""
        : ` Too few rows for a threshold of their own: ${training.classes_without_threshold.join(", ")}.`
    }`,
    "",
    ...(training.doubted === undefined
      ? []
      : [`Labels that the cross-validation doubts: ${training.doubted}, mistakes or unlike the rest.`, ""]),
    "Cross-validation, stratified, groups of near-duplicates whole:",
    "",
    figuresPart([["out of fold", training.cross_validation]]),
    "",
  ];
}

function federatedPart({ round, method, norm, updates }: FederatedRecord): string[] {
  return [
    "## Combined from",
    "",
    `Updates of ${updates.length} engines, round ${round}, by their ${method}. The change has a length of ${number(norm)}. As in its base: embeddings, choice of windows, calibration.`,
    "",
    table(
      ["update", "signed with", "share", "privacy of its groups", "groups, with noise"],
      updates.map(({ id, key, share, epsilon, delta, groups }) => [
        inCode(id.slice(0, 12)),
        inCode(keyFingerprint(key)),
        `${number(100 * share)} %`,
        `ε ${number(epsilon)} at δ ${number(delta)}`,
        String(groups),
      ]),
    ),
    "",
  ];
}

function figuresPart(all: readonly (readonly [string, ModelFigures])[]): string {
  return table(
    ["", "rows", "precision", "recall", "false positives", "F1", "calibration error"],
    all.map(([name, figures]) => [
      name,
      `${figures.rows} (${figures.attacks} attacks)`,
      estimate(figures.precision),
      estimate(figures.recall),
      estimate(figures.fpr),
      estimate(figures.f1),
      estimate(figures.calibration_error),
    ]),
  );
}

function classesPart({ classes }: ModelFigures): string {
  const ordered = payloadClasses.flatMap((name) => classes.filter((one) => one.class === name));
  return table(
    ["class", "rows", "recall", "precision"],
    ordered.map((one) => [one.class, String(one.rows), estimate(one.recall), estimate(one.precision)]),
  );
}

function estimate({ value, low, high }: Estimate): string {
  return value === null ? "–" : `${number(value)} (${number(low)}–${number(high)})`;
}

function number(value: number): string {
  return value === 0 ? "0" : value.toPrecision(3);
}

/** SECURITY: names and reasons are text and not Markdown: nothing in them opens a table, a link or an image. */
function asText(text: string): string {
  return text.replaceAll(/\s+/g, " ").replaceAll(/[\\`*_{}[\]()<>#+!|~-]/g, "\\$&");
}

function inCode(text: string): string {
  return `\`${text.replaceAll("`", "'")}\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
