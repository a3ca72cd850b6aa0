import type { SiemFormat } from "../../../shared/siem.ts";

/** What a person has to know to fill in an output of each format. */
export const siemWords: Readonly<
  Record<SiemFormat, { readonly label: string; readonly address: string; readonly secret: string | null }>
> = {
  splunk_hec: { label: "Splunk (HEC)", address: "https://host:8088", secret: "Token of the HTTP Event Collector." },
  ecs: {
    label: "Elasticsearch (ECS)",
    address: "https://host:9200/sentinel-alerts",
    secret: "API key as Elasticsearch encodes it; empty: none.",
  },
  cef: { label: "CEF over syslog", address: "tls://host:6514", secret: null },
  ocsf: {
    label: "OCSF, signed webhook",
    address: "https://host/path",
    secret: "whsec_ and the base64 of 24 to 64 random bytes.",
  },
  stix: {
    label: "STIX 2.1 over TAXII",
    address: "https://host/api1/collections/ID/",
    secret: "user:password, or a bearer token; empty: none.",
  },
  webhook: {
    label: "JSON, signed webhook",
    address: "https://host/path",
    secret: "whsec_ and the base64 of 24 to 64 random bytes.",
  },
};
