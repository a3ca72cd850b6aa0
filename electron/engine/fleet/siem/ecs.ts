import { isIP } from "node:net";
import type { Alert, Severity } from "../../../../shared/alert.ts";
import { attackIdsOf } from "../../../../shared/attack-ids.ts";
import type { AttackOutcome } from "../../../../shared/verdict.ts";
import { type AlertFormat, placesUnder, readHost, readRequestLine, titleOf, weaknesses, wellFormed } from "./format.ts";

/** Version of the Elastic Common Schema that the document follows. */
const ecsVersion = "8.17.0";

/** What Elastic's own detection rules give to the four severities. */
const severityNumbers: Readonly<Record<Severity, number>> = { low: 21, medium: 47, high: 73, critical: 99 };

/** ECS knows three outcomes only, and means what was tried. The one found is under `sentinel.outcome`. */
const outcomes: Readonly<Record<AttackOutcome, "success" | "failure" | "unknown">> = {
  succeeded: "success",
  likely_succeeded: "success",
  unclear: "unknown",
  likely_failed: "failure",
  not_available: "unknown",
};

/** Longest value of a `keyword` field that Elasticsearch indexes; a longer one is stored but not found. */
const longestKeyword = 1024;

/**
 * An alert as an ECS 8 document for the `_bulk` interface, as its two lines. The alert's id is the document's: a repeat or a newer
 * state replaces it. Fields that ECS has no name for are under `sentinel`, as it wants of custom fields.
 * Source: Elastic Common Schema field reference; Elasticsearch bulk API.
 */
export const ecsFormat: AlertFormat = {
  contentType: "application/x-ndjson",
  cut: () => [],
  places: (alert) => ({
    ...placesUnder("sentinel.", alert),
    id: "_id, event.id",
    severity: "event.severity",
    class: "rule.category",
    score: "event.risk_score",
    client: isIP(alert.client ?? "") === 0 ? "source.address" : "source.ip",
    host: "destination.address",
    request_line: "http.request.method, url.path",
    first_seen: "event.start",
    last_seen: "@timestamp, event.end",
    tags: "tags",
  }),
  write: (given, { node, version, at, firstAt }) => {
    const alert = wellFormed(given);
    const document = {
      "@timestamp": alert.last_seen ?? at,
      ecs: { version: ecsVersion },
      message: `${titleOf(alert)}: ${alert.request_line}`,
      tags: alert.tags,
      event: {
        kind: "alert",
        category: ["intrusion_detection", "web"],
        type: ["info"],
        module: "sentinel",
        dataset: "sentinel.alert",
        provider: "sentinel",
        id: alert.id,
        severity: severityNumbers[alert.severity],
        risk_score: alert.score * 100,
        outcome: outcomes[alert.outcome],
        created: firstAt,
        ...(alert.first_seen === null ? {} : { start: alert.first_seen }),
        ...(alert.last_seen === null ? {} : { end: alert.last_seen }),
      },
      rule: { category: alert.class, name: alert.family ?? alert.class },
      observer: { vendor: "Sentinel", product: "Sentinel", type: "waf", name: node, version },
      ...source(alert),
      ...destination(alert),
      ...request(alert),
      ...threat(alert),
      sentinel: { ...alert, ...weaknesses(alert), told_at: at },
    };
    return `${JSON.stringify({ index: { _id: alert.id } })}\n${JSON.stringify(document)}\n`;
  },
};

/** Techniques of ATT&CK; those of another technique have a field of their own. */
function threat(alert: Alert) {
  const { attack = [] } = attackIdsOf(alert) ?? {};
  if (attack.length === 0) return {};
  const subs = attack.filter((id) => id.includes("."));
  return {
    threat: {
      framework: "MITRE ATT&CK",
      technique: {
        id: [...new Set(attack.map((id) => id.slice(0, 5)))],
        ...(subs.length === 0 ? {} : { subtechnique: { id: subs } }),
      },
    },
  };
}

function source({ client }: Alert) {
  if (client === null) return {};
  // Of type `ip`: anything else there has the whole document refused.
  return { source: { address: client, ...(isIP(client) === 0 ? {} : { ip: withoutZone(client) }) } };
}

/** An address as the type `ip` takes it: a zone (fe80::1%eth0) is none of it. */
function withoutZone(address: string): string {
  return address.replace(/%.*$/, "");
}

function destination({ host }: Alert) {
  if (host === null) return {};
  const { name, port } = readHost(host);
  return {
    destination: {
      address: name,
      ...(isIP(name) === 0 ? { domain: name } : { ip: withoutZone(name) }),
      ...(port === null ? {} : { port }),
    },
  };
}

function request({ request_line }: Alert) {
  const { method, path } = readRequestLine(request_line);
  return {
    ...(method === "" ? {} : { http: { request: { method } } }),
    url: { original: path, path: path.slice(0, longestKeyword).toWellFormed() },
  };
}
