import { z } from "zod";
import { severities } from "./alert.ts";
import { flagShare } from "./feature-flags.ts";
import { defineRoute } from "./route.ts";
import { EgressTarget, ImageName } from "./sandbox.ts";
import { SiemOutput } from "./siem.ts";
import { TrustedKey } from "./trusted-key.ts";

/** In the time zone of the screens; empty: none. */
const TimeOfDay = z
  .string()
  .regex(/^(?:(?:[01]\d|2[0-3]):[0-5]\d)?$/, "a time of day is written as 22:00, or left empty");

/**
 * Every setting that can be changed while the engine runs: meaning, unit and bounds in one table, which the settings screen and
 * the documentation are made from. Settings of the process itself (ports, folders) are environment variables.
 */
export const Settings = z.strictObject({
  tag_threshold: z.number().min(0).max(1).describe("Score from which a session is tagged"),
  simulate_threshold: z.number().min(0).max(1).describe("Score from which a session is worth simulating"),
  payload_weight: z.number().min(0).max(1).describe("Weight of the payload score; behaviour has the rest"),
  class_set_error_rate: z
    .enum(["0.01", "0.02", "0.05", "0.1", "0.2"])
    .describe(
      "How often the classes that are not ruled out for an attack may lack the right one: a smaller rate rules out less, and more needs an analyst. A model whose file knows one rate alone keeps to that",
    ),
  session_gap_minutes: z.number().min(1).max(1440).describe("Silence after which a new session begins"),
  max_entry_mb: z.number().min(1).max(256).describe("Largest single log entry that is read"),
  watched_folder: z.string().max(4000).describe("Folder whose new files are imported; empty: none"),
  trusted_keys: z
    .array(TrustedKey)
    .max(100)
    .describe(
      "Keys that evidence may be signed with (Ed25519 public key or HMAC secret, base64); one with revoked_at is refused from then on",
    ),
  maxmind_file: z.string().max(4000).describe("MaxMind database for country and network of an address"),
  bad_networks: z.array(z.string().max(60)).max(100_000).describe("CIDR ranges with a bad reputation"),
  payload_model: z
    .string()
    .min(1)
    .max(4000)
    .describe(
      "Model that judges payloads: built-in, classic, or model:ID for one of the registry whose gates passed; an ONNX folder stands for the registered model of the same files",
    ),
  trusted_model_keys: z
    .array(z.string().regex(/^ed25519:[A-Za-z0-9_-]{43}$/, "a key is written as ed25519: and 43 characters"))
    .max(100)
    .describe("Keys of other engines whose exported models may be imported, as their model screen shows them"),
  syslog_target: z
    .string()
    .max(300)
    .regex(
      /^(?:(?:udp|tcp|tls):\/\/(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(?::\d{1,5})?)?$/,
      "a syslog server is written as tls://host:6514, tcp://host:601 or udp://host:514",
    )
    .describe("Syslog server that every entry of the audit log is forwarded to, as tls://host:6514; empty: none"),
  siem_outputs: z
    .array(SiemOutput)
    .max(20)
    .describe(
      "Systems that alerts are told to, each with a name, a format (splunk_hec, ecs, cef, ocsf, stix or webhook), an address, a secret, the mildest severity, and whether it is on; see siem.md",
    ),
  update_server: z
    .string()
    .max(300)
    .regex(
      /^(?:(?:https:\/\/(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)|http:\/\/(?:localhost|127(?:\.\d{1,3}){3}|\[::1\]))(?::\d{1,5})?(?:\/[A-Za-z0-9._~-]+)*\/?)?$/,
      "an update server is written as https://host/folder (http:// only on this machine)",
    )
    .describe(
      "Folder of a server, by its HTTPS address, that newer versions are looked for in once a day; empty: nobody is asked. Nothing is installed by itself",
    ),
  federated_epsilon: z
    .number()
    .min(0)
    .max(20)
    .describe(
      "Privacy budget (ε) of all updates that this engine makes for others, together: the smaller, the less they tell of any group of rows; 0: none may be made",
    ),
  federated_delta: z
    .number()
    .min(1e-12)
    .max(1e-3)
    .describe("Probability (δ) that goes with it; well below one in the number of rows"),
  behaviour_refit: z
    .enum(["automatic", "off"])
    .describe("Whether the behaviour model is fitted again to this machine's ordinary sessions as they grow"),
  simulate_automatically: z
    .enum(["on", "off"])
    .describe(
      "Whether sessions worth simulating are simulated by themselves; after a panic not before an admin re-arms",
    ),
  own_app_image: z
    .union([z.literal(""), ImageName])
    .describe(
      "Container image that your own application runs from, as podman on this machine names it, or Docker where it runs the sandboxes or podman is missing; it is never fetched. Empty: it runs from this machine's folders",
    ),
  own_app_command: z
    .array(z.string().min(1).max(4000))
    .max(100)
    .describe(
      "Command that starts your own application in a sandbox, one part a line, the program as an absolute path; empty: the shadow shop is attacked",
    ),
  own_app_folders: z
    .array(z.string().min(2).max(4000))
    .max(40)
    .describe(
      "Files and folders of your own application, seen in its sandbox at the same place, read-only; with an image its own folders in that",
    ),
  own_app_port: z.number().int().min(1).max(65_535).describe("Port of 127.0.0.1 that your own application listens on"),
  own_app_ready_path: z
    .string()
    .max(500)
    .regex(/^\/[\x21-\x7e]*$/, "a path begins with /")
    .describe("Path that your own application answers once it is up"),
  own_app_start_seconds: z.number().int().min(1).max(300).describe("Time that your own application may take to start"),
  sandbox_egress: z
    .array(EgressTarget)
    .max(50)
    .describe(
      "Servers that your own application may reach from its sandbox, as host:port, through a proxy that records every call; empty: none",
    ),
  label_audit_every: z
    .number()
    .int()
    .min(2)
    .max(100)
    .describe(
      "One in so many values and sessions to label is drawn at random, which tells how many attacks are missed",
    ),
  rule_auto_apply: z
    .enum(["on", "off"])
    .describe(
      "Whether a rule whose confidence is high enough is let in by itself, at the stage log; never while panic holds",
    ),
  rule_apply_confidence: z
    .number()
    .min(0)
    .max(1)
    .describe("Confidence from which a rule is let in by itself: the lower 95 % bound of its back-tested precision"),
  rule_propose_confidence: z
    .number()
    .min(0)
    .max(1)
    .describe("Confidence from which a rule is proposed to an approver; below it may only log"),
  backtest_days: z.number().int().min(1).max(3650).describe("Days of stored requests that rules are tried on"),
  request_price: z
    .number()
    .min(0)
    .max(1_000_000)
    .describe("What a request of a real visitor that was blocked costs you; 0: no price is shown"),
  request_currency: z
    .string()
    .trim()
    .max(8)
    .describe("Currency of that price, as it is written behind it: EUR, $; it changes no figure"),
  retention_days: z
    .number()
    .int()
    .min(0)
    .max(36_500)
    .describe(
      "Days after which evidence is erased for good, unless it is pinned, or an open alert or open case needs it; 0: it is kept for ever",
    ),
  flag_behaviour: flagShare("flag_behaviour"),
  flag_sequence: flagShare("flag_sequence"),
  flag_request_forgery: flagShare("flag_request_forgery"),
  flag_rule_auto_apply: flagShare("flag_rule_auto_apply"),
  time_zone: z.enum(["utc", "local"]).describe("Time zone of the screens"),
  notify_from: z
    .enum(["off", ...severities])
    .describe("Severity from which new alerts make a desktop notification, where the computer allows them"),
  notify_every_seconds: z
    .number()
    .int()
    .min(10)
    .max(3600)
    .describe("At most one notification in this time; what comes meanwhile is told together"),
  quiet_from: TimeOfDay.describe("Beginning of the hours without notifications, as 22:00; empty: none"),
  quiet_until: TimeOfDay.describe("End of the hours without notifications, as 07:00; what came in them is told then"),
  single_keys: z
    .enum(["on", "off"])
    .describe("Whether keys without Ctrl or Alt do something; off for speech input, or where slips are costly"),
  keys: z
    .record(z.string().max(40), z.string().max(20))
    .describe("Keys that were changed, by action; an empty one: no key. They are changed where they are shown (?)"),
});
export type Settings = z.infer<typeof Settings>;

export const defaultSettings: Settings = {
  tag_threshold: 0.5,
  simulate_threshold: 0.75,
  payload_weight: 0.6,
  class_set_error_rate: "0.05",
  session_gap_minutes: 30,
  max_entry_mb: 32,
  watched_folder: "",
  trusted_keys: [],
  maxmind_file: "",
  bad_networks: [],
  payload_model: "built-in",
  trusted_model_keys: [],
  syslog_target: "",
  siem_outputs: [],
  update_server: "",
  federated_epsilon: 8,
  federated_delta: 1e-6,
  behaviour_refit: "automatic",
  simulate_automatically: "on",
  own_app_image: "",
  own_app_command: [],
  own_app_folders: [],
  own_app_port: 8080,
  own_app_ready_path: "/",
  own_app_start_seconds: 30,
  sandbox_egress: [],
  label_audit_every: 5,
  rule_auto_apply: "on",
  rule_apply_confidence: 0.9,
  rule_propose_confidence: 0.7,
  backtest_days: 90,
  request_price: 0,
  request_currency: "",
  retention_days: 0,
  flag_behaviour: 100,
  flag_sequence: 100,
  flag_request_forgery: 100,
  flag_rule_auto_apply: 100,
  time_zone: "utc",
  notify_from: "high",
  notify_every_seconds: 60,
  quiet_from: "",
  quiet_until: "",
  single_keys: "on",
  keys: {},
};

export const getSettings = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/settings",
  summary: "Settings in force and the version to change them from",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({}),
  output: z.object({ settings: Settings, version: z.number().int() }),
});

export const changeSettings = defineRoute({
  method: "PUT",
  path: "/api/v1/sentinel/settings",
  summary: "Change settings; can be undone",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({ changes: Settings.partial(), base_version: z.number().int().min(0) }),
  output: z.object({ settings: Settings, version: z.number().int(), event_id: z.string() }),
});
