import { SentinelError } from "../../shared/errors.ts";
import { SentinelVerdict } from "../../shared/fleet.ts";
import type { FleetVerdict, Verdict } from "../../shared/verdict.ts";
import { toInstant } from "./base/clock.ts";
import { featureSchema } from "./detect/features/session-features.ts";
import type { FindingRecord } from "./detect/verdicts/verdict-record.ts";
import type { VerdictRow } from "./detect/verdicts/verdict-tables.ts";
import type { EvidenceRoom } from "./evidence/evidence.ts";
import { followedEvidence } from "./evidence/followed-evidence.ts";
import type { Explained, Explaining } from "./explaining.ts";
import { whyNotFetched } from "./fetching-evidence.ts";
import { followedOfSession, followedVerdict } from "./fleet/followed-verdicts.ts";
import type { ReadableStore } from "./store/store.ts";
import { namedFeatures, toProvenance } from "./verdict-views.ts";

/** What the fleet said of sessions, as their pages show it. */
export function createFleetView(options: {
  readonly store: ReadableStore;
  readonly evidence: EvidenceRoom;
  readonly explaining: Explaining;
  readonly fetches: boolean;
}) {
  const { store, evidence, explaining, fetches } = options;

  /** @throws SentinelError NOT_FOUND */
  async function message(id: string): Promise<SentinelVerdict> {
    const told = await store.read(followedVerdict, id);
    if (told === null) throw new SentinelError("NOT_FOUND", "What the fleet told of this verdict is not kept.");
    return SentinelVerdict.parse(JSON.parse(told.message));
  }

  return {
    message,
    /** By the engine's own words; how the session compares to ordinary ones only where its behaviour model is here, too. */
    async explain(row: VerdictRow, findings: readonly FindingRecord[], told: SentinelVerdict): Promise<Explained> {
      const own = await explaining.explain(row, findings).catch((error: unknown) => {
        if (error instanceof SentinelError && error.code === "NOT_FOUND") return null;
        throw error;
      });
      return { explanation: told.verdict.explain, context: own?.context ?? [] };
    },
    async of(row: VerdictRow): Promise<FleetVerdict | null> {
      const told = await store.read(followedOfSession, row);
      if (told === null) return null;
      const { verdict } = SentinelVerdict.parse(JSON.parse(told.message));
      const found = await evidence.get(row.evidenceId);
      const ready = found.atFleet ? await store.read(followedEvidence, row.evidenceId) : null;
      return {
        node_id: told.node_id,
        told_at: toInstant(told.at),
        verdict: verdict.verdict,
        score: verdict.final_score,
        payload_score: verdict.payload_score,
        behavioral_score: verdict.behavioral_score,
        class: verdict.class,
        here: row.judgedBy === null ? compare(row, verdict, found.sha256) : null,
        evidence: found.atFleet
          ? { size: ready?.size ?? (found.evidence.size_bytes || null), problem: whyNotFetched(ready, fetches) }
          : null,
      };
    },
  };
}

const hashes = [
  { of: "model_hash", name: "payload model" },
  { of: "anomaly_hash", name: "behaviour model" },
  { of: "config_hash", name: "configuration" },
  { of: "enrichment_hash", name: "enrichment data" },
  { of: "extractor_version", name: "version of readers and features" },
] as const;

const shortHash = (text: string) => text.slice(0, 12);

/** A verdict of this engine beside the fleet's of the same session. */
export function compare(row: VerdictRow, theirs: Verdict, sha256: string): NonNullable<FleetVerdict["here"]> {
  const ours = toProvenance(row.inputs, sha256);
  const differences = hashes
    .filter(({ of }) => ours[of] !== theirs.provenance[of])
    .map(({ of, name }) => `${name}: ${shortHash(ours[of])} here, ${shortHash(theirs.provenance[of])} there`);
  const features = new Map(theirs.features.map(({ name, value }) => [name, value]));
  const same =
    row.id === theirs.verdict_id &&
    row.verdict === theirs.verdict &&
    row.score === theirs.final_score &&
    row.payloadScore === theirs.payload_score &&
    row.behavioralScore === theirs.behavioral_score &&
    namedFeatures(featureSchema, row.features).every(({ name, value }) => value === (features.get(name) ?? null));
  return { same, differences };
}
