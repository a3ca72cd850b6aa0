import type { Alert } from "../../../../shared/alert.ts";
import { createTelling, mostCounted, type StixObject, tellAlert } from "../../report/stix.ts";
import { type AlertFormat, type Telling, wellFormed } from "./format.ts";

/** Objects that belong to this alert alone. */
const ownTypes: ReadonlySet<string> = new Set(["observed-data", "sighting", "indicator", "relationship"]);

/**
 * An alert as the envelope of STIX 2.1 objects that TAXII 2.1 takes: what was observed, the pattern of attack sighted in it, and, once it
 * is closed as a true positive, its client as an indicator. Ids follow from what the objects are about (UUID version 5): a repeat is
 * the same, a newer state the same with a later `modified`.
 * Source: STIX 2.1; TAXII 2.1 section 3.7 (envelope).
 */
export const stixFormat: AlertFormat = {
  contentType: "application/taxii+json;version=2.1",
  cut: ({ sessions }) => (sessions > mostCounted ? ["sessions"] : []),
  places(alert) {
    const objects = objectsOf(alert, blank);
    const has = (type: string) => objects.some((object) => object.type === type);
    const ifSeen = (place: string) => (has("observed-data") ? place : null);
    const ifSighted = (place: string) => (has("sighting") ? place : null);
    const from = objects.some(({ value }) => value === alert.client);
    const flow = objects.find(({ type }) => type === "network-traffic");
    return {
      id: ifSeen("observed-data.external_references"),
      version: null,
      status: null,
      reason: has("indicator") ? "indicator" : null,
      reopened: null,
      severity: null,
      severity_set: null,
      class: has("attack-pattern") ? "attack-pattern.external_references" : null,
      family: null,
      outcome: null,
      score: ifSeen("observed-data.confidence"),
      verdict_id: null,
      judged_by: null,
      client: from ? "ipv4-addr, ipv6-addr" : null,
      host: flow?.dst_ref === undefined ? null : "domain-name, ipv4-addr, ipv6-addr",
      request_line: flow === undefined ? null : "network-traffic.http-request-ext",
      payload: null,
      payload_place: null,
      sessions: ifSeen("observed-data.number_observed"),
      first_seen: ifSeen("observed-data.first_observed"),
      last_seen: ifSeen("observed-data.last_observed"),
      assignee: null,
      tags: ifSighted("sighting.labels") ?? ifSeen("observed-data.labels"),
      snoozed_until: null,
      notes: null,
      case_id: null,
      watched: null,
    };
  },
  write: (alert, telling) => JSON.stringify({ objects: objectsOf(wellFormed(alert), telling) }),
};

const blank: Telling = {
  node: "",
  version: "",
  entryId: "",
  at: "2026-01-01T00:00:00.000Z",
  firstAt: "2026-01-01T00:00:00.000Z",
};

function objectsOf(alert: Alert, { node, at, firstAt }: Telling): StixObject[] {
  // A clock that was set back must not make an object older than itself.
  const modified = at > firstAt ? at : firstAt;
  const told = createTelling(node, { created: firstAt, modified });
  tellAlert(alert, told, alert.id, alert.first_seen ?? firstAt);
  return [...told.objects.values()].map((object) =>
    ownTypes.has(object.type)
      ? {
          ...object,
          confidence: Math.round(alert.score * 100),
          ...(alert.tags.length === 0 ? {} : { labels: alert.tags }),
          external_references: [{ source_name: "sentinel", external_id: alert.id }],
        }
      : object,
  );
}
