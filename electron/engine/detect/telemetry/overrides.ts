import { SentinelError } from "../../../../shared/errors.ts";
import type { Input, Output } from "../../../../shared/route.ts";
import type { clearFlowOverride, FlowOverride, setFlowOverride } from "../../../../shared/telemetry.ts";
import { type Clock, toInstant } from "../../base/clock.ts";
import { contentId } from "../../base/ids.ts";
import type { Principal } from "../../base/principals.ts";
import type { Sealer } from "../../store/seal.ts";
import type { StoreHost } from "../../store/store.ts";
import {
  type OverridePayload,
  type OverrideRow,
  overrideCleared,
  overrideEntity,
  overrideSet,
  overrideVersion,
  storedOverrides,
} from "./override-table.ts";
import { pseudonymOf } from "./pseudonym.ts";
import type { RouteTemplates } from "./route-template.ts";
import type { DecidedAction, FlowOverrides } from "./telemetry.ts";

/** What analysts decided for routes and users, each an event with an inverse. */
export interface OverrideBook {
  /** In force now; the same two maps for good. */
  readonly inForce: FlowOverrides;
  /** Those that have not ended. */
  list(): Promise<FlowOverride[]>;
  /** @throws SentinelError INPUT_INVALID for an end that is past, CONFLICT when it moved since `base_version` */
  set(input: Input<typeof setFlowOverride>, by: Principal): Promise<Output<typeof setFlowOverride>>;
  /** @throws SentinelError NOT_FOUND */
  clear(input: Input<typeof clearFlowOverride>, by: Principal): Promise<Output<typeof clearFlowOverride>>;
  close(): void;
}

export async function openOverrideBook(options: {
  store: StoreHost;
  sealer: Sealer;
  templates: RouteTemplates;
  pseudonymKey: Uint8Array;
  clock: Clock;
}): Promise<OverrideBook> {
  const { store, sealer, templates, pseudonymKey, clock } = options;
  const routes = new Map<string, DecidedAction>();
  const users = new Map<string, DecidedAction>();

  async function follow(): Promise<void> {
    const rows = await store.read(storedOverrides, null);
    routes.clear();
    users.clear();
    for (const { kind, subject, action, expires_at } of rows) {
      const until = expires_at === null ? Number.POSITIVE_INFINITY : Date.parse(expires_at);
      (kind === "route" ? routes : users).set(subject, { action, until });
    }
  }

  /** SECURITY: a user id leaves this function as a pseudonym only. */
  function nameSubject(subject: Input<typeof setFlowOverride>["subject"]): Pick<FlowOverride, "kind" | "subject"> {
    if ("route" in subject) return { kind: "route", subject: templates(subject.route) };
    if ("pseudonym" in subject) return { kind: "user", subject: subject.pseudonym };
    return { kind: "user", subject: pseudonymOf(pseudonymKey, subject.user_id) };
  }

  const toPayload = ({ kind, subject, action, reason, expires_at }: OverrideRow): OverridePayload => ({
    kind,
    subject,
    action,
    reason,
    expires_at,
  });
  const isInForce = ({ expires_at }: OverrideRow) => expires_at === null || Date.parse(expires_at) > clock.now();
  const find = async (id: string) => (await store.read(storedOverrides, null)).find((row) => row.id === id);
  const open = async (row: OverrideRow): Promise<FlowOverride> => ({
    ...row,
    reason: row.reason === null ? "" : await sealer.unseal(row.reason),
  });

  // Also an undo, which is an event like any other.
  const stop = store.onAppended((events) => {
    if (events.some((event) => event.entity_type === overrideEntity)) void follow();
  });
  await follow();
  return {
    inForce: { routes, users },
    list: async () => await Promise.all((await store.read(storedOverrides, null)).filter(isInForce).map(open)),
    async set({ subject: given, action, reason, expires_at, base_version }, by) {
      if (expires_at !== null && Date.parse(expires_at) <= clock.now()) {
        throw new SentinelError("INPUT_INVALID", "expires_at: it is past.", {
          field: "expires_at",
          now: toInstant(clock.now()),
        });
      }
      const named = nameSubject(given);
      const id = contentId("telemetry override", named.kind, named.subject);
      const before = await find(id);
      const sealed = reason === "" ? null : await sealer.seal(id, reason);
      const inverse =
        before === undefined
          ? { kind: overrideCleared, payload: {} }
          : { kind: overrideSet, payload: toPayload(before) };
      const baseVersion = base_version ?? (await store.read(overrideVersion, id));
      const payload = { ...named, action, reason: sealed, expires_at } satisfies OverridePayload;
      const [event] = await store.append(
        [{ entityType: overrideEntity, entityId: id, baseVersion, kind: overrideSet, payload, inverse }],
        by,
      );
      await follow();
      return {
        override: {
          id,
          ...named,
          action,
          reason,
          expires_at,
          actor: event!.actor,
          at: event!.at,
          version: event!.version,
        },
        event_id: event!.id,
      };
    },
    async clear({ id }, by) {
      const before = await find(id);
      if (before === undefined) throw new SentinelError("NOT_FOUND", "There is no such override.");
      const inverse = { kind: overrideSet, payload: toPayload(before) };
      const draft = { entityType: overrideEntity, entityId: id, baseVersion: before.version, kind: overrideCleared };
      const [event] = await store.append([{ ...draft, payload: {}, inverse }], by);
      await follow();
      return { event_id: event!.id };
    },
    close: stop,
  };
}
