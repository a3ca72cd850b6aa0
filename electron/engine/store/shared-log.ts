import { createHash } from "node:crypto";
import { contentId } from "../base/ids.ts";
import { fleetItself, hasRole } from "../base/principals.ts";
import { bulkEntityId, bulkMembers, restrictChange } from "./bulk.ts";
import { openHistories } from "./entity-history.ts";
import type { Entry } from "./event-log.ts";
import { eventById, openEventSelect } from "./event-table.ts";
import {
  type Decision,
  type DecisionEvent,
  decisionsVersion,
  type Heard,
  type Judgement,
  refuseNewer,
  type Seen,
  type SharedState,
  UnreadableDecision,
  type Waiting,
} from "./shared-decision.ts";
import { fromSharedEvent, type SharedSnapshot, toSharedEvent } from "./shared-snapshot.ts";
import { openPending, type PendingRow, type Place } from "./shared-tables.ts";
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
  /**
   * Decisions of this engine after a place in its log that were not judged yet, oldest first, as the messages that they are told by.
   * @param limit of messages; a large bulk event ends an answer earlier, so that none is of more than it can be copied with at ease
   */
  waiting(after: Place, limit: number): Waiting[];
  /** Takes what the topic says, in its order; what was taken already is left out. @throws UnreadableDecision */
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

/** Entities of the largest snapshot. */
const mostEntities = 200_000;

/** Members of a bulk event that travel at once: to seal and unseal them takes 4 ms of the thread that answers requests; 5,000 took 50. */
const membersAtOnce = 500;
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
    log.projections.flatMap(({ shared, kinds, prepare }) =>
      shared === undefined
        ? []
        : [[shared.entityType, { kinds, ...shared, forget: shared.forget(db), apply: prepare(db) }] as const],
    ),
  );
  const isShared = (entityType: string) => sharing.has(entityType);
  const tables = openPending(db);
  const histories = openHistories(db);
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
    return { ...own, ...restrictChange(event, members) };
  }

  /** A bulk event of which parts are still to be told: it may be of many megabytes, and is read once. */
  let inParts: EventRow | null = null;

  /** What was decided at once, or the next part of a bulk event. */
  function toWaiting(decision: number, isBulk: boolean, after: Place): Waiting {
    if (!isBulk) {
      const events = readDecision(decision);
      const rows = Map.groupBy(tables.ofDecision(decision), ({ seq }) => seq);
      const told = {
        node_id: nodeId,
        version: decisionsVersion,
        events: events.map((event) => toDecisionEvent(event, rows.get(event.seq)!)),
      };
      return { place: { seq: events.at(-1)!.seq, member: null }, decision: told };
    }
    const rows = tables.membersAfter(decision, after, membersAtOnce);
    const event = inParts?.seq === decision ? inParts : readDecision(decision)[0]!;
    const isLast = rows.length < membersAtOnce;
    inParts = isLast ? null : event;
    const place = { seq: decision, member: isLast ? null : rows.at(-1)!.entity_id };
    return { place, decision: { node_id: nodeId, version: decisionsVersion, events: [toDecisionEvent(event, rows)] } };
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
          actor: fleetItself,
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
    // Parts of one action belong together, whoever takes them back.
    const batch = batch_id ?? (ids.length < membersAtOnce && row.id === id ? null : id);
    return log.record({ ...row, base_version: 0, version: 1, ...restrictChange(event, versions), batch_id: batch });
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

  /** Whether the event is this engine's own, and stands: after a restore it may be news to itself, or was taken back by mistake. */
  const isHere = (node: string, event: string, entity: string) =>
    node === nodeId && tables.ofMember(event, entity) !== undefined;

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
      const [entity] = event.seen;
      const here = isHere(node, event.id, entity!.id);
      if (!here) withdraw(tables.ofEntity(event.entity_type, entity!.id), sayWhy(event, node), appended);
      if (!here) appended.push(take(event, node, offset, null));
      accept(event, event.seen);
    }
    return "accepted";
  }

  function judgeBulk({ node_id: node, events }: Decision, offset: number, appended: EventRow[]): Judgement["outcome"] {
    const event = events[0]!;
    const current: Seen[] = [];
    const late: Seen[] = [];
    for (const seen of event.seen) (isCurrent(event.entity_type, seen) ? current : late).push(seen);
    if (node === nodeId) {
      const lost = late.flatMap(({ id }) => tables.ofMember(event.id, id) ?? []);
      withdraw(lost, null, appended);
    }
    if (current.length === 0) return "rejected";
    const news = current.flatMap(({ id }) => (isHere(node, event.id, id) ? [] : [id]));
    if (news.length > 0) {
      const waiting = news.flatMap((id) => tables.ofEntity(event.entity_type, id));
      withdraw(waiting, sayWhy(event, node), appended);
      appended.push(take(event, node, offset, news));
    }
    accept(event, current);
    return late.length === 0 ? "accepted" : "partly";
  }

  /** Whether an event is one that another engine may say of an entity. */
  function mayBe(
    entityType: string,
    { kind, inverse, actor, role }: Pick<EventRow, "kind" | "inverse" | "actor" | "role">,
    isBulk: boolean,
  ): boolean {
    const known = sharing.get(entityType);
    if (known === undefined || (isBulk && known.isBulk !== true)) return false;
    // SECURITY: settings, keys and the like stay each engine's own, whatever the topic says: tables are changed by an event's kind,
    // whatever entity it names; and so they are by its inverse, once somebody here undoes it.
    if (!known.kinds.includes(kind)) return false;
    if (inverse !== null && !known.kinds.includes(inverse.kind)) return false;
    const needed = known.approverKinds?.includes(kind) === true ? "approver" : "analyst";
    return hasRole({ actor, role, caller: "engine" }, needed);
  }

  /** What cannot be what an engine would say, whoever said it. */
  function isSound({ events }: Decision): boolean {
    const isBulk = events.some(({ entity_id }) => entity_id === bulkEntityId);
    if (isBulk && events.length > 1) return false;
    return events.every((event) => {
      if (!mayBe(event.entity_type, event, isBulk)) return false;
      const ids = (isBulk ? bulkMembers(bulkEntityId, event.payload) : null)?.map(({ id }) => id) ?? [event.entity_id];
      const seen = new Set(event.seen.map(({ id }) => id));
      return ids.length === event.seen.length && seen.size === ids.length && ids.every((id) => seen.has(id));
    });
  }

  function judgeOne(
    { offset, decision, isNewer = false, isUnreadable = false }: Heard,
    appended: EventRow[],
  ): Judgement["outcome"] {
    if (decision === null) return isNewer ? refuseNewer() : "unreadable";
    try {
      if (!isUnreadable && isSound(decision)) {
        const isBulk = decision.events[0]!.entity_id === bulkEntityId;
        return isBulk ? judgeBulk(decision, offset, appended) : judgeTogether(decision, offset, appended);
      }
    } catch (error) {
      // A full disk is no fault of the message, and it comes again.
      if (!db.inTransaction || !isFaultOfMessage(error)) throw error;
      throw new UnreadableDecision(offset, error);
    }
    if (isNewer) refuseNewer();
    // What nobody can read has no effect here either: it must not wait for ever.
    const own = decision.node_id === nodeId ? decision.events.flatMap(({ id }) => tables.ofEvent(id)) : [];
    withdraw(own, null, appended);
    return "unreadable";
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
      for (let at = after, members = 0; found.length < limit && members < membersAtOnce; ) {
        const next = tables.decisionAfter(at);
        if (next === undefined) break;
        const one = toWaiting(next.decision, next.is_bulk === 1, at);
        found.push(one);
        at = one.place;
        members += one.decision.events.reduce((sum, { seen }) => sum + seen.length, 0);
      }
      return found;
    },
    judge(heard) {
      note();
      const appended: EventRow[] = [];
      const outcomes = heard.map((one): Judgement => {
        const { offset } = one;
        if (offset <= tables.offset()) return { offset, outcome: "known" };
        const outcome = judgeOne(one, appended);
        tables.setOffset(offset, one.hash ?? "");
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
      // By type, and so in the order of the ids: a bulk event is read once for all of its members.
      const historyOf = new Map([...sharing.keys()].map((type) => [type, histories(type, Number.MAX_SAFE_INTEGER)]));
      const entities = all.map(([entity_type, entity_id, version, event]) => {
        const waiting = new Set(tables.ofEntity(entity_type, entity_id).map((row) => row.event_id));
        const events = (historyOf.get(entity_type)?.(entity_id) ?? [])
          .filter(({ id }) => !waiting.has(id))
          .map((one) => toSharedEvent(one, entity_id));
        return { entity_type, entity_id, version, event, events };
      });
      return { offset: tables.offset(), hash: tables.message(), entities };
    },
    load({ offset, hash, entities }) {
      note();
      if (tables.offset() >= 0) return null;
      const appended: EventRow[] = [];
      for (const entity of entities) {
        const { entity_type: type, entity_id: id, version, event, events } = entity;
        if (!events.every((one) => mayBe(type, one, one.is_bulk))) continue;
        // What was decided here before it joined came later than all this.
        withdraw(tables.ofEntity(type, id), null, appended);
        for (const one of events) {
          if (readById(one.id) === null)
            appended.push(log.record(fromSharedEvent(one, entity, versionOf(type, id), offset)));
        }
        tables.setAccepted(type, id, version, event);
      }
      tables.setOffset(offset, hash);
      return appended;
    },
    applyRejection(event) {
      const { entity_type: entityType } = event;
      const { forget, apply } = sharing.get(entityType) ?? {};
      if (forget === undefined || apply === undefined) return;
      const members = bulkMembers(event.entity_id, event.payload)?.map(({ id }) => id) ?? [event.entity_id];
      const historyOf = histories(entityType, event.seq);
      for (const entityId of members) {
        tables.noteRejected((event.payload as Rejection).events, entityType, entityId);
        forget(entityId);
        for (const each of historyOf(entityId)) apply(each);
      }
    },
  };
}

/** What the disk or the machine does to a statement: it may go well the next time. */
const machineFaults =
  /^SQLITE_(FULL|IOERR|NOMEM|BUSY|LOCKED|READONLY|CANTOPEN|CORRUPT|NOTADB|INTERRUPT|PROTOCOL|PERM|AUTH|SCHEMA)/;

/** Whatever is not the disk's doing: every engine comes to the same, and goes on with the next one. */
function isFaultOfMessage(error: unknown): boolean {
  return !(error instanceof Error && "code" in error && machineFaults.test(String(error.code)));
}
