import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type AnalysisInputs, createSessionAnalyses } from "../engine/detect/analysis/session-analysis.ts";
import { parseBehaviour } from "../engine/detect/anomaly/behaviour-file.ts";
import { createCachedClassifier } from "../engine/detect/classifier/cached-classifier.ts";
import { loadClassifier } from "../engine/detect/classifier/payload-model.ts";
import { createRuleClassifier } from "../engine/detect/classifier/rules.ts";
import { extractPayloads } from "../engine/detect/extract/extract-payloads.ts";
import { createSessionFeatures } from "../engine/detect/features/session-features.ts";
import type { PayloadClassifier } from "../engine/detect/payload.ts";
import { parseSequence } from "../engine/detect/sequence/sequence-file.ts";
import type { SequenceModel } from "../engine/detect/sequence/sequence-model.ts";
import { createServing } from "../engine/detect/serving/serving.ts";
import { type Exchange, renderRequest } from "../engine/evidence/exchange.ts";
import { groupSessions } from "../engine/evidence/sessions.ts";
import { resourcesDirectory } from "../entries.ts";
import { quantile } from "./bench-engine.ts";
import { hostileValues, longValue, shortValues } from "./bench-values.ts";
import { measureServing } from "./detect-serving.ts";
import type { BenchGroup } from "./figure.ts";
import { sampleSession } from "./sample-session.ts";
import { measureTelemetry } from "./telemetry.ts";

const fusion = { payloadWeight: 0.6, tagThreshold: 0.5, simulateThreshold: 0.75 };

function timed(times: number, action: (i: number) => void): number[] {
  return Array.from({ length: times }, (_, i) => {
    const from = performance.now();
    action(i);
    return performance.now() - from;
  });
}

/** Sessions that are analysed, the first of them to warm up. */
const sessions = 300;
const warmUp = 50;

/** Of each session the time of an action alone: making one takes longer. */
function timedOver(count: number, action: (session: readonly Exchange[]) => void): number[] {
  return Array.from({ length: count }, (_, i) => {
    const session = sampleSession(i);
    return timed(1, () => action(session))[0]!;
  });
}

/** The cost of judging: one value, and a session of 200 requests with 3,000 values of which 300 are distinct. */
export const group: BenchGroup = {
  name: "detect",
  async run(report) {
    const path = join(resourcesDirectory, "model", "payload.bin");
    const bytes = await readFile(path);
    report("payload model file", bytes.length / 1e6, "MB", "≤ 4");
    const loads = timed(5, () => loadClassifier(bytes));
    report("payload model, load", quantile(loads, 0.5), "ms", "≤ 100");
    const model = loadClassifier(bytes);

    const values = shortValues(60_000);
    for (const value of values.slice(0, 20_000)) model.score(value);
    const single = timed(20_000, (i) => model.score(values[20_000 + i]!)).map((ms) => ms * 1000);
    report("one value of 40 characters, p50", quantile(single, 0.5), "µs", "≤ 15");
    report("one value of 40 characters, p95", quantile(single, 0.95), "µs", "≤ 30");
    const [batch] = timed(1, () => {
      for (const value of values.slice(40_000)) model.score(value);
    });
    report("values of 40 characters a second", 20_000 / (batch! / 1000), "1/s", "≥ 40,000");
    const cached = createCachedClassifier(model);
    cached.score(values[0]!);
    const [hits] = timed(1, () => {
      for (let i = 0; i < 200_000; i++) cached.score(values[0]!);
    });
    report("the same value again, from the cache", (hits! * 1000) / 200_000, "µs", "≤ 2");
    const long = longValue(131_072, { plain: true });
    report(
      "a value of 128 KB",
      quantile(
        timed(5, () => model.score(long)),
        0.5,
      ),
      "ms",
      "< 30",
    );

    for (const { name, text } of hostileValues()) {
      const times = timed(3, () => model.score(text));
      report(`${name}, as one value`, quantile(times, 0.5), "ms");
    }

    const shipped = (name: string) => readFile(join(resourcesDirectory, "model", name));
    const sequence = parseSequence(await shipped("sequence.json"));
    const inputs: AnalysisInputs = {
      classifier: createServing({ champion: model, rules: createRuleClassifier() }).classifier,
      behaviour: parseBehaviour(await shipped("behaviour.json")),
      sequence,
      fusion,
      enrichmentHash: "",
      extractorVersion: "bench",
    };
    // Another session each time: what was said of a value is remembered beyond its session.
    const analysis = timedOver(sessions, (session) => analyse(session, inputs));
    report("session of 200 requests, 3,000 values: full analysis, the first of a process", analysis[0]!, "ms");
    const warm = analysis.slice(warmUp);
    report("session of 200 requests, 3,000 values: full analysis, p50", quantile(warm, 0.5), "ms");
    report("session of 200 requests, 3,000 values: full analysis, p95", quantile(warm, 0.95), "ms", "< 25");
    const features = measureFeatures(inputs.classifier, sequence);
    report("of it, features, p50", quantile(features, 0.5), "ms");
    report("of it, features, p95", quantile(features, 0.95), "ms", "< 5");
    await measureTelemetry(report);
    // After telemetry, which builds the application.
    await measureServing(report);
  },
};

function analyse(session: readonly Exchange[], inputs: AnalysisInputs): void {
  const analysis = createSessionAnalyses(inputs, { id: "bench", kind: "har" })("s1");
  const grouper = groupSessions({ gapMs: 30 * 60_000 });
  for (const exchange of session) {
    grouper.add(exchange);
    analysis.add(exchange, null);
  }
  analysis.finish(grouper.finish()[0]!, 0);
}

/** The features alone, of values as an analysis hands them over: request by request, each judged a moment before. */
function measureFeatures(classifier: PayloadClassifier, sequence: SequenceModel): number[] {
  const times = Array.from({ length: sessions }, (_, i) => {
    const features = createSessionFeatures({ sequence });
    let ms = 0;
    for (const exchange of sampleSession(sessions + i)) {
      const values = extractPayloads(exchange, renderRequest(exchange)).values.map((value) => ({
        value,
        output: classifier.score(value.text, value),
      }));
      ms += timed(1, () => features.add(exchange, values))[0]!;
    }
    return ms + timed(1, () => features.finish())[0]!;
  });
  return times.slice(warmUp);
}
