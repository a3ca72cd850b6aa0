import { useQuery } from "@tanstack/react-query";
import { featureFlags } from "../../../shared/feature-flags.ts";
import type { SessionDecision } from "../../../shared/verdict.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { decisionsQuery, type VerdictDetail } from "../../queries/verdicts.ts";
import { VerdictBadge } from "../../ui/badge.tsx";
import { CustodyView } from "../../ui/custody.tsx";
import { Fact, Facts } from "../../ui/facts.tsx";
import { PanelStatus } from "../../ui/panel-status.tsx";
import { formatInstant, formatScore } from "../../view/format.ts";
import { classLabels } from "../../view/labels.ts";

const changes = [
  { of: "model_hash", name: "payload model" },
  { of: "anomaly_hash", name: "behaviour model" },
  { of: "config_hash", name: "configuration" },
  { of: "extractor_version", name: "readers or features" },
] as const;

/** A part of detection by the name of its flag, as the settings screen has it. */
const nameFlag = (name: string) => Object.entries(featureFlags).find(([flag]) => flag === name)?.[1].title ?? name;

/** What decided otherwise than the time before; null: it was the first time that is known. */
function changed(decision: SessionDecision, before: SessionDecision | undefined): string {
  if (before === undefined) return "first that is kept";
  const others = changes.filter(({ of }) => decision[of] !== before[of]).map(({ name }) => name);
  return others.length === 0 ? "enrichment data" : others.join(", ");
}

/** Every decision about the same session: each analysis makes one. */
function Decisions({ verdictId }: { verdictId: string }) {
  const zone = useTimeZone();
  const query = useQuery(decisionsQuery(verdictId));
  const decisions = query.data;
  return (
    <div className="card p-4">
      <h2 className="text-sm font-semibold">Decisions about this session</h2>
      <p className="mb-2 text-xs text-ink-2">
        Each analysis decides anew. Of earlier ones verdict, scores and what decided are kept; the newest stands first.
      </p>
      {decisions === undefined ? (
        <PanelStatus query={query} what="the decisions" />
      ) : (
        <table className="w-full text-xs">
          <thead>
            <tr className="border-b border-line">
              <th className="th py-1">Decided</th>
              <th className="th">Verdict</th>
              <th className="th text-right">Score</th>
              <th className="th pl-3">Class</th>
              <th className="th">What was new</th>
            </tr>
          </thead>
          <tbody>
            {decisions.map((decision, i) => (
              <tr key={decision.verdict_id} className="border-b border-line last:border-0">
                <td className="py-1.5 whitespace-nowrap">
                  {formatInstant(decision.decided_at, zone)}
                  {i === 0 && <span className="ml-1.5 font-medium text-accent">in force</span>}
                </td>
                <td>
                  <VerdictBadge verdict={decision.verdict} />
                </td>
                <td
                  className="text-right"
                  title={`Payload ${formatScore(decision.payload_score)}, behaviour ${formatScore(decision.behavioral_score)}; tagged from ${formatScore(decision.tag_threshold)}`}
                >
                  {formatScore(decision.score)}
                </td>
                <td className="pl-3">{decision.class === "benign" ? "None" : classLabels[decision.class]}</td>
                <td className="text-ink-2">{changed(decision, decisions[i + 1])}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}

/** From what the verdict was made: enough to compute it again, bit for bit. */
export function ProvenancePanel({ verdict }: { verdict: VerdictDetail }) {
  const zone = useTimeZone();
  const { provenance } = verdict;
  return (
    <section
      aria-label="Provenance"
      tabIndex={0}
      className="grid h-full grid-cols-2 content-start gap-3 overflow-y-auto p-4"
    >
      <div className="card p-4">
        <h2 className="text-sm font-semibold">How it was computed</h2>
        <p className="mb-3 text-xs text-ink-2">With these, the verdict can be computed again, bit for bit.</p>
        <Facts>
          <Fact name="Verdict" mono>
            {verdict.id}
          </Fact>
          <Fact name="Decided at">{formatInstant(verdict.decided_at, zone)}</Fact>
          <Fact name="Payload model" mono>
            {provenance.model_hash}
          </Fact>
          <Fact name="Behaviour model" mono>
            {provenance.anomaly_hash}
          </Fact>
          <Fact name="Configuration" mono>
            {provenance.config_hash}
          </Fact>
          <Fact name="Enrichment data" mono>
            {provenance.enrichment_hash}
          </Fact>
          <Fact name="Evidence" mono>
            {provenance.evidence_sha256}
          </Fact>
          <Fact name="Extractor version" mono>
            {provenance.extractor_version}
          </Fact>
          <Fact name="Weights">
            payload {provenance.weights.payload}, behaviour {provenance.weights.behavior}
          </Fact>
          {provenance.withheld !== undefined && (
            <Fact name="Went without">{provenance.withheld.map(nameFlag).join(", ")}</Fact>
          )}
          {provenance.class_set_error_rate !== undefined && (
            <Fact name="Classes not ruled out">error rate {Math.round(100 * provenance.class_set_error_rate)} %</Fact>
          )}
          <Fact name="Thresholds">
            tag from {provenance.thresholds.tag}, simulate from {provenance.thresholds.simulate}
          </Fact>
        </Facts>
      </div>
      <Decisions verdictId={verdict.id} />
      <div className="card p-4">
        <h2 className="text-sm font-semibold">The evidence it rests on</h2>
        <p className="mb-3 text-xs text-ink-2">
          Its chain of custody: who brought it, and what was checked before it was used.
        </p>
        <CustodyView custody={verdict.custody} />
      </div>
    </section>
  );
}
