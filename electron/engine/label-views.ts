import { z } from "zod";
import type { LabelTask } from "../../shared/label.ts";
import type { Place } from "../../shared/payload.ts";
import type { Score } from "../../shared/units.ts";
import { toInstant } from "./base/clock.ts";
import { shownReading } from "./detect/analysis/shown-reading.ts";
import { canonicalize } from "./detect/canonical/canonicalize.ts";
import type { FindingRecord } from "./detect/verdicts/verdict-record.ts";
import type { VerdictRow } from "./detect/verdicts/verdict-tables.ts";
import { saidOfSession } from "./learn/session-sample.ts";
import type { Judged } from "./learn/statement.ts";

export const toScored = (said: Judged | null): LabelTask["said"] =>
  said === null ? null : { class: said.class, confidence: said.confidence as Score };

type Description = Omit<LabelTask, "sample_id" | "verdict_id" | "finding" | "labels" | "why">;

const SessionText = z.object({ verdict_id: z.string().optional() });

/** The verdict that a session sample was made of; null: it is none, or was given by its features alone. */
export function verdictOfSession(
  sample: { readonly kind: LabelTask["kind"]; readonly text: string } | null,
): string | null {
  if (sample?.kind !== "session") return null;
  return SessionText.parse(JSON.parse(sample.text)).verdict_id ?? null;
}

export function describeFinding(record: FindingRecord): Description {
  return {
    kind: "payload",
    text: record.text,
    canonical: record.canonical === record.text ? null : record.canonical,
    place: record.place,
    name: record.name,
    request_line: record.requestLine,
    host: record.host,
    said: toScored({ class: record.class, confidence: record.confidence }),
    session: null,
  };
}

export function describeSession(row: VerdictRow): Description {
  return {
    kind: "session",
    text: row.requestLine,
    canonical: null,
    place: null,
    name: null,
    request_line: row.requestLine,
    host: row.host,
    said: toScored(saidOfSession(row)),
    session: {
      score: row.score as Score,
      requests: row.requests,
      client: row.client,
      started_at: row.startedAt === null ? null : toInstant(row.startedAt),
      payload: row.payload,
    },
  };
}

export function describeKept(
  sample: { kind: LabelTask["kind"]; place: Place | null; text: string } | null,
): Description {
  const isPayload = sample?.kind === "payload";
  const said = isPayload ? canonicalize(sample.text, sample.place === null ? {} : { place: sample.place }) : null;
  const canonical = said === null ? null : shownReading(said, null).text;
  return {
    kind: sample?.kind ?? "payload",
    text: sample?.text ?? null,
    canonical: canonical === sample?.text ? null : canonical,
    place: sample?.place ?? null,
    name: null,
    request_line: null,
    host: null,
    said: null,
    session: null,
  };
}
