import { createHash } from "node:crypto";
import { z } from "zod";
import { SentinelError } from "../../../shared/errors.ts";
import { roles } from "../../../shared/route.ts";
import { contentId } from "../base/ids.ts";
import { type BulkMember, bulkEntityId, bulkMembers, restrictBulk } from "./bulk.ts";
import type { Entry } from "./event-log.ts";
import { eventById, eventsOfEntityAfter, openEventSelect } from "./event-table.ts";
import { fromSharedEvent, type SharedSnapshot, toSharedEvent } from "./shared-snapshot.ts";
import { openPending, type PendingRow } from "./shared-tables.ts";
import type { Db, EventRow, Projection } from "./store.ts";
import { decisionRejected, type Rejection } from "./undo-chain.ts";

/**
 * What engines of a fleet decide together. Each engine writes its decisions into its own log at once, and tells them on a topic that
 * all read in one order. There a decision is accepted if, for each entity that it changes, the event that its engine had seen last is
 * still the last accepted one; so every engine comes to the same answer by itself. What others decided meanwhile takes the place of
 * what was written here too early: a rejection is an entry of the log, and what it names has no effect any more.
 */
export interface SharedLog {
  isShared(entityType: string): boolean;
  /** Decisions of this engine after a place in its log that were not judged yet, oldest first. */
  waiting(after: number, limit: number): Waiting[];
  /** Takes what the topic says, in its order; what was taken already is left out. */
  judge(heard: readonly Heard[]): { outcomes: Judgement[]; appended: EventRow[] };
  /** How far this engine has come, to be compared with another. */
  state(withHash: boolean): SharedState;
  /** What the topic came to as far as it was read here; null: more entities than one message to the writer should hold. */
  snapshot(): SharedSnapshot | null;
  /** Begins with what another engine's snapshot says. @returns null: something was read already, and nothing is taken from it */
  load(snapshot: SharedSnapshot): EventRow[] | null;
  /** Does to the tables what an entry of the kind `decision.rejected` says. */
  applyRejection(event: EventRow): void;
}

/** What an engine knew of an entity when it decided: how often it was changed by accepted events, and the last of them. */
export const Seen = z.strictObject({
  id: z.string().min(1).max(400),
  base_version: z.number().int().min(0),
  /** Null: none yet. */
  event: z.string().max(100).nullable(),
});
export type Seen = z.infer<typeof Seen>;

const Change = z.strictObject({ kind: z.string().min(1).max(400), payload: z.unknown() });

/** An event as the other engines hear of it. */
export const DecisionEvent = z.strictObject({
  id: z.string().min(1).max(100),
  entity_type: z.string().min(1).max(400),
  entity_id: z.string().min(1).max(400),
  ...Change.shape,
  inverse: Change.nullable(),
  batch_id: z.string().max(100).nullable(),
  actor: z.string().min(1).max(400),
  role: z.enum(roles),
  at: z.string().max(40),
  /** Of each entity: one, or the members of a bulk event. */
  seen: z.array(Seen).min(1).max(5000),
});
export type DecisionEvent = z.infer<typeof DecisionEvent>;

/** What was decided at once: events of single entities, all or none of which are accepted; or one part of a bulk event, each of whose members is judged alone. */
export const Decision = z.strictObject({
  node_id: z.string().min(1).max(200),
  events: z.array(DecisionEvent).min(1).max(100),
});
export type Decision = z.infer<typeof Decision>;

/** One message of the topic. */
export interface Heard {
  readonly offset: number;
  /** Null: nothing that could be read; it is passed over. */
  readonly decision: Decision | null;
}

export interface Waiting {
  /** Its last event in this engine's log. */
  readonly seq: number;
  readonly decision: Decision;
}

/** What became of a message. `partly`: of some members of a bulk event. */
export interface Judgement {
  readonly offset: number;
  readonly outcome: "accepted" | "partly" | "rejected" | "unreadable" | "known";
}

/** Two engines that have read as far, and have nothing waiting, have the same hash. */
export interface SharedState {
  /** Of the last message that was judged; -1: none. */
  readonly offset: number;
  /** Own decisions that were not judged yet. */
  readonly waiting: number;
  /** SHA-256 over everything that is shared; null: it was not asked for. */
  readonly hash: string | null;
}

/** Entities of the largest snapshot. */
const mostEntities = 200_000;

/** Members of a bulk event that travel at once. */
export const membersAtOnce = 5000;
/** Events of single entities that are accepted or rejected together. */
const mostTogether = 50;

/** The log, as far as this part of it needs it. */
interface LogPorts {
  readonly projections: readonly Projection[];
  readonly nodeId: string;
  readonly versionOf: (entityType: string, entityId: string) => number;
  readonly record: (entry: Entry) => EventRow;
  readonly newId: () => string;
  readonly now: () => string;
}

export function openSharedLog(db: Db, log: LogPorts): SharedLog {
  const { nodeId, versionOf } = log;
  const sharing = new Map(
    log.projections.flatMap(({ shared, prepare }) =>
      shared === undefined ? [] : [[shared.entityType, { forget: shared.forget(db), apply: prepare(db) }] as const],
    ),
  );
  const isShared = (entityType: string) => sharing.has(entityType);
  const tables = openPending(db);
  const readOfEntity = eventsOfEntityAfter.prepare(db);
  const readById = eventById.prepare(db);
  const types = [...sharing.keys()].map((type) => `'${type}'`).join(", ");
  const readOwn = openEventSelect(
    db,
    `seq > ? AND origin IS NULL AND kind != '${decisionRejected}' AND entity_type IN (${types || "''"}) ORDER BY seq LIMIT ?`,
  );
  const readDecision = openEventSelect(db, "seq IN (SELECT seq FROM fleet_pending WHERE decision = ?) ORDER BY seq");

  /** Takes down what this engine decided since, and what it had seen then. */
  function note(): void {
    const page = 500;
    let together = { decision: 0, batch: "", count: 0 };
    for (let after = tables.notedTo(); ; ) {
      const events = readOwn(after, page);
      for (const event of events) {
        const members = bulkMembers(event.entity_id, event.payload);
        const batch = members === null ? event.batch_id : null;
        if (batch === null || together.batch !== batch || together.count >= mostTogether) {
          together = { decision: event.seq, batch: batch ?? "", count: 0 };
        }
        together.count++;
        for (const entityId of members?.map(({ id }) => id) ?? [event.entity_id]) {
          const { version, event: seen } = tables.last(event.entity_type, entityId);
          tables.add({
            seq: event.seq,
            decision: together.decision,
            event_id: event.id,
            entity_type: event.entity_type,
            entity_id: entityId,
            base_version: version,
            seen,
            is_bulk: Number(members !== null),
          });
        }
        after = event.seq;
      }
      if (events.length > 0) tables.setNotedTo(after);
      if (events.length < page) return;
    }
  }

  function toDecisionEvent(event: EventRow, rows: readonly PendingRow[]): DecisionEvent {
    const { id, entity_type, entity_id, kind, payload, inverse, batch_id, actor, role, at } = event;
    const seen = rows.map((row) => ({ id: row.entity_id, base_version: row.base_version, event: row.seen }));
    const own = { id, entity_type, entity_id, kind, batch_id, actor, role, at, seen };
    if (entity_id !== bulkEntityId) return { ...own, payload, inverse };
    // Versions of one engine's log say nothing to another: each puts its own in their place.
    const members = new Map(rows.map((row) => [row.entity_id, 0]));
    const back = inverse === null ? null : { kind: inverse.kind, payload: restrictBulk(inverse.payload, members) };
    return { ...own, payload: restrictBulk(payload, members), inverse: back };
  }

  /** What was decided at once, as messages: a bulk event in parts. */
  function toDecisions(decision: number): Decision[] {
    const events = readDecision(decision);
    const rows = Map.groupBy(tables.ofDecision(decision), ({ seq }) => seq);
    const [first] = events;
    if (first === undefined) return [];
    if (first.entity_id !== bulkEntityId) {
      return [{ node_id: nodeId, events: events.map((event) => toDecisionEvent(event, rows.get(event.seq)!)) }];
    }
    const members = rows.get(first.seq)!;
    return Array.from({ length: Math.ceil(members.length / membersAtOnce) }, (_, part) => ({
      node_id: nodeId,
      events: [toDecisionEvent(first, members.slice(part * membersAtOnce, (part + 1) * membersAtOnce))],
    }));
  }

  /** Takes back what waits, all that was decided together with it, and all that stands on it. */
  function withdraw(start: readonly PendingRow[], because: Rejection["because"], appended: EventRow[]): void {
    const gone = new Map<string, PendingRow>();
    const queue = [...start];
    for (let row = queue.pop(); row !== undefined; row = queue.pop()) {
      const key = `${row.seq} ${row.entity_id}`;
      if (gone.has(key)) continue;
      gone.set(key, row);
      if (row.is_bulk === 0) queue.push(...tables.ofDecision(row.decision));
      queue.push(...tables.ofEntity(row.entity_type, row.entity_id).filter(({ seq }) => seq > row.seq));
    }
    if (gone.size === 0) return;
    for (const row of gone.values()) tables.remove(row);
    const entities = Map.groupBy(gone.values(), ({ entity_type, entity_id }) =>
      JSON.stringify([entity_type, entity_id]),
    );
    // One entry for all entities of a type that lose the same events.
    const entries = Map.groupBy(entities.values(), (rows) =>
      JSON.stringify([rows[0]!.entity_type, [...new Set(rows.map(({ event_id }) => event_id))].sort()]),
    );
    for (const group of entries.values()) {
      const { entity_type } = group[0]![0]!;
      const events = [...new Set(group[0]!.map(({ event_id }) => event_id))].sort();
      const members = group.map(([row]) => ({
        id: row!.entity_id,
        base_version: versionOf(entity_type, row!.entity_id),
      }));
      const [only] = members;
      const isBulk = members.length > 1;
      const base_version = isBulk ? 0 : only!.base_version;
      const rejection: Rejection = { events, because };
      appended.push(
        log.record({
          id: log.newId(),
          entity_type,
          entity_id: isBulk ? bulkEntityId : only!.id,
          base_version,
          version: base_version + 1,
          kind: decisionRejected,
          payload: isBulk ? { ...rejection, members } : rejection,
          inverse: null,
          batch_id: null,
          actor: "fleet",
          role: "admin",
          node_id: nodeId,
          origin: null,
          state: "rejected",
          at: log.now(),
        }),
      );
    }
  }

  /** Writes what another engine decided into this one's log. @param ids members of a bulk event that it was accepted for */
  function take(event: DecisionEvent, node: string, offset: number, ids: readonly string[] | null): EventRow {
    const { id, entity_type, entity_id, kind, payload, inverse, batch_id, actor, role, at } = event;
    const common = { entity_type, entity_id, kind, actor, role, node_id: node, origin: String(offset), at };
    // Parts of a bulk event are entries of their own here.
    const row = {
      ...common,
      id: readById(id) === null ? id : contentId("part", id, offset),
      state: "confirmed" as const,
    };
    if (ids === null) {
      const base_version = versionOf(entity_type, entity_id);
      return log.record({ ...row, base_version, version: base_version + 1, payload, inverse, batch_id });
    }
    const versions = new Map(ids.map((member) => [member, versionOf(entity_type, member)]));
    const back = inverse === null ? null : { kind: inverse.kind, payload: restrictBulk(inverse.payload, versions) };
    // Parts of one action belong together, whoever takes them back.
    const batch = batch_id ?? (ids.length < membersAtOnce && row.id === id ? null : id);
    const changed = restrictBulk(payload, versions);
    return log.record({ ...row, base_version: 0, version: 1, payload: changed, inverse: back, batch_id: batch });
  }

  /** Whether the entity's last accepted event is the one that was seen. */
  const isCurrent = (type: string, { id, event }: Seen, sofar?: ReadonlyMap<string, string>) =>
    (sofar?.get(JSON.stringify([type, id])) ?? tables.accepted(type, id).event) === event;

  const sayWhy = (event: DecisionEvent, node: string): Rejection["because"] => ({
    node_id: node,
    actor: event.actor,
    at: event.at,
  });

  /** Makes events the last ones of their entities. @param seen of those for which it was accepted */
  function accept({ id, entity_type }: DecisionEvent, seen: readonly Seen[]): void {
    for (const entity of seen) {
      tables.accept(entity_type, entity.id, id);
      tables.removeOf(id, entity.id);
    }
  }

  /** Whether the event is this engine's own, and stands in its log: after a restore it may be news to itself. */
  const isHere = (node: string, { id }: DecisionEvent) => node === nodeId && readById(id) !== null;

  function judgeTogether(
    { node_id: node, events }: Decision,
    offset: number,
    appended: EventRow[],
  ): Judgement["outcome"] {
    const sofar = new Map<string, string>();
    for (const { id, entity_type, seen } of events) {
      for (const one of seen) {
        if (!isCurrent(entity_type, one, sofar)) {
          if (node === nodeId)
            withdraw(
              events.flatMap((event) => tables.ofEvent(event.id)),
              null,
              appended,
            );
          return "rejected";
        }
        sofar.set(JSON.stringify([entity_type, one.id]), id);
      }
    }
    for (const event of events) {
      const here = isHere(node, event);
      const [entity] = event.seen;
      if (!here) withdraw(tables.ofEntity(event.entity_type, entity!.id), sayWhy(event, node), appended);
      if (!here) appended.push(take(event, node, offset, null));
      accept(event, event.seen);
    }
    return "accepted";
  }

  function judgeBulk({ node_id: node, events }: Decision, offset: number, appended: EventRow[]): Judgement["outcome"] {
    const event = events[0]!;
    const here = isHere(node, event);
    const current = event.seen.filter((seen) => isCurrent(event.entity_type, seen));
    const late = event.seen.filter((seen) => !current.includes(seen));
    if (here && late.length > 0) {
      const lost = new Set(late.map(({ id }) => id));
      withdraw(
        tables.ofEvent(event.id).filter(({ entity_id }) => lost.has(entity_id)),
        null,
        appended,
      );
    }
    if (current.length === 0) return "rejected";
    if (!here) {
      const waiting = current.flatMap(({ id }) => tables.ofEntity(event.entity_type, id));
      withdraw(waiting, sayWhy(event, node), appended);
      appended.push(
        take(
          event,
          node,
          offset,
          current.map(({ id }) => id),
        ),
      );
    }
    accept(event, current);
    return late.length === 0 ? "accepted" : "partly";
  }

  /** What cannot be what an engine would say, whoever said it. */
  function isSound({ events }: Decision): boolean {
    const isBulk = events.some(({ entity_id }) => entity_id === bulkEntityId);
    if (isBulk && events.length > 1) return false;
    return events.every((event) => {
      // SECURITY: settings, keys and the like stay each engine's own, whatever the topic says.
      if (!isShared(event.entity_type) || event.kind === decisionRejected) return false;
      const ids = (isBulk ? bulkMembers(bulkEntityId, event.payload) : null)?.map(({ id }) => id) ?? [event.entity_id];
      const seen = event.seen.map(({ id }) => id);
      return ids.length === seen.length && new Set(seen).size === seen.length && ids.every((id) => seen.includes(id));
    });
  }

  const savepoint = db.prepare("SAVEPOINT decision");
  const release = db.prepare("RELEASE decision");
  const rollbackTo = db.prepare("ROLLBACK TO decision");

  function judgeOne(decision: Decision, offset: number, appended: EventRow[]): Judgement["outcome"] {
    savepoint.run();
    const mine: EventRow[] = [];
    try {
      if (!isSound(decision)) throw new SentinelError("INPUT_INVALID", "No engine decides this.");
      const isBulk = decision.events[0]!.entity_id === bulkEntityId;
      const outcome = isBulk ? judgeBulk(decision, offset, mine) : judgeTogether(decision, offset, mine);
      release.run();
      appended.push(...mine);
      return outcome;
    } catch (error) {
      // A full disk is no fault of the message, and it comes again.
      if (!db.inTransaction || !isFaultOfMessage(error)) throw error;
      rollbackTo.run();
      release.run();
      return "unreadable";
    }
  }

  function hashAll(): string {
    const hash = createHash("sha256");
    for (const { shared } of log.projections) {
      if (shared === undefined) continue;
      hash.update(`${shared.entityType}\n`);
      for (const row of db.prepare(shared.rows).raw().iterate()) hash.update(`${JSON.stringify(row)}\n`);
    }
    for (const row of tables.everyAccepted()) hash.update(`${JSON.stringify(row)}\n`);
    return hash.digest("hex");
  }

  return {
    isShared,
    waiting(after, limit) {
      note();
      const found: Waiting[] = [];
      for (const { decision, seq } of tables.decisionsAfter(after, limit)) {
        for (const one of toDecisions(decision)) found.push({ seq, decision: one });
      }
      return found;
    },
    judge(heard) {
      note();
      const appended: EventRow[] = [];
      const outcomes = heard.map(({ offset, decision }): Judgement => {
        if (offset <= tables.offset()) return { offset, outcome: "known" };
        const outcome = decision === null ? "unreadable" : judgeOne(decision, offset, appended);
        tables.setOffset(offset);
        return { offset, outcome };
      });
      return { outcomes, appended };
    },
    state(withHash) {
      note();
      return { offset: tables.offset(), waiting: tables.waiting(), hash: withHash ? hashAll() : null };
    },
    snapshot() {
      note();
      const all = [...tables.everyAccepted()] as [type: string, id: string, version: number, event: string][];
      if (all.length > mostEntities) return null;
      const entities = all.map(([entity_type, entity_id, version, event]) => {
        const waiting = new Set(tables.ofEntity(entity_type, entity_id).map((row) => row.event_id));
        const events = standing(readOfEntity({ entityType: entity_type, entityId: entity_id, after: 0 }))
          .filter(({ id }) => !waiting.has(id))
          .map((one) => toSharedEvent(forMember(one, entity_id), entity_id));
        return { entity_type, entity_id, version, event, events };
      });
      return { offset: tables.offset(), entities };
    },
    load({ offset, entities }) {
      note();
      if (tables.offset() >= 0) return null;
      const appended: EventRow[] = [];
      for (const entity of entities) {
        const { entity_type: type, entity_id: id, version, event, events } = entity;
        // SECURITY: as for a message: settings, keys and the like stay each engine's own.
        if (!isShared(type) || events.some(({ kind }) => kind === decisionRejected)) continue;
        // What was decided here before it joined came later than all this.
        withdraw(tables.ofEntity(type, id), null, appended);
        for (const one of events) {
          if (readById(one.id) === null)
            appended.push(log.record(fromSharedEvent(one, entity, versionOf(type, id), offset)));
        }
        tables.setAccepted(type, id, version, event);
      }
      tables.setOffset(offset);
      return appended;
    },
    applyRejection(event) {
      const { entity_type: entityType } = event;
      const { forget, apply } = sharing.get(entityType) ?? {};
      if (forget === undefined || apply === undefined) return;
      const members = bulkMembers(event.entity_id, event.payload)?.map(({ id }) => id) ?? [event.entity_id];
      for (const entityId of members) {
        tables.noteRejected((event.payload as Rejection).events, entityType, entityId);
        const events = readOfEntity({ entityType, entityId, after: 0 }).filter(({ seq }) => seq <= event.seq);
        forget(entityId);
        for (const each of standing(events)) apply(forMember(each, entityId));
      }
    },
  };
}

/** Events of an entity that were not rejected. */
function standing(events: readonly EventRow[]): EventRow[] {
  const rejections = events.filter(({ kind }) => kind === decisionRejected);
  const rejected = new Set(rejections.flatMap(({ payload }) => (payload as Rejection).events));
  return events.filter(({ id, kind }) => kind !== decisionRejected && !rejected.has(id));
}

/** A bulk event as if it had been about one of its members. */
function forMember(event: EventRow, entityId: string): EventRow {
  if (event.entity_id !== bulkEntityId) return event;
  const payload = event.payload as { readonly members: readonly BulkMember[] };
  return { ...event, payload: { ...payload, members: payload.members.filter(({ id }) => id === entityId) } };
}

/** Whatever is not the disk's doing: every engine comes to the same, and goes on with the next one. */
function isFaultOfMessage(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return !code.startsWith("SQLITE_") || code.startsWith("SQLITE_CONSTRAINT");
}
