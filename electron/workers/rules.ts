import type { MessagePort } from "node:worker_threads";
import { SentinelError } from "../../shared/errors.ts";
import { readExchanges } from "../engine/evidence/readers.ts";
import { generateBenign } from "../engine/learn/training/generated/generate.ts";
import { createRandom } from "../engine/learn/training/random.ts";
import { knownAttacks, requestStates, requestTotals } from "../engine/respond/backtest/backtest-evidence.ts";
import { storeFound } from "../engine/respond/backtest/backtest-tables.ts";
import type { BacktestAnswer, BacktestTask } from "../engine/respond/backtest/backtest-task.ts";
import { createRuleTrial } from "../engine/respond/backtest/try-rule.ts";
import { countSpared, proposeExclusions } from "../engine/respond/exclusions/narrowest-exclusion.ts";
import { readFalseHits } from "../engine/respond/exclusions/read-false-hits.ts";
import { checkRule } from "../engine/respond/rules/check-rule.ts";
import { type BenignValue, generateRules } from "../engine/respond/rules/generate-rules.ts";
import type { RuleAnswer, RuleTask } from "../engine/respond/rules/rule-worker-tasks.ts";
import { openBlobs } from "../engine/store/blobs.ts";
import { connectStore } from "../engine/store/client.ts";
import { openKeyStore } from "../engine/store/key-store.ts";
import { packError } from "../engine/store/store-errors.ts";

/** How often progress is told, in milliseconds. */
const tellEveryMs = 100;
/** Requests whose state is asked for at once. */
const atOnce = 500;

/** Tries a rule on one piece of stored evidence: decrypted and read as for an analysis; of it only what was found is kept. */
export async function backtest(
  task: BacktestTask & { store: MessagePort; control: MessagePort },
): Promise<BacktestAnswer> {
  const { control, evidence, rule, from, to } = task;
  const abort = new AbortController();
  const { signal } = abort;
  control.on("message", () => abort.abort());
  const store = connectStore(task.store);
  let toldAt = 0;
  const onProgress = (bytes: number) => {
    const now = performance.now();
    if (now - toldAt < tellEveryMs) return;
    toldAt = now;
    control.postMessage(bytes);
  };
  try {
    const keys = await openKeyStore({ directory: task.keysPath, ring: task.ring });
    const blobs = await openBlobs({ directory: task.blobsPath, keys });
    const { id, seq } = evidence;
    const known = await store.read(knownAttacks, { evidenceId: id, ofClass: rule.definition.class });
    const trial = createRuleTrial({ ...task, known, addedAt: evidence.addedAt });
    const settle = async () => trial.settle(await store.read(requestStates, { seq, id, requests: trial.waiting() }));
    const options = { signal, limits: { entryBytes: task.entryBytes }, onProgress };
    for await (const batch of readExchanges(evidence.kind, blobs.open(evidence.sha256, { signal }), options)) {
      let waiting = 0;
      for (const exchange of batch) {
        if (trial.look(exchange)) waiting++;
        if (waiting === atOnce) {
          await settle();
          waiting = 0;
        }
      }
      if (waiting > 0) await settle();
      if (signal.aborted) throw new SentinelError("CANCELLED", "The back-test was cancelled.");
    }
    const counts = trial.counts();
    const totals = await store.read(requestTotals, { seq, id, from, to, addedAt: evidence.addedAt });
    await store.write(storeFound, {
      backtest: task.backtest,
      evidence: seq,
      groups: trial.groups(),
      hits: trial.hits(),
      flips: trial.flips(),
    });
    return { counts: { ...counts, requests: counts.requests - totals.known, setAside: totals.setAside } };
  } catch (error) {
    return { error: packError(error) };
  } finally {
    store.close();
    control.close();
  }
}

/** Generated ordinary values that no rule may match. */
const generatedValues = 4000;
let generated: readonly BenignValue[] | null = null;

/** The same ones everywhere. */
function ordinaryText(): readonly BenignValue[] {
  const random = createRandom("ordinary values for rules");
  generated ??= generateBenign(random, generatedValues).map(({ text, place }) => ({ text, place }));
  return generated;
}

/** Makes rules, holds a rule against values, or looks for exclusions. */
export function consider(task: RuleTask): RuleAnswer {
  try {
    switch (task.what) {
      case "generate": {
        const ordinary = [...task.benign, ...ordinaryText()];
        return { ...generateRules(task.samples, ordinary), ordinary: ordinary.length };
      }
      case "check":
        return checkRule(task.definition, task.samples, [...task.benign, ...ordinaryText()]);
      case "exclude":
        return proposeExclusions(task.definition, task.falseHits, task.attacks, task.expiresAt);
      case "read":
        return { hits: readFalseHits(task.definition, task.exclusions, task.exchanges, task.now) };
      case "spare":
        return { spared: countSpared(task.definition, task.exclusion, task.attacks) };
    }
  } catch (error) {
    return { error: packError(error) };
  }
}
