#!/bin/sh
# Smoke test of a running engine: sh smoke.sh [ORIGIN] [TOKEN_FILE]. Exit code 0: everything answers as it should.
# It needs curl, and runs where the engine listens: on its machine, or in its container's network namespace. The attack that it brings stays
# in the engine as evidence.
set -eu
origin="${1:-http://127.0.0.1:8000}"
token_file="${2:-}"

fail() {
  echo "FAILED: $1" >&2
  exit 1
}

# SECURITY: the token goes by standard input, for the list of processes is everybody's to read.
credential() {
  [ -z "$token_file" ] || printf 'header = "Authorization: Bearer %s"\n' "$(cat "$token_file")"
}

ask() { # expected status, path, then curl's arguments; the body is left in $body
  expected="$1"
  path="$2"
  shift 2
  reply=$(credential | curl -sS --max-time 60 -K - -w '\n%{http_code}' "$@" "$origin$path") || fail "nobody answers at $origin"
  body=$(printf '%s\n' "$reply" | sed '$d')
  status=$(printf '%s\n' "$reply" | tail -n 1)
  [ "$status" = "$expected" ] || fail "$path answered $status instead of $expected: $body"
}

ask 200 /health
case "$body" in *'"status":"healthy"'* | *'"status":"degraded"'*) ;; *) fail "/health: $body" ;; esac
echo "ok  /health"

ask 200 /metrics
for name in cerberus_sentinel_predictions_total cerberus_evidence_operations_total sentinel_telemetry_samples_total; do
  case "$body" in *"$name{"*) ;; *) fail "/metrics has no $name" ;; esac
done
echo "ok  /metrics"

ask 200 /api/v1/sentinel/predict-payload -H 'Content-Type: application/json' \
  -d "{\"payload\":\"1' union select password from users--\"}"
case "$body" in *'"class":"sql_injection"'*) ;; *) fail "an injection: $body" ;; esac
ask 200 /api/v1/sentinel/predict-payload -H 'Content-Type: application/json' -d '{"payload":"green tea"}'
case "$body" in *'"class":"benign"'*) ;; *) fail "an ordinary value: $body" ;; esac
echo "ok  predict"

# The hash is of the canonical form (RFC 8785) of the requests: no blanks, names in the order of the alphabet.
requests='[{"headers":[["Host","shop.example"]],"method":"GET","started_at":"2026-01-31T08:15:00.000Z","url":"http://shop.example/search?q=1%27+union+select+password+from+users--"}]'
sha=$(printf '%s' "$requests" | { sha256sum 2>/dev/null || shasum -a 256; } | cut -d ' ' -f 1)
ask 200 /api/v1/sentinel/analyze -H 'Content-Type: application/json' \
  -d "{\"evidence\":{\"requests\":$requests,\"metadata\":{},\"sha256\":\"$sha\"}}"
case "$body" in *'"verdict":"simulate"'* | *'"verdict":"tag"'*) ;; *) fail "evidence of an attack: $(printf %.500s "$body")" ;; esac
echo "ok  analyze"
