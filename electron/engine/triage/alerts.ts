import type { AlertChange } from "../../../shared/alert.ts";
import { SentinelError } from "../../../shared/errors.ts";
import { type Clock, toInstant } from "../base/clock.ts";
import { uuidv7 } from "../base/ids.ts";
import type { Principal } from "../base/principals.ts";
import type { Sealer } from "../store/seal.ts";
import type { Store } from "../store/store.ts";
import { type AlertAt, draftChange, toStateChange } from "./alert-changes.ts";
import { alertStandings, notesOfAlert, type Standing, type StoredNote } from "./alert-state.ts";

/** The room where analysts decide about alerts. Everything is an event that can be undone. */
export interface AlertRoom {
  /**
   * Changes alerts, all or none. A note alone goes onto whatever version there is.
   * @returns id of the event
   * @throws SentinelError NOT_FOUND, CONFLICT when one of them was changed since
   */
  change(alerts: readonly AlertAt[], change: AlertChange | null, note: string | null, by: Principal): Promise<string>;
  /** Writes a note. @throws SentinelError NOT_FOUND */
  addNote(alertId: string, text: string, by: Principal): Promise<{ eventId: string; noteId: string }>;
  /** Takes a note off. @throws SentinelError NOT_FOUND */
  removeNote(alertId: string, noteId: string, by: Principal): Promise<string>;
  /** Notes of an alert, oldest first; the text of one whose key was erased is null. */
  notes(alertId: string): Promise<{ id: string; by: string; at: string; text: string | null }[]>;
}

export function createAlerts({ store, sealer, clock }: { store: Store; sealer: Sealer; clock: Clock }): AlertRoom {
  async function standings(ids: readonly string[]): Promise<Standing[]> {
    const found = await store.read(alertStandings, ids);
    return found.map((standing, i) => {
      if (standing === null) throw new SentinelError("NOT_FOUND", `There is no alert ${ids[i]}.`);
      return standing;
    });
  }

  return {
    async change(alerts, change, note, by) {
      const now = await standings(alerts.map(({ id }) => id));
      const deed = {
        ...(change === null ? {} : { set: toStateChange(change) }),
        ...(note === null ? {} : { note: await sealNote(note, { sealer, clock, by }) }),
      };
      const [event] = await store.append([draftChange(change === null ? now.map(at) : alerts, now, deed)], by);
      return event!.id;
    },
    async addNote(alertId, text, by) {
      const now = await standings([alertId]);
      const note = await sealNote(text, { sealer, clock, by });
      const [event] = await store.append([draftChange([at(now[0]!)], now, { note })], by);
      return { eventId: event!.id, noteId: note.id };
    },
    async removeNote(alertId, noteId, by) {
      const now = await standings([alertId]);
      const unnote = (await store.read(notesOfAlert, alertId)).find(({ id }) => id === noteId);
      if (unnote === undefined) throw new SentinelError("NOT_FOUND", "There is no such note.");
      const [event] = await store.append([draftChange([at(now[0]!)], now, { unnote })], by);
      return event!.id;
    },
    async notes(alertId) {
      const stored = await store.read(notesOfAlert, alertId);
      return await Promise.all(stored.map(async (note) => ({ ...note, text: await sealer.unseal(note.text) })));
    },
  };
}

/** A note as the log and a job may keep it: sealed with a key of its own, since one action's note may stand on many alerts. */
export async function sealNote(
  text: string,
  { sealer, clock, by }: { sealer: Sealer; clock: Clock; by: Principal },
): Promise<StoredNote> {
  const id = uuidv7(clock);
  return { id, text: await sealer.seal(`note ${id}`, text), by: by.actor, at: toInstant(clock.now()) };
}

/** A note says nothing that another change could contradict: it goes onto whatever version there is. */
function at({ id, version }: Standing): AlertAt {
  return { id, base_version: version };
}
