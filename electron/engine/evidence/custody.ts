import type { CustodyManifest, EvidenceKind, EvidenceProblem } from "../../../shared/evidence.ts";
import { type Clock, toInstant } from "../base/clock.ts";
import type { Principal } from "../base/principals.ts";
import type { Exchange } from "./exchange.ts";
import type { PackageChecks } from "./package.ts";
import { mask } from "./secrets.ts";

export type CustodyCheck = CustodyManifest["checks"][number];

/**
 * A file name fit to be shown and logged: last part of its path, without control characters, without marks that turn the
 * direction of writing (which make "exe.txt" out of "txt.exe"), at most 200 characters.
 */
export function cleanFileName(name: string): string {
  const last =
    name
      .slice(-4000)
      .split(/[/\\]/)
      .findLast((part) => part.trim() !== "") ?? "";
  // SECURITY: Cc controls, Cf format characters (bidi overrides and isolates, zero width), line separators, lone surrogates.
  const clean = last
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029\ufffd]/gu, "")
    .trim();
  const short = [...clean].slice(0, 200).join("");
  return short === "" || short === "." || short === ".." ? "unnamed" : short;
}

/** What is written down when evidence comes in; what the recording itself tells is added when it has been read. */
export function writeManifest(arrival: {
  readonly by: Principal;
  readonly clock: Clock;
  readonly channel: string;
  readonly fileName: string;
  readonly sha256: string;
  readonly size: number;
  readonly checks: readonly CustodyCheck[];
}): CustodyManifest {
  return {
    brought_by: arrival.by.actor,
    brought_at: toInstant(arrival.clock.now()),
    channel: arrival.channel,
    file_name: cleanFileName(arrival.fileName),
    size_bytes: arrival.size,
    sha256: arrival.sha256,
    checks: [...arrival.checks],
    clock_offset_ms: null,
    recorded_by: null,
  };
}

/** The checks of a package in words. */
export function packageChecks(checks: PackageChecks): CustodyCheck[] {
  const { signature } = checks;
  return [
    {
      check: "content hash",
      result: "passed",
      detail: `SHA-256 of the canonical ${checks.content} is ${checks.sha256}.`,
    },
    signature === null
      ? { check: "signature", result: "absent", detail: "The package is not signed." }
      : {
          check: "signature",
          result: "passed",
          detail: `${signature.alg} by the key ${cleanFileName(signature.keyId)}.`,
        },
  ];
}

/** Characters of a package's words about itself that are kept. */
const longestMetadata = 4000;

/** What a package says of itself, as it is shown; null: nothing. */
export function metadataText({ metadata }: Pick<PackageChecks, "metadata">): string | null {
  if (Object.keys(metadata).length === 0) return null;
  // SECURITY: masked before it is cut: half a token is not recognised as one.
  return mask(JSON.stringify(metadata, null, 2)).slice(0, longestMetadata);
}

/** Evidence without hash or signature of its own: said, not hidden. */
export const uncheckedContent: readonly CustodyCheck[] = [
  {
    check: "content hash",
    result: "absent",
    detail: "This kind of evidence names no hash of its own; the file's, as it came in, is above.",
  },
  { check: "signature", result: "absent", detail: "This kind of evidence carries no signature." },
];

/** Evidence that is not here: its verdicts are another engine's word. */
export const toldContent: CustodyCheck = {
  check: "content",
  result: "absent",
  detail: "It lies at the fleet: an engine there read it, and told its verdicts. Nothing of it was checked here.",
};

const kindWords: Record<EvidenceKind, string> = {
  har: "a HAR file",
  package: "an evidence package",
  access_log: "an access log",
  raw_request: "one raw HTTP request",
  burp_xml: "items saved by Burp Suite",
  modsecurity_log: "a ModSecurity or Coraza audit log",
  aws_waf_log: "an AWS WAF log",
  cloudflare_log: "a Cloudflare log",
};

/** The first check of every file: nothing but a known format is stored. */
export function formatCheck({ kind, gzip }: { kind: EvidenceKind; gzip: boolean }): CustodyCheck {
  const what = gzip ? `a gzip file around ${kindWords[kind]}` : kindWords[kind];
  return { check: "format", result: "passed", detail: `By its content it is ${what}; its name was not asked.` };
}

/** Clocks further apart than this are worth a look before times are compared, milliseconds. */
const clockToleranceMs = 120_000;

/** What reading the whole evidence has shown since. */
export function readingChecks(outcome: {
  readonly state: "stored" | "analysed" | "failed";
  readonly requests: number;
  readonly problems: readonly Pick<EvidenceProblem, "code">[];
  readonly problemCount: number;
  readonly clockOffsetMs: number | null;
  /** What was passed over because it is no HTTP request, in words; null: nothing. */
  readonly passedOver: string | null;
}): CustodyCheck[] {
  const { state, requests, problems, problemCount, clockOffsetMs, passedOver } = outcome;
  const copy = (result: CustodyCheck["result"], detail: string): CustodyCheck => ({
    check: "stored copy",
    result,
    detail,
  });
  if (state === "stored") return [];
  if (state === "failed") {
    return problems.some(({ code }) => code === "EVIDENCE_CORRUPT")
      ? [copy("failed", "It was changed since it came in: a part did not pass its authentication.")]
      : [];
  }
  const read =
    problemCount === 0
      ? `All of it was read: ${requests} ${requests === 1 ? "request" : "requests"}.`
      : `${problemCount} ${problemCount === 1 ? "place" : "places"} could not be read; ${requests} requests could.`;
  const content: CustodyCheck = {
    check: "content",
    result: problemCount === 0 ? "passed" : "failed",
    detail: passedOver === null ? read : `${read} ${passedOver}`,
  };
  return [
    copy("passed", "Every part was authenticated when it was read: it is what came in."),
    content,
    clockCheck(clockOffsetMs),
  ];
}

function clockCheck(offsetMs: number | null): CustodyCheck {
  const check = "clock";
  if (offsetMs === null)
    return { check, result: "absent", detail: "The recording does not tell what time its servers had." };
  const seconds = Math.round(Math.abs(offsetMs) / 1000);
  const apart = `${seconds} s ${offsetMs < 0 ? "behind" : "ahead of"} the clocks of the servers that answered`;
  return Math.abs(offsetMs) <= clockToleranceMs
    ? { check, result: "passed", detail: `The recording's clock was ${apart}.` }
    : { check, result: "failed", detail: `The recording's clock was ${apart}: its times are off by that much.` };
}

/** Estimates how far the recording's clock was off, from what servers said the time was. */
export interface ClockOffset {
  add(exchange: Exchange): void;
  /** Recording's clock minus the servers' clocks, milliseconds: the median; null when nothing tells. */
  result(): number | null;
}

/** Most samples kept: evenly thinned out beyond, so that memory stays bounded. */
const maxSamples = 2001;

/**
 * Compares when a request was answered by the recorder's clock with the `Date` header of the answer (RFC 9110 section 6.6.1,
 * whole seconds, hence half a second is added). The median withstands cached answers, whose date is old. Several servers agree
 * with each other far better than with a wrong clock.
 */
export function measureClockOffset(): ClockOffset {
  let samples: number[] = [];
  let stride = 1;
  let seen = 0;
  return {
    add(exchange) {
      const date = exchange.response?.headers?.find(
        ([name]) => name.length === 4 && name.toLowerCase() === "date",
      )?.[1];
      if (date === undefined || exchange.startedAt === null || seen++ % stride !== 0) return;
      if (exchange.response?.headers?.some(([name]) => name.toLowerCase() === "age")) return;
      const told = /GMT$/.test(date.trim()) ? Date.parse(date) : Number.NaN;
      if (!Number.isFinite(told)) return;
      samples.push(exchange.startedAt + (exchange.durationMs ?? 0) - (told + 500));
      if (samples.length < maxSamples) return;
      samples = samples.filter((_, i) => i % 2 === 0);
      stride *= 2;
    },
    result() {
      if (samples.length === 0) return null;
      const sorted = [...samples].sort((a, b) => a - b);
      return Math.round(sorted[sorted.length >> 1]!);
    },
  };
}
