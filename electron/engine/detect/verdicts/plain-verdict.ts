import { lotOf } from "./session-lot.ts";
import type { LottedVerdict } from "./verdict-record.ts";

/** For tests: the verdict of a benign session of which hardly anything is known, but for what a test is about. */
export function plainVerdict(told: Partial<LottedVerdict>): LottedVerdict {
  const plain = {
    id: "v1",
    evidenceId: "evidence",
    evidenceKind: "har",
    session: "s1",
    verdict: "benign",
    score: 0,
    payloadScore: 0,
    behavioralScore: 0,
    class: "benign",
    family: null,
    outcome: "not_available",
    client: null,
    origin: null,
    host: null,
    requestLine: "GET /",
    payload: null,
    payloadPlace: null,
    requests: 1,
    startedAt: null,
    endedAt: null,
    decidedAt: 0,
    features: new Float64Array(1),
    inputs: {
      modelHash: "m",
      anomalyHash: "a",
      configHash: "c",
      enrichmentHash: "e",
      extractorVersion: "1",
      payloadWeight: 0.6,
      tagThreshold: 0.5,
      simulateThreshold: 0.75,
      sessionGapMinutes: 30,
      maxEntryMb: 32,
    },
    findings: [],
    worst: [],
    extent: null,
    ...told,
  } satisfies Omit<LottedVerdict, "lot">;
  return { lot: lotOf(Buffer.alloc(32), plain), ...plain };
}
