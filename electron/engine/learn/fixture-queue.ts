import { type PayloadClass, payloadClasses } from "../../../shared/payload.ts";
import { plainVerdict } from "../detect/verdicts/plain-verdict.ts";
import type { FindingRecord, LottedVerdict } from "../detect/verdicts/verdict-record.ts";

/** A kept value of which the model says a class with a probability; the rest goes to the class that it is most like. */
export function finding(text: string, said: PayloadClass = "benign", confidence = 0.99): FindingRecord {
  const other = said === "benign" ? "sql_injection" : "benign";
  return {
    request: 0,
    requestLine: "GET /",
    host: null,
    place: "query",
    name: "q",
    span: { start: 0, end: 0 },
    text,
    canonical: text,
    decodings: [],
    class: said,
    confidence,
    probabilities: payloadClasses.map((name) => (name === said ? confidence : name === other ? 1 - confidence : 0)),
    family: null,
    set: [said],
    spans: [],
    cut: false,
    outcome: "not_available",
    outcomeReason: "",
  };
}

/** A session of the evidence `e1`, called benign unless told otherwise. */
export function session(
  name: string,
  findings: readonly FindingRecord[],
  told: Partial<LottedVerdict> = {},
): LottedVerdict {
  return plainVerdict({ id: `verdict ${name}`, evidenceId: "e1", session: name, findings, ...told });
}
