import type { GateDeed, GateExample, GateHits } from "../../shared/gatekeeper-protocol.ts";
import { toInstant } from "../engine/base/clock.ts";
import { maskedPath } from "../engine/detect/analysis/masked-path.ts";
import { showsValue } from "../engine/detect/analysis/shown-value.ts";
import type { RuleHit } from "../engine/detect/waf/match-request.ts";
import type { Exchange } from "../engine/evidence/exchange.ts";
import { maskSample, payloadSampleId } from "../engine/learn/sample-identity.ts";
import type { Finding } from "./decide.ts";

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
  seq: number;
  rule: string;
  version: number;
  minute: number;
  deed: GateDeed;
  count: number;
  examples: GateExample[];
}

/** @param most entries that are kept; the oldest go first */
export function createHitLog(from: { next: number; hits: readonly GateHits[] }, most = 10_000): HitLog {
  let next = from.next;
  let dropped = 0;
  const kept = new Map<number, Open>();
  for (const hits of from.hits) {
    kept.set(hits.seq, { ...hits, minute: Date.parse(hits.minute), examples: [...hits.examples] });
    next = Math.max(next, hits.seq + 1);
  }
  /** Entries of the running minute, by what they count. */
  const open = new Map<string, Open>();

  function openFor(rule: string, version: number, deed: GateDeed, minute: number): Open {
    const key = `${rule} ${version} ${deed}`;
    const running = open.get(key);
    if (running?.minute === minute) return running;
    const entry: Open = { seq: next++, rule, version, minute, deed, count: 0, examples: [] };
    open.set(key, entry);
    kept.set(entry.seq, entry);
    if (kept.size > most) {
      const [oldest] = kept.keys();
      dropped += kept.get(oldest!)!.count;
      kept.delete(oldest!);
    }
    return entry;
  }

  const toHits = ({ minute, ...entry }: Open): GateHits => ({ ...entry, minute: toInstant(minute) });

  return {
    note({ rule, hit }, deed, exchange, now) {
      const entry = openFor(rule.id, rule.version, deed, now - (now % minuteMs));
      entry.count++;
      if (entry.examples.length < mostExamples) entry.examples.push(toExample(hit, exchange, now));
    },
    take(after, limit) {
      for (const seq of kept.keys()) {
        if (seq > after) break;
        kept.delete(seq);
      }
      const taken = [...kept.values()].slice(0, limit);
      const seqs = new Set(taken.map(({ seq }) => seq));
      for (const [key, { seq }] of open) if (seqs.has(seq) || seq <= after) open.delete(key);
      return { hits: taken.map(toHits), more: kept.size > taken.length };
    },
    dropped: () => dropped,
    kept: () => ({ next, hits: [...kept.values()].map(toHits) }),
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
