import type { GateDeed, GateExample, GateHits } from "../../shared/gatekeeper-protocol.ts";
import { toInstant } from "../engine/base/clock.ts";
import { maskedPath } from "../engine/detect/analysis/masked-path.ts";
import { showsValue } from "../engine/detect/analysis/shown-value.ts";
import type { RuleHit } from "../engine/detect/waf/match-request.ts";
import type { Exchange } from "../engine/evidence/exchange.ts";
import { maskSample, payloadSampleId } from "../engine/learn/sample-identity.ts";
import type { Finding } from "./decide.ts";
import { createEntryLog } from "./entry-log.ts";

const minuteMs = 60_000;
/** Examples of a minute that are kept: a flood is told by its count. */
const mostExamples = 3;
const longestExcerpt = 200;

/** What rules matched, minute by minute, until the engine comes for it. */
export interface HitLog {
  /** @param deed what was done with the request, which may be more than this rule asked for */
  note(finding: Finding, deed: GateDeed, exchange: Exchange, now: number): void;
  /** Forgets those up to `after` and gives the next ones, closed: what comes later in the same minute is another entry. */
  take(after: number, limit: number): { hits: GateHits[]; more: boolean };
  /** Forgotten because nobody came. */
  dropped(): number;
  /** What would be lost with the process. */
  kept(): { next: number; hits: GateHits[] };
}

interface Open {
  readonly seq: number;
  readonly rule: string;
  readonly version: number;
  readonly minute: number;
  readonly deed: GateDeed;
  count: number;
  readonly examples: GateExample[];
}

/** @param most entries that are kept; the oldest go first */
export function createHitLog(from: { next: number; hits: readonly GateHits[] }, most = 10_000): HitLog {
  let dropped = 0;
  const entries = from.hits.map(
    (hits): Open => ({ ...hits, minute: Date.parse(hits.minute), examples: [...hits.examples] }),
  );
  const log = createEntryLog({ next: from.next, entries }, most, ({ count }) => {
    dropped += count;
  });

  const toHits = ({ minute, ...entry }: Open): GateHits => ({ ...entry, minute: toInstant(minute) });

  return {
    note({ rule, hit }, deed, exchange, now) {
      const minute = now - (now % minuteMs);
      const { id, version } = rule;
      const entry = log.running(
        `${id} ${version} ${deed}`,
        (running) => running.minute === minute,
        (seq) => ({ seq, rule: id, version, minute, deed, count: 0, examples: [] }),
      );
      entry.count++;
      if (entry.examples.length < mostExamples) entry.examples.push(toExample(hit, exchange, now));
    },
    take(after, limit) {
      const { entries, more } = log.take(after, limit);
      return { hits: entries.map(toHits), more };
    },
    dropped: () => dropped,
    kept() {
      const { next, entries } = log.kept();
      return { next, hits: entries.map(toHits) };
    },
  };
}

function toExample({ place, name, value }: RuleHit, exchange: Exchange, now: number): GateExample {
  // SECURITY: what leaves is the beginning of one value, with what looks like a secret masked before it is cut.
  const shown = showsValue(value, true, value.text)(value.text);
  const masked = maskSample(value.text, place, "benign");
  return {
    at: toInstant(now),
    method: exchange.method.slice(0, 40),
    path: cut(maskedPath(exchange.target), 300),
    place,
    name: cut(name, 200),
    excerpt: cut(shown, longestExcerpt),
    sample: masked === null ? null : payloadSampleId(place, masked),
    anywhere: masked === null ? null : payloadSampleId(null, masked),
    client: exchange.clientAddress?.slice(0, 64) ?? null,
  };
}

const cut = (text: string, longest: number) =>
  (text.length <= longest ? text : `${text.slice(0, longest - 1)}\u2026`).toWellFormed();
