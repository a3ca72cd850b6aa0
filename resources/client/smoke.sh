#!/bin/sh
# Smoke test of a running engine's telemetry: sh smoke.sh [http://127.0.0.1:8000]. Exit code 0: everything answers as it should.
set -eu
origin="${1:-http://127.0.0.1:8000}"

fail() {
  echo "FAILED: $1" >&2
  exit 1
}

ask() { # expected status, then curl's arguments; the body is left in $body
  expected="$1"
  shift
  reply=$(curl -sS --max-time 10 -w '\n%{http_code}' "$@") || fail "nobody answers at $origin"
  body=$(printf '%s\n' "$reply" | sed '$d')
  status=$(printf '%s\n' "$reply" | tail -n 1)
  [ "$status" = "$expected" ] || fail "$* answered $status instead of $expected: $body"
}

sample() { # latency, input length, errors
  printf '{"latency":%s,"input_length":%s,"errors":%s,"route":"/api/user/42","user_id":"smoke"}' "$1" "$2" "$3"
}

ask 200 "$origin/health"
case "$body" in *'"history_size":'*'"detector_trained":'*) ;; *) fail "/health: $body" ;; esac
echo "ok  /health"

ask 200 -H 'Content-Type: application/json' -d "$(sample 40 200 0)" "$origin/analyze-flow"
case "$body" in '{"status":"OK"'*) ;; *) fail "an ordinary sample: $body" ;; esac
echo "ok  an ordinary sample"

ask 200 -H 'Content-Type: application/json' -d "$(sample 600000 90000000 500)" "$origin/analyze-flow"
case "$body" in *'"THREAT_DETECTED"'*'"action":'*'"reason":'*) ;; *) fail "a gross outlier: $body" ;; esac
echo "ok  a gross outlier"

ask 400 -H 'Content-Type: application/json' -d '{"latency":-1}' "$origin/analyze-flow"
case "$body" in *'"code":"INPUT_INVALID"'*) ;; *) fail "a broken sample: $body" ;; esac
echo "ok  a broken sample"

ask 200 "$origin/metrics"
case "$body" in *sentinel_telemetry_samples_total*) ;; *) fail "/metrics has no figures of telemetry" ;; esac
echo "ok  /metrics"
