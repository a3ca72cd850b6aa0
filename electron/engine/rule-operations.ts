import { attackIdsOf } from "../../shared/attack-ids.ts";
import { SentinelError } from "../../shared/errors.ts";
import type { RuleDefinition } from "../../shared/rule.ts";
import type { Rule, RuleSampleView, RuleSummary } from "../../shared/rule-record.ts";
import { openApprovalsOf } from "./approve/approval-state.ts";
import type { Approvals } from "./approve/approvals.ts";
import { type Clock, toInstant } from "./base/clock.ts";
import { uuidv7 } from "./base/ids.ts";
import type { Metrics } from "./base/metrics.ts";
import { requireRole } from "./base/principals.ts";
import type { Engine } from "./engine-interface.ts";
import { backtestsOfRule } from "./respond/backtest/backtest-tables.ts";
import type { LabelledValue } from "./respond/backtest/backtest-task.ts";
import { stageRank } from "./respond/policy/decide-policy.ts";
import { exportRule } from "./respond/rules/export-rule.ts";
import {
  allRules,
  hashOfRecord,
  RuleRecord,
  ruleEntity,
  ruleSaved,
  type StoredRule,
} from "./respond/rules/rule-state.ts";
import {
  askForRenewal,
  askForStage,
  isOutdated,
  nextStep,
  renewed,
  requireAhead,
  whatRenewalTakes,
  whyTooFar,
} from "./respond/rules/rule-steps.ts";
import type { RuleBook } from "./rule-book.ts";
import { type RuleSamples, type SourcedRuleSample, standingSamples, viewSample } from "./rule-samples.ts";
import { nameOf, toBacktest } from "./rule-views.ts";
import type { RuleWorker } from "./rule-worker.ts";
import { eventsOfEntity } from "./store/event-table.ts";
import type { Store } from "./store/store.ts";

/** Versions of a rule that are listed. */
const shownVersions = 200;
/** How long rules last that are made of attacks, unless somebody says otherwise: half a year. */
const usualDays = 180;
const dayMs = 86_400_000;

export interface RuleOperationsOptions {
  readonly store: Store;
  /** Since when panic holds what does more; null: it does not. */
  readonly heldAt: () => Promise<string | null>;
  readonly clock: Clock;
  readonly metrics: Pick<Metrics, "rulesGenerated" | "rulesApplied">;
  readonly book: RuleBook;
  readonly approvals: Approvals;
  readonly samples: RuleSamples;
  readonly worker: RuleWorker;
  readonly labels: () => Promise<readonly LabelledValue[]>;
}

/** Rules as screens ask for them and change them, in wire shapes. */
export function createRuleOperations(options: RuleOperationsOptions): Omit<Engine["rules"], BacktestPart> {
  const { store, clock, metrics, book, approvals, samples, worker } = options;

  const isHeld = async () => (await options.heldAt()) !== null;
  const benignOf = (labels: readonly LabelledValue[]) => labels.filter(({ label }) => label === "benign");

  /** Those that nobody calls benign, and those that somebody does. */
  function contradicted(found: readonly SourcedRuleSample[], labels: readonly LabelledValue[]) {
    const benign = new Set(benignOf(labels).flatMap(({ text, place }) => [`${place ?? ""}\n${text}`]));
    const isCalledBenign = ({ text, place }: SourcedRuleSample) =>
      benign.has(`${place}\n${text}`) || benign.has(`\n${text}`);
    return Map.groupBy(found, (sample) => (isCalledBenign(sample) ? "benign" : "attack"));
  }

  /** @throws SentinelError INPUT_INVALID in words, for a rule that would not be offered */
  async function requireGood(definition: RuleDefinition, of: readonly RuleSampleView[]): Promise<void> {
    const benign = benignOf(await options.labels());
    const check = await worker.ask({ what: "check", definition, samples: standingSamples(of), benign });
    if (check.missed.length > 0) {
      throw new SentinelError("INPUT_INVALID", `match: it misses ${check.missed.length} of its samples.`);
    }
    if (check.benign > 0) {
      throw new SentinelError("INPUT_INVALID", `match: it matches ${check.benign} ordinary values that are known.`);
    }
  }

  async function summarize(rule: StoredRule): Promise<RuleSummary> {
    const { record } = rule;
    const open = await store.read(openApprovalsOf, rule.id);
    return {
      id: rule.id,
      number: rule.number,
      version: rule.version,
      name: record.name,
      class: record.definition.class,
      stage: record.stage,
      definition: record.definition,
      exclusions: record.exclusions.length,
      measured: record.measured,
      is_outdated: isOutdated(rule, clock.now()),
      decision: record.decision,
      too_far: whyTooFar(rule),
      approvals: open.filter(({ expires_at }) => expires_at > clock.now()).map(({ id, kind }) => ({ id, kind })),
      saved_by: rule.savedBy,
      saved_at: toInstant(record.at),
    };
  }

  return {
    async generate(source) {
      const found = await samples.collect(source);
      const labels = await options.labels();
      const { benign: called = [], attack = [] } = Object.fromEntries(contradicted(found, labels));
      const byId = new Map(found.map((sample) => [sample.id, sample]));
      const view = (ids: readonly string[]) => ids.map((id) => viewSample(byId.get(id)!));
      const made = await worker.ask({ what: "generate", samples: attack, benign: benignOf(labels) });
      const contradiction = { samples: called.map(viewSample), reason: "Somebody labelled this very value benign." };
      return {
        groups: made.offered.map((group) =>
          group.map(({ definition, samples: of, aside }) => ({
            ...{ definition: { ...definition, expires_at: usualExpiry(clock.now()) }, name: nameOf(definition) },
            ...{ samples: view(of), aside },
          })),
        ),
        unruled: [
          ...(called.length === 0 ? [] : [contradiction]),
          ...made.unruled.map(({ samples: of, reason }) => ({ samples: view(of), reason })),
        ],
        benign: made.ordinary,
      };
    },

    async create({ name, definition, source, samples: wanted }, by) {
      const found = new Map((await samples.collect(source)).map((sample) => [sample.id, sample]));
      const chosen = wanted.map((id) => {
        const sample = found.get(id);
        // Its evidence was erased, or analysed again.
        if (sample === undefined) throw new SentinelError("NOT_FOUND", "One of its samples is not there any more.");
        return sample;
      });
      if (chosen.some((sample) => sample.class !== definition.class)) {
        throw new SentinelError("INPUT_INVALID", "class: its samples are attacks of another class.");
      }
      if (contradicted(chosen, await options.labels()).has("benign")) {
        throw new SentinelError("INPUT_INVALID", "samples: somebody labelled one of these very values benign.");
      }
      await requireGood(definition, chosen.map(viewSample));
      const id = uuidv7(clock);
      const unique = (values: readonly (string | null)[]) => [...new Set(values.filter((value) => value !== null))];
      const provenance = {
        simulations: unique(chosen.map((sample) => sample.simulation_id)),
        verdicts: unique(chosen.map((sample) => sample.verdict_id)),
        samples: await Promise.all(chosen.map((sample) => samples.keep(sample))),
        by: by.actor,
        at: clock.now(),
      };
      const fresh = { exclusions: [], stage: "proposed", measured: null, decision: null, approval_id: null } as const;
      await book.add(id, { ...fresh, exclusions: [], name, definition, provenance, because: "made" }, by);
      metrics.rulesGenerated.inc();
      return { id };
    },

    async list() {
      const rules = await store.read(allRules, null);
      const items = await Promise.all(rules.map(summarize));
      const heldAt = await options.heldAt();
      items.sort((a, b) => stageRank(b.stage) - stageRank(a.stage) || b.number - a.number);
      return { items, held: heldAt === null ? null : { at: heldAt } };
    },

    async get({ id }): Promise<Rule> {
      const rule = await book.find(id);
      const { record } = rule;
      return {
        ...(await summarize(rule)),
        exclusions: record.exclusions,
        definition_hash: hashOfRecord(record),
        ...(attackIdsOf(record.definition) ?? { capec: [], cwe: [], attack: [] }),
        samples: await Promise.all(record.provenance.samples.map((sample) => samples.open(sample))),
        made_by: record.provenance.by,
        made_at: toInstant(record.provenance.at),
        next: nextStep(rule, await isHeld(), clock.now()),
        backtests: (await store.read(backtestsOfRule, id)).map((row) => toBacktest(row, record)),
      };
    },

    async edit({ id, base_version, name, definition }, by) {
      const rule = await book.findAt(id, base_version);
      const { record } = rule;
      const isOther = hashOfRecord({ ...record, definition }) !== hashOfRecord(record);
      if (isOther) {
        if (definition.class !== record.definition.class) {
          throw new SentinelError("INPUT_INVALID", "class: its samples are attacks of another class.");
        }
        // SECURITY: a rule that acts is lowered by its edit: somebody else may have approved what it was.
        await requireGood(
          definition,
          await Promise.all(record.provenance.samples.map((sample) => samples.open(sample))),
        );
      }
      const set = isOther ? { name, definition, stage: "proposed" as const, decision: null } : { name };
      return { event_id: await book.change(rule, { set, because: "edited" }, by) };
    },

    async history({ id }) {
      const events = await store.read(eventsOfEntity, { entityType: ruleEntity, entityId: id, limit: shownVersions });
      if (events.length === 0) throw new SentinelError("NOT_FOUND", "There is no such rule.");
      const seen = new Set<number>();
      // The oldest first, so that a record that comes again is known as one that was brought back.
      const rows = events.toReversed().map((event) => {
        const record = event.kind === ruleSaved ? RuleRecord.parse(event.payload) : null;
        const isBack = record !== null && seen.has(record.at);
        if (record !== null) seen.add(record.at);
        return {
          version: event.version,
          event_id: event.id,
          at: event.at,
          by: event.actor,
          because: record === null || isBack ? null : record.because,
          rule:
            record === null
              ? null
              : {
                  name: record.name,
                  stage: record.stage,
                  definition: record.definition,
                  exclusions: record.exclusions,
                  decision: record.decision,
                  confidence: record.measured?.confidence ?? null,
                },
          undoable: event.inverse !== null,
        };
      });
      return rows.reverse();
    },

    async stage({ id, base_version, to }, by) {
      const rule = await book.findAt(id, base_version);
      const { stage } = rule.record;
      const isLower = stageRank(to) < stageRank(stage) || (to === "off" && stage === "proposed");
      if (isLower) {
        return {
          event_id: await book.change(rule, { set: { stage: to }, because: "rolled_back" }, by),
          approval_id: null,
        };
      }
      const step = nextStep(rule, await isHeld(), clock.now());
      if (step === null || step.to !== to) {
        const only = step === null ? "It has no further step." : `The next step is ${step.to}.`;
        throw new SentinelError("INPUT_INVALID", `to: a rule is raised one step at a time. ${only}`);
      }
      switch (step.needs) {
        case "nothing":
          metrics.rulesApplied.inc({ stage: to });
          return { event_id: await book.change(rule, { set: { stage: to }, because: "asked" }, by), approval_id: null };
        case "approval":
          return { event_id: null, approval_id: await approvals.request(askForStage(rule, step.to as "log"), by) };
        default:
          throw new SentinelError("CONFLICT", step.why);
      }
    },

    async renew({ id, base_version, expires_at }, by) {
      const rule = await book.findAt(id, base_version);
      requireAhead(expires_at, clock.now());
      if (rule.record.definition.expires_at === expires_at) {
        throw new SentinelError("INPUT_INVALID", "expires_at: it ends then already.");
      }
      const { needs, why } = whatRenewalTakes(rule, expires_at, await isHeld(), clock.now());
      switch (needs) {
        case "nothing": {
          const set = renewed(rule, expires_at);
          return { event_id: await book.change(rule, { set, because: "renewed" }, by), approval_id: null };
        }
        case "approval":
          return { event_id: null, approval_id: await approvals.request(askForRenewal(rule, expires_at), by) };
        default:
          throw new SentinelError("CONFLICT", why);
      }
    },

    async remove({ id, base_version }, by) {
      const rule = await book.findAt(id, base_version);
      if (stageRank(rule.record.stage) > 0) {
        throw new SentinelError("CONFLICT", "A rule that acts is taken back first (off), and removed then.");
      }
      return { event_id: await book.remove(rule, by) };
    },

    async export({ id, format }) {
      return exportRule(await book.find(id), format);
    },

    async removeExclusion({ id, exclusion, base_version }, by) {
      const rule = await book.findAt(id, base_version);
      const { exclusions, stage } = rule.record;
      if (!exclusions.some((each) => each.id === exclusion)) {
        throw new SentinelError("NOT_FOUND", "The rule has no such exclusion.");
      }
      // SECURITY: without it the rule stops what passed until now.
      if (stage === "block") requireRole(by, "approver");
      if (stageRank(stage) > 0 && (await isHeld())) {
        throw new SentinelError("CONFLICT", "Panic holds the response until an admin re-arms it.");
      }
      const set = { exclusions: exclusions.filter((each) => each.id !== exclusion) };
      return { event_id: await book.change(rule, { set, because: "exclusion_removed" }, by) };
    },
  };
}

/** When a rule that is offered ends, unless somebody chooses another day: at the beginning of one, as days are chosen. */
const usualExpiry = (now: number) => toInstant(Math.ceil(now / dayMs + usualDays) * dayMs);

type BacktestPart = "backtest" | "groups" | "hits" | "flips" | "proposeExclusions" | "addExclusion";
