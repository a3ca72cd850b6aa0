#!/bin/sh
# What is this value? TOKEN_FILE=FILE sh predict.sh "1' or '1'='1"
set -eu
origin="${ENGINE:-http://127.0.0.1:8000}"
# jq is not needed: the value is made JSON by sed, without its control characters.
value=$(printf '%s' "$1" | tr -d '\000-\037' | sed 's/[\\"]/\\&/g')
# The token goes by standard input: the list of processes is everybody's to read.
printf 'header = "Authorization: Bearer %s"\n' "$(cat "$TOKEN_FILE")" |
  curl -fsS -K - -H 'Content-Type: application/json' -d "{\"payload\":\"$value\"}" "$origin/api/v1/sentinel/predict-payload"
echo
