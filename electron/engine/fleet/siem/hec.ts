import { severities } from "../../../../shared/alert.ts";
import { type AlertFormat, placesUnder, titleOf, wellFormed } from "./format.ts";

/**
 * An event for Splunk's HTTP Event Collector. What the Alerts data model of Splunk's Common Information Model names is there by its
 * name (`src`, `dest`, `signature`, `severity`, `severity_id`, `id`), beside the whole alert under `alert`.
 * Source: "Format events for HTTP Event Collector"; CIM, Alerts.
 */
export const hecFormat: AlertFormat = {
  contentType: "application/json",
  cut: () => [],
  places: (alert) => ({
    ...placesUnder("event.alert.", alert),
    id: "event.id",
    severity: "event.severity",
    class: "event.signature",
    client: "event.src",
    host: "event.dest",
    last_seen: "time",
  }),
  write: (given, { node, version, entryId, at }) => {
    const alert = wellFormed(given);
    const seen = alert.last_seen ?? at;
    return JSON.stringify({
      // As the evidence says, whatever the clock here says; `told_at` shows where the two differ.
      time: Date.parse(seen) / 1000,
      host: node,
      source: "sentinel",
      sourcetype: "sentinel:alert",
      event: {
        id: alert.id,
        told_id: entryId,
        told_at: at,
        type: "alert",
        app: `Sentinel ${version}`,
        description: titleOf(alert),
        signature: alert.class,
        severity: alert.severity,
        severity_id: severities.indexOf(alert.severity),
        ...(alert.client === null ? {} : { src: alert.client }),
        ...(alert.host === null ? {} : { dest: alert.host }),
        alert,
      },
    });
  },
};
