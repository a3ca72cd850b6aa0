import { type AlertFormat, placesUnder, wellFormed } from "./format.ts";

/** An alert as it is, in the envelope that Standard Webhooks recommends: type, time, data. Nothing is lost. */
export const webhookFormat: AlertFormat = {
  contentType: "application/json",
  cut: () => [],
  places: (alert) => placesUnder("data.", alert),
  write: (alert, { node, at }) =>
    JSON.stringify({ type: "alert", timestamp: at, node_id: node, data: wellFormed(alert) }),
};
