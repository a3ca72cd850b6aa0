import type { PayloadClass } from "./payload.ts";
import type { AttackOutcome } from "./verdict.ts";

/** What people read for each class, on screens and in reports. */
export const classWords: Readonly<Record<PayloadClass, string>> = {
  sql_injection: "SQL injection",
  xss: "Cross-site scripting",
  command_injection: "Command injection",
  path_traversal: "Path traversal",
  xxe: "XML external entity",
  csrf: "Request forgery",
  benign: "Benign",
};

/** Whether an attack seems to have worked. */
export const outcomeWords: Readonly<Record<AttackOutcome, string>> = {
  succeeded: "Succeeded",
  likely_succeeded: "Likely succeeded",
  unclear: "Unclear",
  likely_failed: "Likely failed",
  not_available: "Not known",
};
