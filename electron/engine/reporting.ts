import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Alert } from "../../shared/alert.ts";
import { copyAsHar, nameMasks } from "../../shared/copy-request.ts";
import { SentinelError } from "../../shared/errors.ts";
import type { Output } from "../../shared/route.ts";
import type { getVerdict } from "../../shared/verdict.ts";
import { type Clock, toInstant } from "./base/clock.ts";
import { sha256, uuidv7 } from "./base/ids.ts";
import type { Principal } from "./base/principals.ts";
import type { Casework } from "./casework.ts";
import type { Engine } from "./engine-interface.ts";
import type { EvidenceRoom } from "./evidence/evidence.ts";
import { evidenceEntity } from "./evidence/evidence-tables.ts";
import type { ReportKeeping } from "./keeping-reports.ts";
import { writeAlerts } from "./report/alert-export.ts";
import { renderAlertReport } from "./report/alert-report.ts";
import { renderCaseReport } from "./report/case-report.ts";
import { writeHar } from "./report/har.ts";
import { reportEntity } from "./report/kept-table.ts";
import type { ReportFrame } from "./report/report-page.ts";
import { fingerprint, reportKey, signReport, verifyReport } from "./report/signature.ts";
import { toStixBundle } from "./report/stix.ts";
import { writeDurably } from "./store/durable-file.ts";
import { shorten, toAuditEntry } from "./store/event-row.ts";
import { eventsOfEntity } from "./store/event-table.ts";
import type { KeyStore } from "./store/key-store.ts";
import type { StoreHost } from "./store/store.ts";
import { alertEntity } from "./triage/alert-state.ts";
import { evidenceOfCase } from "./triage/case-alerts.ts";
import { caseEntity, caseItemEntity } from "./triage/case-state.ts";
import type { VerdictQueries } from "./verdict-queries.ts";

/** Name, in the key space `engine`, of the seed that signs reports. */
const keyName = "reports";
const shownRequests = 300;
const shownEvents = 100;
const mostHarEntries = 10_000;
/** Alerts of a case whose reasons are told in full. */
const shownInDetail = 10;

export interface ReportingOptions {
  readonly store: StoreHost;
  readonly keys: KeyStore;
  readonly clock: Clock;
  readonly version: string;
  readonly nodeId: string;
  /** Data directory: the public key lies there, for verifying without an engine. */
  readonly home: string;
  readonly modelCards: ModelCards;
  readonly alerts: Pick<Engine["alerts"], "get">;
  readonly cases: Pick<Casework, "get" | "alertsOf">;
  readonly evidence: Pick<EvidenceRoom, "manifest">;
  readonly verdicts: Pick<VerdictQueries, "get" | "requests" | "request">;
  readonly keeping: Pick<ReportKeeping, "keep" | "list" | "fetch">;
}

type VerdictDetail = Output<typeof getVerdict>;

/** The card of the model with a hash, as Markdown. */
export type ModelCards = (hash: string) => Promise<string>;

/** @param shipped hash of the model that comes with the application, and where its card lies */
export function openModelCards(
  shipped: { readonly hash: string; readonly path: string },
  registry: { card(id: string): Promise<string> },
): ModelCards {
  return async (hash) => {
    if (hash === shipped.hash) return await readFile(shipped.path, "utf8");
    // A verdict may come from an engine whose models this one does not have.
    return (await unlessGone(registry.card(hash))) ?? "This model is not here, so its card is not, either.";
  };
}

interface Rendered {
  readonly html: string;
  /** Ids of the evidence that it tells of. */
  readonly evidence: readonly string[];
}

/** File in the data directory that holds the public key of its reports. */
const reportKeyFile = "report-key.txt";

/** The public key of a data directory's reports, without opening it. @throws SentinelError UNAVAILABLE when it has none */
export async function readReportKey(home: string): Promise<string> {
  try {
    return (await readFile(join(home, reportKeyFile), "utf8")).trim();
  } catch (error) {
    const why = "it is written when Sentinel starts there. Start it once, or name the key with --key";
    throw new SentinelError("UNAVAILABLE", `There is no report key in ${home} yet: ${why}.`, undefined, error);
  }
}

/** Makes the key pair at the first start. */
export async function createReporting(options: ReportingOptions): Promise<Engine["reports"]> {
  const { store, keys, clock, alerts, cases, evidence, verdicts, keeping } = options;
  const seed = (await keys.get("engine", keyName)) ?? (await keys.create("engine", keyName));
  const key = reportKey(seed);
  if ((await readReportKey(options.home).catch(() => null)) !== key) {
    await writeDurably(join(options.home, reportKeyFile), `${key}\n`);
  }

  /** The log's entries about some entities, in order, and how far it had come. */
  async function excerpt(about: readonly (readonly [type: string, id: string])[]) {
    const found = await Promise.all(
      about.map(([entityType, entityId]) => store.read(eventsOfEntity, { entityType, entityId, limit: shownEvents })),
    );
    const entries = found.flat().map((event) => toAuditEntry(shorten(event)));
    return { entries: entries.sort((a, b) => a.seq - b.seq), checkpoint: await store.checkpoint() };
  }

  /** @param files ids of the evidence; @param worst verdicts that it tells of; @param about what else the log is asked for */
  async function frame(
    files: readonly string[],
    worst: readonly Pick<VerdictDetail, "provenance">[],
    about: readonly (readonly [type: string, id: string])[],
    by: Principal,
  ): Promise<ReportFrame> {
    return {
      made: { at: toInstant(clock.now()), by: by.actor, product: `Sentinel ${options.version}`, node: options.nodeId },
      key: { text: key, fingerprint: fingerprint(key) },
      custody: await Promise.all(files.map((file) => evidence.manifest(file))),
      modelCards: await Promise.all(
        [...new Set(worst.map(({ provenance }) => provenance.model_hash))].map(async (hash) => ({
          hash,
          card: await options.modelCards(hash),
        })),
      ),
      audit: await excerpt([...about, ...files.map((file) => [evidenceEntity, file] as const)]),
    };
  }

  async function renderAlert(id: string, by: Principal): Promise<Rendered> {
    const { alert, sessions, notes, history } = await alerts.get({ id });
    const files = [...new Set(sessions.map((session) => session.evidence_id))];
    const worst = await verdicts.get(alert.verdict_id);
    const html = renderAlertReport({
      ...(await frame(files, [worst], [[alertEntity, id]], by)),
      alert,
      sessions,
      worst,
      requests: await verdicts.requests({ id: alert.verdict_id, limit: shownRequests, offset: 0 }),
      notes,
      history,
    });
    return { html, evidence: files };
  }

  async function renderCase(id: string, by: Principal): Promise<Rendered> {
    const detail = await cases.get({ id }, by);
    const written = detail.items.map((item) => [caseItemEntity, `${item.case_id}/${item.id}`] as const);
    const whole = [detail.case, ...detail.merged].map((each) => [caseEntity, each.id] as const);
    const about = [...whole, ...written, ...detail.alerts.map((alert) => [alertEntity, alert.id] as const)];
    const worst = [];
    for (const alert of detail.alerts.slice(0, shownInDetail)) worst.push(await verdicts.get(alert.verdict_id));
    const files = await store.read(evidenceOfCase, id);
    return { html: renderCaseReport({ ...(await frame(files, worst, about, by)), detail, worst }), evidence: files };
  }

  /** Each alert's worst session as it is recorded. */
  async function* sessionsOf(all: readonly Alert[]) {
    for (const { verdict_id: verdictId } of all) {
      // What was analysed again or erased meanwhile is left out, and said to be.
      const page = await unlessGone(verdicts.requests({ id: verdictId, limit: shownRequests, offset: 0 }));
      const requests = page?.items.map(({ request }) => request) ?? [];
      yield { verdictId, requests, left: page === null ? 0 : page.total - requests.length, isGone: page === null };
    }
  }

  /** A request as an entry of a HAR file; null where its evidence can no longer be read. */
  async function harEntry(verdictId: string, request: number): Promise<string | null> {
    const told = await unlessGone(verdicts.request(verdictId, request));
    if (told === null) return null;
    const { started_at: startedAt, duration_ms: durationMs, status } = told.request;
    const facts = { startedAt, durationMs, status, response: told.response };
    const scheme = told.scheme === null ? {} : { scheme: told.scheme };
    return copyAsHar(nameMasks(told.segments.map(({ text }) => text).join("")), { ...facts, ...scheme }).text;
  }

  const harOf = (all: readonly Alert[]) =>
    writeHar({
      sessions: sessionsOf(all),
      entry: harEntry,
      creator: { name: "Sentinel", version: options.version },
      most: mostHarEntries,
    });

  /** First the log, then the file. */
  async function sign(
    { html, evidence: files }: Rendered,
    of: Readonly<Record<string, string>>,
    by: Principal,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const file = signReport(html, seed);
    const payload = { ...of, sha256: sha256(file), bytes: file.length, key };
    // SECURITY: nothing leaves without a trace. What has left cannot be taken back.
    const draft = { entityType: reportEntity, entityId: payload.sha256, baseVersion: 0, kind: "report.made", payload };
    const [made] = await store.append([{ ...draft, inverse: null }], by);
    await keeping.keep(file, payload.sha256, of, files, made!.version, by);
    return new Uint8Array(file);
  }

  return {
    ofAlert: async ({ id }, by) => await sign(await renderAlert(id, by), { alert_id: id }, by),
    ofCase: async ({ id }, by) => await sign(await renderCase(id, by), { case_id: id }, by),
    async exportCase({ id, format }, by) {
      const all = await cases.alertsOf(id);
      // SECURITY: first the log, then the file.
      const payload = { case_id: id, format, alerts: all.length };
      const draft = { entityType: "export", entityId: uuidv7(clock), baseVersion: 0, kind: "case.exported", payload };
      await store.append([{ ...draft, inverse: null }], by);
      if (format === "har") return harOf(all);
      if (format === "csv") return writeAlerts("csv", once(all));
      const detail = await cases.get({ id }, by);
      if (format === "json")
        return once(toBytes({ ...detail, alerts: all, alerts_left_out: detail.case.alerts - all.length }));
      return once(toBytes(toStixBundle({ detail, alerts: all, node: options.nodeId, at: toInstant(clock.now()) })));
    },
    key: () => ({ key, fingerprint: fingerprint(key) }),
    shelved: keeping.list,
    fetch: ({ id }, by) => keeping.fetch(id, by),
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

/** Null where what was asked for cannot be had any more. */
async function unlessGone<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof SentinelError) return null;
    throw error;
  }
}

async function* once<T>(value: T): AsyncGenerator<T> {
  yield value;
}

const toBytes = (value: unknown) => new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`);
