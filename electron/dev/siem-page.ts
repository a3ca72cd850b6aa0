import type { Alert } from "../../shared/alert.ts";
import { siemFormats } from "../../shared/siem.ts";
import type { Score } from "../../shared/units.ts";
import { mappingOf } from "../engine/fleet/siem/format.ts";
import { alertFormats } from "../engine/fleet/siem/formats.ts";

/** An alert with a value in every field. */
const sample: Alert = {
  id: "a1",
  version: 1,
  status: "closed",
  reason: "true_positive",
  reopened: false,
  severity: "high",
  severity_set: true,
  class: "sql_injection",
  family: "union",
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
  assignee: "ana",
  tags: ["night"],
  snoozed_until: "2026-06-02T08:30:00.000Z",
  notes: 1,
  case_id: "c1",
  watched: ["shop"],
};

/** The documentation page of the formats that alerts are told in, with the table that the program maps by. */
export function describeSiem(): string {
  const mappings = siemFormats.map(
    (name) => new Map(mappingOf(alertFormats[name], sample).mapping.map((row) => [row.field, row.to])),
  );
  const rows = Object.keys(sample).map((field) => {
    const places = mappings.map((mapping) => {
      const to = mapping.get(field as keyof Alert) ?? null;
      return to === null ? "lost" : `\`${to}\``;
    });
    return `| \`${field}\` | ${places.join(" | ")} |`;
  });
  return `# Telling other systems of alerts

This page is made by \`npm run generate\`.

An admin lists outputs in the setting \`siem_outputs\`: a name, a format, an address, a secret, the mildest severity that is told, and
whether it is on. Each has its own place in the event log, which is its outbox: what comes while the other system is away waits there,
also over a restart, and is tried again after 1, 2, 4 … up to 60 seconds. A new output hears of what comes from then on; one that was
off hears what it missed.

| format | what is sent | how | address | secret |
|---|---|---|---|---|
| \`splunk_hec\` | event of Splunk's HTTP Event Collector, with the names of the CIM's data model Alerts | one request an event | \`https://host:8088\` | token of the collector, without acknowledgement by channel |
| \`ecs\` | document of the Elastic Common Schema 8 | \`_bulk\`; the alert's id is the document's, a newer state replaces it | \`https://host:9200/INDEX\` | API key as Elasticsearch encodes it, or none |
| \`cef\` | line of the Common Event Format | syslog (RFC 5424) over TLS, TCP or UDP; it acknowledges nothing | \`tls://host:6514\` | none |
| \`ocsf\` | Detection Finding (class 2004) of OCSF 1.3 | as \`webhook\` | \`https://host/path\` | as \`webhook\` |
| \`stix\` | STIX 2.1 objects: observed data, sighting, indicator of a true positive | TAXII 2.1 | \`https://host/api1/collections/ID/\` | \`user:password\`, a bearer token, or none |
| \`webhook\` | the alert as it is | POST, signed as Standard Webhooks says (\`webhook-id\`, \`webhook-timestamp\`, \`webhook-signature\`) | \`https://host/path\` | \`whsec_\` and the base64 of 24 to 64 random bytes |

Certificates are checked; plain HTTP goes to this machine only; redirections are not followed. An own certificate authority is named by
\`NODE_EXTRA_CA_CERTS\`. Secrets are stored sealed and shown to nobody; they are asked for again when the address changes. The
address itself is shown to whoever sees the settings. Over \`tcp://\` and \`udp://\` CEF lines can be read on their way.

## What arrives
An alert is told when it opens, when a session joins it, and when somebody changes or closes it, always as it stands then; an alert in
the state that was told already is not told again. Texts are masked as on the screens. What the other system takes is written down at
once: after a failure only the rest is sent. After a crash between the two a document may come twice, under the id of its entry of the log
if nothing came since: Elasticsearch, TAXII and receivers that look at \`webhook-id\` notice; Splunk shows it twice (\`told_id\`).

A document that is refused for what it is (status 400, 413 or 422; for Splunk the codes of the event; for TAXII a failed object) is put aside,
counted on the health page, and tried again when its alert changes. Anything else, a wrong token included, waits and is tried again. Retractions are not
told: evidence that is withdrawn or erased here stays in the other system.

Times are those of the evidence, whatever a clock says; when it was told stands beside. If a receiver of signed messages refuses them and
its clock differs by more than a minute, they are signed by its clock; the health page tells the difference.

## Where each field of an alert goes
The preview (\`POST /api/v1/sentinel/siem/preview\`) shows it for a real alert before an output is on, with what is lost of that one. A CEF
line holds at most the beginning of a long text; STIX needs a clock, and a client or a host, for what was observed.

| field | ${siemFormats.map((name) => `\`${name}\``).join(" | ")} |
|---|${siemFormats.map(() => "---|").join("")}
${rows.join("\n")}

What CAPEC, CWE and MITRE ATT&CK call an alert's family goes along where the format has a field: \`threat.technique\` in ECS,
\`finding_info.attacks\` in OCSF, \`external_references\` of the attack pattern in STIX. CAPEC and CWE numbers stand under \`sentinel.\` in ECS
and \`unmapped.\` in OCSF.
`;
}
