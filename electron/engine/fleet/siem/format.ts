import type { Alert } from "../../../../shared/alert.ts";
import { attackIdsOf } from "../../../../shared/attack-ids.ts";

/** On what occasion an alert is told. */
export interface Telling {
  /** Name of the engine. */
  readonly node: string;
  /** Version of this product. */
  readonly version: string;
  /** Of the entry of the log that it is told for: the same again when it is told again. */
  readonly entryId: string;
  readonly at: string;
  /** When this output was first told of the alert; equal to `at`: now. */
  readonly firstAt: string;
}

/** Where each field of an alert stands in a document; null: it is lost. */
export type Places = Readonly<Record<keyof Alert, string | null>>;

/** A way to write alerts. Everything in it is a pure function of what it is given. */
export interface AlertFormat {
  readonly contentType: string;
  places(alert: Alert): Places;
  /** Fields of which only the beginning is told. */
  cut(alert: Alert): readonly (keyof Alert)[];
  write(alert: Alert, telling: Telling): string;
}

/** Fields that an alert has a value for. */
function isGiven(value: unknown): boolean {
  return value !== null && !(Array.isArray(value) && value.length === 0);
}

/** What a format makes of an alert, field by field. */
export function mappingOf(format: AlertFormat, alert: Alert) {
  const cut = format.cut(alert);
  const places = Object.entries(format.places(alert)) as [keyof Alert, string | null][];
  const mapping = places.map(([field, to]) => ({ field, to, cut: cut.includes(field) }));
  const lost = mapping.filter(({ field, to, cut: isCut }) => isGiven(alert[field]) && (to === null || isCut));
  return { mapping, lost: lost.map(({ field }) => field) };
}

/** Method and path of a request line. */
export function readRequestLine(line: string): { method: string; path: string } {
  const at = line.indexOf(" ");
  return at < 0 ? { method: "", path: line } : { method: line.slice(0, at), path: line.slice(at + 1) };
}

/** A host without its port and brackets, and the port. */
export function readHost(host: string): { name: string; port: number | null } {
  const [, bracketed, plain, port] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(host) ?? [];
  const name = bracketed ?? plain;
  return name === undefined
    ? { name: host, port: null }
    : { name, port: port === undefined || Number(port) > 65_535 ? null : Number(port) };
}

/** Numbers of CAPEC and CWE, for which the schemas of alerts have no field; nothing where there are none. */
export function weaknesses(alert: Alert): { capec?: number[]; cwe?: number[] } {
  const ids = attackIdsOf(alert);
  return ids === null ? {} : { capec: ids.capec, cwe: ids.cwe };
}

/** What is to be told in one line, for a person. */
export function titleOf({ class: kind, host }: Alert): string {
  return `${kind.replaceAll("_", " ")}${host === null ? "" : ` at ${host}`}`;
}

/**
 * The alert with text that every reader of JSON takes.
 * A lone surrogate, which a payload may hold, is no Unicode text: Elasticsearch and Splunk refuse the whole document for it.
 */
export function wellFormed<T>(value: T): T {
  if (typeof value === "string") return value.toWellFormed() as T;
  if (Array.isArray(value)) return value.map(wellFormed) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, wellFormed(each)])) as T;
}

/** The places of a format that keeps every field under one name. */
export function placesUnder(under: string, alert: Alert): Places {
  return Object.fromEntries(Object.keys(alert).map((field) => [field, `${under}${field}`])) as Places;
}
