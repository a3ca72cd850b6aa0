import { z } from "zod";
import { Severity } from "./alert.ts";
import { defineRoute } from "./route.ts";
import { Id } from "./units.ts";

/** How alerts are written for another system, and how they get there. */
export const siemFormats = ["splunk_hec", "ecs", "cef", "ocsf", "stix", "webhook"] as const;
export const SiemFormat = z.enum(siemFormats);
export type SiemFormat = z.infer<typeof SiemFormat>;

/** A system that alerts are told to. Its secret is an API key, a token, or what signs, by its format. */
export const SiemOutput = z.strictObject({
  name: z
    .string()
    .regex(/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,39}$/u, "a name is 1 to 40 letters, digits, blanks, and . _ -"),
  format: SiemFormat,
  address: z.string().min(1).max(1000),
  /** Longer than what may be entered: it is stored sealed. */
  secret: z.string().max(10_000),
  min_severity: Severity,
  on: z.boolean(),
});
export type SiemOutput = z.infer<typeof SiemOutput>;

const syslogAddress = /^(?:udp|tcp|tls):\/\/(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(?::\d{1,5})?$/;
const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;
/** Standard Webhooks: 24 to 64 bytes in base64. */
const signingSecret = /^whsec_(?:[A-Za-z0-9+/]{4}){8,22}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** What is wrong with an output whose secret is known, for a person; null: nothing. */
export function siemProblem({ name, format, address, secret }: SiemOutput): string | null {
  const at = `siem_outputs: ${name}`;
  if (format === "cef") {
    return syslogAddress.test(address)
      ? null
      : `${at}: a syslog server is written as tls://host:6514, tcp://host:601 or udp://host:514.`;
  }
  if (!URL.canParse(address)) return `${at}: the address is no URL.`;
  if (secret.length > 4000) return `${at}: the secret is longer than 4,000 characters.`;
  const { protocol, hostname, username, password, search, hash, pathname } = new URL(address);
  // SECURITY: a token and what was found would be readable on the way.
  if (protocol !== "https:" && !(protocol === "http:" && loopback.test(hostname)))
    return `${at}: the address begins with https:// (http:// only on this machine).`;
  // SECURITY: what stands in an address is shown on screens and in logs.
  if (username !== "" || password !== "") return `${at}: the address must not hold a name or password.`;
  if (hash !== "" || search !== "") return `${at}: the address ends with its path.`;
  if (format === "ecs" && !/^\/(?:[^/]+\/)*[a-z0-9][a-z0-9._-]{0,200}\/?$/.test(pathname))
    return `${at}: the address ends with the index, as https://host:9200/sentinel-alerts.`;
  if (format === "stix" && !/\/collections\/[^/]+\/?$/.test(pathname))
    return `${at}: the address is that of a collection, as https://host/api1/collections/ID/.`;
  if (format === "splunk_hec" && !/^[\x21-\x7e]+$/.test(secret)) return `${at}: the token of the collector is missing.`;
  if ((format === "webhook" || format === "ocsf") && !signingSecret.test(secret))
    return `${at}: the secret is written as whsec_ and the base64 of 24 to 64 random bytes.`;
  return /^[\x20-\x7e]*$/.test(secret) ? null : `${at}: the secret holds characters that no header can.`;
}

/** A field of an alert, and where it stands in the document; null: it is lost. */
export const SiemMapping = z.object({
  field: z.string(),
  to: z.string().nullable(),
  /** Whether only its beginning is told. */
  cut: z.boolean(),
});

export const previewSiem = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/siem/preview",
  summary: "An alert as it would be told in a format, and what is lost of it; nothing is sent",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({ format: SiemFormat, alert_id: Id }),
  output: z.object({
    document: z.string(),
    content_type: z.string(),
    mapping: z.array(SiemMapping),
    /** Fields that this alert has and the document has not, or only in part. */
    lost: z.array(z.string()),
  }),
});

export const testSiem = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/siem/test",
  summary: "Ask a system whether it would take alerts; none is sent",
  role: "admin",
  callers: ["ui"],
  input: z.strictObject({ output: SiemOutput }),
  output: z.object({
    reached: z.boolean(),
    detail: z.string(),
    /** Its clock minus this machine's, seconds; null: it does not say. */
    clock_skew_seconds: z.number().int().nullable(),
  }),
});
