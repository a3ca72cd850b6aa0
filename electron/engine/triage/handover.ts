import { z } from "zod";
import { SentinelError } from "../../../shared/errors.ts";
import type { HandoverNote } from "../../../shared/shift.ts";
import { type Clock, toInstant } from "../base/clock.ts";
import { uuidv7 } from "../base/ids.ts";
import type { Principal } from "../base/principals.ts";
import type { Sealer } from "../store/seal.ts";
import { defineRead, forgetRow, type Projection, type Store, type StoreModule } from "../store/store.ts";

export const handoverEntity = "handover_note";

/** Payload of `handover.written`; the text is sealed. */
const Written = z.strictObject({ text: z.string(), by: z.string(), at: z.string() });
type Written = z.infer<typeof Written>;

const projection: Projection = {
  name: "handover notes",
  tables: ["handover_notes"],
  kinds: ["handover.written", "handover.removed"],
  shared: {
    entityType: handoverEntity,
    forget: (db) => forgetRow(db, "handover_notes"),
    rows: "SELECT * FROM handover_notes ORDER BY id",
  },
  prepare(db) {
    const write = db.prepare(
      "INSERT OR REPLACE INTO handover_notes (id, text, written_by, written_at) VALUES (?, ?, ?, ?)",
    );
    const remove = db.prepare("DELETE FROM handover_notes WHERE id = ?");
    return (event) => {
      if (event.kind === "handover.removed") {
        remove.run(event.entity_id);
        return;
      }
      const { text, by, at } = Written.parse(event.payload);
      write.run(event.entity_id, text, by, at);
    };
  },
};

interface StoredNote extends Written {
  readonly id: string;
  readonly version: number;
}

/** Notes that are shown. */
const mostNotes = 50;

const columns = "n.id, n.text, n.written_by AS by, n.written_at AS at, v.version";
const from = `handover_notes n JOIN entity_versions v ON v.entity_type = '${handoverEntity}' AND v.entity_id = n.id`;

const lastNotes = defineRead("handover.last", (db) => {
  const select = db.prepare<[], StoredNote>(`SELECT ${columns} FROM ${from} ORDER BY n.id DESC LIMIT ${mostNotes}`);
  return (_args: null): StoredNote[] => select.all();
});

const noteById = defineRead("handover.by_id", (db) => {
  const select = db.prepare<[string], StoredNote>(`SELECT ${columns} FROM ${from} WHERE n.id = ?`);
  return (id: string): StoredNote | null => select.get(id) ?? null;
});

export const handoverModule: StoreModule = {
  name: "handover notes",
  migrations: [
    {
      id: 312,
      sql: `
        CREATE TABLE handover_notes (
          id TEXT PRIMARY KEY,
          text TEXT NOT NULL,
          written_by TEXT NOT NULL,
          written_at TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;`,
    },
  ],
  reads: [lastNotes, noteById],
  writes: [],
  projections: [projection],
};

/** What one shift tells the next. */
export interface Handover {
  /** The last ones, newest first. */
  notes(): Promise<HandoverNote[]>;
  write(text: string, by: Principal): Promise<{ id: string; eventId: string }>;
  /** @throws SentinelError NOT_FOUND, CONFLICT */
  remove(id: string, baseVersion: number, by: Principal): Promise<string>;
}

export function createHandover({ store, sealer, clock }: { store: Store; sealer: Sealer; clock: Clock }): Handover {
  const kind = "handover.written";
  return {
    async notes() {
      const stored = await store.read(lastNotes, null);
      return await Promise.all(stored.map(async (note) => ({ ...note, text: await sealer.unseal(note.text) })));
    },
    async write(text, by) {
      const id = uuidv7(clock);
      const sealed = await sealer.seal(`handover ${id}`, text);
      const payload: Written = { text: sealed, by: by.actor, at: toInstant(clock.now()) };
      const inverse = { kind: "handover.removed", payload: {} };
      const draft = { entityType: handoverEntity, entityId: id, baseVersion: 0, kind, payload, inverse };
      const [event] = await store.append([draft], by);
      return { id, eventId: event!.id };
    },
    async remove(id, baseVersion, by) {
      const before = await store.read(noteById, id);
      if (before === null) throw new SentinelError("NOT_FOUND", "There is no such handover note.");
      const { text, by: writer, at } = before;
      const inverse = { kind, payload: { text, by: writer, at } satisfies Written };
      const draft = {
        entityType: handoverEntity,
        entityId: id,
        baseVersion,
        kind: "handover.removed",
        payload: {},
        inverse,
      };
      const [event] = await store.append([draft], by);
      return event!.id;
    },
  };
}
