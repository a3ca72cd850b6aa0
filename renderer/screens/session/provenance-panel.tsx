import { useTimeZone } from "../../queries/settings.ts";
import type { VerdictDetail } from "../../queries/verdicts.ts";
import { CustodyView } from "../../ui/custody.tsx";
import { Fact, Facts } from "../../ui/facts.tsx";
import { formatInstant } from "../../view/format.ts";

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
          <Fact name="Thresholds">
            tag from {provenance.thresholds.tag}, simulate from {provenance.thresholds.simulate}
          </Fact>
        </Facts>
      </div>
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
