import { SentinelError } from "../../shared/errors.ts";
import type { judgeRuleHit } from "../../shared/gatekeeper.ts";
import type { GateRule } from "../../shared/gatekeeper-protocol.ts";
import type { Input, Output } from "../../shared/route.ts";
import type { Clock } from "./base/clock.ts";
import { uuidv7 } from "./base/ids.ts";
import type { Logger } from "./base/logging.ts";
import { enginePrincipal, type Principal } from "./base/principals.ts";
import { compileRule } from "./detect/waf/compile-rule.ts";
import { matchesValue } from "./detect/waf/match-request.ts";
import { maskText } from "./evidence/secrets.ts";
import { longestSample } from "./learn/sample-identity.ts";
import type { KnownSample } from "./learn/sample-table.ts";
import { gatekeeperEntity } from "./respond/gatekeeper/gatekeeper-state.ts";
import {
  exampleById,
  type HitExample,
  hitEntity,
  hitJudged,
  hitUnjudged,
  lastExamples,
} from "./respond/gatekeeper/hit-table.ts";
import type { RuleSource } from "./respond/gatekeeper/rule-source.ts";
import type { Store } from "./store/store.ts";

/** Hits that are looked at when labels change. */
const recentExamples = 2000;

export interface HitJudging {
  judge(input: Input<typeof judgeRuleHit>, by: Principal): Promise<Output<typeof judgeRuleHit>>;
  /**
   * Looks whether hits are of values that are labelled benign, and lowers their rules; a hit that cannot have been is the gatekeeper's
   * lie. @param ids null: the recent ones
   */
  consider(ids: readonly string[] | null): Promise<void>;
}

/**
 * What becomes of a rule by what it matched: only evidence that a hit was false lowers it, a word of an analyst about that hit or a label
 * of exactly its value, which the rule does match. However many hits there are, they lower nothing.
 */
export function createHitJudging(options: {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly rules: RuleSource;
  /** Those of these samples that are labelled benign, by all who say anything of them. */
  readonly benignOf: (samples: readonly string[]) => Promise<ReadonlyMap<string, KnownSample>>;
  /** A gatekeeper told of a hit that cannot have been. */
  readonly onLie: (example: HitExample) => Promise<void>;
}): HitJudging {
  const { store, clock, rules } = options;

  async function lower(example: HitExample, why: string, by: Principal): Promise<boolean> {
    const lowered = await rules.lower(example.rule, why, by);
    if (!lowered) return false;
    const payload = { rule: example.rule, hit: example.id, why, at: clock.now() };
    const entityId = uuidv7(clock);
    const kind = "rule.rollback_evidenced";
    await store.append([{ entityType: "rule_rollback", entityId, baseVersion: 0, kind, payload, inverse: null }], by);
    options.log.warn({ rule: example.rule }, "A rule was lowered to the stage log: a hit of it was a false positive");
    return true;
  }

  async function noteLie(example: HitExample): Promise<void> {
    const { id, rule, gatekeeper } = example;
    const entity = { entityType: `${gatekeeperEntity}_lie`, entityId: id, baseVersion: 0 };
    const draft = { ...entity, kind: "gatekeeper.lied", payload: { gatekeeper, rule, at: clock.now() }, inverse: null };
    try {
      await store.append([draft], enginePrincipal);
    } catch (error) {
      // It is noted already: labels changed, and its hits were looked at again.
      if (error instanceof SentinelError && error.code === "CONFLICT") return;
      throw error;
    }
    options.log.warn({ gatekeeper, rule }, "A gatekeeper told of a hit that its rule does not match");
    await options.onLie(example);
  }

  return {
    async judge({ id, base_version, verdict }, by) {
      const example = await store.read(exampleById, id);
      if (example === null) throw new SentinelError("NOT_FOUND", "There is no such hit, or it is kept no longer.");
      const { rule, verdict: before } = example;
      const payload = { rule, verdict, at: clock.now() };
      const inverse =
        before === null
          ? { kind: hitUnjudged, payload: {} }
          : { kind: hitJudged, payload: { rule, verdict: before, at: payload.at } };
      const draft = {
        entityType: hitEntity,
        entityId: id,
        baseVersion: base_version,
        kind: hitJudged,
        payload,
        inverse,
      };
      const [event] = await store.append([draft], by);
      const lowered =
        verdict === "false_positive" &&
        (await lower(
          example,
          `${by.actor} says that a request which it matched at ${example.path} was no attack.`,
          by,
        ));
      return { event_id: event!.id, lowered };
    },
    async consider(ids) {
      const found =
        ids === null
          ? await store.read(lastExamples, { rule: null, limit: recentExamples })
          : (await Promise.all(ids.map((id) => store.read(exampleById, id)))).filter((one) => one !== null);
      // Who says that this very hit was an attack is not overruled by a label.
      const open = found.filter(({ deed, verdict }) => deed !== "logged" && verdict === null);
      const samples = new Set(open.flatMap((example) => samplesOf(example)));
      if (samples.size === 0) return;
      const benign = await options.benignOf([...samples]);
      const ruleOf = new Map((await rules.all()).map((rule) => [rule.id, rule]));
      const done = new Set<string>();
      for (const example of open) {
        if (done.has(example.rule)) continue;
        const rule = ruleOf.get(example.rule);
        const values = samplesOf(example).flatMap((id) => benign.get(id) ?? []);
        if (rule === undefined || values.length === 0) continue;
        // SECURITY: a gatekeeper that is taken over could name a benign value with every rule, and have them all lowered.
        const answers = values.map((value) => isHitOf(rule, example, value, clock.now()));
        if (!answers.includes(true)) {
          if (answers.includes(false) && example.version === rule.version) await noteLie(example);
          continue;
        }
        done.add(example.rule);
        const why = `It matched a value at ${example.path} that is labelled benign.`;
        await lower(example, why, enginePrincipal);
      }
    },
  };
}

const samplesOf = ({ sample, anywhere }: HitExample) => [sample, anywhere].filter((id) => id !== null);

/** Whether a rule matches the value that a hit is told to be of; null: what is known of the two is masked or cut. */
function isHitOf(rule: GateRule, example: HitExample, value: KnownSample, now: number): boolean | null {
  const { method, path, name } = example;
  const place = value.place ?? example.place;
  const told = { method, target: path, place, name, text: value.text };
  if (place === example.place && matchesValue(compileRule(rule), told, now)) return true;
  const isWhole = value.text.length < longestSample && [path, name].every((text) => !text.endsWith("\u2026"));
  return isWhole && [value.text, path].every((text) => !text.includes(maskText)) ? false : null;
}
