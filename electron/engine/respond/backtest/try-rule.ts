import type { HitKind, RequestKind } from "../../../../shared/backtest.ts";
import type { Place } from "../../../../shared/payload.ts";
import { contentId } from "../../base/ids.ts";
import { maskedPath } from "../../detect/analysis/masked-path.ts";
import { showsValue } from "../../detect/analysis/shown-value.ts";
import type { PayloadValue } from "../../detect/payload.ts";
import { createRouteTemplates } from "../../detect/telemetry/route-template.ts";
import { type CompiledRule, compileRule, withoutEnd } from "../../detect/waf/compile-rule.ts";
import { extractAll, isLongerThanMatched, matchOpened, openRequest } from "../../detect/waf/match-request.ts";
import { normalName } from "../../detect/waf/rule-scope.ts";
import type { Exchange } from "../../evidence/exchange.ts";
import { ruleText, ruleTokens } from "../rules/rule-tokens.ts";
import { type EvidenceCounts, noCounts } from "./backtest-counts.ts";
import type { KnownAttack, RequestState } from "./backtest-evidence.ts";
import { mostHits, type StoredFlip, type StoredGroup, type StoredHit } from "./backtest-tables.ts";
import type { LabelledValue, SampleValue, TriedRule } from "./backtest-task.ts";

/** Groups of one kind of one piece of evidence that are told apart; what comes after them is one more. */
const mostGroups = 5000;
/** Characters of a value that its group is told by. */
const longestShaped = 4096;

/** Values of one request that a rule has to do with; what each is, is known once the request's state is. */
interface Found {
  readonly exchange: Exchange;
  readonly path: string;
  readonly hits: readonly PayloadValue[];
  readonly excluded: readonly PayloadValue[];
  readonly missed: readonly PayloadValue[];
  /** Of the other version. */
  readonly others: readonly PayloadValue[];
}

/** Tries a rule on the requests of one piece of evidence. */
export interface RuleTrial {
  /** @returns whether it waits for the request's state */
  look(exchange: Exchange): boolean;
  /** Requests that wait for their state. */
  waiting(): number[];
  /** Takes in the states of all that wait. */
  settle(states: readonly RequestState[]): void;
  counts(): EvidenceCounts;
  groups(): StoredGroup[];
  hits(): StoredHit[];
  flips(): StoredFlip[];
}

export interface TrialOptions {
  readonly rule: TriedRule;
  readonly labels: readonly LabelledValue[];
  readonly samples: readonly SampleValue[];
  readonly known: readonly KnownAttack[];
  readonly from: number | null;
  readonly to: number | null;
  /** Stands for the time of requests without one, epoch milliseconds. */
  readonly addedAt: number;
}

/**
 * The same matcher as the gatekeeper's decides: `matchRequest`. A rule is tried as if it were in force: when it ends is no part of what it
 * matches, and one that ended is tried before it goes on. The ends of its exclusions count, by `now`: what spares nothing any more must
 * not make the rule look better than it is from here on, and of two versions both are asked what they would do today.
 */
export function createRuleTrial(options: TrialOptions): RuleTrial {
  const { rule, from, to } = options;
  const { exclusions, candidate, against, now } = rule;
  const definition = withoutEnd(rule.definition);
  const present = compileRule({ id: "present", definition, exclusions });
  const tried =
    candidate === null ? null : compileRule({ id: "tried", definition, exclusions: [...exclusions, candidate] });
  const other =
    against === null ? null : compileRule({ ...against, id: "other", definition: withoutEnd(against.definition) });
  const labelOf = indexLabels(options.labels);
  const hasAttacks = options.labels.some(({ label }) => label === definition.class);
  const made = new Set(options.samples.map(({ text, place }) => shapesOf(text, place).join(" ")));
  const known = Map.groupBy(options.known, ({ request }) => request);
  const templateOf = createRouteTemplates("");
  const counts = noCounts();
  const groups = new Map<string, StoredGroup & { hits: number }>();
  const listed = new Map<string, StoredHit>();
  const flips: Record<StoredFlip["side"], StoredFlip[]> = { tried: [], other: [] };
  let pending: Found[] = [];

  function valuesHit(by: CompiledRule, request: ReturnType<typeof openRequest>): PayloadValue[] {
    return matchOpened([by], request, { now }).map(({ value }) => value);
  }

  function look(exchange: Exchange): boolean {
    const at = exchange.startedAt ?? options.addedAt;
    if ((from !== null && at < from) || (to !== null && at >= to)) return false;
    counts.requests++;
    const request = openRequest(exchange);
    const others = other === null ? [] : valuesHit(other, request);
    const isOnPath = present.isOnPath(request.method, request.path);
    if (!isOnPath && others.length === 0) return false;
    const all = valuesHit(present, request);
    const hits = tried === null || all.length === 0 ? all : valuesHit(tried, request);
    const excluded = hits.length === all.length ? [] : all.filter((value) => !hits.includes(value));
    const attacks = known.get(exchange.index);
    const sent = () => (isLongerThanMatched(exchange) ? extractAll(exchange) : request.extracted()).values;
    const missed = isOnPath && (hasAttacks || attacks !== undefined) ? missedOf(sent(), all, attacks ?? []) : [];
    if (all.length === 0 && missed.length === 0 && others.length === 0) return false;
    pending.push({ exchange, path: request.path, hits, excluded, missed, others });
    return true;
  }

  /**
   * Known attacks of the rule's class, where it looks, that it does not match: also behind the part of a long body that it looks at.
   * The same value is told by where it begins, since it may be longer than what was looked at.
   */
  function missedOf(values: readonly PayloadValue[], hit: readonly PayloadValue[], attacks: readonly KnownAttack[]) {
    const begins = new Set(hit.map(({ start }) => start));
    return values.filter((value) => {
      if (begins.has(value.start) || !present.isAt(value.place, normalName(value.place, value.name))) return false;
      const isKnown = attacks.some(({ place, name }) => place === value.place && name === value.name);
      return isKnown || labelOf(value) === definition.class;
    });
  }

  function settle(states: readonly RequestState[]): void {
    const byRequest = new Map(states.map((state) => [state.request, state]));
    const found = pending;
    pending = [];
    for (const each of found) {
      const state = byRequest.get(each.exchange.index) ?? null;
      // The same request in earlier evidence counted already.
      if (state?.isKnown === true) continue;
      const kinds = each.hits.map((value) => {
        const said = kindOf(labelOf(value), state);
        // Only what would speak for it: a sample that turns up in ordinary traffic speaks against it.
        const kind = said === "attack" && made.has(shapesOf(value.text, value.place).join(" ")) ? "sample" : said;
        add(each, value, kind);
        return kind;
      });
      for (const value of each.excluded) {
        if (kindOf(labelOf(value), state) === "attack") counts.excludedAttacks++;
        add(each, value, "excluded");
      }
      for (const value of each.missed) add(each, value, "missed");
      if (kinds.length > 0) countDay(each.exchange, kinds);
      const ofOther = each.others.map((value) => kindOf(labelOf(value), state));
      if (other !== null) compare(each.exchange.index, kinds, ofOther);
    }
  }

  function add({ exchange, path }: Found, value: PayloadValue, kind: HitKind): void {
    const { place } = value;
    const name = normalName(place, value.name).slice(0, 200);
    counts.hits[kind]++;
    const shape = shapesOf(value.text, place);
    const template = templateOf(maskedPath(path)).slice(0, 500);
    let key = contentId(template, place, name, ...shape);
    let group = groups.get(`${kind} ${key}`);
    if (group === undefined && groups.size >= mostGroups) {
      key = "more";
      group = groups.get(`${kind} ${key}`);
    }
    if (group === undefined) {
      const text = showsValue(value, kind !== "benign" && kind !== "ordinary", value.text)(value.text);
      groups.set(`${kind} ${key}`, { key, kind, path: template, place, name, hits: 1, request: exchange.index, text });
    } else group.hits++;
    if (listed.size < mostHits && kind !== "missed") {
      listed.set(`${exchange.index} ${kind}`, { request: exchange.index, kind });
    }
  }

  function compare(request: number, tried: readonly HitKind[], ofOther: readonly HitKind[]): void {
    if (tried.length > 0 && ofOther.length > 0) counts.flips.both++;
    if (tried.length > 0 === ofOther.length > 0) return;
    const side = tried.length > 0 ? "tried" : "other";
    const kind = requestKindOf(side === "tried" ? tried : ofOther);
    counts.flips.only[side][kind]++;
    // Of each side: else the one that comes first leaves nothing of the other to be seen.
    if (flips[side].length < mostHits) flips[side].push({ request, side, kind });
  }

  function countDay({ startedAt }: Exchange, kinds: readonly HitKind[]): void {
    const day = startedAt === null ? "" : new Date(startedAt).toISOString().slice(0, 10);
    counts.days[day] ??= { attack: 0, undecided: 0, false: 0 };
    const kind = requestKindOf(kinds);
    counts.days[day][kind]++;
    if (kind === "false") counts.falseRequests++;
  }

  return {
    look,
    waiting: () => pending.map(({ exchange }) => exchange.index),
    settle,
    counts: () => counts,
    groups: () => [...groups.values()],
    hits: () => [...listed.values()].sort((a, b) => a.request - b.request),
    flips: () => [...flips.tried, ...flips.other],
  };
}

/** What near-duplicates share. */
function shapesOf(text: string, place: Place): string[] {
  return ruleTokens(ruleText(text.slice(0, longestShaped), place)).map((token) => token.shape);
}

/** What a hit is, by what is said of its value, else by what was decided about its session. */
function kindOf(label: LabelledValue["label"] | null, state: RequestState | null): HitKind {
  if (label !== null) return label === "benign" ? "benign" : "attack";
  if (state === null || state.status === null) return "ordinary";
  if (state.status !== "closed") return "undecided";
  if (state.reason === "false_positive") return "benign";
  // What an attacker sent beside the attack may be anything.
  return state.reason === "true_positive" && state.worst !== null && state.worst !== "benign" ? "attack" : "undecided";
}

/** What a request is, of which these values are hit. */
function requestKindOf(kinds: readonly HitKind[]): RequestKind {
  if (kinds.includes("attack") || kinds.includes("sample")) return "attack";
  return kinds.includes("undecided") ? "undecided" : "false";
}

function indexLabels(labels: readonly LabelledValue[]) {
  const byText = new Map<string, LabelledValue[]>();
  for (const one of labels) {
    const known = byText.get(one.text);
    if (known === undefined) byText.set(one.text, [one]);
    else known.push(one);
  }
  return ({ text, place }: PayloadValue): LabelledValue["label"] | null => {
    const said = byText.get(text);
    if (said === undefined) return null;
    return (said.find((one) => one.place === place) ?? said.find((one) => one.place === null))?.label ?? null;
  };
}
