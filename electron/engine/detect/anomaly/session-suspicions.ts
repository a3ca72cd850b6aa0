import type { Suspicion } from "./suspicion.ts";

/**
 * What speaks for an attack in a session's features, and from where. The bounds are judgement, not data: ordinary is what busy
 * honest sessions reach, extreme is where tools and attackers plainly are; fitting moves ordinary outwards where the reference
 * sessions ask for it. Left out on purpose: what is merely rare (long, quiet or large sessions, client address classes, headless
 * browsers, which also test and monitor); missing headers, which tell more of the recorder than of the client (browsers leave
 * most of them out of what they record of cached files); and scores of single classes, which only repeat the payload score.
 */
export const sessionSuspicions: readonly Suspicion[] = [
  // Errors: guessing and injected input leave a trail of refusals.
  high("error_rate", 0.25, 0.9, "linear", 1),
  high("n_errors", 8, 200, "log", 1),
  high("max_error_run", 5, 60, "log", 1),
  high("not_found_rate", 0.2, 0.85, "linear", 1),
  high("denied_rate", 0.25, 0.9, "linear", 0.5),
  high("server_error_rate", 0.05, 0.5, "linear", 1.5),
  high("n_server_errors", 1, 30, "log", 1),
  // Pace: bursts beyond a page with its images, and the regularity of a machine.
  high("request_rate_per_min", 150, 3000, "log", 1),
  high("max_requests_in_10s", 150, 1500, "log", 0.5),
  high("max_requests_in_1s", 60, 400, "log", 0.5),
  low("interarrival_cv", 0.3, 0.02, "linear", 0.25),
  // Exploration.
  high("probe_count", 2, 15, "log", 2),
  high("n_distinct_paths", 200, 3000, "log", 0.5),
  high("odd_method_ratio", 0.02, 0.4, "linear", 0.5),
  high("max_target_length", 800, 6000, "log", 0.5),
  high("max_parameters", 30, 200, "log", 0.25),
  // The client: honest programs are automatic too, scanners that say so are not honest ones.
  high("scanner_ratio", 0, 0.5, "linear", 2),
  high("automation_ratio", 0.1, 1, "linear", 0.5),
  high("n_user_agents", 2, 12, "log", 0.5),
  high("bad_reputation", 0, 0.9, "linear", 1),
  // What the values look like, whatever the classifier says.
  high("max_special_ratio", 0.55, 0.95, "linear", 0.5),
  high("max_control_characters", 1, 20, "log", 0.5),
  high("max_decoding_depth", 3, 7, "linear", 1),
  high("deep_encoding_count", 1, 30, "log", 0.5),
  high("sql_keyword_values", 1, 30, "log", 1),
  high("max_sql_tokens", 8, 40, "log", 1),
  high("max_shell_tokens", 8, 40, "log", 0.5),
  high("max_path_tokens", 8, 40, "log", 0.5),
  high("max_xml_tokens", 4, 30, "log", 0.5),
  high("max_code_tokens", 8, 40, "log", 0.5),
  // How much of the session is attack. One suspicious value is the payload score's business; here it is several.
  high("n_payloads_over_half", 1, 30, "log", 3),
  high("attacked_request_ratio", 0.3, 0.9, "linear", 0.5),
  high("n_attack_classes", 1, 4, "linear", 2),
  high("top_payload_score", 0.4, 0.95, "linear", 2),
  high("mean_payload_score", 0.1, 0.6, "linear", 1),
];

function high(feature: string, ordinary: number, extreme: number, scale: "linear" | "log", weight: number): Suspicion {
  return { feature, side: "high", ordinary, extreme, scale, weight };
}

function low(feature: string, ordinary: number, extreme: number, scale: "linear" | "log", weight: number): Suspicion {
  return { feature, side: "low", ordinary, extreme, scale, weight };
}
