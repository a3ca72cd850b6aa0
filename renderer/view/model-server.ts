import type { ModelServerHealth } from "../../shared/model-server.ts";
import { formatCount, formatPlural } from "./format.ts";

const kinds: Record<ModelServerHealth["model"]["kind"], string> = {
  "built-in": "Built in",
  classic: "Classic (TF-IDF + random forest)",
  onnx: "ONNX model of a folder",
};

const providers: Readonly<Record<string, string>> = {
  javascript: "JavaScript",
  cpu: "CPU",
  cuda: "CUDA",
  coreml: "CoreML",
  dml: "DirectML",
};

/** "12.4 µs", "3.1 ms"; a dash before the first. @param ms milliseconds */
function formatLatency(ms: number | null): string {
  if (ms === null) return "–";
  const short = (value: number) => Number(value.toPrecision(2));
  return ms < 1 ? `${short(ms * 1000)} µs` : `${short(ms)} ms`;
}

function describeBreaker({ state, errors, calls, retry_in_ms, threshold }: ModelServerHealth["breaker"]): string {
  if (state === "open") return `Open: the model is tried again in ${Math.ceil(retry_in_ms / 1000)} s`;
  if (state === "half_open") return "Half open: the model is being tried";
  const share = `${errors} of the last ${formatPlural(calls, "call")} failed`;
  return calls === 0 ? "Closed" : `Closed: ${share}; opens at ${Math.round(threshold * 100)} %`;
}

/** The figures of the served payload model, as names and words. */
export function describeModelServer(health: ModelServerHealth): readonly (readonly [name: string, words: string])[] {
  const { tier, model, latency, cache, breaker, canary } = health;
  const rate =
    cache.hit_rate === null
      ? "No look-up yet"
      : `${(cache.hit_rate * 100).toFixed(1)} % of ${formatPlural(cache.hits + cache.misses, "look-up")}`;
  return [
    [
      "Model",
      `${kinds[model.kind]} ${model.hash.slice(0, 12)}, computed by ${providers[model.provider] ?? model.provider}`,
    ],
    ["Tier", tier === "model" ? "The model answers" : "Rules answer in the model's place"],
    ["Cache hits", rate],
    ["Circuit breaker", describeBreaker(breaker)],
    ["Judged by rules", `${formatPlural(breaker.degraded_total, "payload")} in the model's place`],
    [
      "Latency",
      `${formatLatency(latency.p50_ms)} (p50), ${formatLatency(latency.p95_ms)} (p95), ${formatLatency(latency.p99_ms)} (p99) over ${formatCount(latency.count)}; from the cache ${formatLatency(latency.cached_p50_ms)} (p50)`,
    ],
    [
      "Canary",
      canary.challenger === null
        ? "No model is on trial"
        : `${canary.challenger.slice(0, 12)}, ${canary.percent === 0 ? "in the shadow" : `${canary.percent} % of sessions`}`,
    ],
  ];
}
