import type { BacktestQuestion } from "../../shared/backtest.ts";
import { SentinelError } from "../../shared/errors.ts";
import type { RuleDefinition } from "../../shared/rule.ts";
import type { Settings } from "../../shared/settings.ts";
import type { BacktestArgs } from "./backtesting.ts";
import { type Clock, toInstant } from "./base/clock.ts";
import { compileRule } from "./detect/waf/compile-rule.ts";
import type { Engine } from "./engine-interface.ts";
import type { EvidenceRoom } from "./evidence/evidence.ts";
import type { Exchange } from "./evidence/exchange.ts";
import { backtestById, flipsOf, groupsOfKind, hitsOf } from "./respond/backtest/backtest-tables.ts";
import type { LabelledValue } from "./respond/backtest/backtest-task.ts";
import type { FalseHit } from "./respond/exclusions/narrowest-exclusion.ts";
import {
  matchedHash,
  type RuleRecord,
  RuleRecord as RuleRecordSchema,
  ruleEntity,
  ruleSaved,
} from "./respond/rules/rule-state.ts";
import type { RuleApprovals } from "./rule-approvals.ts";
import type { RuleBook } from "./rule-book.ts";
import type { RuleWorker } from "./rule-worker.ts";
import { eventsOfEntity } from "./store/event-table.ts";
import type { Jobs } from "./store/jobs.ts";
import type { ReadableStore } from "./store/store.ts";

const dayMs = 86_400_000;
/** Requests that were hit falsely and are read again for exclusions. */
const mostRead = 300;
/** Requests, and characters of them, that go to the worker at once. */
const atOnce = 50;
const mostText = 4 * 1024 ** 2;
/** Values of them that are looked at. */
const mostValues = 500;
/** Versions of a rule that can be tried. */
const mostVersions = 1000;
const shownExamples = 5;

type Operations = Pick<
  Engine["rules"],
  "backtest" | "groups" | "hits" | "flips" | "proposeExclusions" | "addExclusion"
>;

/** Back-tests, and the exclusions that come of them, in wire shapes. */
export function createBacktestOperations(options: {
  readonly store: ReadableStore;
  readonly jobs: Jobs;
  readonly clock: Clock;
  readonly book: RuleBook;
  readonly evidence: EvidenceRoom;
  readonly approvals: RuleApprovals;
  readonly worker: RuleWorker;
  readonly labels: () => Promise<readonly LabelledValue[]>;
  readonly settings: () => Promise<Settings>;
}): Operations {
  const { store, jobs, clock, book, evidence, worker } = options;

  async function recordOf(
    id: string,
    version: number | null,
  ): Promise<{ record: RuleRecord; version: number; number: number }> {
    const rule = await book.find(id);
    if (version === null || version === rule.version) return rule;
    const events = await store.read(eventsOfEntity, { entityType: ruleEntity, entityId: id, limit: mostVersions });
    const event = events.find((each) => each.version === version && each.kind === ruleSaved);
    if (event === undefined) throw new SentinelError("NOT_FOUND", `The rule has no version ${version}.`);
    return { record: RuleRecordSchema.parse(event.payload), version, number: rule.number };
  }

  /** What a rule matched falsely, read again from the evidence: a back-test keeps no values. */
  async function falseHits(
    definition: RuleDefinition,
    exclusions: RuleRecord["exclusions"],
    backtest: string,
    kinds: readonly string[],
  ) {
    const found: (FalseHit & { readonly evidence_id: string; readonly request: number; readonly shown: string })[] = [];
    let batch: { readonly evidenceId: string; readonly exchange: Exchange }[] = [];
    let text = 0;
    const settle = async () => {
      const given = batch;
      batch = [];
      text = 0;
      if (given.length === 0 || found.length >= mostValues) return;
      // In the worker: this thread answers screens, and a body may be long.
      const exchanges = given.map(({ exchange }) => exchange);
      const { hits } = await worker.ask({ what: "read", definition, exclusions, exchanges, now: clock.now() });
      for (const { from, ...hit } of hits.slice(0, mostValues - found.length)) {
        const { evidenceId, exchange } = given[from]!;
        found.push({ ...hit, id: found.length, evidence_id: evidenceId, request: exchange.index });
      }
    };
    let read = 0;
    for (let after = 0; read < mostRead && found.length < mostValues; ) {
      const page = await store.read(hitsOf, { backtest, after, limit: mostRead });
      if (page.length === 0) break;
      for (const { evidenceId, request } of page.filter((hit) => kinds.includes(hit.kind))) {
        if (read++ >= mostRead) break;
        const exchange = await evidence.exchange(evidenceId, request).catch((error: unknown) => {
          // Erased meanwhile: nothing of it is left to be excluded.
          if (error instanceof SentinelError) return null;
          throw error;
        });
        if (exchange === null) continue;
        batch.push({ evidenceId, exchange });
        text += exchange.target.length + (exchange.body?.length ?? 0);
        if (batch.length >= atOnce || text >= mostText) await settle();
      }
      after = page.at(-1)!.n;
    }
    await settle();
    return found;
  }

  return {
    async backtest(question, by) {
      const { id, from, to } = question;
      if (from !== null && to !== null && from >= to) {
        throw new SentinelError("INPUT_INVALID", "from: the period ends before it begins.");
      }
      const { record, version, number } = await recordOf(id, question.version);
      const { definition, exclusions } = record;
      const against = question.against === null ? null : (await recordOf(id, question.against)).record;
      // Refused now, not when the first request is read.
      const tried = question.exclusion === null ? exclusions : [...exclusions, question.exclusion];
      compileRule({ id, definition, exclusions: tried });
      const isUsual = from === null && to === null;
      const now = clock.now();
      const days = (await options.settings()).backtest_days;
      const usual = { from: now - days * dayMs, to: null };
      const period = isUsual
        ? usual
        : { from: from === null ? null : Date.parse(from), to: to === null ? null : Date.parse(to) };
      const told: BacktestQuestion = {
        ...question,
        from: period.from === null ? null : toInstant(period.from),
        to: period.to === null ? null : toInstant(period.to),
      };
      const args: BacktestArgs = {
        question: told,
        version,
        definition,
        exclusions,
        definition_hash: matchedHash(definition, exclusions),
        against: against === null ? null : { definition: against.definition, exclusions: against.exclusions },
        ...period,
        now,
        decides: isUsual && question.version === null && question.exclusion === null,
      };
      return { job_id: (await jobs.start("backtest", args, `Rule ${number}`, by)).id };
    },

    async groups({ id, kind, limit }) {
      if ((await store.read(backtestById, id)) === null)
        throw new SentinelError("NOT_FOUND", "There is no such back-test.");
      const groups = await store.read(groupsOfKind, { backtest: id, kind, limit });
      return groups.map(({ path, place, name, hits, evidenceId, request, text, verdictId }) => ({
        path,
        place,
        name,
        hits,
        example: { evidence_id: evidenceId, request, text, verdict_id: verdictId },
      }));
    },

    async hits({ id, limit, after }) {
      const rows = await store.read(hitsOf, { backtest: id, after, limit: limit + 1 });
      const items = rows.slice(0, limit).map(({ evidenceId, verdictId, at, ...rest }) => ({
        ...rest,
        evidence_id: evidenceId,
        verdict_id: verdictId,
        at: at === null ? null : toInstant(at),
      }));
      return { items, next: rows.length > limit ? items.at(-1)!.n : null };
    },

    async flips({ id, side, limit }) {
      const rows = await store.read(flipsOf, { backtest: id, side, limit });
      return rows.map(({ evidenceId, verdictId, at, ...rest }) => ({
        ...rest,
        evidence_id: evidenceId,
        verdict_id: verdictId,
        at: at === null ? null : toInstant(at),
      }));
    },

    async proposeExclusions({ id, backtest_id, ordinary, days }) {
      const { record } = await book.find(id);
      const row = await store.read(backtestById, backtest_id);
      if (row === null || row.ruleId !== id) throw new SentinelError("NOT_FOUND", "There is no such back-test.");
      const { definition, exclusions } = record;
      const found = await falseHits(
        definition,
        exclusions,
        backtest_id,
        ordinary ? ["benign", "ordinary"] : ["benign"],
      );
      const attacks = (await options.labels()).filter(({ label }) => label !== "benign");
      const expiresAt = toInstant(clock.now() + days * dayMs);
      const made = await worker.ask({ what: "exclude", definition, falseHits: found, attacks, expiresAt });
      return {
        proposals: made.proposals.map(({ exclusion, words, covers }) => ({
          exclusion,
          words,
          covers: covers.length,
          examples: covers.slice(0, shownExamples).map((n) => {
            const { evidence_id, request, shown } = found[n]!;
            return { evidence_id, request, text: shown };
          }),
        })),
        refused: [...made.refused],
      };
    },

    async addExclusion({ id, base_version, backtest_id }, by) {
      const rule = await book.findAt(id, base_version);
      return { approval_id: await options.approvals.askForExclusion(rule, backtest_id, by) };
    },
  };
}
