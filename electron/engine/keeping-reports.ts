import { SentinelError } from "../../shared/errors.ts";
import type { listShelvedReports } from "../../shared/report.ts";
import type { Output } from "../../shared/route.ts";
import type { Clock } from "./base/clock.ts";
import { uuidv7 } from "./base/ids.ts";
import { enginePrincipal, type Principal } from "./base/principals.ts";
import { getFromShelf, inMemory, type ObjectShelf } from "./fleet/object-shelf.ts";
import { withRetries } from "./fleet/retries.ts";
import { ReportShelved, reportEntity, type ShelvedReport, shelvedReport, shelvedReports } from "./report/kept-table.ts";
import type { StoreHost } from "./store/store.ts";

const mostBytes = 64 * 1024 ** 2;
const listed = 500;
/** Reports that an erasure looks at. */
const mostLooked = 100_000;

/** What an erasure could not remove from the shelf. */
export interface ReportLeft {
  readonly sha256: string;
  readonly address: string;
  readonly why: string;
}

export interface ReportKeepingOptions {
  readonly store: StoreHost;
  readonly clock: Clock;
  /** Null: there is none. */
  readonly shelf: ObjectShelf | null;
  /** Whether each report that is taken is kept. */
  readonly isOn: boolean;
  /** How long somebody waits for the shelf, milliseconds. Another one for tests. */
  readonly patienceMs?: number;
}

export type ReportKeeping = ReturnType<typeof createReportKeeping>;

/** Reports on the shelf that engines share: `reports/SHA256.html`. */
export function createReportKeeping({ store, clock, shelf, isOn, patienceMs = 20_000 }: ReportKeepingOptions) {
  function requireShelf(): ObjectShelf {
    if (shelf !== null) return shelf;
    throw new SentinelError("UNAVAILABLE", "There is no shelf: SENTINEL_S3_SHELF is not set.");
  }

  /** Tries for so long as somebody waits. @throws SentinelError UNAVAILABLE with the last failure */
  async function withPatience<T>(
    what: string,
    act: (signal: AbortSignal, hear: (error: SentinelError) => void) => Promise<T>,
  ): Promise<T> {
    const signal = AbortSignal.timeout(patienceMs);
    let last = "The shelf does not answer in time.";
    try {
      return await act(signal, ({ message }) => {
        last = message;
      });
    } catch (error) {
      if (!signal.aborted) throw error;
      throw new SentinelError("UNAVAILABLE", `${what}: ${last}`, undefined, error);
    }
  }

  async function note(sha256: string, baseVersion: number, kind: string, payload: unknown, by: Principal) {
    const draft = { entityType: reportEntity, entityId: sha256, baseVersion, kind, payload, inverse: null };
    return (await store.append([draft], by))[0]!.version;
  }

  async function remove(report: ShelvedReport): Promise<void> {
    const bucket = requireShelf();
    await withPatience("It was not removed from the shelf", (signal, hear) =>
      withRetries(() => bucket.remove(report.key, signal), signal, hear),
    );
    await note(report.sha256, report.version, "report.removed", { because: "erased" }, enginePrincipal);
  }

  return {
    /**
     * Keeps a report, where that is asked for. @param version of its entity in the log
     * @throws SentinelError UNAVAILABLE when it could not be kept: then it must not be given out either
     */
    async keep(
      file: Uint8Array,
      sha256: string,
      about: Readonly<Record<string, string>>,
      evidence: readonly string[],
      version: number,
      by: Principal,
    ): Promise<void> {
      if (!isOn) return;
      const bucket = requireShelf();
      const key = `reports/${sha256}.html`;
      const place = { key, address: `${bucket.address}${key}`, bytes: file.length, ...about, evidence: [...evidence] };
      // SECURITY: first the log, then the shelf: an erasure finds whatever may lie there.
      const noted = await note(sha256, version, "report.shelved", ReportShelved.parse(place), by);
      await withPatience("The report is not given out: it could not be kept on the shelf", (signal, hear) =>
        withRetries(() => bucket.put(key, inMemory(file, sha256), signal), signal, hear),
      );
      await note(sha256, noted, "report.kept", {}, by);
    },
    async list(): Promise<Output<typeof listShelvedReports>> {
      const found = await store.read(shelvedReports, listed + 1);
      return {
        is_on: isOn,
        more: found.length > listed,
        items: found.slice(0, listed).map(({ sha256, address, bytes, about, at, by, isKept }) => ({
          ...{ sha256, address, bytes, about, at, by },
          kept: isKept,
        })),
      };
    },
    /** The file as it was kept, checked by its hash. @throws SentinelError NOT_FOUND, EVIDENCE_HASH_MISMATCH, UNAVAILABLE */
    async fetch(sha256: string, by: Principal): Promise<Uint8Array<ArrayBuffer>> {
      const report = await store.read(shelvedReport, sha256);
      if (report === null) throw new SentinelError("NOT_FOUND", "No such report was kept by this engine.");
      // SECURITY: nothing is given out without a trace.
      const entity = { entityType: "report_fetch", entityId: uuidv7(clock), baseVersion: 0 };
      await store.append([{ ...entity, kind: "report.fetched", payload: { sha256 }, inverse: null }], by);
      const parts = await withPatience("The report cannot be fetched", (signal, hear) =>
        Array.fromAsync(getFromShelf(requireShelf(), { key: report.key, sha256, mostBytes }, signal, hear)),
      );
      return new Uint8Array(Buffer.concat(parts));
    },
    /**
     * Removes the reports that tell of erased evidence, those of earlier erasures too that could not be reached then.
     * @returns what is still there, and why; `others`: reports that tell of other evidence
     */
    async removeErased(isErased: (evidenceId: string) => boolean): Promise<{ left: ReportLeft[]; others: number }> {
      const all = await store.read(shelvedReports, mostLooked);
      const due = all.filter(({ evidence }) => evidence.some(isErased));
      const left: ReportLeft[] = [];
      let away: string | null = null;
      for (const report of due) {
        try {
          // One that does not answer is not asked for each.
          if (away !== null) throw new SentinelError("UNAVAILABLE", away);
          await remove(report);
        } catch (error) {
          if (!(error instanceof SentinelError)) throw error;
          if (error.code === "UNAVAILABLE") away = error.message;
          left.push({ sha256: report.sha256, address: report.address, why: error.message });
        }
      }
      return { left, others: all.length - due.length };
    },
  };
}
