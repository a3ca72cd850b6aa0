import { uuidv7 } from "../base/ids.ts";
import { enginePrincipal, type Principal } from "../base/principals.ts";
import { plainVerdict } from "../detect/verdicts/plain-verdict.ts";
import type { LottedVerdict } from "../detect/verdicts/verdict-record.ts";
import { storeVerdicts, verdictTables } from "../detect/verdicts/verdict-tables.ts";
import { evidenceModule } from "../evidence/evidence-tables.ts";
import { memoryModule } from "../memory/memory-module.ts";
import { openInlineStore } from "../store/inline-store.ts";
import { jobModule } from "../store/job-table.ts";
import type { StoreHost, StoreModule } from "../store/store.ts";
import { alertModule } from "./alert-module.ts";
import { caseModule } from "./case-module.ts";

export const ana: Principal = { actor: "ana", role: "analyst", caller: "ui" };
export const ben: Principal = { actor: "ben", role: "analyst", caller: "ui" };

export const clock = { now: () => Date.UTC(2026, 5, 1, 12) };
export const startedAt = Date.UTC(2026, 5, 1, 8);

/** Everything that alerts stand on. */
export const alertModules: readonly StoreModule[] = [
  memoryModule,
  evidenceModule,
  verdictTables,
  jobModule,
  alertModule,
  caseModule,
];

/** A store in memory with everything that alerts stand on, and what a test adds to read it. */
export function openAlertStore(...more: StoreModule[]): StoreHost {
  return openInlineStore({ modules: [...alertModules, ...more], clock });
}

export async function addEvidence(store: StoreHost, id: string, broughtAt = "2026-06-01T08:00:00.000Z"): Promise<void> {
  const sha256 = "0".repeat(64);
  const custody = {
    brought_by: "ana",
    brought_at: broughtAt,
    channel: "dropped file",
    file_name: `${id}.har`,
    size_bytes: 1,
    sha256,
    checks: [],
    clock_offset_ms: null,
    recorded_by: null,
  };
  const payload = { kind: "har", gzip: false, sha256, custody };
  await store.append(
    [{ entityType: "evidence", entityId: id, baseVersion: 0, kind: "evidence.added", payload, inverse: null }],
    enginePrincipal,
  );
}

/** @returns id of the event */
export async function withdraw(store: StoreHost, id: string, baseVersion = 1): Promise<string> {
  const inverse = { kind: "evidence.restored", payload: {} };
  const draft = { entityType: "evidence", entityId: id, baseVersion, kind: "evidence.withdrawn", payload: {}, inverse };
  const [event] = await store.append([draft], ana);
  return event!.id;
}

/** A session that is tagged for `id=1' or 1=1`, but for what a test is about. */
export function flagged(told: Partial<LottedVerdict> = {}): LottedVerdict {
  return plainVerdict({
    id: uuidv7(clock),
    evidenceId: "e1",
    verdict: "tag",
    score: 0.6,
    payloadScore: 0.9,
    behavioralScore: 0.1,
    class: "sql_injection",
    outcome: "unclear",
    client: "203.0.113.7",
    host: "shop.example",
    requestLine: "GET /login",
    payload: "1' or 1=1",
    payloadPlace: "query id",
    startedAt,
    ...told,
  });
}

export async function storeSessions(store: StoreHost, ...sessions: LottedVerdict[]): Promise<void> {
  await store.write(storeVerdicts, sessions);
}
