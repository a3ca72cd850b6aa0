import { hostname } from "node:os";
import { setTimeout } from "node:timers/promises";
import type { SiemOutput } from "../../shared/siem.ts";
import type { SiemDocument, SiemSender } from "../engine/fleet/siem/sender.ts";
import { taken } from "./siem-http.ts";
import { openSyslog } from "./syslog.ts";

/** Facility 4, "security", and severity 4, "warning" (RFC 5424 section 6.2.1): how grave an alert is, its line says. */
const priority = 4 * 8 + 4;
/** A connection that does not break within this time after a batch has taken it, milliseconds: syslog acknowledges nothing. */
const settledMs = 250;

/** CEF lines to a syslog server. */
export async function openCefSender({ address }: SiemOutput): Promise<SiemSender> {
  const sender = await openSyslog(address);
  return {
    async send(documents) {
      await sender.send(documents.map(toMessage));
      await setTimeout(settledMs, undefined, { ref: false });
      // An empty one tells whether the connection has broken meanwhile: then all are sent again.
      await sender.send([]);
      return documents.map(() => taken);
    },
    async probe() {
      await sender.send([]);
      return address.startsWith("udp:")
        ? "Datagrams are sent; whether they arrive, UDP does not say."
        : "The server takes connections.";
    },
    clockSkewSeconds: () => null,
    close: () => sender.close(),
  };
}

function toMessage({ at, text }: SiemDocument): string {
  const host =
    hostname()
      .replace(/[^\x21-\x7e]/g, "_")
      .slice(0, 60) || "-";
  return `<${priority}>1 ${at} ${host} sentinel - CEF - ${text}`;
}
