import { featureFlags } from "../../../shared/feature-flags.ts";
import { matchWords } from "../../view/fuzzy.ts";
import { type Field, fields, type SettingName } from "./fields.ts";

/** What is set otherwise than by fields, and the words that each is found by. */
const panelWords = {
  trusted_keys: "Trusted keys of evidence Ed25519 HMAC signature public key secret revoked",
  siem: "Other systems that are told of alerts SIEM Splunk Elasticsearch CEF OCSF STIX TAXII webhook output",
  flags: `Gradual rollout feature flags share ${Object.values(featureFlags)
    .map(({ title }) => title)
    .join(" ")}`,
  network: "Over the network certificates tokens sessions shut out revoke",
  notices: "Notifications of this computer desktop allow show one",
  looks: "Looks theme light dark contrast high density rows comfortable compact",
  keys: "Keys keyboard shortcuts change",
  data: "Backup passphrase restore retention erase a person erasure privacy",
  reports: "Reports key fingerprint check a report verify signature",
} as const satisfies Record<string, string>;
export type SettingsPanel = keyof typeof panelWords;

interface SettingsSection {
  readonly id: string;
  readonly title: string;
  readonly fields: readonly SettingName[];
  readonly panels: readonly SettingsPanel[];
}

/** The settings in the order of the screen: each field and each panel stands in one section. */
export const settingsSections: readonly SettingsSection[] = [
  {
    id: "verdicts",
    title: "Verdicts",
    fields: [
      "tag_threshold",
      "simulate_threshold",
      "payload_weight",
      "class_set_error_rate",
      "session_gap_minutes",
      "payload_model",
      "behaviour_refit",
    ],
    panels: [],
  },
  {
    id: "evidence",
    title: "Evidence",
    fields: ["watched_folder", "max_entry_mb", "maxmind_file", "bad_networks"],
    panels: ["trusted_keys"],
  },
  {
    id: "learning",
    title: "Learning",
    fields: ["label_audit_every", "trusted_model_keys", "federated_epsilon", "federated_delta"],
    panels: [],
  },
  {
    id: "rules",
    title: "Rules",
    fields: [
      "rule_auto_apply",
      "rule_apply_confidence",
      "rule_propose_confidence",
      "backtest_days",
      "request_price",
      "request_currency",
    ],
    panels: [],
  },
  {
    id: "simulation",
    title: "Simulation",
    fields: [
      "simulate_automatically",
      "own_app_image",
      "own_app_command",
      "own_app_folders",
      "own_app_port",
      "own_app_ready_path",
      "own_app_start_seconds",
      "sandbox_egress",
    ],
    panels: [],
  },
  { id: "rollout", title: "Gradual rollout", fields: [], panels: ["flags"] },
  { id: "systems", title: "Other systems", fields: ["syslog_target"], panels: ["siem"] },
  { id: "network", title: "Over the network", fields: [], panels: ["network"] },
  {
    id: "notifications",
    title: "Notifications",
    fields: ["notify_from", "notify_every_seconds", "quiet_from", "quiet_until"],
    panels: ["notices"],
  },
  { id: "screens", title: "Screens and keys", fields: ["time_zone", "single_keys"], panels: ["looks", "keys"] },
  { id: "data", title: "Data", fields: ["retention_days"], panels: ["data"] },
  { id: "reports", title: "Reports", fields: [], panels: ["reports"] },
  { id: "updates", title: "Newer versions", fields: ["update_server"], panels: [] },
];

export interface ShownSection {
  readonly id: string;
  readonly title: string;
  readonly fields: readonly Field[];
  readonly panels: readonly SettingsPanel[];
}

/**
 * What of the settings fits what was typed: by label, meaning, name, or the title of its section.
 * @param absent panels that there is nothing to see of
 */
export function findSettings(typed: string, absent: ReadonlySet<SettingsPanel> = new Set()): ShownSection[] {
  const fits = (text: string) => matchWords(typed, text) !== null;
  return settingsSections
    .map(({ id, title, fields: names, panels }) => ({
      id,
      title,
      fields: names
        .map((name) => fields.find((field) => field.name === name)!)
        .filter(({ name, label, meaning }) => fits(`${label} ${meaning} ${name} ${title}`)),
      panels: panels.filter((panel) => !absent.has(panel) && fits(`${panelWords[panel]} ${title}`)),
    }))
    .filter((section) => section.fields.length + section.panels.length > 0);
}
