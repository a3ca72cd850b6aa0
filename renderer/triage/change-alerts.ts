import type { QueryClient } from "@tanstack/react-query";
import type { Alert, AlertChange } from "../../shared/alert.ts";
import { parseAlertQuery } from "../../shared/alert-query.ts";
import { mostAtOnce, type QueueView, readAlerts, sendChange, sendNoteRemoval } from "../queries/alerts.ts";
import { undo } from "../queries/audit.ts";
import { refusalInWords } from "../queries/client.ts";
import { notify } from "../ui/toast.tsx";
import { changeAlert, describeChange, nameAlerts, stillMatches } from "../view/alert-change.ts";
import { useQueue } from "../view/queue.ts";
import type { TimeZone } from "../view/view.ts";
import { listedAlerts, patchAlerts, putBack, type Taken, takeOut } from "./alert-cache.ts";
import { explainRefusal } from "./refusal.ts";

/** Something that is done to rows, as the window needs to know it before the engine has answered. */
interface Deed {
  readonly client: QueryClient;
  readonly zone: TimeZone;
  readonly rows: readonly Alert[];
  /** Behind the names of the alerts: "closed as a false positive". */
  readonly words: string;
  /** Whether it writes a note, whose text stays where it was written until it is stored. */
  readonly hasNote?: boolean;
  readonly after: (row: Alert) => Alert;
  /** @returns ids of the events that did it, the first first */
  readonly send: () => Promise<string[]>;
  /** Hears that rows have left the queue, and which is next; what it returns is said with the rest. */
  readonly onLeft?: ((next: Alert | undefined) => string) | undefined;
}

/** One after the other: the next change is based on the version that the one before it made. */
function inOrder<T>(client: QueryClient, send: () => Promise<T>): Promise<T> {
  const options = { mutationFn: send, scope: { id: "alerts" }, networkMode: "always" as const, gcTime: 0 };
  return client.getMutationCache().build<T, Error, void, unknown>(client, options).execute();
}

/** What alerts tell has to be read again. */
export function refreshAlerts(client: QueryClient): void {
  for (const what of ["head", "counts", "one"]) void client.invalidateQueries({ queryKey: ["alerts", what] });
  void client.invalidateQueries({ queryKey: ["audit"] });
}

/** Takes rows out of the queue; the cursor goes to the next one. @returns what was taken, and the row under the cursor */
function leaveQueue(client: QueryClient, view: QueueView, ids: ReadonlySet<string>) {
  const listed = listedAlerts(client, view);
  const { cursor, selection, toggle } = useQueue.getState();
  const at = listed.findIndex(({ id }) => id === cursor);
  const stays = ({ id }: Alert) => !ids.has(id);
  const next = at === -1 ? undefined : (listed.slice(at).find(stays) ?? listed.slice(0, at).findLast(stays));
  const taken = takeOut(client, view, ids);
  if (at !== -1) useQueue.setState({ cursor: next?.id ?? null });
  if (selection.kind === "rows") {
    const gone = [...selection.rows.values()].filter(({ id }) => ids.has(id));
    if (gone.length > 0) toggle(gone);
  }
  return { taken, next };
}

/**
 * Does something at once as far as this window goes, and takes it back where the engine refuses.
 * @returns whether the engine did it
 */
async function perform({ client, zone, rows, words, hasNote = false, after, send, onLeft }: Deed): Promise<boolean> {
  const { q, order } = useQueue.getState();
  const view = { q, order };
  const now = Date.now();
  const changed = rows.map(after);
  patchAlerts(client, changed);
  const { terms } = parseAlertQuery(q, now);
  const gone = changed.filter((row) => !stillMatches(terms, row, now));
  const { taken, next } = leaveQueue(client, view, new Set(gone.map(({ id }) => id)));
  const more = gone.length > 0 ? (onLeft?.(next) ?? "") : "";
  const name = nameAlerts(rows);
  const sent = inOrder(client, send);
  const dismiss = notify(`${name}: ${words}.${more}`, {
    undo: () => {
      // A refusal is told once, below.
      sent.then((events) => takeBack({ client, view, rows, taken, name }, events)).catch(() => undefined);
    },
  });
  try {
    await sent;
    return true;
  } catch (refused) {
    const error = refused as Error;
    dismiss();
    patchAlerts(client, rows, { isForced: true });
    restore({ client, view, taken }, rows);
    const why = await explainRefusal(client, error, rows, zone).catch(() => refusalInWords(error));
    const kept = hasNote ? " What you wrote is kept: it stands there when you write again." : "";
    notify(`${name}: not ${words}. ${why.charAt(0).toUpperCase()}${why.slice(1)}${kept}`, { tone: "danger" });
    return false;
  } finally {
    refreshAlerts(client);
  }
}

interface Done {
  readonly client: QueryClient;
  readonly view: QueueView;
  readonly rows: readonly Alert[];
  readonly taken: readonly Taken[];
  readonly name: string;
}

function restore({ client, view, taken }: Pick<Done, "client" | "view" | "taken">, rows: readonly Alert[]): void {
  putBack(client, view, taken, rows);
  const { q, order } = useQueue.getState();
  const [first] = taken;
  if (first !== undefined && q === view.q && order === view.order) useQueue.setState({ cursor: first.id });
}

async function takeBack(done: Done, events: readonly string[]): Promise<void> {
  const { client, rows, name } = done;
  try {
    await inOrder(client, async () => {
      for (const event of events.toReversed()) await undo(event);
    });
    const now = await readAlerts(rows.map(({ id }) => id));
    patchAlerts(client, now, { isForced: true });
    restore(done, now);
    notify(`${name}: as before.`);
  } catch (error) {
    notify(`Not undone: ${refusalInWords(error as Error)}`, { tone: "danger" });
  } finally {
    refreshAlerts(client);
  }
}

/** How an action is asked for, beside what it does. */
export type Asking = Pick<Deed, "client" | "zone" | "onLeft">;

/** Changes rows from the versions that are seen; each thousand is one event. @returns whether the engine did it */
export function changeRows(
  asking: Asking,
  rows: readonly Alert[],
  change: AlertChange,
  note?: string,
): Promise<boolean> {
  return perform({
    ...asking,
    rows,
    words: describeChange(change, asking.zone) + (note === undefined ? "" : ", with a note"),
    hasNote: note !== undefined,
    after: (row) => changeAlert(row, change, note !== undefined),
    send: async () => {
      const events: string[] = [];
      for (let from = 0; from < rows.length; from += mostAtOnce) {
        const deed = { change, ...(note === undefined ? {} : { note }) };
        events.push((await sendChange(rows.slice(from, from + mostAtOnce), deed)).event_id);
      }
      // What its sessions make of it only the engine knows.
      if (change.severity === null) patchAlerts(asking.client, await readAlerts(rows.map(({ id }) => id)));
      return events;
    },
  });
}

/** Writes the same note on each of the rows. @returns whether the engine did it */
export function noteRows(asking: Asking, rows: readonly Alert[], text: string): Promise<boolean> {
  return perform({
    ...asking,
    rows,
    words: "note written",
    hasNote: true,
    after: (row) => changeAlert(row, {}, true),
    send: async () => {
      const events: string[] = [];
      for (let from = 0; from < rows.length; from += mostAtOnce) {
        events.push((await sendChange(rows.slice(from, from + mostAtOnce), { note: text })).event_id);
      }
      return events;
    },
  });
}

export function removeNote(asking: Asking, alert: Alert, noteId: string): Promise<boolean> {
  return perform({
    ...asking,
    rows: [alert],
    words: "note removed",
    after: (row) => ({ ...row, version: row.version + 1, notes: row.notes - 1 }),
    send: async () => [(await sendNoteRemoval(alert.id, noteId)).event_id],
  });
}
