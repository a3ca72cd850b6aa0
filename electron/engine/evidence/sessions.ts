import type { Exchange } from "./exchange.ts";
import { type SessionCookie, sentCookies, setCookies } from "./session-cookies.ts";

/** One visitor's requests without a longer silence than the gap. */
export interface Session {
  /** 1, 2, … by first request in the file. */
  readonly number: number;
  /** "s1", "s2", … */
  readonly name: string;
  readonly firstIndex: number;
  readonly lastIndex: number;
  /** Epoch milliseconds of the earliest and latest request; null where the evidence has no clock. */
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly client: string | null;
  readonly userAgent: string | null;
  readonly requests: number;
}

export interface SessionGrouper {
  /** The session of the next exchange in file order; opens one where none fits. */
  add(exchange: Exchange): Session;
  /** Sessions that cannot grow any more since the last call, by number. Feed results on and forget them. */
  takeClosed(): Session[];
  /** All that are still open: the evidence has ended. */
  finish(): Session[];
  /** How many sessions are open now. */
  open(): number;
}

export interface GroupingOptions {
  /** Silence after which a new session begins, milliseconds. */
  readonly gapMs: number;
  /** How far behind the newest request an entry may come and still find its session, milliseconds. */
  readonly slackMs?: number;
  /** Most sessions held at once; the one that was quiet longest is closed to make room. */
  readonly maxOpen?: number;
}

interface OpenSession {
  number: number;
  name: string;
  firstIndex: number;
  lastIndex: number;
  startedAt: number | null;
  endedAt: number | null;
  client: string | null;
  userAgent: string | null;
  requests: number;
  /** Cookie keys and the client key that lead here. */
  keys: string[];
  hasCookie: boolean;
  /** The cookie that the visitor holds, by host and name. */
  cookies: Map<string, string>;
}

/** Most keys that one session is known by: a client that changes its cookie with each answer must not fill memory. */
const maxKeys = 64;
/** So many later entries must agree before a leap of the clock ends sessions: one wrong date in a log must not. */
const leapMs = 6 * 3_600_000;
const leapVotes = 16;

/**
 * Groups a stream of exchanges into sessions: by session cookie, else by client address and user agent, else (one browser's
 * recording) all together; a silence longer than the gap begins a new one. A cookie that a response sets leads on in the same
 * session, so that a visit from before the first cookie through a login that changes it stays one; but a visitor who holds one
 * sends it: one that is set for a request without it is another visitor's, and the requests that bring it are a session of their
 * own. A forged X-Forwarded-For never matters: the client is the address that the recorder saw.
 */
export function groupSessions(options: GroupingOptions): SessionGrouper {
  const { gapMs, slackMs = 5 * 60_000, maxOpen = 50_000 } = options;
  const byKey = new Map<string, OpenSession>();
  /** Open sessions, quiet longest first: a session moves to the end with each request. */
  const order = new Map<number, OpenSession>();
  let closed: OpenSession[] = [];
  let newestSession: OpenSession | undefined;
  let count = 0;
  let newest: number | null = null;
  let votes = 0;

  function fits(session: OpenSession, at: number | null): boolean {
    if (at === null || session.startedAt === null || session.endedAt === null) return true;
    return at >= session.startedAt - gapMs && at <= session.endedAt + gapMs;
  }

  function find(key: string, at: number | null): OpenSession | undefined {
    const session = byKey.get(key);
    return session !== undefined && fits(session, at) ? session : undefined;
  }

  /** The session whose last request was the latest in the file, where it fits. */
  function latest(at: number | null): OpenSession | undefined {
    return newestSession !== undefined && order.has(newestSession.number) && fits(newestSession, at)
      ? newestSession
      : undefined;
  }

  function lead(key: string, session: OpenSession): void {
    if (byKey.get(key) === session || session.keys.length >= maxKeys) return;
    const own = copyOf(key);
    byKey.set(own, session);
    session.keys.push(own);
  }

  /** A cookie is the visitor's that sent it, or that it was set for: one without any of that name, or who sent the one it held. */
  function learn(session: OpenSession, host: string | null, cookie: SessionCookie, isSent: boolean): void {
    const slot = `${host ?? ""}\n${cookie.name}`;
    const held = session.cookies.get(slot);
    if (held !== undefined && held !== cookie.key && !isSent) return;
    if (held !== cookie.key && (held !== undefined || session.cookies.size < maxKeys)) {
      session.cookies.set(copyOf(slot), copyOf(cookie.key));
    }
    lead(cookie.key, session);
  }

  function begin(exchange: Exchange, userAgent: string | null): OpenSession {
    count++;
    return {
      number: count,
      name: sessionName(count),
      firstIndex: exchange.index,
      lastIndex: exchange.index,
      startedAt: exchange.startedAt,
      endedAt: exchange.startedAt,
      client: exchange.clientAddress === null ? null : copyOf(exchange.clientAddress),
      userAgent: userAgent === null ? null : copyOf(userAgent.slice(0, 500)),
      requests: 0,
      keys: [],
      hasCookie: false,
      cookies: new Map(),
    };
  }

  function close(session: OpenSession): void {
    order.delete(session.number);
    for (const key of session.keys) if (byKey.get(key) === session) byKey.delete(key);
    closed.push(session);
  }

  /** Moves the clock on, but not by a single entry's word when it would leap. */
  function advance(at: number | null): void {
    if (at === null) return;
    if (newest === null || (at > newest && at - newest <= leapMs)) {
      newest = at;
      votes = 0;
    } else if (at > newest && ++votes >= leapVotes) {
      newest = at;
      votes = 0;
    }
  }

  function closeQuiet(): void {
    const limit = newest === null ? null : newest - gapMs - slackMs;
    for (const session of order.values()) {
      const quiet = limit !== null && session.endedAt !== null && session.endedAt < limit;
      if (!quiet && order.size <= maxOpen) break;
      close(session);
    }
  }

  return {
    add(exchange) {
      const at = exchange.startedAt;
      const agent = headerOf(exchange, "user-agent");
      const cookies = sentCookies(exchange.headers);
      const clientKey = `\n${exchange.clientAddress ?? ""}\n${agent ?? ""}`;
      let session: OpenSession | undefined;
      for (const cookie of cookies) session ??= find(cookie.key, at);
      if (session === undefined) {
        const near = find(clientKey, at);
        // A cookie never seen before belongs to the visit that had none yet: its Set-Cookie was not recorded.
        if (near !== undefined && (cookies.length === 0 || !near.hasCookie)) session = near;
      }
      // Browsers record what they answered from their cache with hardly a header: it belongs to the visit that goes on.
      if (agent === null && cookies.length === 0 && exchange.clientAddress === null) session ??= latest(at);
      session ??= begin(exchange, agent);
      for (const cookie of cookies) learn(session, exchange.host, cookie, true);
      lead(clientKey, session);
      const { set, deleted } = setCookies(exchange.response?.headers);
      for (const name of deleted) session.cookies.delete(`${exchange.host ?? ""}\n${name}`);
      for (const cookie of set) {
        learn(
          session,
          exchange.host,
          cookie,
          cookies.some(({ name }) => name === cookie.name),
        );
      }
      session.hasCookie ||= cookies.length > 0 || set.length > 0;
      session.requests++;
      session.lastIndex = Math.max(session.lastIndex, exchange.index);
      if (at !== null) {
        session.startedAt = session.startedAt === null ? at : Math.min(session.startedAt, at);
        session.endedAt = session.endedAt === null ? at : Math.max(session.endedAt, at);
      }
      order.delete(session.number);
      order.set(session.number, session);
      newestSession = session;
      advance(at);
      closeQuiet();
      return session;
    },
    takeClosed() {
      const taken = closed;
      closed = [];
      return taken.map(snapshot).sort((a, b) => a.number - b.number);
    },
    finish() {
      for (const session of [...order.values()]) close(session);
      return this.takeClosed();
    },
    open: () => order.size,
  };
}

/** Name of a session in its evidence, by its number from 1. */
export function sessionName(number: number): string {
  return `s${number}`;
}

/** Parts of a log line would keep the whole line in memory for as long as the session is open. */
function copyOf(text: string): string {
  return Buffer.from(text).toString();
}

function headerOf(exchange: Exchange, wanted: string): string | null {
  for (const [name, value] of exchange.headers ?? []) {
    if (name.length === wanted.length && name.toLowerCase() === wanted) return value;
  }
  return null;
}

function snapshot(session: OpenSession): Session {
  const { keys: _keys, hasCookie: _hasCookie, cookies: _cookies, ...rest } = session;
  return rest;
}
