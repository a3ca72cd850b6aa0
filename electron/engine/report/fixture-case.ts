import type { Alert } from "../../../shared/alert.ts";
import type { getCase } from "../../../shared/case.ts";
import type { Output } from "../../../shared/route.ts";
import type { Score } from "../../../shared/units.ts";

/** An alert for an injection, but for what a test is about. */
export function plainAlert(told: Partial<Alert> = {}): Alert {
  return {
    id: "a1",
    version: 1,
    status: "in_progress",
    reason: null,
    reopened: false,
    severity: "high",
    severity_set: false,
    class: "sql_injection",
    family: null,
    outcome: "unclear",
    score: 0.8 as Score,
    verdict_id: "v1",
    judged_by: null,
    client: "203.0.113.7",
    host: "shop.example",
    request_line: "GET /login",
    payload: "1' or 1=1",
    payload_place: "query id",
    sessions: 2,
    first_seen: "2026-06-01T08:00:00.000Z",
    last_seen: "2026-06-01T08:30:00.000Z",
    assignee: null,
    tags: [],
    snoozed_until: null,
    notes: 0,
    case_id: "c1",
    watched: [],
    ...told,
  };
}

/** An open case that holds some alerts. */
export function plainCase(alerts: readonly Alert[]): Output<typeof getCase> {
  return {
    case: {
      id: "c1",
      version: 1,
      title: "Wave of injections",
      summary: "",
      status: "open",
      outcome: null,
      severity: "high",
      severity_set: false,
      assignee: null,
      tags: ["wave"],
      opened_by: "ana",
      opened_at: "2026-06-01T09:00:00.000Z",
      closed_at: null,
      merged_into: null,
      alerts: alerts.length,
      open_alerts: alerts.length,
      sessions: alerts.length,
      first_seen: null,
      last_seen: null,
      tasks: 0,
      open_tasks: 0,
    },
    merged: [],
    alerts: [...alerts],
    items: [],
    observables: [],
    timeline: [],
    history: [],
  };
}
