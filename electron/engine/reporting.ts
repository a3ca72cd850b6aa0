import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { SentinelError } from "../../shared/errors.ts";
import { type Clock, toInstant } from "./base/clock.ts";
import { sha256 } from "./base/ids.ts";
import type { Principal } from "./base/principals.ts";
import type { Engine } from "./engine-interface.ts";
import type { EvidenceRoom } from "./evidence/evidence.ts";
import { evidenceEntity } from "./evidence/evidence-tables.ts";
import { renderAlertReport } from "./report/alert-report.ts";
import { fingerprint, reportKey, signReport, verifyReport } from "./report/signature.ts";
import { writeDurably } from "./store/durable-file.ts";
import { shorten, toAuditEntry } from "./store/event-row.ts";
import { eventsOfEntity } from "./store/event-table.ts";
import type { KeyStore } from "./store/key-store.ts";
import type { StoreHost } from "./store/store.ts";
import { alertEntity } from "./triage/alert-state.ts";
import type { VerdictQueries } from "./verdict-queries.ts";

/** Name, in the key space `engine`, of the seed that signs reports. */
const keyName = "reports";
const shownRequests = 300;
const shownEvents = 100;

export interface ReportingOptions {
  readonly store: StoreHost;
  readonly keys: KeyStore;
  readonly clock: Clock;
  readonly version: string;
  readonly nodeId: string;
  /** Data directory: the public key lies there, for verifying without an engine. */
  readonly home: string;
  readonly modelCard: string;
  readonly alerts: Pick<Engine["alerts"], "get">;
  readonly evidence: Pick<EvidenceRoom, "get">;
  readonly verdicts: Pick<VerdictQueries, "get" | "requests">;
}

/** File in the data directory that holds the public key of its reports. */
const reportKeyFile = "report-key.txt";

/** The public key of a data directory's reports, without opening it. @throws SentinelError UNAVAILABLE when it has none */
export async function readReportKey(home: string): Promise<string> {
  try {
    return (await readFile(join(home, reportKeyFile), "utf8")).trim();
  } catch (error) {
    throw new SentinelError("UNAVAILABLE", `There is no report key in ${home}.`, undefined, error);
  }
}

/** Makes the key pair at the first start. */
export async function createReporting(options: ReportingOptions): Promise<Engine["reports"]> {
  const { store, keys, clock, alerts, evidence, verdicts } = options;
  const seed = (await keys.get("engine", keyName)) ?? (await keys.create("engine", keyName));
  const key = reportKey(seed);
  if ((await readReportKey(options.home).catch(() => null)) !== key) {
    await writeDurably(join(options.home, reportKeyFile), `${key}\n`);
  }

  async function events(entityType: string, entityId: string) {
    const found = await store.read(eventsOfEntity, { entityType, entityId, limit: shownEvents });
    return found.map((event) => toAuditEntry(shorten(event)));
  }

  async function render(id: string, by: Principal): Promise<string> {
    const { alert, sessions, notes, history } = await alerts.get({ id });
    const worst = await verdicts.get(alert.verdict_id);
    const requests = await verdicts.requests({ id: alert.verdict_id, limit: shownRequests, offset: 0 });
    const files = [...new Set(sessions.map((session) => session.evidence_id))];
    const custody = await Promise.all(files.map(async (file) => (await evidence.get(file)).evidence.custody));
    const about = await Promise.all([events(alertEntity, id), ...files.map((file) => events(evidenceEntity, file))]);
    return renderAlertReport({
      made: { at: toInstant(clock.now()), by: by.actor, product: `Sentinel ${options.version}`, node: options.nodeId },
      key: { text: key, fingerprint: fingerprint(key) },
      alert,
      sessions,
      worst,
      requests,
      notes,
      history,
      custody,
      modelCard: await readFile(options.modelCard, "utf8"),
      audit: {
        entries: about.flat().sort((a, b) => a.seq - b.seq),
        checkpoint: await store.checkpoint(),
      },
    });
  }

  return {
    async ofAlert({ id }, by) {
      const file = signReport(await render(id, by), seed);
      const payload = { alert_id: id, sha256: sha256(file), bytes: file.length, key };
      // SECURITY: first the log, then the file: nothing leaves without a trace. What has left cannot be taken back.
      const draft = { entityType: "report", entityId: payload.sha256, baseVersion: 0, kind: "report.made", payload };
      await store.append([{ ...draft, inverse: null }], by);
      return new Uint8Array(file);
    },
    key: () => ({ key, fingerprint: fingerprint(key) }),
    async check(source, { key: expected = key }) {
      const parts: Uint8Array[] = [];
      for await (const part of source) parts.push(part);
      const file = Buffer.concat(parts);
      if (file.length === 0) throw new SentinelError("INPUT_INVALID", "The file is empty.");
      const found = verifyReport(file, expected);
      return { ...found, fingerprint: found.key === null ? null : fingerprint(found.key) };
    },
  };
}
