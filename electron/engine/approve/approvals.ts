import type {
  Approval,
  ApprovalKind,
  ApprovalRisk,
  ApprovalState,
  ApprovalSummary,
  decideApproval,
  listApprovals,
} from "../../../shared/approval.ts";
import { SentinelError } from "../../../shared/errors.ts";
import type { Input, Output, Role } from "../../../shared/route.ts";
import { canonicalJson } from "../base/canonical-json.ts";
import { type Clock, toInstant } from "../base/clock.ts";
import { sha256, uuidv7 } from "../base/ids.ts";
import { hasRole, type Principal, requireRole } from "../base/principals.ts";
import type { Sealer } from "../store/seal.ts";
import type { EventDraft, Store } from "../store/store.ts";
import {
  type ApprovalRequested,
  type ApprovalRow,
  approvalById,
  approvalEntity,
  latestApprovalOf,
  openApprovalsOf,
  openApprovalsOfKind,
  otherApprovers,
  pastApprovals,
  pendingApprovals,
} from "./approval-state.ts";

/**
 * Who may decide. What the agent asks takes the word of any analyst, who gave the task included; what changes how everybody is protected
 * needs an approver, and a second pair of eyes.
 */
export const deciders = {
  rule: "approver",
  exclusion: "approver",
  rollout: "approver",
  renewal: "approver",
  promotion: "approver",
  plan: "analyst",
  tool_call: "analyst",
} as const satisfies Record<ApprovalKind, Role>;

/**
 * What is about the engine alone where it is asked for, its trial or its agent's task: others of its fleet see it in their queues, and their
 * word would do nothing there. A rule is the same rule at all of them.
 */
const answeredWhereAsked: ReadonlySet<ApprovalKind> = new Set<ApprovalKind>(["promotion", "plan", "tool_call"]);

/** How long ago somebody else must have done something to count as a second pair of eyes, milliseconds: 90 days. */
const presenceMs = 90 * 86_400_000;

/** Something that needs a word. */
export interface Ask {
  readonly kind: ApprovalKind;
  /** What it is about: a later request about the same replaces what still waits. */
  readonly subject: string;
  /** One line for a list. */
  readonly title: string;
  /** Exactly what is asked for, plain JSON: what is not in it is not approved. */
  readonly shown: Readonly<Record<string, unknown>>;
  /** What the answer depends on beside: once it changes, the approval is void. Any text; only its hash is kept. */
  readonly inputs: string;
  readonly risk: ApprovalRisk;
  /** Who made what is asked for: whoever merely presses the button for them does not make them a second pair of eyes. */
  readonly authors: readonly string[];
  /** How long it may wait and then be used, milliseconds. */
  readonly validMs: number;
}

/** What somebody wants to do by an approval: must be what was shown. */
export type Use = Pick<Ask, "kind" | "subject" | "shown" | "inputs">;

/** What was asked for, and what became of it. */
export interface LastAsked {
  readonly id: string;
  readonly state: ApprovalState;
  readonly shown_hash: string;
  readonly decided_by: string | null;
}

/**
 * Requests and grants. A grant is bound to the hash of exactly what was shown and to its inputs, can be used once, and ends with its
 * time. Nobody grants their own request where somebody else could.
 */
export interface Approvals {
  /** @returns id of the approval */
  request(ask: Ask, by: Principal): Promise<string>;
  /** @throws SentinelError NOT_FOUND, FORBIDDEN (four eyes), APPROVAL_REFUSED (expired, decided, another hash) */
  decide(input: Input<typeof decideApproval>, by: Principal): Promise<Approval>;
  /**
   * The events that grant what waits and use the grant up at once; append them together with what it is granted for.
   * @throws SentinelError as `decide` and `use` do
   */
  grantAndUse(input: Input<typeof decideApproval>, what: Use, by: Principal): Promise<EventDraft[]>;
  /**
   * The event that uses a grant up; append it together with what it was granted for, so that both happen or none.
   * @throws SentinelError NOT_FOUND, APPROVAL_REFUSED
   */
  use(id: string, what: Use): Promise<EventDraft>;
  /** The events that void what still waits about a subject; append them together with what changes it. @param except one that is used */
  supersede(subject: string, except?: string): Promise<EventDraft[]>;
  /** The events that void what this engine asked for of one kind, whatever it is about, and still waits. @param except one that stands */
  supersedeKind(kind: ApprovalKind, except?: string): Promise<EventDraft[]>;
  /** What this engine asked for last of one kind about a subject; null: nothing, or what it was judged by has changed since. */
  lastAsked(of: Pick<Use, "kind" | "subject" | "inputs">): Promise<LastAsked | null>;
  list(input: Input<typeof listApprovals>, by: Principal): Promise<Output<typeof listApprovals>>;
  get(id: string, by: Principal): Promise<Approval>;
}

export function createApprovals(options: {
  readonly store: Store;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly nodeId: string;
}): Approvals {
  const { store, sealer, clock, nodeId } = options;
  const subjectOf = (id: string) => `approval ${id}`;

  async function find(id: string): Promise<ApprovalRow> {
    const row = await store.read(approvalById, id);
    if (row === null) throw new SentinelError("NOT_FOUND", "There is no such approval.");
    return row;
  }

  const stateOf = (row: ApprovalRow): ApprovalState =>
    (row.state === "pending" || row.state === "granted") && clock.now() >= row.expires_at ? "expired" : row.state;

  function draft(
    row: Pick<ApprovalRow, "id" | "version">,
    kind: string,
    payload: unknown,
    inverse: EventDraft["inverse"] = null,
  ) {
    return { entityType: approvalEntity, entityId: row.id, baseVersion: row.version, kind, payload, inverse };
  }

  const isElsewhere = ({ kind, node_id }: ApprovalRow) => answeredWhereAsked.has(kind) && node_id !== nodeId;

  /** Why somebody may not decide; null: they may. SECURITY: four eyes. */
  async function refusal(row: ApprovalRow, by: Principal): Promise<string | null> {
    const needed = deciders[row.kind];
    if (!hasRole(by, needed)) return `This needs the role ${needed}.`;
    // SECURITY: a word that is not acted upon where it is said could lose against another one after that was acted upon.
    if (isElsewhere(row)) return `It is asked for at the engine ${row.node_id}, and answered there alone.`;
    if (needed !== "approver") return null;
    const own = new Set([row.requested_by, ...(JSON.parse(row.authors) as string[])]);
    if (!own.has(by.actor)) return null;
    const since = toInstant(clock.now() - presenceMs);
    return (await store.read(otherApprovers, { actor: by.actor, since }))
      ? "You made or asked for it yourself: somebody else has to decide."
      : null;
  }

  async function toSummary(row: ApprovalRow, by: Principal): Promise<ApprovalSummary> {
    const state = stateOf(row);
    const why_not = state === "pending" ? await refusal(row, by) : `It is ${state}.`;
    return {
      id: row.id,
      kind: row.kind,
      subject: row.subject,
      title: (await sealer.unseal(row.title)) ?? "(erased)",
      risk: row.risk,
      state,
      requested_by: row.requested_by,
      requested_at: toInstant(row.at),
      expires_at: toInstant(row.expires_at),
      decided_by: row.decided_by,
      decided_at: row.decided_at === null ? null : toInstant(row.decided_at),
      shown_hash: row.shown_hash,
      may_decide: why_not === null,
      why_not,
    };
  }

  async function toWhole(row: ApprovalRow, by: Principal): Promise<Approval> {
    const shown = await sealer.unseal(row.shown);
    return {
      ...(await toSummary(row, by)),
      shown: shown === null ? null : (JSON.parse(shown) as Record<string, unknown>),
      reason: row.reason === null ? null : await sealer.unseal(row.reason),
    };
  }

  /** Somebody's word about what waits, as an event. */
  async function word({ id, granted, shown_hash, reason }: Input<typeof decideApproval>, by: Principal) {
    // SECURITY: a machine asks; only a person answers.
    if (by.caller === "engine" || by.caller === "mcp") throw new SentinelError("FORBIDDEN", "Only a person decides.");
    const row = await find(id);
    requireRole(by, deciders[row.kind]);
    requireState(stateOf(row), "pending");
    // SECURITY: what somebody saw is what is granted, not what has become of it.
    if (shown_hash !== row.shown_hash) throw refuse("It is not what was shown to you.");
    const why = await refusal(row, by);
    if (why !== null) throw new SentinelError("FORBIDDEN", why);
    const sealed = reason === "" ? null : await sealer.seal(subjectOf(id), reason);
    const kind = granted ? "approval.granted" : "approval.denied";
    const payload = { shown_hash, reason: sealed, at: clock.now() };
    return { row, event: draft(row, kind, payload, { kind: "approval.reopened", payload: {} }) };
  }

  return {
    async request(ask, by) {
      const id = uuidv7(clock);
      const shown = canonicalJson(ask.shown);
      const at = clock.now();
      const payload: ApprovalRequested = {
        kind: ask.kind,
        subject: ask.subject,
        title: await sealer.seal(subjectOf(id), ask.title),
        shown: await sealer.seal(subjectOf(id), shown),
        shown_hash: hashOf(ask),
        inputs: sha256(ask.inputs),
        risk: ask.risk,
        authors: [...new Set(ask.authors)],
        at,
        expires_at: at + ask.validMs,
      };
      const inverse = { kind: "approval.withdrawn", payload: {} };
      const former = (await store.read(openApprovalsOf, ask.subject)).filter(
        (row) => row.kind === ask.kind && !isElsewhere(row),
      );
      await store.append(
        [
          ...former.map((row) => draft(row, "approval.superseded", {})),
          draft({ id, version: 0 }, "approval.requested", payload, inverse),
        ],
        by,
      );
      return id;
    },

    async decide(input, by) {
      await store.append([(await word(input, by)).event], by);
      return await toWhole(await find(input.id), by);
    },

    async grantAndUse(input, what, by) {
      const { row, event } = await word(input, by);
      if (!input.granted) throw refuse("It is not granted.");
      requireSame(row, what);
      // Nothing takes the word back by itself: it is used up with it. What it was for is taken back as its own event.
      return [{ ...event, inverse: null }, draft({ id: row.id, version: row.version + 1 }, "approval.used", {})];
    },

    async use(id, what) {
      const row = await find(id);
      requireState(stateOf(row), "granted");
      requireSame(row, what);
      // SECURITY: single use, since the version that was read must still be the current one when this is appended.
      return draft(row, "approval.used", {});
    },

    async supersede(subject, except) {
      const open = await store.read(openApprovalsOf, subject);
      return open.filter(({ id }) => id !== except).map((row) => draft(row, "approval.superseded", {}));
    },

    async supersedeKind(kind, except) {
      const open = await store.read(openApprovalsOfKind, { kind, node: nodeId });
      return open.filter(({ id }) => id !== except).map((row) => draft(row, "approval.superseded", {}));
    },

    async lastAsked({ kind, subject, inputs }) {
      // By its inputs, and not the newest of all: a clock that was set back would have it asked for again and again.
      const row = await store.read(latestApprovalOf, { kind, subject, node: nodeId, inputs: sha256(inputs) });
      if (row === null) return null;
      const { id, shown_hash, decided_by } = row;
      return { id, state: stateOf(row), shown_hash, decided_by };
    },

    async list({ decided, limit }, by) {
      const rows = await store.read(decided === "1" ? pastApprovals : pendingApprovals, { now: clock.now(), limit });
      return { items: await Promise.all(rows.map((row) => toSummary(row, by))) };
    },
    get: async (id, by) => await toWhole(await find(id), by),
  };
}

/** SECURITY: kind and subject are part of what is hashed: one approval never stands for another of equal content. */
function hashOf({ kind, subject, shown }: Use | Ask): string {
  return sha256(canonicalJson({ kind, subject, shown }));
}

/** SECURITY: bound to one thing, exactly as it was shown, while what it was judged by stands. */
function requireSame(row: ApprovalRow, what: Use): void {
  if (row.kind !== what.kind || row.subject !== what.subject || row.shown_hash !== hashOf(what)) {
    throw refuse("It was granted for something else.");
  }
  if (row.inputs !== sha256(what.inputs)) throw refuse("What it was judged by has changed since.");
}

function requireState(state: ApprovalState, wanted: "pending" | "granted"): void {
  if (state !== wanted) throw refuse(state === "pending" ? "Nobody has granted it yet." : `It is ${state}.`);
}

function refuse(message: string): SentinelError {
  return new SentinelError("APPROVAL_REFUSED", message);
}
