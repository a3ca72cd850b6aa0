import { expect, test } from "vitest";
import { SentinelError } from "../../shared/errors.ts";
import { systemClock } from "./base/clock.ts";
import { plainVerdict } from "./detect/verdicts/plain-verdict.ts";
import type { FindingRecord } from "./detect/verdicts/verdict-record.ts";
import { storeVerdicts, verdictTables } from "./detect/verdicts/verdict-tables.ts";
import { evidenceModule } from "./evidence/evidence-tables.ts";
import { finding } from "./learn/fixture-queue.ts";
import { findRequestFindings } from "./request-findings.ts";
import { openInlineStore } from "./store/inline-store.ts";

const attack = (text: string, request: number): FindingRecord => ({ ...finding(text, "xss"), request });
const extent = { payloadsFound: 2, valuesCut: 0, requestsCrowded: 0, bodiesCut: 0, bytesMissing: 0 };
const row = plainVerdict({
  extent,
  findings: [{ ...attack("<a>", 1), repeats: [{ request: 2, outcome: "succeeded", outcomeReason: "seen" }] }],
  worst: [1, 2, 3].map((request) => ({ request, class: "xss", confidence: 0.9 })),
});
const gone = () => Promise.reject(new SentinelError("NOT_FOUND", "The model is not kept any more."));
const again = (text: string) => (_: unknown, request: number) => Promise.resolve([attack(text, request)]);

test.each([
  { why: "an unflagged request asks no model", request: 4, judge: gone, want: ["verdict"] },
  { why: "a repeat is found in its own request", request: 2, judge: again("<a>"), want: ["verdict", "<a> succeeded"] },
  { why: "what was not kept is judged again", request: 3, judge: again("<b>"), want: ["model", "<b> not_available"] },
  { why: "without its model nothing is made up", request: 3, judge: gone, want: ["lost"] },
  { why: "what is kept is shown without the model", request: 1, judge: gone, want: ["verdict", "<a> not_available"] },
])("$why", async ({ request, judge, want }) => {
  const store = openInlineStore({ modules: [evidenceModule, verdictTables], clock: systemClock });
  await store.write(storeVerdicts, [row]);
  const { findings, from } = await findRequestFindings(
    store,
    { ...row, n: 1, fileName: "", judgedBy: null },
    request,
    judge,
  );
  expect([from, ...findings.map(({ finding: { text, outcome } }) => `${text} ${outcome}`)]).toEqual(want);
  await store.close();
});
