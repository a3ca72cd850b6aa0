import type { Place } from "../../../../shared/payload.ts";
import { type Exchange, renderRequest } from "../../evidence/exchange.ts";
import { cutText } from "../../evidence/text.ts";
import { canonicalize } from "../canonical/canonicalize.ts";
import { type Extraction, extractPayloads } from "../extract/extract-payloads.ts";
import type { PayloadValue } from "../payload.ts";
import type { CompiledRule, ValuePlace } from "./compile-rule.ts";
import { normalName, normalPath } from "./rule-scope.ts";

/** A value that a rule matched. */
export interface RuleHit {
  readonly rule: string;
  readonly place: Place;
  readonly name: string;
  readonly value: PayloadValue;
  /** Decodings of the reading that matched; empty: as sent. */
  readonly decodings: readonly string[];
  /** Stretch of that reading that matched. */
  readonly start: number;
  readonly end: number;
}

export interface MatchOptions {
  /** Epoch milliseconds by which rules and exclusions expire. */
  readonly now: number;
  /** Ends with the first hit of each rule. */
  readonly firstOnly?: boolean;
  readonly watch?: MatchWatch;
}

/** Hears what matching costs. */
export interface MatchWatch {
  /** A rule looks at the request. */
  looks(rule: string): void;
  /** Hears how long a rule took for one reading of a value, milliseconds; null: nobody asks, and no clock is read. */
  readonly took: ((rule: string, ms: number) => void) | null;
}

/** A request as rules look at it. Its values are read once, when the first rule asks for them. */
export interface OpenedRequest {
  readonly method: string;
  /** See `normalPath`. */
  readonly path: string;
  extracted(): Extraction;
}

/**
 * How much of a body rules look at, UTF-16 units of its decoded text. A gatekeeper must not hold a request back for longer, and evidence
 * keeps more: where they looked at different lengths, a back-test would say what the gatekeeper does not do.
 */
export const matchedBody = 128 * 1024;

export function openRequest(exchange: Exchange): OpenedRequest {
  let extracted: Extraction | undefined;
  return {
    method: exchange.method,
    path: normalPath(exchange.target),
    extracted: () => (extracted ??= extractAll(asMatched(exchange))),
  };
}

/** Every value of a request, in the order of the request; of a long body also what rules do not look at. */
export const extractAll = (exchange: Exchange): Extraction => extractPayloads(exchange, renderRequest(exchange));

/** Whether rules look at a part of the body only. */
export const isLongerThanMatched = ({ body }: Exchange) => body !== null && body.length > matchedBody;

function asMatched(exchange: Exchange): Exchange {
  if (exchange.body === null || !isLongerThanMatched(exchange)) return exchange;
  return { ...exchange, body: cutText(exchange.body, matchedBody).text, bodyCut: true };
}

/**
 * The one matcher of rules, whether a request is stored evidence that a rule is tried on or comes to the gatekeeper: every value of the
 * request, in every reading that detection makes of it.
 *
 * @returns hits in the order of the request's values
 */
export function matchRequest(rules: readonly CompiledRule[], exchange: Exchange, options: MatchOptions): RuleHit[] {
  return matchOpened(rules, openRequest(exchange), options);
}

/** The same for a request that is open already. */
export function matchOpened(rules: readonly CompiledRule[], request: OpenedRequest, options: MatchOptions): RuleHit[] {
  const { method, path } = request;
  const live = rules.filter(
    (rule) => rule.isOnPath(method, path) && !isExpired(rule.definition.expires_at, options.now),
  );
  if (live.length === 0) return [];
  const { watch } = options;
  if (watch !== undefined) for (const { id } of live) watch.looks(id);
  const took = watch?.took ?? null;
  const hits: RuleHit[] = [];
  let looking = live;
  const { values, cut } = request.extracted();
  for (const value of values) {
    const name = normalName(value.place, value.name);
    // SECURITY: what no longer fits is one value without a name: it may hold any, and nobody gets past by sending thousands before.
    const isRest = cut && value === values.at(-1) && value.name === "";
    const here = looking.filter((rule) => rule.isAt(value.place, name) || (isRest && mayHold(value.place, rule)));
    if (here.length === 0) continue;
    const found = matchValue(here, value, { method, path, name, now: options.now, took });
    hits.push(...found);
    if (options.firstOnly === true && found.length > 0) {
      looking = looking.filter(({ id }) => !found.some(({ rule }) => rule === id));
      if (looking.length === 0) break;
    }
  }
  return hits;
}

/** @param rules those that look at this value */
function matchValue(
  rules: readonly CompiledRule[],
  value: PayloadValue,
  at: Omit<ValuePlace, "place"> & { readonly now: number; readonly took: MatchWatch["took"] },
): RuleHit[] {
  const { place } = value;
  const { took } = at;
  const hits: RuleHit[] = [];
  const left = new Set(rules);
  for (const { text, decodings } of canonicalize(value.text, { place }).layers) {
    const small = smallLetters(text);
    for (const rule of left) {
      const from = took === null ? 0 : performance.now();
      const found = matchText(rule, text, small);
      // SECURITY: an exclusion is about the reading that the rule matched: another reading of the value may still be an attack.
      const isHit = found !== null && !rule.isExcluded({ ...at, place }, text, at.now);
      took?.(rule.id, performance.now() - from);
      if (!isHit) continue;
      left.delete(rule);
      hits.push({ rule: rule.id, place, name: value.name, value, decodings, ...found });
    }
    if (left.size === 0) break;
  }
  return hits;
}

/** A value of which somebody says that a rule matched it. */
export interface ToldValue {
  readonly method: string;
  /** Path of the request. */
  readonly target: string;
  readonly place: Place;
  readonly name: string;
  readonly text: string;
}

/** Whether a rule, expired or not, matches such a value. @param now epoch milliseconds by which exclusions expire */
export function matchesValue(rule: CompiledRule, told: ToldValue, now: number): boolean {
  return rulesMatching([rule], told, now).length > 0;
}

/** Those of some rules, expired or not, that match such a value. @param now epoch milliseconds by which exclusions expire */
export function rulesMatching(rules: readonly CompiledRule[], told: ToldValue, now: number): CompiledRule[] {
  const { method, place, text } = told;
  const path = normalPath(told.target);
  const name = normalName(place, told.name);
  const looking = rules.filter(
    (rule) =>
      rule.isOnPath(method, path) &&
      // Without a name it may be what no longer fitted.
      (rule.isAt(place, name) || (name === "" && mayHold(place, rule))),
  );
  if (looking.length === 0) return [];
  const readings = canonicalize(text, { place }).layers.map((layer) => ({ ...layer, small: smallLetters(layer.text) }));
  return looking.filter((rule) =>
    readings.some(
      (reading) =>
        matchText(rule, reading.text, reading.small) !== null &&
        !rule.isExcluded({ method, path, place, name }, reading.text, now),
    ),
  );
}

const bodyPlaces: readonly (Place | null)[] = ["form", "json", "xml", "multipart", "file_name", "body"];

function mayHold(place: Place, { definition: { scope } }: CompiledRule): boolean {
  return scope.place === null || scope.place === place || (place === "body" && bodyPlaces.includes(scope.place));
}

/**
 * Where a rule matches one reading of a value; null: nowhere.
 * @param small `smallLetters(text)`, where several rules look at the same text
 */
export function matchText(
  { pattern, required }: Pick<CompiledRule, "pattern" | "required">,
  text: string,
  small = required === null ? null : smallLetters(text),
): { start: number; end: number } | null {
  // The pattern costs ten times as much as a look for a text that has to be there.
  if (required !== null && small?.includes(required) === false) return null;
  const matcher = pattern.matcher(text);
  return matcher.find() ? { start: matcher.start(), end: matcher.end() } : null;
}

/** A text in small letters; null where letters beyond ASCII fold to others than these. */
const smallLetters = (text: string) => (isAscii(text) ? text.toLowerCase() : null);

const isAscii = (text: string) => !/[\u0080-\uffff]/.test(text);

function isExpired(at: string | null, now: number): boolean {
  return at !== null && now >= Date.parse(at);
}
