import { isIP } from "node:net";
import type { Alert, Severity } from "../../../../shared/alert.ts";
import { attackIdsOf } from "../../../../shared/attack-ids.ts";
import { type AlertFormat, placesUnder, readHost, readRequestLine, titleOf, weaknesses, wellFormed } from "./format.ts";

/** Version of the Open Cybersecurity Schema Framework that the finding follows. */
const ocsfVersion = "1.3.0";
const findings = 2;
const detectionFinding = 2004;

const severityIds: Readonly<Record<Severity, [id: number, name: string]>> = {
  low: [2, "Low"],
  medium: [3, "Medium"],
  high: [4, "High"],
  critical: [5, "Critical"],
};

/** What has no attribute of its own is under `unmapped`, as the standard wants. */
const mapped = [
  "id",
  "severity",
  "class",
  "score",
  "client",
  "host",
  "request_line",
  "payload",
  "payload_place",
  "sessions",
  "first_seen",
  "last_seen",
  "reason",
] as const;

/** An alert as a Detection Finding. Source: OCSF schema 1.3, class 2004. */
export const ocsfFormat: AlertFormat = {
  contentType: "application/json",
  cut: () => [],
  places: (alert) => ({
    ...placesUnder("unmapped.", alert),
    id: "finding_info.uid",
    severity: "severity_id",
    class: "finding_info.types",
    score: "confidence_score, unmapped.score",
    status: "status_id, unmapped.status",
    reason: "status_detail",
    client: isIP(alert.client ?? "") === 0 ? "evidences.src_endpoint.name" : "evidences.src_endpoint.ip",
    host: "evidences.dst_endpoint",
    request_line: "evidences.data",
    payload: "evidences.data",
    payload_place: "evidences.data",
    sessions: "count",
    first_seen: "finding_info.first_seen_time",
    last_seen: "finding_info.last_seen_time",
  }),
  write: (given, { node, version, entryId, at, firstAt }) => {
    const alert = wellFormed(given);
    const [activity_id, activity_name] = activityOf(alert, at === firstAt);
    const [severity_id, severity] = severityIds[alert.severity];
    const [status_id, status] = statusOf(alert);
    const unmapped = Object.fromEntries(
      Object.entries(alert).filter(([field]) => !(mapped as readonly string[]).includes(field) || field === "score"),
    );
    return JSON.stringify({
      activity_id,
      activity_name,
      category_uid: findings,
      category_name: "Findings",
      class_uid: detectionFinding,
      class_name: "Detection Finding",
      type_uid: detectionFinding * 100 + activity_id,
      // When the finding was made; when it happened stands beside it.
      time: Date.parse(firstAt),
      severity_id,
      severity,
      status_id,
      status,
      ...(alert.reason === null ? {} : { status_detail: alert.reason }),
      confidence_score: Math.round(alert.score * 100),
      count: alert.sessions,
      message: `${titleOf(alert)}: ${alert.request_line}`,
      metadata: {
        version: ocsfVersion,
        uid: entryId,
        product: { name: "Sentinel", vendor_name: "Sentinel", version, uid: node },
      },
      finding_info: {
        uid: alert.id,
        title: titleOf(alert),
        types: [alert.class],
        created_time: Date.parse(firstAt),
        modified_time: Date.parse(at),
        ...(alert.first_seen === null ? {} : { first_seen_time: Date.parse(alert.first_seen) }),
        ...(alert.last_seen === null ? {} : { last_seen_time: Date.parse(alert.last_seen) }),
        ...attacks(alert),
      },
      evidences: [evidenceOf(alert)],
      unmapped: { ...unmapped, ...weaknesses(alert) },
    });
  },
};

/** Techniques of MITRE ATT&CK. */
function attacks(alert: Alert) {
  const { attack = [] } = attackIdsOf(alert) ?? {};
  if (attack.length === 0) return {};
  return {
    attacks: attack.map((id) => ({
      technique: { uid: id.slice(0, 5) },
      ...(id.includes(".") ? { sub_technique: { uid: id } } : {}),
      version: "15",
    })),
  };
}

function activityOf({ status }: Alert, isNew: boolean): [number, string] {
  if (status === "closed") return [3, "Close"];
  return isNew ? [1, "Create"] : [2, "Update"];
}

function statusOf({ status, reason }: Alert): [number, string] {
  if (status === "new") return [1, "New"];
  if (status === "in_progress") return [2, "In Progress"];
  return reason === "true_positive" ? [4, "Resolved"] : [3, "Suppressed"];
}

/** The type `hostname_t`. What a client wrote into its Host header may be anything. */
const hostname = /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?\.)*[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?$/;

function nameOf(host: string) {
  if (isIP(host) !== 0) return { ip: host };
  return host.length < 256 && hostname.test(host) ? { hostname: host } : { name: host };
}

function evidenceOf({ client, host, request_line, payload, payload_place }: Alert) {
  const to = host === null ? null : readHost(host);
  return {
    ...(client === null ? {} : { src_endpoint: isIP(client) === 0 ? { name: client } : { ip: client } }),
    ...(to === null
      ? {}
      : {
          dst_endpoint: {
            ...nameOf(to.name),
            ...(to.port === null ? {} : { port: to.port }),
          },
        }),
    data: { ...readRequestLine(request_line), payload, payload_place },
  };
}
