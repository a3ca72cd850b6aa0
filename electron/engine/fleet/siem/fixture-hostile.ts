import fc from "fast-check";
import { type Alert, closeReasons, severities } from "../../../../shared/alert.ts";
import { payloadClasses } from "../../../../shared/payload.ts";
import type { Score } from "../../../../shared/units.ts";
import { attackOutcomes } from "../../../../shared/verdict.ts";
import { plainAlert } from "../../report/fixture-case.ts";
import type { Telling } from "./format.ts";

/** Text that ends a field, a line, a string or a document in one of the formats, and lone surrogates. */
const nasty = fc.constantFrom(
  ...[
    "|",
    "\\",
    "=",
    "\n",
    "\r",
    "\r\n",
    "\u2028",
    "\u0085",
    "\u0000",
    '"',
    "'",
    "}",
    "{",
    "\ud800",
    "\udc00",
    "\u{1f600}",
  ],
  ...[
    "\\|",
    "\\=",
    " cs1=x",
    "CEF:0|a|b|c|d|e|9|",
    '{"index":{}}\n',
    "</script>",
    "]",
    " AND ",
    "%0a",
    "\u202e",
    "a",
    "é",
  ],
);
const text = fc
  .array(fc.oneof(nasty, fc.string({ unit: "binary", maxLength: 8 })), { maxLength: 60 })
  .map((parts) => parts.join(""));
const orNull = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: null });
const instant = fc
  .integer({ min: Date.parse("2020-01-01"), max: Date.parse("2030-01-01") })
  .map((ms) => new Date(ms).toISOString());

/** Alerts whose every text was written by somebody who wants to break a reader. */
export const hostileAlert: fc.Arbitrary<Alert> = fc
  .record({
    client: orNull(fc.oneof(fc.ipV4(), fc.ipV6(), text)),
    host: orNull(fc.oneof(text, fc.domain(), fc.constant("[2001:db8::1]:8080"))),
    request_line: text,
    payload: orNull(text),
    payload_place: orNull(text),
    family: orNull(text),
    tags: fc.array(text, { maxLength: 5 }),
    severity: fc.constantFrom(...severities),
    class: fc.constantFrom(...payloadClasses),
    outcome: fc.constantFrom(...attackOutcomes),
    status: fc.constantFrom("new" as const, "in_progress" as const),
    score: fc.double({ min: 0, max: 1, noNaN: true }).map((score) => score as Score),
    sessions: fc.integer({ min: 1, max: 1e9 }),
    first_seen: orNull(instant),
    last_seen: orNull(instant),
    reason: orNull(fc.constantFrom(...closeReasons)),
  })
  .map(({ reason, first_seen, last_seen, ...rest }) => {
    const [from, to] = [first_seen, last_seen].filter((each) => each !== null).sort();
    return plainAlert({
      ...rest,
      first_seen: from ?? null,
      last_seen: to ?? from ?? null,
      reason,
      ...(reason === null ? {} : { status: "closed" as const }),
    });
  });

export const telling: Telling = {
  node: "node-1",
  version: "0.1.0",
  entryId: "01990000-0000-7000-8000-000000000001",
  at: "2026-06-01T09:00:00.000Z",
  firstAt: "2026-06-01T09:00:00.000Z",
};
