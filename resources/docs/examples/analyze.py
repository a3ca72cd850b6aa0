"""Judge a recording: TOKEN_FILE=FILE python3 analyze.py recording.har. Nothing beyond Python's own library is needed.

Prints a line for each session, the worst first: its verdict, its score, and why. Exit code 0: done, 1: the engine refused.
"""

import hashlib
import json
import os
import sys
import urllib.error
import urllib.request

ORIGIN = os.environ.get("ENGINE", "http://127.0.0.1:8000")


def canonical(value):
    """The canonical form of RFC 8785, for recordings without fractions: those are left out, for Python writes some otherwise."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def whole(value):
    """The same value with fractions rounded; names outside the Basic Multilingual Plane would be sorted otherwise, too."""
    if isinstance(value, float):
        return round(value)
    if isinstance(value, list):
        return [whole(item) for item in value]
    if isinstance(value, dict):
        return {name: whole(item) for name, item in value.items()}
    return value


def analyze(har, token):
    evidence = {"har": har, "metadata": {}, "sha256": hashlib.sha256(canonical(har)).hexdigest()}
    request = urllib.request.Request(
        f"{ORIGIN}/api/v1/sentinel/analyze",
        data=json.dumps({"evidence": evidence}).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=120) as reply:
        return json.load(reply)["verdicts"]


def main():
    with open(os.environ["TOKEN_FILE"], encoding="utf-8") as file:
        token = file.read().strip()
    with open(sys.argv[1], encoding="utf-8-sig") as file:
        har = whole(json.load(file))
    try:
        verdicts = analyze(har, token)
    except urllib.error.HTTPError as error:
        sys.exit(f"{error.code}: {json.load(error).get('message', '')}")
    for verdict in verdicts:
        print(f"{verdict['verdict']}\t{verdict['final_score']:.3f}\t{verdict['explain']['narrative']}")


if __name__ == "__main__":
    main()
