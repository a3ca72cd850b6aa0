import { type DestinationStream, type Logger, pino } from "pino";

export type { Logger };

/**
 * Field names whose values never reach a log, at any depth up to three. Payloads, bodies and headers are evidence, not log
 * material; the others are credentials.
 */
const secretFields = [
  "payload",
  "payloads",
  "body",
  "text",
  "canonical",
  "headers",
  "cookie",
  "cookies",
  "authorization",
  "password",
  "pin",
  "token",
  "secret",
  "key",
  "master_key",
  "query",
  "url",
  "target",
];

/** A structured JSON Lines log. `level`: trace, debug, info, warn, error, fatal, silent. */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const paths = secretFields.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]);
  const options = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    // SECURITY: evidence and credentials must not leak through diagnostics.
    redact: { paths, censor: "[redacted]" },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
