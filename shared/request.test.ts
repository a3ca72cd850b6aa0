import { expect, test } from "vitest";
import { importEvidence } from "./evidence.ts";
import { requestFor } from "./request.ts";
import { getSessionRequest, listVerdicts, revealSecrets } from "./verdict.ts";

test.each([
  {
    why: "puts the rest of a GET into the query, without what is not set",
    route: listVerdicts,
    input: { text: "a b&c", verdict: undefined, limit: 50 },
    want: { url: "/api/v1/sentinel/verdicts?text=a+b%26c&limit=50", json: null },
  },
  {
    why: "escapes path parameters",
    route: getSessionRequest,
    input: { id: "../x", request: 3 },
    want: { url: "/api/v1/sentinel/verdicts/..%2Fx/requests/3", json: null },
  },
  {
    why: "puts the rest of a POST into the body",
    route: revealSecrets,
    input: { id: "v1", request: 0, reason: "triage" },
    want: { url: "/api/v1/sentinel/verdicts/v1/requests/0/reveal", json: '{"reason":"triage"}' },
  },
  {
    why: "keeps the body of an upload free for the file",
    route: importEvidence,
    input: { file_name: "ä.har", channel: "dialog" },
    want: { url: "/api/v1/sentinel/evidence?file_name=%C3%A4.har&channel=dialog", json: null },
  },
])("requestFor $why", ({ route, input, want }) => {
  expect(requestFor(route, input)).toEqual(want);
});
