import { isIPv4, isIPv6 } from "node:net";
import type { Alert, Severity } from "../../../../shared/alert.ts";
import { type AlertFormat, readHost, readRequestLine, titleOf } from "./format.ts";

/** 0 to 3 is low, 4 to 6 medium, 7 and 8 high, 9 and 10 very high. */
const severityNumbers: Readonly<Record<Severity, number>> = { low: 3, medium: 5, high: 8, critical: 10 };

/**
 * Most bytes of a value once escaped. With them a line fits a datagram that every receiver takes (RFC 5426 section 3.2), its
 * syslog header included.
 */
const most = {
  request_line: 420,
  payload: 400,
  tags: 120,
  host: 120,
  client: 60,
  place: 100,
  name: 100,
  id: 80,
  other: 60,
};

/**
 * An alert as a line of the Common Event Format.
 * Source: "ArcSight Common Event Format", version 26: header, extension dictionary, character encoding.
 */
export const cefFormat: AlertFormat = {
  contentType: "text/plain; charset=utf-8",
  places: (alert) => ({
    id: "externalId",
    version: null,
    status: "cs4",
    reason: "flexString1",
    reopened: null,
    severity: "Severity",
    severity_set: null,
    class: "Device Event Class ID, cat",
    family: "cs3",
    outcome: "outcome",
    score: "cfp1",
    verdict_id: "cs6",
    judged_by: null,
    client: isIPv4(alert.client ?? "") ? "src" : isIPv6(alert.client ?? "") ? "c6a2" : "shost",
    host: "dhost",
    request_line: "requestMethod, request",
    payload: "cs1",
    payload_place: "cs2",
    sessions: "cnt",
    first_seen: "start",
    last_seen: "end",
    assignee: null,
    tags: "flexString2",
    snoozed_until: null,
    notes: null,
    case_id: "cs5",
    watched: null,
  }),
  cut: (alert) =>
    cutFields(alert)
      .filter(([, text, bytes]) => isCut(text, bytes))
      .map(([field]) => field),
  write(alert, { node, version, at }) {
    const { method, path } = readRequestLine(alert.request_line);
    const header = ["CEF:0", "Sentinel", "Sentinel", version, alert.class, titleOf(alert)]
      .map((text) => escapeHeader(text, most.name))
      .join("|");
    const values: [name: string, value: string | number | null, bytes?: number][] = [
      ["externalId", alert.id, most.id],
      ["cat", alert.class],
      ["outcome", alert.outcome],
      ["cnt", alert.sessions],
      ["rt", Date.parse(at)],
      ["start", alert.first_seen === null ? null : Date.parse(alert.first_seen)],
      ["end", alert.last_seen === null ? null : Date.parse(alert.last_seen)],
      ["dvchost", node],
      ...source(alert),
      ...destination(alert),
      ["requestMethod", method === "" ? null : method, most.other],
      ["request", path, most.request_line],
      ...labelled("cs1", "payload", alert.payload, most.payload),
      ...labelled("cs2", "payloadPlace", alert.payload_place, most.place),
      ...labelled("cs3", "family", alert.family),
      ...labelled("cs4", "status", alert.status),
      ...labelled("cs5", "caseId", alert.case_id, most.id),
      ...labelled("cs6", "verdictId", alert.verdict_id, most.id),
      ...labelled("cfp1", "score", alert.score),
      ...labelled("flexString1", "closeReason", alert.reason),
      ...labelled("flexString2", "tags", alert.tags.length === 0 ? null : alert.tags.join(" "), most.tags),
    ];
    const extension = values
      .filter(([, value]) => value !== null)
      .map(([name, value, bytes = most.other]) => `${name}=${escapeExtension(String(value), bytes)}`)
      .join(" ");
    return `${header}|${severityNumbers[alert.severity]}|${extension}`;
  },
};

function cutFields(alert: Alert): [field: keyof Alert, text: string, bytes: number][] {
  return [
    ["id", alert.id, most.id],
    ["request_line", readRequestLine(alert.request_line).path, most.request_line],
    ["payload", alert.payload ?? "", most.payload],
    ["payload_place", alert.payload_place ?? "", most.place],
    ["family", alert.family ?? "", most.other],
    ["client", alert.client ?? "", most.client],
    ["host", alert.host === null ? "" : readHost(alert.host).name, most.host],
    ["tags", alert.tags.join(" "), most.tags],
    ["case_id", alert.case_id ?? "", most.id],
    ["verdict_id", alert.verdict_id, most.id],
  ];
}

function source({ client }: Alert): [string, string, number][] {
  if (client === null) return [];
  if (isIPv4(client)) return [["src", client, most.client]];
  if (!isIPv6(client)) return [["shost", client, most.client]];
  return [
    ["c6a2", client, most.client],
    ["c6a2Label", "Source IPv6 Address", most.other],
  ];
}

function destination({ host }: Alert): [string, string | number, number][] {
  if (host === null) return [];
  const { name, port } = readHost(host);
  return [
    ["dhost", name, most.host],
    ...(port === null ? [] : [["dpt", port, most.other] as [string, number, number]]),
  ];
}

function labelled(
  name: string,
  label: string,
  value: string | number | null,
  bytes = most.other,
): [string, string | number, number][] {
  if (value === null) return [];
  return [
    [name, value, bytes],
    [`${name}Label`, label, most.other],
  ];
}

const breaks = /[\p{Cc}\u2028\u2029]/gu;

/** SECURITY: a bar would end the field, a line break the event: what a client wrote could forge another. */
function escapeHeader(text: string, bytes: number): string {
  return shorten(text, bytes, (char) => char.replace(breaks, " ").replace(/[\\|]/g, "\\$&"));
}

/** SECURITY: an equals sign would begin another field, a line break end the event. */
function escapeExtension(text: string, bytes: number): string {
  return shorten(text, bytes, escapeCharacter);
}

function escapeCharacter(char: string): string {
  if (char === "\n") return "\\n";
  if (char === "\r") return "\\r";
  return char.replace(breaks, " ").replace(/[\\=]/g, "\\$&");
}

/** The beginning of a text, escaped, in at most so many bytes; an escape is never cut in two. */
function shorten(text: string, bytes: number, spell: (char: string) => string): string {
  let [written, size] = ["", 0];
  for (const char of text.toWellFormed()) {
    const escaped = spell(char);
    size += Buffer.byteLength(escaped);
    if (size > bytes) break;
    written += escaped;
  }
  return written;
}

function isCut(text: string, bytes: number): boolean {
  let size = 0;
  for (const char of text.toWellFormed()) size += Buffer.byteLength(escapeCharacter(char));
  return size > bytes;
}
