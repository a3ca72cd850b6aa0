import { z } from "zod";
import { featureFlags } from "../../../shared/feature-flags.ts";
import { settingRoles } from "../../../shared/setting-roles.ts";
import { Settings } from "../../../shared/settings.ts";
import { humanise } from "../../view/format.ts";

export type SettingName = keyof Settings;
const SettingChanges = Settings.partial();
export type SettingChanges = z.infer<typeof SettingChanges>;

/** How a setting is entered. Read from the schema, so that a new setting has a field without more code. */
export type Field = {
  readonly name: SettingName;
  readonly label: string;
  readonly meaning: string;
  /** Who may change it, where that is not every analyst. */
  readonly by: "approver" | "admin" | null;
} & (
  | {
      readonly kind: "number";
      readonly min: number | null;
      readonly max: number | null;
      /** What the arrows change it by; "any": by one, and fractions of any size may be entered. */
      readonly step: number | "any";
    }
  | { readonly kind: "text" }
  /** A time of day, or none. */
  | { readonly kind: "time" }
  | { readonly kind: "choice"; readonly options: readonly string[] }
  /** One value a line. */
  | { readonly kind: "lines" }
);

const labels: Partial<Record<SettingName, string>> = {
  tag_threshold: "Tag threshold",
  simulate_threshold: "Simulate threshold",
  payload_weight: "Payload weight",
  class_set_error_rate: "Classes not ruled out: error rate",
  session_gap_minutes: "Session gap (minutes)",
  max_entry_mb: "Largest entry (MB)",
  watched_folder: "Watched folder",
  maxmind_file: "MaxMind file",
  bad_networks: "Networks with a bad reputation",
  syslog_target: "Forward the audit log to",
  update_server: "Update server",
  federated_epsilon: "Privacy budget of updates (ε)",
  federated_delta: "Its probability (δ)",
  behaviour_refit: "Behaviour model refits itself",
  simulate_automatically: "Simulate by itself",
  own_app_image: "Own application: image",
  own_app_command: "Own application: command",
  own_app_folders: "Own application: folders",
  own_app_port: "Own application: port",
  own_app_ready_path: "Own application: path when ready",
  own_app_start_seconds: "Own application: time to start (seconds)",
  sandbox_egress: "Own application: servers it may reach",
  label_audit_every: "One in so many to label is drawn at random",
  rule_auto_apply: "Rules are let in by themselves",
  rule_apply_confidence: "Rules are let in from confidence",
  rule_propose_confidence: "Rules are proposed from confidence",
  backtest_days: "Back-tests look back (days)",
  request_price: "Price of a blocked request",
  request_currency: "Its currency",
  retention_days: "Keep evidence (days)",
  time_zone: "Time zone",
  notify_from: "Notifications from severity",
  notify_every_seconds: "Notifications at most every (seconds)",
  quiet_from: "Quiet hours from",
  quiet_until: "Quiet hours until",
  single_keys: "Keys without Ctrl or Alt",
};

const timesOfDay: ReadonlySet<SettingName> = new Set(["quiet_from", "quiet_until"]);

/** The browser refuses what lies between two steps. */
function stepOf(min: number | null, max: number | null, isWhole: boolean): number | "any" {
  if (min === 0 && max === 1) return 0.01;
  return isWhole ? 1 : "any";
}

function describe(name: SettingName): Field {
  const schema: z.ZodType = Settings.shape[name];
  const role = settingRoles[name];
  const by = role === "analyst" ? null : role;
  const common = { name, label: labels[name] ?? humanise(name), meaning: schema.description ?? "", by };
  if (schema instanceof z.ZodNumber) {
    const min = Number.isFinite(schema.minValue) ? schema.minValue : null;
    const max = Number.isFinite(schema.maxValue) ? schema.maxValue : null;
    return { ...common, kind: "number", min, max, step: stepOf(min, max, schema.isInt) };
  }
  if (schema instanceof z.ZodString || schema instanceof z.ZodUnion)
    return { ...common, kind: timesOfDay.has(name) ? "time" : "text" };
  if (schema instanceof z.ZodEnum) return { ...common, kind: "choice", options: schema.options.map(String) };
  if (schema instanceof z.ZodArray && schema.element instanceof z.ZodString) return { ...common, kind: "lines" };
  throw new Error(`The setting ${name} needs a field of its own.`);
}

/** What is entered otherwise: keys are pressed where they are shown, the others have a panel. */
const apart: ReadonlySet<string> = new Set(["keys", "trusted_keys", "siem_outputs", ...Object.keys(featureFlags)]);

export const fields: readonly Field[] = (Object.keys(Settings.shape) as SettingName[])
  .filter((name) => !apart.has(name))
  .map(describe);

/** A setting as text for its field. */
export function toText(field: Field, value: unknown): string {
  if (field.kind === "lines") return Array.isArray(value) ? value.join("\n") : "";
  return String(value);
}

/** What was typed, as the setting's value or as what is wrong with it. */
export function fromText(field: Field, text: string): { value: unknown } | { problem: string } {
  let raw: unknown = text;
  if (field.kind === "number") raw = text.trim() === "" ? Number.NaN : Number(text);
  if (field.kind === "text") raw = text.trim();
  if (field.kind === "lines") {
    raw = text
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "");
  }
  const parsed = Settings.shape[field.name].safeParse(raw);
  if (parsed.success) return { value: parsed.data };
  if (field.kind === "number" && field.min !== null && field.max !== null) {
    return { problem: `A number from ${field.min} to ${field.max}.` };
  }
  const issue = parsed.error.issues[0];
  const place = issue?.path.join(".") ?? "";
  return { problem: `${place === "" ? "" : `${place}: `}${issue?.message ?? "Not valid."}` };
}

/** The settings that differ from those in force; text that does not parse is left out (its field says so). */
export function changedSettings(
  inForce: Settings,
  draft: Readonly<Partial<Record<SettingName, string>>>,
): SettingChanges {
  const changes: Record<string, unknown> = {};
  for (const field of fields) {
    const text = draft[field.name];
    if (text === undefined) continue;
    const parsed = fromText(field, text);
    if (!("value" in parsed)) continue;
    if (JSON.stringify(parsed.value) !== JSON.stringify(inForce[field.name])) changes[field.name] = parsed.value;
  }
  return SettingChanges.parse(changes);
}
