import type { FeatureInContext } from "../../../shared/verdict.ts";
import { count, formatNumber, formatShare } from "./phrases.ts";

/** How a feature is said of a session, and how its ordinary range is. */
interface FeaturePhrase {
  readonly say: (value: number) => string;
  /** The reference bound in the feature's unit; a plain number or share where left out. */
  readonly bound?: (value: number) => string;
  /** Low values are the suspicious ones. */
  readonly low?: true;
}

const share = (rest: string): FeaturePhrase => ({ say: (v) => `${formatShare(v)} ${rest}`, bound: formatShare });
const many = (one: string, plural?: string): FeaturePhrase => ({ say: (v) => count(v, one, plural) });

/** Features that may be named as unusual behaviour. Those that only repeat the payload score are not behaviour to a reader. */
const featurePhrases: Readonly<Record<string, FeaturePhrase>> = {
  error_rate: share("of the responses are errors"),
  n_errors: many("error response"),
  max_error_run: many("error in a row", "errors in a row"),
  not_found_rate: share("of the responses are “not found”"),
  denied_rate: share("of the responses are refusals"),
  server_error_rate: share("of the responses are server errors"),
  n_server_errors: many("server error"),
  request_rate_per_min: { say: (v) => `${count(Math.round(v), "request")} a minute` },
  max_requests_in_10s: { say: (v) => `${count(v, "request")} within ten seconds` },
  max_requests_in_1s: { say: (v) => `${count(v, "request")} within one second` },
  interarrival_cv: {
    say: (v) => `gaps between requests that vary by only ${formatShare(v)}`,
    bound: formatShare,
    low: true,
  },
  probe_count: many("request for what only scanners ask for", "requests for what only scanners ask for"),
  n_distinct_paths: many("different path"),
  odd_method_ratio: share("of the requests use an unusual method"),
  max_target_length: { say: (v) => `a request target of ${count(v, "character")}` },
  max_parameters: { say: (v) => `${count(v, "parameter")} in one query` },
  scanner_ratio: share("of the requests name an attack tool as their user agent"),
  automation_ratio: share("of the requests come from a program"),
  n_user_agents: many("different user agent"),
  bad_reputation: { say: () => "an address with a bad reputation" },
  max_special_ratio: { say: (v) => `a value of which ${formatShare(v)} is punctuation`, bound: formatShare },
  max_control_characters: { say: (v) => `a value with ${count(v, "control character")}` },
  max_decoding_depth: { say: (v) => `a value encoded ${count(v, "time")} over` },
  deep_encoding_count: many("value encoded at least three times", "values encoded at least three times"),
  sql_keyword_values: many("value with SQL keywords", "values with SQL keywords"),
  max_sql_tokens: { say: (v) => `a value with ${count(v, "SQL word or sign", "SQL words and signs")}` },
  max_shell_tokens: { say: (v) => `a value with ${count(v, "shell word or sign", "shell words and signs")}` },
  max_path_tokens: { say: (v) => `a value with ${count(v, "path step or file name", "path steps and file names")}` },
  max_xml_tokens: { say: (v) => `a value with ${count(v, "XML declaration")}` },
  max_code_tokens: { say: (v) => `a value with ${count(v, "code word or sign", "code words and signs")}` },
  attacked_request_ratio: share("of the requests carry an attack"),
  n_attack_classes: many("kind of attack", "kinds of attack"),
};

/**
 * "42 requests a minute (ordinary sessions: up to 9)", or null when the feature is not outside what 19 of 20 reference sessions
 * have, or is not one that speaks for itself.
 */
export function phraseFeature(feature: FeatureInContext): string | null {
  const phrase = featurePhrases[feature.name];
  if (phrase === undefined || feature.value === null) return null;
  const said = phrase.say(feature.value);
  if (feature.reference === null) return said;
  const { p05, p95 } = feature.reference;
  const bound = phrase.low ? p05 : p95;
  if (phrase.low ? feature.value >= bound : feature.value <= bound) return null;
  if (feature.name === "bad_reputation") return said;
  const range = phrase.low ? "from " : bound === 0 ? "" : "up to ";
  return `${said} (ordinary sessions: ${range}${bound === 0 && !phrase.low ? "none" : (phrase.bound ?? formatNumber)(bound)})`;
}
