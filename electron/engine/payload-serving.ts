import { join } from "node:path";
import { SentinelError } from "../../shared/errors.ts";
import type { ModelServerHealth } from "../../shared/model-server.ts";
import type { Place } from "../../shared/payload.ts";
import type { Settings } from "../../shared/settings.ts";
import { latencyQuantile } from "./base/latency.ts";
import type { Logger } from "./base/logging.ts";
import type { Metrics } from "./base/metrics.ts";
import { createRuleClassifier } from "./detect/classifier/rules.ts";
import type { ClassifierOutput, PayloadClassifier, RemoteClassifier } from "./detect/payload.ts";
import { type BreakerStatus, defaultErrorShare } from "./detect/serving/breaker.ts";
import {
  type DeployedPayload,
  openDeployedPayload,
  type ServingReport,
  usualSetErrorRate,
} from "./detect/serving/deployed-payload.ts";
import { createServing, type Serving } from "./detect/serving/serving.ts";
import { addTally, createTally } from "./detect/serving/tally.ts";
import { registeredPrefix } from "./model-operations.ts";
import type { Models } from "./models.ts";

/** The payload model that decides in this engine, and how it fares in all threads. */
export interface PayloadServing {
  /** What decides; waits for a switch that is under way. */
  deployed(): Promise<DeployedPayload>;
  classify(text: string): Promise<ClassifierOutput>;
  /**
   * The model that decides now, for whoever asks it several things: all of them are its own word, also when another one decides
   * meanwhile. It is closed once nobody has it any more.
   */
  borrow(): Promise<BorrowedPayload>;
  /**
   * Opens the model that the setting names, so that it is known to work before it is chosen.
   * @param choice "built-in", "classic", or `model:` and the id of a registered one
   * @throws SentinelError GATES_FAILED, SETTING_INVALID, MODEL_UNREADABLE, UNAVAILABLE, NOT_FOUND
   */
  prepare(choice: string): Promise<void>;
  /**
   * From now on the model that the setting names decides. One that cannot be opened leaves it to the shipped one, and that is said.
   * @param setErrorRate of its conformal sets, where its file has thresholds for it
   */
  follow(choice: string, setErrorRate: Wanted["setErrorRate"]): void;
  /** Takes in how the model fares in another thread. @param thread names it until `forget` */
  hear(thread: string, report: ServingReport): void;
  forget(thread: string): void;
  health(): Omit<ModelServerHealth, "canary">;
  /** Hands the figures of this thread to the metrics. */
  flush(): void;
  close(): Promise<void>;
}

/** One model, until it is given back. */
export interface BorrowedPayload {
  readonly hash: string;
  classify(text: string, place?: Place): ClassifierOutput | Promise<ClassifierOutput>;
  giveBack(): void;
}

/** What the settings ask for. */
interface Wanted {
  readonly choice: string;
  readonly setErrorRate: Settings["class_set_error_rate"];
}

interface Opened {
  readonly choice: string;
  readonly deployed: DeployedPayload;
  readonly classifier: PayloadClassifier | RemoteClassifier;
}

interface Current {
  /** Who has it: it is not closed under them. */
  users: number;
  readonly choice: string;
  readonly deployed: DeployedPayload;
  readonly serving: Serving;
  readonly provider: string;
  readonly passedOver: string | null;
  readonly problem: string | null;
}

/** A failure is logged at most so often, milliseconds. */
const logEveryMs = 10_000;
const badness = { closed: 0, half_open: 1, open: 2 } as const;

export function createPayloadServing(options: {
  readonly models: Pick<Models, "classifier" | "payloadPath" | "keepPayload">;
  /** Folder of the shipped models. */
  readonly shipped: string;
  readonly onnxEntry: URL;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Kind and file of a model of the registry; whether it may decide is asked where it is chosen. @throws SentinelError NOT_FOUND */
  readonly registered: (id: string) => Promise<Pick<DeployedPayload, "kind" | "path">>;
  /** Hears when what the health page shows has changed. */
  readonly onChange: () => void;
}): PayloadServing {
  const { models, log, metrics, onChange } = options;
  const onnxEntry = options.onnxEntry.href;
  const rules = createRuleClassifier();
  const builtIn: DeployedPayload = {
    kind: "built-in",
    path: models.payloadPath,
    hash: models.classifier.hash,
    onnxEntry,
    setErrorRate: usualSetErrorRate,
  };
  const breakers = new Map<string, BreakerStatus>();
  let totals = createTally();
  let loggedAt = Number.NEGATIVE_INFINITY;
  let current: Current = describe("built-in", builtIn, models.classifier, null);
  let prepared: Opened | null = null;
  let switching: Promise<void> | null = null;
  let wanted: Wanted = { choice: "built-in", setErrorRate: usualSetErrorRate };
  let isClosed = false;
  /** Models that no longer decide, until nobody has them. */
  const leaving = new Map<Current, () => void>();
  const closing = new Set<Promise<void>>();

  function serve(champion: PayloadClassifier | RemoteClassifier): Serving {
    return createServing({
      champion,
      rules,
      onFailure(error) {
        const now = performance.now();
        if (now - loggedAt < logEveryMs) return;
        loggedAt = now;
        log.warn({ error }, "The payload model failed; the rules answer in its place.");
      },
      onBreaker(state) {
        log.warn({ state }, "The payload model's circuit breaker changed.");
        onChange();
      },
    });
  }

  function describe(
    choice: string,
    deployed: DeployedPayload,
    classifier: PayloadClassifier | RemoteClassifier,
    problem: string | null,
  ): Current {
    const provider = "provider" in classifier ? String(classifier.provider) : "javascript";
    const passedOver = "passedOver" in classifier ? (classifier.passedOver as string | null) : null;
    if (passedOver !== null) log.warn({ provider, passedOver }, "The payload model runs on something slower.");
    return { users: 0, choice, deployed, serving: serve(classifier), provider, passedOver, problem };
  }

  async function openBuiltIn({ choice, setErrorRate }: Wanted): Promise<Opened> {
    if (setErrorRate === usualSetErrorRate) return { choice, deployed: builtIn, classifier: models.classifier };
    const deployed = { ...builtIn, setErrorRate };
    return { choice, deployed, classifier: await openDeployedPayload(deployed) };
  }

  async function open(asked: Wanted): Promise<Opened> {
    const { choice, setErrorRate } = asked;
    if (choice === "built-in") return await openBuiltIn(asked);
    if (choice.startsWith(registeredPrefix)) {
      const id = choice.slice(registeredPrefix.length);
      // The shipped model has its own copy; its id may be chosen like any other.
      if (id === builtIn.hash) return await openBuiltIn(asked);
      const registered = { ...(await options.registered(id)), hash: id, onnxEntry, setErrorRate };
      return { choice, deployed: registered, classifier: await openDeployedPayload(registered) };
    }
    if (choice !== "classic") {
      // SECURITY: what lies in a folder was judged by nobody, and may be another model at the next start.
      throw new SentinelError(
        "GATES_FAILED",
        `payload_model: ${choice} was not judged by the gates: bring the folder to the models.`,
      );
    }
    const path = join(options.shipped, "classic.bin");
    const named = { kind: "classic" as const, path, onnxEntry, setErrorRate };
    const classifier = await openDeployedPayload(named);
    await models.keepPayload(named.path, classifier.hash);
    return { choice, deployed: { ...named, hash: classifier.hash }, classifier };
  }

  async function closePrepared(): Promise<void> {
    const unused = prepared;
    prepared = null;
    if (unused !== null && "close" in unused.classifier) await unused.classifier.close();
  }

  async function take(asked: Wanted): Promise<void> {
    const { choice, setErrorRate } = asked;
    let next: Current;
    try {
      // Chosen together with another error rate: it was prepared for the former one.
      if (prepared?.choice === choice && prepared.deployed.setErrorRate !== setErrorRate) await closePrepared();
      const opened = prepared?.choice === choice ? prepared : await open(asked);
      if (prepared === opened) prepared = null;
      next = describe(choice, opened.deployed, opened.classifier, null);
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      log.error({ problem }, "The chosen payload model cannot be used; the shipped one decides.");
      const shipped = await openBuiltIn(asked).catch(() => ({ deployed: builtIn, classifier: models.classifier }));
      next = describe(choice, shipped.deployed, shipped.classifier, problem);
    }
    const before = current;
    flush();
    current = next;
    totals = createTally();
    breakers.clear();
    // In the background: whoever still asks the former one does not hold up those who ask now.
    const closed = leave(before).finally(() => closing.delete(closed));
    closing.add(closed);
    onChange();
  }

  async function leave(before: Current): Promise<void> {
    if (before.users > 0) await new Promise<void>((resolve) => void leaving.set(before, resolve));
    leaving.delete(before);
    count(before.serving.takeTally(), createTally());
    await before.serving.close();
  }

  async function borrow(): Promise<BorrowedPayload> {
    const one = switching === null ? current : await settled();
    one.users++;
    let isBack = false;
    return {
      hash: one.deployed.hash,
      classify: (text, place) => one.serving.classifyLater(text, place === undefined ? {} : { place }),
      giveBack() {
        if (isBack) return;
        isBack = true;
        if (--one.users === 0) leaving.get(one)?.();
      },
    };
  }

  function flush(): void {
    const tally = current.serving.takeTally();
    count(tally, totals);
  }

  function count(tally: ServingReport["tally"], into: ServingReport["tally"]): void {
    addTally(into, tally);
    metrics.inferenceLatency.add("production", tally.model);
    metrics.inferenceLatency.add("cached", tally.cached);
    metrics.cacheHits.inc({ cache_type: "payload", status: "hit" }, tally.hits);
    metrics.cacheHits.inc({ cache_type: "payload", status: "miss" }, tally.misses);
    metrics.payloadFailures.inc(tally.failures);
    metrics.payloadDegraded.inc(tally.degraded);
  }

  async function settled(): Promise<Current> {
    while (switching !== null) await switching;
    return current;
  }

  return {
    deployed: async () => (await settled()).deployed,
    borrow,
    async classify(text) {
      const model = await borrow();
      try {
        return await model.classify(text);
      } finally {
        model.giveBack();
      }
    },
    async prepare(choice) {
      if (choice === current.choice && current.problem === null) return;
      const opened = await open({ ...wanted, choice });
      await closePrepared();
      prepared = opened;
    },
    follow(choice, setErrorRate) {
      if (choice === wanted.choice && setErrorRate === wanted.setErrorRate && current.problem === null) return;
      const now = { choice, setErrorRate };
      wanted = now;
      const last = switching ?? Promise.resolve();
      const mine = last.then(async () => {
        if (!isClosed && wanted === now) await take(now);
      });
      switching = mine;
      void mine.finally(() => {
        if (switching === mine) switching = null;
      });
    },
    hear(thread, { hash, tally, breaker }) {
      const { state } = worst();
      count(tally, hash === current.deployed.hash ? totals : createTally());
      // An analysis that began before the switch goes on with the model from before.
      if (hash === current.deployed.hash) breakers.set(thread, breaker);
      if (worst().state !== state) onChange();
    },
    forget: (thread) => void breakers.delete(thread),
    health() {
      flush();
      const { deployed, serving, provider, passedOver: passed_over, problem } = current;
      const { cache } = serving.status();
      const breaker = worst();
      const ms = (seconds: number | null) => (seconds === null ? null : seconds * 1000);
      const { model, cached, hits, misses } = totals;
      return {
        status: problem === null && breaker.state === "closed" ? "healthy" : "degraded",
        tier: breaker.state === "closed" ? "model" : "rules",
        model: { kind: deployed.kind, hash: deployed.hash, provider, passed_over, problem },
        latency: {
          count: model.counts.reduce((sum, n) => sum + n, 0),
          p50_ms: ms(latencyQuantile(model, 0.5)),
          p95_ms: ms(latencyQuantile(model, 0.95)),
          p99_ms: ms(latencyQuantile(model, 0.99)),
          cached_count: cached.counts.reduce((sum, n) => sum + n, 0),
          cached_p50_ms: ms(latencyQuantile(cached, 0.5)),
          cached_p95_ms: ms(latencyQuantile(cached, 0.95)),
        },
        cache: {
          capacity: cache.capacity,
          ttl_seconds: cache.ttlMs / 1000,
          hits,
          misses,
          hit_rate: hits + misses === 0 ? null : hits / (hits + misses),
        },
        breaker: {
          state: breaker.state,
          errors: breaker.errors,
          calls: breaker.calls,
          retry_in_ms: breaker.retryInMs,
          opened: breaker.opened,
          threshold: defaultErrorShare,
          failures_total: totals.failures,
          degraded_total: totals.degraded,
        },
      };
    },
    flush,
    async close() {
      isClosed = true;
      await settled();
      await closePrepared();
      for (const giveBack of leaving.values()) giveBack();
      await Promise.all(closing);
      await current.serving.close();
    },
  };

  function worst(): BreakerStatus {
    let found = current.serving.status().breaker;
    for (const breaker of breakers.values()) if (badness[breaker.state] > badness[found.state]) found = breaker;
    return found;
  }
}
