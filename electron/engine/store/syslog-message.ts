import { hostname } from "node:os";
import { canonicalJson } from "../base/canonical-json.ts";
import type { EventRow } from "./store.ts";

/** Facility 13, "log audit" (RFC 5424 section 6.2.1). */
const facility = 13;
/** Characters of a name that are sent: the whole then fits a datagram that every receiver takes (RFC 5426 section 3.2). */
const longestName = 100;
const notice = 5;
const warning = 4;
/** What somebody on watch should see among the rest. */
const grave = /^(?:panic\.|payload_model\.gates_overridden|evidence\.erased|secret\.revealed|response\.rearmed)/;

/** A way to a syslog server. */
export interface SyslogSender {
  /** Resolves once the messages have left this machine. @throws SentinelError UNAVAILABLE */
  send(messages: readonly string[]): Promise<void>;
  close(): void;
}

/**
 * An entry of the log as a syslog message (RFC 5424): who did what to which entity, with the hashes that chain it to its neighbours, so
 * that the receiver's copy shows what was cut off or rewritten here. What the entry holds beside is not in it: the hash vouches for it.
 */
export function toSyslog(event: EventRow, host = hostname()): string {
  const severity = grave.test(event.kind) ? warning : notice;
  const { seq, id, entity_type, entity_id, version, kind, actor, role, node_id, at, prev_hash, hash } = event;
  const body = canonicalJson({
    seq,
    id,
    entity_type,
    entity_id: entity_id.slice(0, longestName),
    version,
    kind,
    actor: actor.slice(0, longestName),
    role,
    node_id,
    at,
    prev_hash,
    hash,
  });
  // SECURITY: the header's fields are printable ASCII without blanks (section 6): nothing written elsewhere can end one.
  const header = [
    `<${facility * 8 + severity}>1`,
    at,
    field(host, 255),
    "sentinel",
    String(process.pid),
    field(kind, 32),
    "-",
  ];
  // Section 6.4: the byte order mark says that UTF-8 follows.
  return `${header.join(" ")} \uFEFF${body}`;
}

function field(text: string, longest: number): string {
  return text.replace(/[^\x21-\x7e]/g, "_").slice(0, longest) || "-";
}
