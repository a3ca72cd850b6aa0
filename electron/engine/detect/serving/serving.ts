import type { Place } from "../../../../shared/payload.ts";
import { observeLatency } from "../../base/latency.ts";
import { type CacheOptions, createCachedClassifier } from "../classifier/cached-classifier.ts";
import type { ClassifierOutput, PayloadClassifier, PayloadReading, RemoteClassifier } from "../payload.ts";
import { type BreakerOptions, type BreakerState, type BreakerStatus, createBreaker } from "./breaker.ts";
import { routeSession } from "./canary.ts";
import { createRecentOutputs } from "./recent-outputs.ts";
import { createTally, type ServingTally } from "./tally.ts";

export interface ServingOptions {
  readonly champion: PayloadClassifier | RemoteClassifier;
  /** A model on trial and its share of sessions, in [0, 100]. */
  readonly challenger?: { readonly classifier: PayloadClassifier | RemoteClassifier; readonly percent: number };
  /** Answers while a model cannot: must not fail. */
  readonly rules: PayloadClassifier;
  readonly cache?: Omit<CacheOptions, "onLookup">;
  readonly breaker?: BreakerOptions;
  /**
   * Hears of each failed call, by the name of the error alone.
   * SECURITY: what a model or tokenizer says of its failure may quote the payload; it goes no further than here.
   */
  readonly onFailure?: (error: string) => void;
  /** Hears when a breaker opens or closes. */
  readonly onBreaker?: (state: BreakerState) => void;
}

export interface Where {
  readonly place?: Place;
  /** What names the session, for the canary. */
  readonly session?: string;
}

export interface ServingStatus {
  readonly hash: string;
  readonly breaker: BreakerStatus;
  readonly cache: { readonly capacity: number; readonly ttlMs: number };
}

/** What stands between callers and a payload model: cache, breaker, rules in its place, canary, figures. */
export interface Serving {
  /**
   * Never throws for a model's failure: the rules answer, marked `degraded`. A model out of this thread blocks it, up to its
   * deadline: for worker threads. Carries the champion's hash.
   */
  readonly classifier: PayloadClassifier;
  /** The same for the model on trial; null: there is none. */
  readonly challenger: PayloadClassifier | null;
  /** The same for the model of a session. */
  classifierFor(session: string): PayloadClassifier;
  /** The same without blocking, for the main thread. A model in this thread answers at once. */
  classifyLater(text: string, where?: Where): ClassifierOutput | Promise<ClassifierOutput>;
  status(): ServingStatus;
  /** Figures since the last call. */
  takeTally(): ServingTally;
  /** Closes the models. */
  close(): Promise<void>;
}

type Ask = PayloadClassifier["score"];
type Context = Parameters<Ask>[1];

/** One model with its breaker and cache. */
interface Served {
  readonly classifier: PayloadClassifier;
  classifyLater(text: string, context: Context): ClassifierOutput | Promise<ClassifierOutput>;
  status(): BreakerStatus;
}

const cacheDefaults = { entries: 10_000, ttlMs: 3_600_000, longest: 4096 };
/** Cache hits take less than a microsecond: one in so many is timed, and stands for the others. */
const timedHits = 16;

/** Thrown where the model was not asked or did not answer, and always caught here. */
const unanswered = new Error("The model did not answer.");

export function isRemote(classifier: PayloadClassifier | RemoteClassifier): classifier is RemoteClassifier {
  return "classifyLater" in classifier;
}

/** @throws RangeError when the challenger's share is no percentage */
export function createServing(options: ServingOptions): Serving {
  const { challenger, rules } = options;
  const cache = { ...cacheDefaults, ...options.cache };
  let tally = createTally();

  function serve(model: PayloadClassifier | RemoteClassifier): Served {
    const breaker = createBreaker(options.breaker);
    let told: BreakerState = "closed";

    function tellState(): void {
      const { state } = breaker.status();
      if (state === told) return;
      told = state;
      options.onBreaker?.(state);
    }

    function failed(error: unknown): Error {
      tally.failures++;
      breaker.fail();
      tellState();
      options.onFailure?.(nameOf(error));
      return unanswered;
    }

    function passed(from: number): void {
      observeLatency(tally.model, (performance.now() - from) / 1000);
      breaker.succeed();
      if (told !== "closed") tellState();
    }

    function guard<T>(ask: (text: string, context: Context) => T): (text: string, context?: Context) => T {
      return (text, context) => {
        if (!breaker.allow()) throw unanswered;
        const from = performance.now();
        let answer: T;
        try {
          answer = ask(text, context);
        } catch (error) {
          throw failed(error);
        }
        passed(from);
        return answer;
      };
    }

    function fallBack(judge: "score" | "classify", text: string, context: Context): ClassifierOutput {
      tally.degraded++;
      return { ...rules[judge](text, context), degraded: true };
    }

    /** @param wasHit whether the cache answered the last call */
    function answering(judge: "score" | "classify", ask: Ask, wasHit: () => boolean): Ask {
      let calls = 0;
      return (text, context) => {
        const isTimed = ++calls % timedHits === 0;
        const from = isTimed ? performance.now() : 0;
        try {
          const output = ask(text, context);
          if (isTimed && wasHit()) observeLatency(tally.cached, (performance.now() - from) / 1000, timedHits);
          return output;
        } catch (error) {
          if (error !== unanswered) failed(error);
          return fallBack(judge, text, context);
        }
      };
    }

    return isRemote(model) ? serveRemote(model) : serveLocal(model);

    function serveLocal(local: PayloadClassifier): Served {
      let wasHit = false;
      const read =
        local.read === undefined ? undefined : guard<PayloadReading>((text, context) => local.read!(text, context));
      const guarded: PayloadClassifier = {
        hash: local.hash,
        score: guard((text, context) => local.score(text, context)),
        classify: guard((text, context) => local.classify(text, context)),
        ...(read === undefined ? {} : { read }),
      };
      const cached = createCachedClassifier(guarded, {
        ...cache,
        onLookup: (status) => {
          wasHit = status === "hit";
          if (wasHit) tally.hits++;
          else tally.misses++;
        },
      });
      const classifier = {
        hash: local.hash,
        score: answering("score", cached.score, () => wasHit),
        classify: answering("classify", cached.classify, () => wasHit),
      };
      return { classifier, classifyLater: classifier.classify, status: breaker.status };
    }

    function serveRemote(remote: RemoteClassifier): Served {
      const recent = createRecentOutputs(cache);
      let wasHit = false;

      function recall(text: string, place: Place | undefined): ClassifierOutput | null {
        const known = recent.get(text, place);
        wasHit = known !== null;
        if (wasHit) tally.hits++;
        else tally.misses++;
        return known;
      }

      const ask = guard((text, context) => remote.score(text, context));
      const judge: Ask = (text, context) => {
        const known = recall(text, context?.place);
        if (known !== null) return known;
        const output = ask(text, context);
        recent.set(text, context?.place, output);
        return output;
      };
      return {
        classifier: {
          hash: remote.hash,
          score: answering("score", judge, () => wasHit),
          classify: answering("classify", judge, () => wasHit),
        },
        async classifyLater(text, context) {
          const known = recall(text, context?.place);
          if (known !== null) return known;
          if (!breaker.allow()) return fallBack("classify", text, context);
          const from = performance.now();
          try {
            const output = await remote.classifyLater(text, context);
            passed(from);
            recent.set(text, context?.place, output);
            return output;
          } catch (error) {
            failed(error);
            return fallBack("classify", text, context);
          }
        },
        status: breaker.status,
      };
    }
  }

  const champion = serve(options.champion);
  const onTrial = challenger === undefined ? null : serve(challenger.classifier);
  const percent = challenger?.percent ?? 0;
  if (challenger !== undefined) routeSession("", percent, challenger.classifier.hash);

  function servedFor(session: string | undefined): Served {
    if (onTrial === null || session === undefined) return champion;
    return routeSession(session, percent, onTrial.classifier.hash) === "challenger" ? onTrial : champion;
  }

  return {
    classifier: champion.classifier,
    challenger: onTrial?.classifier ?? null,
    classifierFor: (session) => servedFor(session).classifier,
    classifyLater: (text, where) =>
      servedFor(where?.session).classifyLater(text, where?.place === undefined ? undefined : { place: where.place }),
    status: () => ({
      hash: champion.classifier.hash,
      breaker: champion.status(),
      cache: { capacity: cache.entries, ttlMs: cache.ttlMs },
    }),
    takeTally() {
      const taken = tally;
      tally = createTally();
      return taken;
    },
    async close() {
      for (const model of [options.champion, challenger?.classifier]) {
        if (model !== undefined && isRemote(model)) await model.close();
      }
    },
  };
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
