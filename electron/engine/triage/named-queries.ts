import { z } from "zod";
import { AlertOrder, Severity, severities } from "../../../shared/alert.ts";
import { lastingFields } from "../../../shared/alert-query-lasting.ts";
import { SentinelError } from "../../../shared/errors.ts";
import { type NamedQuery, type NamedQueryDraft, NamedQueryKind } from "../../../shared/named-query.ts";
import { watchedTraffic } from "../../../shared/watch-traffic.ts";
import { type Clock, toInstant } from "../base/clock.ts";
import { uuidv7 } from "../base/ids.ts";
import type { Principal } from "../base/principals.ts";
import type { Sealer } from "../store/seal.ts";
import { defineRead, forgetRow, type Projection, type Store, type StoreModule } from "../store/store.ts";
import { type AlertConditions, alertConditions, type Suppression } from "./query-sql.ts";
import { type SearchConditions, searchConditions } from "./search-conditions.ts";

export const namedQueryEntity = "named_query";

/** Payload of `query.saved`: name and query are sealed, since they may name people and addresses. */
const Saved = z.strictObject({
  kind: NamedQueryKind,
  text: z.string(),
  order: AlertOrder.nullable(),
  until: z.string().nullable(),
  up_to: Severity.nullable(),
  by: z.string(),
  at: z.string(),
});
type Saved = z.infer<typeof Saved>;

const SealedText = z.strictObject({ name: z.string(), q: z.string() });

const projection: Projection = {
  name: "named queries",
  tables: ["named_queries"],
  kinds: ["query.saved", "query.removed"],
  shared: {
    entityType: namedQueryEntity,
    forget: (db) => forgetRow(db, "named_queries"),
    rows: "SELECT * FROM named_queries ORDER BY id",
  },
  prepare(db) {
    const save = db.prepare(
      `INSERT INTO named_queries (id, kind, text, "order", until, up_to, made_by, made_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET kind = excluded.kind, text = excluded.text, "order" = excluded."order", until = excluded.until,
         up_to = excluded.up_to, made_by = excluded.made_by, made_at = excluded.made_at`,
    );
    const remove = db.prepare("DELETE FROM named_queries WHERE id = ?");
    return (event) => {
      if (event.kind === "query.removed") {
        remove.run(event.entity_id);
        return;
      }
      const { kind, text, order, until, up_to, by, at } = Saved.parse(event.payload);
      save.run(event.entity_id, kind, text, order, until, up_to, by, at);
    };
  },
};

interface StoredQuery extends Saved {
  readonly id: string;
  readonly version: number;
}

const storedQueries = defineRead("named_queries.all", (db) => {
  const select = db.prepare<[], StoredQuery>(
    `SELECT q.id, q.kind, q.text, q."order", q.until, q.up_to, q.made_by AS by, q.made_at AS at, v.version
     FROM named_queries q JOIN entity_versions v ON v.entity_type = '${namedQueryEntity}' AND v.entity_id = q.id`,
  );
  return (_args: null): StoredQuery[] => select.all();
});

export const namedQueryModule: StoreModule = {
  name: "named queries",
  migrations: [
    {
      id: 301,
      sql: `
        CREATE TABLE named_queries (
          id TEXT PRIMARY KEY,
          kind TEXT NOT NULL,
          text TEXT NOT NULL,
          "order" TEXT,
          until TEXT,
          up_to TEXT,
          made_by TEXT NOT NULL,
          made_at TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;`,
    },
  ],
  reads: [storedQueries],
  writes: [],
  projections: [projection],
};

export interface NamedQueries {
  /** By name. */
  all(): Promise<NamedQuery[]>;
  /** @throws SentinelError INPUT_INVALID for a query that cannot be understood or is not for this, NOT_FOUND, CONFLICT */
  save(id: string | undefined, baseVersion: number, draft: NamedQueryDraft, by: Principal): Promise<SavedQuery>;
  /** @throws SentinelError NOT_FOUND, CONFLICT */
  remove(id: string, baseVersion: number, by: Principal): Promise<string>;
  /** What is suppressed and watched now. */
  inForce(): Promise<QueriesInForce>;
  /** What is watched now, of requests; without the watches that ask for something that only alerts have. */
  watchedTraffic(): Promise<SearchConditions[]>;
}

export interface QueriesInForce {
  readonly suppressions: readonly Suppression[];
  readonly watches: readonly { readonly name: string; readonly where: AlertConditions }[];
}

interface SavedQuery {
  readonly id: string;
  readonly eventId: string;
}

export function createNamedQueries(options: { store: Store; sealer: Sealer; clock: Clock }): NamedQueries {
  const { store, sealer, clock } = options;

  async function all(): Promise<NamedQuery[]> {
    const stored = await store.read(storedQueries, null);
    const opened = await Promise.all(
      stored.map(async ({ text, ...rest }): Promise<NamedQuery[]> => {
        const clear = await sealer.unseal(text);
        // Erased: it neither shows nor hides anything any more.
        if (clear === null) return [];
        const active = rest.until === null || Date.parse(rest.until) > clock.now();
        return [{ ...rest, ...SealedText.parse(JSON.parse(clear)), active }];
      }),
    );
    return opened.flat().sort((a, b) => a.name.localeCompare(b.name) || a.id.localeCompare(b.id));
  }

  async function find(id: string): Promise<StoredQuery> {
    const found = (await store.read(storedQueries, null)).find((query) => query.id === id);
    if (found === undefined) throw new SentinelError("NOT_FOUND", "There is no such view, suppression or watch.");
    return found;
  }

  const toSaved = ({ id: _, version: _version, ...saved }: StoredQuery): Saved => saved;
  const compile = (q: string) => alertConditions(q, { now: clock.now(), by: "" });

  return {
    all,
    async save(given, baseVersion, draft, by) {
      const { fields } = compile(draft.q);
      const passing = fields.find((field) => !lastingFields.has(field));
      if (draft.kind !== "view" && passing !== undefined) {
        throw new SentinelError("INPUT_INVALID", `q: ${passing} says what became of an alert, not what it is.`);
      }
      if (draft.kind === "suppress" && Date.parse(draft.until) <= clock.now()) {
        throw new SentinelError("INPUT_INVALID", "until: it is over already.");
      }
      const id = given ?? uuidv7(clock);
      const before = given === undefined ? null : toSaved(await find(given));
      const saved: Saved = {
        kind: draft.kind,
        text: await sealer.seal(`query ${id}`, JSON.stringify({ name: draft.name, q: draft.q })),
        order: draft.kind === "view" ? draft.order : null,
        until: draft.kind === "suppress" ? draft.until : null,
        up_to: draft.kind === "suppress" ? draft.up_to : null,
        by: by.actor,
        at: toInstant(clock.now()),
      };
      const inverse =
        before === null ? { kind: "query.removed", payload: {} } : { kind: "query.saved", payload: before };
      const [event] = await store.append(
        [{ entityType: namedQueryEntity, entityId: id, baseVersion, kind: "query.saved", payload: saved, inverse }],
        by,
      );
      return { id, eventId: event!.id };
    },
    async remove(id, baseVersion, by) {
      const inverse = { kind: "query.saved", payload: toSaved(await find(id)) };
      const draft = {
        entityType: namedQueryEntity,
        entityId: id,
        baseVersion,
        kind: "query.removed",
        payload: {},
        inverse,
      };
      const [event] = await store.append([draft], by);
      return event!.id;
    },
    async inForce() {
      const active = (await all()).filter((query) => query.active);
      return {
        suppressions: active
          .filter(({ kind }) => kind === "suppress")
          .map(({ q, up_to }) => ({ where: compile(q), upTo: severities.indexOf(up_to ?? "low") })),
        watches: active.filter(({ kind }) => kind === "watch").map(({ name, q }) => ({ name, where: compile(q) })),
      };
    },
    async watchedTraffic() {
      const watches = (await all()).filter(({ kind, active }) => kind === "watch" && active);
      return watches.flatMap(({ q }) => {
        const asked = watchedTraffic(q, clock.now());
        return asked === null ? [] : [searchConditions(asked, clock.now())];
      });
    },
  };
}
