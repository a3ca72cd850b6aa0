import { SentinelError } from "../../shared/errors.ts";
import type { LiveMessage } from "../../shared/live.ts";
import { type PayloadClass, payloadClasses } from "../../shared/payload.ts";
import { defaultSettings } from "../../shared/settings.ts";
import type { Score } from "../../shared/units.ts";
import type { Engine } from "../engine/engine-interface.ts";

/** An engine for tests of what stands around it: small true answers, no detection. `publish` sends a live message. */
export function createScriptedEngine(changes: Partial<Engine> = {}): Engine & { publish(message: LiveMessage): void } {
  const listeners = new Set<(message: LiveMessage) => void>();
  const missing = () => Promise.reject(new SentinelError("NOT_FOUND", "The scripted engine holds nothing."));
  const prediction = {
    class: "benign" as const,
    confidence: 1 as Score,
    probabilities: Object.fromEntries(
      payloadClasses.map((name) => [name, (name === "benign" ? 1 : 0) as Score]),
    ) as Record<PayloadClass, Score>,
  };
  return {
    publish: (message) => {
      for (const listener of listeners) listener(message);
    },
    analyze: missing,
    predictPayload: (input) => ("payloads" in input ? input.payloads.map(() => prediction) : prediction),
    explain: missing,
    verdicts: {
      list: () => Promise.resolve({ items: [], next: null }),
      counts: missing,
      get: missing,
      decisions: missing,
      requests: missing,
      request: missing,
      counterfactual: missing,
      highlights: missing,
      judgement: missing,
      reveal: missing,
    },
    decode: missing,
    search: { requests: missing, counts: missing, scan: missing },
    canary: { get: missing, promote: missing, rollBack: missing },
    replays: { models: missing, start: missing, list: missing, flips: missing },
    alerts: {
      list: () => Promise.resolve({ items: [], next: null }),
      counts: missing,
      get: missing,
      ofVerdict: () => Promise.resolve({ alert_id: null }),
      change: missing,
      changeMatching: missing,
      undoBatch: missing,
      export: missing,
      queries: () => Promise.resolve([]),
      saveQuery: missing,
      removeQuery: missing,
      addNote: missing,
      removeNote: missing,
    },
    cases: {
      list: () => Promise.resolve({ items: [], next: null, open: 0, closed: 0 }),
      get: missing,
      open: missing,
      change: missing,
      merge: missing,
      saveItem: missing,
      removeItem: missing,
    },
    shift: {
      summary: missing,
      notes: () => Promise.resolve([]),
      writeNote: missing,
      removeNote: missing,
    },
    labels: { next: missing, set: missing, exclude: missing, addSample: missing, addFalsePositive: missing },
    datasets: {
      stats: missing,
      list: () => Promise.resolve([]),
      make: missing,
      diff: missing,
      export: missing,
      import: missing,
      imports: () => Promise.resolve([]),
      withdrawImport: missing,
      falsePositives: () => Promise.resolve([]),
    },
    reports: {
      ofAlert: missing,
      ofCase: missing,
      exportCase: missing,
      key: () => ({ key: `ed25519:${"A".repeat(43)}`, fingerprint: "0000" }),
      check: missing,
    },
    evidence: {
      list: () => Promise.resolve({ items: [], next: null }),
      get: missing,
      import: async (source) => {
        let size = 0;
        for await (const chunk of source) size += chunk.byteLength;
        return { job_id: `bytes-${size}` };
      },
      importSamples: () => Promise.resolve({ job_ids: [] }),
      withdraw: missing,
      pin: missing,
    },
    erasure: {
      preview: missing,
      erase: missing,
      searchPerson: missing,
      erasePerson: missing,
      retention: missing,
    },
    models: {
      list: missing,
      card: missing,
      key: () => ({ key: `ed25519:${"A".repeat(43)}`, fingerprint: "0000" }),
      train: missing,
      trainRows: missing,
      curve: () => ({ epochs: [] }),
      evaluate: missing,
      addFolder: missing,
      override: missing,
      setAlias: missing,
      withdraw: missing,
      export: missing,
      import: missing,
    },
    backups: { list: () => Promise.resolve([]), make: missing },
    jobs: { list: () => [], cancel: missing, resume: missing },
    settings: { get: () => ({ settings: defaultSettings, version: 0 }), change: missing },
    audit: {
      log: () => Promise.resolve({ entries: [], head: { seq: 0, hash: "0".repeat(64) } }),
      verify: () => Promise.resolve({ ok: true, entries: 0, head: null, faults: [] }),
      undo: missing,
      undoLast: missing,
    },
    drift: { get: missing, alarm: missing, looks: () => Promise.resolve([]), acknowledge: missing, refit: missing },
    telemetry: {
      analyse: () => ({ status: "OK" }),
      state: () => ({
        history_size: 0,
        trained: false,
        model: null,
        ranges: [],
        drift: { reference_at: null, features: [] },
        recent: [],
      }),
      overrides: () => Promise.resolve([]),
      setOverride: missing,
      clearOverride: missing,
      rebase: missing,
    },
    panic: () => Promise.resolve({ destroyed: 0, held: 0, took_ms: 1 }),
    live: {
      subscribe: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    health: () => ({
      status: "healthy",
      timestamp: "2026-01-01T00:00:00.000Z",
      history_size: 0,
      detector_trained: false,
      version: "0.0.0",
      components: {},
    }),
    modelServerHealth: () => ({
      status: "healthy",
      tier: "model",
      model: { kind: "built-in", hash: "0".repeat(64), provider: "javascript", problem: null },
      latency: {
        count: 0,
        p50_ms: null,
        p95_ms: null,
        p99_ms: null,
        cached_count: 0,
        cached_p50_ms: null,
        cached_p95_ms: null,
      },
      cache: { capacity: 10_000, ttl_seconds: 3600, hits: 0, misses: 0, hit_rate: null },
      breaker: {
        state: "closed",
        errors: 0,
        calls: 0,
        retry_in_ms: 0,
        opened: 0,
        threshold: 0.2,
        failures_total: 0,
        degraded_total: 0,
      },
      canary: { challenger: null, percent: 0 },
    }),
    metrics: () => "# HELP up one\n",
    close: () => Promise.resolve(),
    ...changes,
  };
}
