import { SentinelError } from "../../shared/errors.ts";
import type { ComponentHealth } from "../../shared/health.ts";
import type { Settings } from "../../shared/settings.ts";
import type { Approvals } from "./approve/approvals.ts";
import { createBacktestOperations } from "./backtest-operations.ts";
import { createBacktesting } from "./backtesting.ts";
import type { Engine } from "./engine-interface.ts";
import type { EnginePorts } from "./engine-ports.ts";
import type { EvidenceRoom } from "./evidence/evidence.ts";
import { samplesByIds } from "./learn/sample-table.ts";
import { agreeOn, bySample } from "./learn/statement.ts";
import { allStatements } from "./learn/statement-reads.ts";
import type { PanicNotes } from "./panic-notes.ts";
import { confirmedValues } from "./respond/backtest/backtest-evidence.ts";
import type { LabelledValue } from "./respond/backtest/backtest-task.ts";
import { rearm, responseState } from "./respond/policy/response-state.ts";
import { allRules, ruleById } from "./respond/rules/rule-state.ts";
import { whyTooFar } from "./respond/rules/rule-steps.ts";
import { createRuleApprovals } from "./rule-approvals.ts";
import { createRuleBook } from "./rule-book.ts";
import { createRuleMeasuring } from "./rule-measuring.ts";
import { createRuleOperations } from "./rule-operations.ts";
import { type ConfirmedPayload, createRuleSamples } from "./rule-samples.ts";
import { createRuleWorker } from "./rule-worker.ts";
import type { Jobs } from "./store/jobs.ts";
import type { StoreHost } from "./store/store.ts";

export interface ResponseOptions {
  readonly ports: EnginePorts;
  readonly store: StoreHost;
  readonly jobs: Jobs;
  readonly evidence: EvidenceRoom;
  readonly settings: () => Promise<Settings>;
  readonly approvals: Approvals;
  /** Presses of panic that hold although the log does not have them. */
  readonly panics: Pick<PanicNotes, "unnotedAt" | "failedSoFar">;
  /** What a simulation confirmed. @throws SentinelError NOT_FOUND */
  readonly confirmedPayloads: (simulation: string) => Promise<readonly ConfirmedPayload[]>;
}

/** What is done about attacks: rules, what they are tried on, and who has to agree. */
export function createResponse(options: ResponseOptions) {
  const { ports, store, jobs, evidence, settings, approvals } = options;
  const { directory, clock, log, metrics, entries } = ports;

  /** Values that somebody, or a file, says something of on which all agree. */
  async function labels(): Promise<LabelledValue[]> {
    const { statements, known } = await store.read(allStatements, null);
    const agreed = bySample(statements).flatMap(([id, about]) => {
      const { label } = agreeOn(about);
      return about[0]!.kind !== "payload" || label === null ? [] : [{ id, label }];
    });
    const texts = new Map(known.map((sample) => [sample.id, sample]));
    const missing = agreed.flatMap(({ id }) => (texts.has(id) ? [] : [id]));
    for (const sample of await store.read(samplesByIds, missing)) {
      texts.set(sample.id, { ...sample, origin: "", campaign: null });
    }
    return agreed.flatMap(({ id, label }) => {
      const sample = texts.get(id);
      return sample === undefined ? [] : [{ text: sample.text, place: sample.place, label }];
    });
  }

  const heldAt = async () => options.panics.unnotedAt() ?? (await store.read(responseState, null)).heldAt;
  const isHeld = async () => (await heldAt()) !== null;
  const worker = createRuleWorker(entries.rules);
  const book = createRuleBook({ store, approvals, clock });
  const samples = createRuleSamples({
    store,
    sealer: directory.sealer,
    confirmedPayloads: options.confirmedPayloads,
  });
  const granting = createRuleApprovals({
    store,
    approvals,
    book,
    clock,
    metrics,
    days: async () => (await settings()).backtest_days,
    policy: settings,
    isHeld,
    worker,
    attacks: async ({ record }) => {
      const said = (await labels()).filter(({ label }) => label !== "benign");
      const kept = await Promise.all(record.provenance.samples.map(samples.open));
      const made = kept.flatMap(({ value, place }) => (value === null ? [] : [{ text: value.text, place }]));
      return [...said, ...made, ...(await store.read(confirmedValues, record.definition.class))];
    },
  });
  const measuring = createRuleMeasuring({ store, approvals, book, clock, log, metrics, policy: settings, isHeld });
  const backtesting = createBacktesting({
    directory,
    store,
    clock,
    workerEntry: entries.rules,
    entryMb: async () => (await settings()).max_entry_mb,
    labels,
    samplesOf: async (id) => {
      const rule = await store.read(ruleById, id);
      const kept = await Promise.all((rule?.record.provenance.samples ?? []).map(samples.open));
      return kept.flatMap(({ value, place }) => (value === null ? [] : [{ text: value.text, place }]));
    },
    onMeasured: measuring.take,
  });
  jobs.register(backtesting.job);

  return {
    book,
    heldAt,
    isHeld,
    routes: {
      rules: {
        ...createRuleOperations({ store, heldAt, clock, metrics, book, approvals, samples, worker, labels }),
        ...createBacktestOperations({
          store,
          jobs,
          clock,
          book,
          evidence,
          approvals: granting,
          worker,
          labels,
          settings,
        }),
      },
      approvals: { list: approvals.list, get: ({ id }, by) => approvals.get(id, by), decide: granting.decide },
      response: {
        async rearm({ reason }, by) {
          // SECURITY: before anything is waited for: a press that comes meanwhile is none that this re-arms.
          const forgetFailed = options.panics.failedSoFar();
          const state = await store.read(responseState, null);
          const sealed = await directory.sealer.seal("response", reason);
          const [event] = await store.append([rearm(state, sealed, clock.now())], by);
          forgetFailed();
          if (await isHeld()) {
            throw new SentinelError("CONFLICT", "Panic was pulled again meanwhile: the response stays held.");
          }
          return { event_id: event!.id };
        },
      },
    } satisfies Pick<Engine, "rules" | "approvals" | "response">,
    /** Null: every rule is at a stage that its confidence allows. */
    async health(): Promise<ComponentHealth | null> {
      const tooFar = (await store.read(allRules, null)).filter((rule) => whyTooFar(rule) !== null);
      if (tooFar.length === 0) return null;
      const numbers = tooFar.map(({ number }) => number);
      const which = numbers.length === 1 ? `Rule ${numbers[0]} does` : `Rules ${numbers.join(", ")} do`;
      return { status: "degraded", detail: `${which} more than what was measured last allows.` };
    },
    async close(): Promise<void> {
      await backtesting.close();
      await worker.close();
    },
  };
}
