import type { AuditEntry, auditLog, findAudit, listAuditMembers, verifyAudit } from "../../shared/audit.ts";
import { SentinelError } from "../../shared/errors.ts";
import type { Input, Output } from "../../shared/route.ts";
import { type Clock, toInstant } from "./base/clock.ts";
import type { Logger } from "./base/logging.ts";
import { enginePrincipal, type Principal } from "./base/principals.ts";
import type { Engine } from "./engine-interface.ts";
import { genesisHash, toAuditEntry } from "./store/event-row.ts";
import { briefEventsAfter, eventsAfter, eventsMatching, logHead, membersOfEvent } from "./store/event-table.ts";
import { fatesOf } from "./store/shared-tables.ts";
import type { StoreHost } from "./store/store.ts";
import { lastVerification, saveVerification } from "./store/verification-table.ts";

const dayMs = 86_400_000;
/** How often it is looked whether a check is due. */
const everyMs = 3_600_000;
/** The first time: not while the application starts. */
const firstMs = 60_000;

export interface Auditing {
  readonly routes: Omit<Engine["audit"], "undo" | "undoLast">;
  /** Does now what the clock does every day: checks the whole log. @returns null: it was checked within a day */
  verifyIfDue(): Promise<Output<typeof verifyAudit> | null>;
  close(): void;
}

/** The event log as it is read, and what its checks found. */
export function createAuditing(options: {
  store: StoreHost;
  clock: Clock;
  log: Logger;
  onChecked: () => void;
}): Auditing {
  const { store, clock, log } = options;

  async function verify(by: Principal): Promise<Output<typeof verifyAudit>> {
    const result = await store.verify();
    await store.write(saveVerification, { at: toInstant(clock.now()), actor: by.actor, result });
    if (!result.ok) log.error({ faults: result.faults.length }, "The event log is not as it was written");
    options.onChecked();
    return result;
  }

  async function verifyIfDue() {
    const last = await store.read(lastVerification, null);
    if (last !== null && clock.now() - Date.parse(last.at) < dayMs) return null;
    return await verify(enginePrincipal);
  }
  const look = () =>
    void verifyIfDue().catch((error: unknown) => log.error({ err: error }, "The event log could not be checked."));
  const first = setTimeout(look, firstMs).unref();
  const timer = setInterval(look, everyMs).unref();

  const head = async () => (await store.read(logHead, null)) ?? { seq: 0, hash: genesisHash };

  async function withFates(entries: readonly AuditEntry[]): Promise<AuditEntry[]> {
    const judged = entries.filter(({ state, origin }) => state === "pending" && origin === null);
    const fates =
      judged.length === 0
        ? []
        : await store.read(
            fatesOf,
            judged.map(({ id, seq }) => ({ id, seq })),
          );
    const fateOf = new Map(judged.map(({ id }, i) => [id, fates[i]!]));
    return entries.map((entry) => {
      const fate = fateOf.get(entry.id);
      if (fate === undefined) return entry;
      return { ...entry, fate, undoable: entry.undoable && fate !== "rejected" };
    });
  }

  return {
    routes: {
      async log({ after, limit, brief }: Input<typeof auditLog>) {
        const entries =
          brief === "1"
            ? await store.read(briefEventsAfter, { after, limit })
            : (await store.read(eventsAfter, { after, limit })).map(toAuditEntry);
        return { entries: await withFates(entries), head: await head() };
      },
      async find(asked: Input<typeof findAudit>) {
        const { before, limit, who, what, from, to } = asked;
        const { events, next } = await store.read(eventsMatching, {
          before: before ?? null,
          limit,
          who: who ?? null,
          what: what ?? null,
          from: from ?? null,
          to: to ?? null,
        });
        return { entries: await withFates(events), next, head: await head() };
      },
      async members(asked: Input<typeof listAuditMembers>) {
        const found = await store.read(membersOfEvent, asked);
        if (found === null) throw new SentinelError("NOT_FOUND", `There is no event ${asked.id}.`);
        return {
          total: found.total,
          items: found.members.map(({ id, base_version, ...own }) => {
            return { id, base_version, own: Object.keys(own).length === 0 ? null : own };
          }),
        };
      },
      verify,
      async checkpoint() {
        const taken = await store.checkpoint();
        if (taken === null) throw new SentinelError("NOT_FOUND", "The log is empty: there is nothing to vouch for.");
        return taken;
      },
      async verification() {
        const last = await store.read(lastVerification, null);
        return { last: last === null ? null : { at: last.at, by: last.actor, result: last.result } };
      },
    },
    verifyIfDue,
    close() {
      clearTimeout(first);
      clearInterval(timer);
    },
  };
}
