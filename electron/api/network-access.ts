import type { TLSSocket } from "node:tls";
import { SentinelError } from "../../shared/errors.ts";
import { getCaller, listNetworkSessions, type NetworkSession, revokeNetworkSession } from "../../shared/network.ts";
import type { Instant } from "../../shared/units.ts";
import { type Clock, toInstant } from "../engine/base/clock.ts";
import type { Logger } from "../engine/base/logging.ts";
import type { Metrics } from "../engine/base/metrics.ts";
import type { Principal } from "../engine/base/principals.ts";
import type { Engine } from "../engine/engine-interface.ts";
import { type Binding, bind } from "./binding.ts";
import {
  type Account,
  appendLine,
  isAccountName,
  parseRevoked,
  parseTokens,
  roleOf,
  tokenHash,
  watchFile,
} from "./network-files.ts";

/** What a caller over the network shows. */
export interface Credentials {
  readonly socket: TLSSocket;
  readonly token: string | null;
}

/** Why somebody is not let in: labels of a metric. */
type Reason =
  | "none"
  | "token_unknown"
  | "token_revoked"
  | "certificate_expired"
  | "certificate_not_yet_valid"
  | "certificate_revoked"
  | "certificate_untrusted"
  | "certificate_unreadable"
  | "too_many"
  | "cleartext"
  | "lists_unreadable";

/** Who comes in over the network, and who does no more. */
export interface NetworkAccess {
  /**
   * Who calls. A certificate that is shown must be right, also beside a token; a token that is given decides.
   * @throws SentinelError UNAUTHENTICATED, RATE_LIMITED after too many failures from one address, UNAVAILABLE
   */
  identify(shown: Credentials): Principal;
  /** @throws SentinelError UNAUTHENTICATED for a certificate that is shown and wrong */
  checkCertificate(socket: TLSSocket): void;
  /** Something arrived unencrypted that should not have. */
  noteCleartext(address: string): void;
  list(): NetworkSession[];
  /** @throws SentinelError NOT_FOUND, SETTING_INVALID */
  revoke(credential: string, by: Principal): void;
  /** Ends the connections of whoever may no longer come in. */
  sweep(): void;
}

export interface NetworkAccessOptions {
  /** Null: no tokens. */
  readonly tokensFile: string | null;
  /** Null: nothing can be revoked but by waiting. */
  readonly revokedFile: string | null;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, "authenticationFailures">;
}

interface Known {
  readonly credential: string;
  readonly account: Account;
  /** Milliseconds; Infinity: never. */
  readonly endsAt: number;
  lastSeenAt: number;
  address: string;
  readonly sockets: Set<TLSSocket>;
}

/** Failures of one address a minute that are answered and logged one by one: a page that opens with a token that is none asks a dozen times. */
const mostFailures = 30;
const failureWindowMs = 60_000;
const mostAddresses = 1_000;
/** Credentials whose last use is remembered. */
const mostKnown = 1_000;

/** @throws SentinelError SETTING_INVALID for lists that cannot be read now */
export function createNetworkAccess(options: NetworkAccessOptions): NetworkAccess {
  const { clock, log, metrics, tokensFile, revokedFile } = options;
  const tokens = tokensFile === null ? () => new Map<string, Account>() : watchFile(tokensFile, parseTokens);
  const revoked = revokedFile === null ? () => new Set<string>() : watchFile(revokedFile, parseRevoked);
  const known = new Map<string, Known>();
  const failures = createFailureCount(clock);
  tokens();
  revoked();

  function lists() {
    try {
      return { tokens: tokens(), revoked: revoked() };
    } catch (error) {
      log.error({ err: error }, "The lists of who may come in over the network cannot be read.");
      metrics.authenticationFailures.inc({ reason: "lists_unreadable" });
      // SECURITY: nobody is let in by what cannot be looked up; strangers are not told paths of this machine.
      throw new SentinelError("UNAVAILABLE", "Who may come in cannot be looked up: the engine's log says why.");
    }
  }

  function refuse(socket: TLSSocket, reason: Reason, message: string, about: object = {}): never {
    const address = socket.remoteAddress ?? "unknown";
    const count = failures.add(address);
    if (count > mostFailures) {
      // SECURITY: whoever guesses neither fills the log nor learns what was wrong. A right credential still comes in.
      metrics.authenticationFailures.inc({ reason: "too_many" });
      const wait = { retry_after_s: Math.ceil(failureWindowMs / 1000) };
      throw new SentinelError("RATE_LIMITED", "Too many wrong credentials came from your address.", wait);
    }
    metrics.authenticationFailures.inc({ reason });
    // SECURITY: neither the token nor a name that a stranger wrote reaches the log.
    log.warn(
      { address, reason, ...about, ...(count === mostFailures ? { more: "not logged" } : {}) },
      "Refused over the network",
    );
    throw new SentinelError("UNAUTHENTICATED", message);
  }

  /** @returns null where none is shown */
  function certificateOf(socket: TLSSocket): Omit<Known, "lastSeenAt" | "address" | "sockets"> | null {
    const shown = socket.getPeerCertificate();
    if (Object.keys(shown).length === 0) return null;
    const now = clock.now();
    const error = socket.authorizationError as unknown as string | undefined | null;
    const endsAt = Date.parse(shown.valid_to);
    const clocks = `This machine's clock says ${toInstant(now)}.`;
    // SECURITY: looked at again with each request: a connection can outlive its certificate.
    if (error === "CERT_HAS_EXPIRED" || now > endsAt) {
      refuse(socket, "certificate_expired", `The client certificate has expired: ask for a new one. ${clocks}`);
    }
    if (error === "CERT_NOT_YET_VALID" || now < Date.parse(shown.valid_from)) {
      refuse(
        socket,
        "certificate_not_yet_valid",
        `The client certificate is not valid yet: compare the clocks. ${clocks}`,
      );
    }
    // SECURITY: another authority's, one of its own, or one that was not made for clients.
    if (!socket.authorized) {
      refuse(
        socket,
        "certificate_untrusted",
        "The client certificate is not one that this engine's authority made for clients.",
      );
    }
    const { CN: name, OU } = shown.subject as { CN?: unknown; OU?: unknown };
    const role = roleOf(OU);
    // SECURITY: one name and one role, or nobody: what can be read in two ways is not read.
    if (role === undefined || typeof name !== "string" || !isAccountName(name)) {
      refuse(socket, "certificate_unreadable", "The client certificate's CN is no name, or its OU is no role.");
    }
    const credential = `certificate ${shown.serialNumber}`;
    // SECURITY: by serial, in a list that is read anew whenever it has changed.
    if (lists().revoked.has(credential)) {
      refuse(socket, "certificate_revoked", "The client certificate was revoked.", { name, credential });
    }
    return { credential, account: { name, role }, endsAt };
  }

  function tokenOf(socket: TLSSocket, token: string) {
    const hash = tokenHash(token);
    const { tokens: accounts, revoked: gone } = lists();
    // Looked up by its hash: how long that takes tells nothing of other tokens.
    const account = accounts.get(hash);
    if (account === undefined) refuse(socket, "token_unknown", "The bearer token is wrong.");
    if (gone.has(`token ${hash}`)) {
      refuse(socket, "token_revoked", "The bearer token was revoked.", { name: account.name });
    }
    return { credential: `token ${hash}`, account, endsAt: Number.POSITIVE_INFINITY };
  }

  function note(socket: TLSSocket, found: Omit<Known, "lastSeenAt" | "address" | "sockets">): void {
    const sockets = known.get(found.credential)?.sockets ?? new Set();
    if (!sockets.has(socket)) {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
    }
    // Whoever was not seen for longest, and has no connection, is forgotten first.
    known.delete(found.credential);
    if (known.size >= mostKnown) {
      const idle = [...known.values()].find((one) => one.sockets.size === 0);
      if (idle !== undefined) known.delete(idle.credential);
    }
    known.set(found.credential, {
      ...found,
      sockets,
      lastSeenAt: clock.now(),
      address: socket.remoteAddress ?? "unknown",
    });
  }

  return {
    identify({ socket, token }) {
      const shown = certificateOf(socket);
      const found = token === null ? shown : tokenOf(socket, token);
      if (found === null) {
        metrics.authenticationFailures.inc({ reason: "none" });
        throw new SentinelError("UNAUTHENTICATED", "This needs a client certificate or a bearer token.");
      }
      note(socket, found);
      return { actor: found.account.name, role: found.account.role, caller: "ui" };
    },
    checkCertificate: (socket) => void certificateOf(socket),
    noteCleartext(address) {
      metrics.authenticationFailures.inc({ reason: "cleartext" });
      if (failures.add(address) <= mostFailures) log.warn({ address }, "A credential was sent unencrypted: revoke it");
    },
    list() {
      const { tokens: accounts, revoked: gone } = lists();
      const unseen = [...accounts].flatMap(([hash, account]) =>
        known.has(`token ${hash}`) ? [] : [{ credential: `token ${hash}`, account, endsAt: Number.POSITIVE_INFINITY }],
      );
      const seen = [...known.values()].reverse();
      return [...seen, ...unseen].map((one) => ({
        credential: one.credential,
        ...one.account,
        ends_at: Number.isFinite(one.endsAt) ? toInstant(one.endsAt) : null,
        revoked: gone.has(one.credential),
        last_seen_at: "lastSeenAt" in one ? (toInstant(one.lastSeenAt) as Instant) : null,
        last_address: "address" in one ? one.address : null,
        connections: "sockets" in one ? one.sockets.size : 0,
      }));
    },
    revoke(credential, by) {
      if (revokedFile === null) {
        throw new SentinelError(
          "SETTING_INVALID",
          "SENTINEL_TLS_REVOKED_FILE: it is not set, so that nothing can be revoked.",
        );
      }
      const { tokens: accounts, revoked: gone } = lists();
      if (credential.startsWith("token ") && !accounts.has(credential.slice("token ".length))) {
        throw new SentinelError("NOT_FOUND", "There is no such token.");
      }
      if (!gone.has(credential)) appendLine(revokedFile, credential);
      log.warn({ by: by.actor, credential, name: known.get(credential)?.account.name }, "Revoked");
    },
    sweep() {
      let gone: ReadonlySet<string> | null = null;
      try {
        gone = revoked();
      } catch {
        // Said in the log by the next request; connections that were let in are not cut by a file in the making.
      }
      for (const { credential, endsAt, sockets } of known.values()) {
        // SECURITY: streams and sockets live long: whoever is out is cut off, not only refused next time.
        if (gone?.has(credential) || clock.now() > endsAt) for (const socket of sockets) socket.destroy();
      }
    },
  };
}

/** Failures of each address within a minute, of the addresses that failed last. */
function createFailureCount(clock: Clock) {
  const counts = new Map<string, { since: number; count: number }>();
  return {
    /** @returns how many there are now */
    add(address: string): number {
      const now = clock.now();
      let entry = counts.get(address);
      if (entry === undefined || now - entry.since > failureWindowMs) entry = { since: now, count: 0 };
      counts.delete(address);
      // SECURITY: bounded, whoever sends from however many addresses.
      if (counts.size >= mostAddresses) counts.delete(counts.keys().next().value!);
      entry.count++;
      counts.set(address, entry);
      return entry.count;
    },
  };
}

/**
 * @param access null: nothing listens on the network
 * @param note writes a revocation into the event log
 */
export function networkRoutes(access: NetworkAccess | null, note: Engine["noteRevocation"]): Binding[] {
  return [
    bind(getCaller, (_, { by }) => ({ name: by.actor, role: by.role })),
    bind(listNetworkSessions, () => access?.list() ?? []),
    bind(revokeNetworkSession, async ({ credential }, { by }) => {
      if (access === null)
        throw new SentinelError("CONFLICT", "Nothing listens on the network: SENTINEL_TLS_PORT is not set.");
      const name = access.list().find((one) => one.credential === credential)?.name ?? null;
      // SECURITY: first it is out; that it could not be written down must not keep anybody in.
      access.revoke(credential, by);
      await note({ credential, name }, by);
      return { revoked: true as const };
    }),
  ];
}
