import { createHash } from "node:crypto";
import { isIP } from "node:net";
import type { Alert } from "../../../shared/alert.ts";
import { attackIdsOf } from "../../../shared/attack-ids.ts";
import type { getCase } from "../../../shared/case.ts";
import type { PayloadClass } from "../../../shared/payload.ts";
import type { Output } from "../../../shared/route.ts";
import { canonicalJson } from "../base/canonical-json.ts";

/** Of names of this product: what it makes has the same id in every export. */
export const ownNamespace = "7f0d4a52-9c1e-5b6a-8d33-0e1f2a4b5c6d";
/** Of observables. Source: STIX 2.1, section 2.9. */
const observableNamespace = "00abedb4-aa42-466c-9c01-fed23315a9b7";

/** When the first of these objects was told. */
const firstMade = "2026-01-01T00:00:00.000Z";

/** Names of CAPEC (Common Attack Pattern Enumeration and Classification). Source: capec.mitre.org */
const attackPatterns: Partial<Record<PayloadClass, string>> = {
  sql_injection: "SQL Injection",
  xss: "Cross-Site Scripting (XSS)",
  command_injection: "OS Command Injection",
  path_traversal: "Path Traversal",
  xxe: "Data Serialization External Entities Blowup",
  csrf: "Cross Site Request Forgery",
};

/** When CWE and ATT&CK joined CAPEC in the references of patterns. */
const patternsModified = "2026-11-22T00:00:00.000Z";

/** A class by its names elsewhere, CAPEC's own pattern first. */
function referencesOf(kind: PayloadClass): { source_name: string; external_id: string }[] {
  const { capec, cwe, attack } = attackIdsOf({ class: kind })!;
  return [
    ...capec.map((number) => ({ source_name: "capec", external_id: `CAPEC-${number}` })),
    ...cwe.map((number) => ({ source_name: "cwe", external_id: `CWE-${number}` })),
    ...attack.map((technique) => ({ source_name: "mitre-attack", external_id: technique })),
  ];
}

/** UUID of version 5 (RFC 9562, section 5.5). */
export function uuidv5(namespace: string, name: string): string {
  const hash = createHash("sha1")
    .update(Buffer.from(namespace.replaceAll("-", ""), "hex"))
    .update(name)
    .digest();
  hash[6] = (hash[6]! & 0x0f) | 0x50;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  return hash.toString("hex", 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export interface StixObject {
  readonly type: string;
  readonly id: string;
  readonly [property: string]: unknown;
}

/** An observable; its id follows from what it is. Source: STIX 2.1, section 2.9 */
function observable(type: string, values: Record<string, unknown>): StixObject {
  const id = `${type}--${uuidv5(observableNamespace, canonicalJson(values))}`;
  return { type, spec_version: "2.1", id, ...values };
}

function address(text: string | null): StixObject | null {
  const version = isIP(text ?? "");
  return version === 0 ? null : observable(version === 4 ? "ipv4-addr" : "ipv6-addr", { value: text });
}

function place(host: string | null): StixObject | null {
  if (host === null) return null;
  const name = host.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
  return address(name) ?? (/^[a-z0-9._-]+$/i.test(name) ? observable("domain-name", { value: name }) : null);
}

/** Who asked whom for what: nothing where neither is known. */
function traffic(alert: Alert): StixObject[] {
  const [from, to] = [address(alert.client), place(alert.host)];
  if (from === null && to === null) return [];
  const [method = "GET", ...path] = alert.request_line.split(" ");
  const request = { request_method: method.toLowerCase(), request_value: path.join(" ") || "/" };
  const flow = observable("network-traffic", {
    ...(from === null ? {} : { src_ref: from.id }),
    ...(to === null ? {} : { dst_ref: to.id }),
    protocols: ["tcp", "http"],
    extensions: { "http-request-ext": request },
  });
  return [from, to, flow].filter((each) => each !== null);
}

const hashNames: Record<number, string> = { 32: "MD5", 40: "SHA-1", 64: "SHA-256" };

/** What an analyst named, where STIX has an observable for it. */
function named({ type, value }: Output<typeof getCase>["observables"][number]): StixObject | null {
  if (type === "address") return address(value);
  if (type === "host") return place(value);
  if (type === "account") return observable("user-account", { user_id: value });
  const algorithm = type === "hash" && /^[0-9a-f]+$/i.test(value) ? hashNames[value.length] : undefined;
  return algorithm === undefined ? null : observable("file", { hashes: { [algorithm]: value.toLowerCase() } });
}

export interface StixCase {
  readonly detail: Output<typeof getCase>;
  /** All alerts of the case. */
  readonly alerts: readonly Alert[];
  /** Name of the engine that tells it. */
  readonly node: string;
  /** When it is told. */
  readonly at: string;
}

/** Largest number of observations or sightings. Source: STIX 2.1, sections 4.14 and 5.2 */
export const mostCounted = 999_999_999;

/** Of what is the same whoever tells of it: it may have only one time. */
const always = { created: firstMade, modified: firstMade };

/** Collects objects that one engine tells, each once. @param times of what it tells */
export function createTelling(node: string, times: { created: string; modified: string }) {
  const objects = new Map<string, StixObject>();
  const add = <T extends StixObject>(object: T): T => {
    objects.set(object.id, object);
    return object;
  };
  const own = (type: string, name: string, rest: Record<string, unknown>, when = times): StixObject =>
    add({ type, spec_version: "2.1", id: `${type}--${uuidv5(ownNamespace, `${type} ${name}`)}`, ...when, ...rest });
  const teller = own("identity", node, { name: `Sentinel ${node}`, identity_class: "system" }, always);
  return { objects, add, own, by: { created_by_ref: teller.id } };
}

/**
 * What was observed, the pattern of attack that was sighted in it, and the client of a true positive as an indicator.
 * @param scope what makes the indicator another one than that of another case or alert
 */
export function tellAlert(
  alert: Alert,
  { add, own, by }: ReturnType<typeof createTelling>,
  scope: string,
  validFrom: string,
): void {
  const seen = traffic(alert).map(add);
  const pattern = attackPatterns[alert.class];
  const attack =
    pattern === undefined
      ? null
      : own(
          "attack-pattern",
          alert.class,
          {
            ...by,
            name: pattern,
            external_references: referencesOf(alert.class),
          },
          { ...always, modified: patternsModified },
        );
  if (alert.first_seen !== null && seen.length > 0) {
    const last = alert.last_seen ?? alert.first_seen;
    const observed = own("observed-data", alert.id, {
      ...by,
      first_observed: alert.first_seen,
      last_observed: last,
      number_observed: Math.min(alert.sessions, mostCounted),
      object_refs: seen.map(({ id }) => id),
    });
    if (attack !== null) {
      own("sighting", alert.id, {
        ...by,
        sighting_of_ref: attack.id,
        observed_data_refs: [observed.id],
        where_sighted_refs: [by.created_by_ref],
        first_seen: alert.first_seen,
        // A sighting of one moment has no second one.
        ...(last > alert.first_seen ? { last_seen: last } : {}),
        count: Math.min(alert.sessions, mostCounted),
      });
    }
  }
  const client = address(alert.client);
  if (alert.reason === "true_positive" && client !== null) {
    const indicator = own("indicator", `${scope} ${client.type} ${alert.client}`, {
      ...by,
      name: `Attacks from ${alert.client}`,
      indicator_types: ["malicious-activity"],
      pattern: `[${client.type}:value = '${alert.client}']`,
      pattern_type: "stix",
      valid_from: validFrom,
    });
    if (attack !== null) {
      own("relationship", `${indicator.id} ${attack.id}`, {
        ...by,
        relationship_type: "indicates",
        source_ref: indicator.id,
        target_ref: attack.id,
      });
    }
  }
}

/**
 * A case as a STIX 2.1 bundle: a grouping of what was observed, the patterns of attack that were sighted in it, addresses of true
 * positives as indicators, and notes. Texts are masked already. What has no clock is in the grouping alone, since an
 * observation needs its time.
 */
export function toStixBundle({ detail, alerts, node, at }: StixCase): {
  type: "bundle";
  id: string;
  objects: StixObject[];
} {
  const { case: shown, items, observables } = detail;
  const told = createTelling(node, { created: shown.opened_at, modified: at });
  const { objects, add, own, by } = told;

  const firstSeen = new Map<string | null, string>();
  for (const { client, first_seen } of alerts) {
    const known = firstSeen.get(client);
    if (first_seen !== null && (known === undefined || first_seen < known)) firstSeen.set(client, first_seen);
  }
  for (const alert of alerts) tellAlert(alert, told, shown.id, firstSeen.get(alert.client) ?? shown.opened_at);
  for (const each of observables) {
    const object = named(each);
    if (object !== null) add(object);
  }

  const group = own("grouping", shown.id, {
    ...by,
    ...(shown.title === null ? {} : { name: shown.title }),
    ...(shown.summary === null || shown.summary === "" ? {} : { description: shown.summary }),
    context: "suspicious-activity",
    ...(shown.tags.length === 0 ? {} : { labels: shown.tags }),
    object_refs: [...objects.keys()],
  });
  for (const item of items) {
    if (item.kind !== "note" || item.text === null) continue;
    const written = { created: item.written_at, modified: at };
    own("note", item.id, { ...by, content: item.text, authors: [item.by], object_refs: [group.id] }, written);
  }
  return {
    type: "bundle",
    id: `bundle--${uuidv5(ownNamespace, `bundle ${shown.id} ${at}`)}`,
    objects: [...objects.values()],
  };
}
