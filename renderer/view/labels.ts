import type { AlertStatus, CloseReason, Severity } from "../../shared/alert.ts";
import { classWords, outcomeWords } from "../../shared/attack-words.ts";
import type { CaseOutcome, ObservableType } from "../../shared/case.ts";
import type { Split } from "../../shared/dataset.ts";
import type { EvidenceKind } from "../../shared/evidence.ts";
import type { Place as PayloadPlace } from "../../shared/payload.ts";
import type { AttackOutcome, VerdictKind } from "../../shared/verdict.ts";
import type { Place } from "./place.ts";

/** Where the analyst is. */
export const screenLabels: Record<Place["screen"], string> = {
  assistant: "Assistant",
  outgoing: "Left this machine",
  alerts: "Alerts",
  cases: "Cases",
  shift: "Shift",
  verdicts: "Verdicts",
  search: "Search",
  decoder: "Decoder",
  memory: "Memory",
  labelling: "Labelling",
  datasets: "Datasets",
  session: "Session",
  import: "Import",
  evidence: "Evidence",
  canary: "Canary",
  replay: "Time travel",
  training: "Training",
  models: "Models",
  federation: "Together",
  drift: "Drift",
  simulations: "Simulations",
  gatekeepers: "Gatekeepers",
  impact: "Impact",
  sandboxes: "Sandboxes",
  trust: "Trust",
  telemetry: "Telemetry",
  rules: "Rules",
  approvals: "Approvals",
  audit: "Audit log",
  health: "Health",
  settings: "Settings",
};

/** What the analyst reads for each name of the wire. */
export const verdictLabels: Record<VerdictKind, string> = { simulate: "Simulate", tag: "Tag", benign: "Benign" };

export const verdictMeanings: Record<VerdictKind, string> = {
  simulate: "Score at or above the simulate threshold: an attack",
  tag: "Score at or above the tag threshold: suspicious",
  benign: "Score below the tag threshold",
};

export const classLabels = classWords;

export const outcomeLabels = outcomeWords;

/** What became of an attack, standing alone: "Attack: succeeded". */
export function tellOutcome(outcome: AttackOutcome): string {
  return outcome === "not_available" ? "Attack: outcome not known" : `Attack: ${outcomeLabels[outcome].toLowerCase()}`;
}

export const placeLabels: Record<PayloadPlace, string> = {
  query: "query",
  query_name: "query name",
  path_segment: "path segment",
  form: "form field",
  json: "JSON",
  xml: "XML",
  multipart: "multipart field",
  file_name: "file name",
  cookie: "cookie",
  header: "header",
  body: "body",
};

export const kindLabels: Record<EvidenceKind, string> = {
  har: "HAR",
  package: "Evidence package",
  access_log: "Access log",
  raw_request: "Raw request",
  burp_xml: "Burp items",
  modsecurity_log: "ModSecurity log",
  aws_waf_log: "AWS WAF log",
  cloudflare_log: "Cloudflare log",
};

export const statusLabels: Record<AlertStatus, string> = { new: "New", in_progress: "In progress", closed: "Closed" };

export const reasonLabels: Record<CloseReason, string> = {
  true_positive: "True positive",
  false_positive: "False positive",
  benign_true_positive: "Benign positive",
  duplicate: "Duplicate",
};

export const reasonMeanings: Record<CloseReason, string> = {
  true_positive: "An attack, dealt with",
  false_positive: "No attack: the verdict was wrong",
  benign_true_positive: "It looks like an attack and was meant to: a test, a scan of our own",
  duplicate: "Another alert says the same",
};

export const severityLabels: Record<Severity, string> = {
  low: "Low",
  medium: "Medium",
  high: "High",
  critical: "Critical",
};

export const caseOutcomeLabels: Record<CaseOutcome, string> = {
  true_positive: "True positive",
  false_positive: "False positive",
  benign_true_positive: "Benign positive",
  indeterminate: "Indeterminate",
};

export const caseOutcomeMeanings: Record<CaseOutcome, string> = {
  true_positive: "an attack, or an attempt",
  false_positive: "nothing of the kind",
  benign_true_positive: "what it looked like, and allowed: a test, a scanner of ours",
  indeterminate: "could not be found out",
};

export const observableLabels: Record<ObservableType, string> = {
  address: "Address",
  host: "Host",
  path: "Path",
  payload: "Payload",
  user_agent: "User agent",
  hash: "Hash",
  account: "Account",
  other: "Other",
};

export const splitLabels: Record<Split, string> = { train: "Training", validation: "Validation", test: "Test" };

/** Where labels come from, but for files, which have names. */
const sourceLabels: Readonly<Record<string, string>> = {
  alert: "Closed alerts",
  labelling: "Labelling",
  "add-sample": "Added samples",
  "false-positive": "Reported false positives",
};

export function labelSource(source: string): string {
  return Object.hasOwn(sourceLabels, source) ? (sourceLabels[source] ?? source) : source;
}
