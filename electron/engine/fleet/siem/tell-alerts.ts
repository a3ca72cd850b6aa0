import { type Alert, severities } from "../../../../shared/alert.ts";
import { SentinelError } from "../../../../shared/errors.ts";
import type { SiemOutput } from "../../../../shared/siem.ts";
import { sha256 } from "../../base/ids.ts";
import type { EventRow, Store } from "../../store/store.ts";
import { alertChanged, changesOf } from "../../triage/alert-state.ts";
import type { AlertFormat, Telling } from "./format.ts";
import { alertFormats } from "./formats.ts";
import type { SiemAnswer, SiemDocument, SiemSender } from "./sender.ts";
import { alertsOfEvidence, saveTold, type Told, toldAlerts } from "./told-table.ts";

/** Alerts that are sent at once. */
const batch = 200;

export interface TellingSources {
  readonly store: Store;
  readonly node: string;
  readonly version: string;
  /** As screens show them; those that are gone are left out. */
  alerts(ids: readonly string[]): Promise<readonly Alert[]>;
}

/**
 * Tells a system of the alerts that some entries of the log opened, changed or closed, as they are now. What it has taken is written
 * down at once, so that what is sent again after a failure is only what it has not.
 *
 * @param key of the output, by which it is known what it was told
 * @returns why some are to be told later; null: all were taken or put aside
 * @throws SentinelError UNAVAILABLE
 */
export async function tellAlerts(
  events: readonly EventRow[],
  { output, key, sender, sources }: { output: SiemOutput; key: string; sender: SiemSender; sources: TellingSources },
): Promise<string | null> {
  const waiting = new Map<string, EventRow>();
  let problem: string | null = null;
  const flush = async () => {
    problem = (await tell(waiting)) ?? problem;
    waiting.clear();
  };
  for (const event of events) {
    for await (const ids of touchedAlerts(event, sources.store)) {
      for (const id of ids) waiting.set(id, event);
      if (waiting.size >= batch) await flush();
    }
  }
  await flush();
  return problem;

  async function tell(entries: ReadonlyMap<string, EventRow>): Promise<string | null> {
    if (entries.size === 0) return null;
    const { store, node, version } = sources;
    const format = alertFormats[output.format];
    const known = new Map(
      (await store.read(toldAlerts, { output: key, ids: [...entries.keys()] })).map((told) => [told.alert_id, told]),
    );
    const due: { told: Told; document: SiemDocument }[] = [];
    for (const alert of await sources.alerts([...entries.keys()])) {
      const before = known.get(alert.id);
      // What it knows of it hears to its end, however mild it became.
      if (before === undefined && severities.indexOf(alert.severity) < severities.indexOf(output.min_severity))
        continue;
      const digest = digestOf(alert, format, node);
      if (before?.digest === digest) continue;
      const { id: entryId, at } = entries.get(alert.id)!;
      const first_at = before?.first_at ?? at;
      const text = format.write(alert, { node, version, entryId, at, firstAt: first_at });
      const told = { alert_id: alert.id, digest, first_at, refused: null };
      due.push({ told, document: { id: `${alert.id}.${entryId}`, at, text } });
    }
    if (due.length === 0) return null;
    const answers = await sender.send(due.map(({ document }) => document));
    const settled = due.flatMap(({ told }, i) => settle(told, answers[i]));
    await store.write(saveTold, { output: key, told: settled });
    const [reason = null] = answers.flatMap((answer) => (answer.state === "later" ? [answer.reason] : []));
    // Nothing at all was taken: the rest would not be either.
    if (reason !== null && settled.length === 0) throw new SentinelError("UNAVAILABLE", reason);
    return reason;
  }
}

function settle(told: Told, answer: SiemAnswer | undefined): Told[] {
  if (answer === undefined || answer.state === "later") return [];
  return [answer.state === "refused" ? { ...told, refused: answer.reason } : told];
}

/** Of what a document says beside its times: told again in the same state, an alert would be doubled. */
function digestOf(alert: Alert, format: AlertFormat, node: string): string {
  return sha256(format.write(alert, { ...timeless, node }));
}

const never = new Date(0).toISOString();
const timeless: Telling = { node: "", version: "", entryId: "", at: never, firstAt: never };

/** Alerts that an entry of the log opened, changed or closed. */
async function* touchedAlerts(event: EventRow, store: Store): AsyncGenerator<readonly string[]> {
  if (event.kind === alertChanged) {
    const ids = changesOf(event.entity_id, event.payload).map(([id]) => id);
    for (let from = 0; from < ids.length; from += batch) yield ids.slice(from, from + batch);
  }
  if (event.kind !== "evidence.analysed") return;
  for (let after = ""; ; ) {
    const ids = await store.read(alertsOfEvidence, { evidenceId: event.entity_id, after, limit: batch });
    yield ids;
    if (ids.length < batch) return;
    after = ids.at(-1)!;
  }
}
