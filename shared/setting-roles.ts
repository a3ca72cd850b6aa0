import type { Role } from "./route.ts";
import type { Settings } from "./settings.ts";

/** Who may change each setting, at the least; to take a change back asks for the same. */
export const settingRoles = {
  // SECURITY: what decides verdicts is for those who may promote a model: a weight of 0 or a threshold of 1 does what a flag does that is off.
  tag_threshold: "approver",
  simulate_threshold: "approver",
  payload_weight: "approver",
  class_set_error_rate: "approver",
  session_gap_minutes: "approver",
  max_entry_mb: "approver",
  // SECURITY: places of the engine's machine: who comes over the network would read its files as evidence, and their names on the health page.
  watched_folder: "admin",
  maxmind_file: "admin",
  // SECURITY: whose evidence, models and updates are believed.
  trusted_keys: "admin",
  trusted_model_keys: "admin",
  bad_networks: "analyst",
  payload_model: "approver",
  // SECURITY: where the log and alerts go, and where newer versions come from.
  syslog_target: "admin",
  siem_outputs: "admin",
  update_server: "admin",
  // SECURITY: how much may be told of the labelled rows.
  federated_epsilon: "admin",
  federated_delta: "admin",
  behaviour_refit: "analyst",
  // SECURITY: what is started in a sandbox, whom it may reach, and whether it starts by itself.
  simulate_automatically: "admin",
  own_app_image: "admin",
  own_app_command: "admin",
  own_app_folders: "admin",
  own_app_port: "admin",
  own_app_ready_path: "admin",
  own_app_start_seconds: "admin",
  sandbox_egress: "admin",
  label_audit_every: "analyst",
  // SECURITY: what lets rules in without a person.
  rule_auto_apply: "approver",
  rule_apply_confidence: "approver",
  rule_propose_confidence: "approver",
  backtest_days: "analyst",
  request_price: "analyst",
  request_currency: "analyst",
  // SECURITY: it erases for good, as an erasure by hand does.
  retention_days: "admin",
  // SECURITY: what takes a detector away from sessions, and what lets rules in without a person.
  flag_behaviour: "approver",
  flag_sequence: "approver",
  flag_request_forgery: "approver",
  flag_rule_auto_apply: "approver",
  time_zone: "analyst",
  notify_from: "analyst",
  notify_every_seconds: "analyst",
  quiet_from: "analyst",
  quiet_until: "analyst",
  single_keys: "analyst",
  keys: "analyst",
} as const satisfies Record<keyof Settings, Role>;
