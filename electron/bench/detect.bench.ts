import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createSessionAnalyses } from "../engine/detect/analysis/session-analysis.ts";
import { parseBehaviour } from "../engine/detect/anomaly/behaviour-file.ts";
import { createCachedClassifier } from "../engine/detect/classifier/cached-classifier.ts";
import { loadClassifier } from "../engine/detect/classifier/payload-model.ts";
import { extractPayloads } from "../engine/detect/extract/extract-payloads.ts";
import { createSessionFeatures } from "../engine/detect/features/session-features.ts";
import type { PayloadClassifier } from "../engine/detect/payload.ts";
import { type Exchange, renderRequest } from "../engine/evidence/exchange.ts";
import { groupSessions } from "../engine/evidence/sessions.ts";
import { resourcesDirectory } from "../entries.ts";
import { quantile } from "./bench-engine.ts";
import { measureServing } from "./detect-serving.ts";
import type { BenchGroup } from "./figure.ts";
import { sampleSession } from "./sample-session.ts";
import { measureTelemetry } from "./telemetry.ts";

const fusion = { payloadWeight: 0.6, tagThreshold: 0.5, simulateThreshold: 0.75 };

/** Values of about 40 characters that differ from each other: attacks and ordinary text in turn. */
function shortValues(count: number): string[] {
  return Array.from({ length: count }, (_, i) =>
    i % 2 === 0 ? `blue cotton shirt size ${i} for the summer!!` : `${i}' OR ${i}=${i} UNION SELECT name, pw FROM t--`,
  );
}

function timed(times: number, action: (i: number) => void): number[] {
  return Array.from({ length: times }, (_, i) => {
    const from = performance.now();
    action(i);
    return performance.now() - from;
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
    const long = `${"Lorem ipsum dolor sit amet. ".repeat(4682)}' OR 1=1 --`.slice(0, 131_072);
    report(
      "a value of 128 KB",
      quantile(
        timed(5, () => model.score(long)),
        0.5,
      ),
      "ms",
      "< 30",
    );

    const session = sampleSession();
    const behaviour = parseBehaviour(await readFile(join(resourcesDirectory, "model", "behaviour.json")));
    const inputs = { behaviour, fusion, enrichmentHash: "", extractorVersion: "bench" };
    const analysis = timed(300, () => analyse(session, { ...inputs, classifier: createCachedClassifier(model) }));
    report("session of 200 requests, 3,000 values: full analysis, the first of a process", analysis[0]!, "ms");
    const warm = analysis.slice(50);
    report("session of 200 requests, 3,000 values: full analysis, p50", quantile(warm, 0.5), "ms");
    report("session of 200 requests, 3,000 values: full analysis, p95", quantile(warm, 0.95), "ms", "< 25");
    const features = measureFeatures(session, model);
    report("of it, features, p50", quantile(features, 0.5), "ms");
    report("of it, features, p95", quantile(features, 0.95), "ms", "< 5");
    await measureTelemetry(report);
    // After telemetry, which builds the application.
    await measureServing(report);
  },
};

function analyse(session: readonly Exchange[], inputs: Parameters<typeof createSessionAnalyses>[0]): void {
  const analysis = createSessionAnalyses(inputs, { id: "bench", kind: "har" })("s1");
  const grouper = groupSessions({ gapMs: 30 * 60_000 });
  for (const exchange of session) {
    grouper.add(exchange);
    analysis.add(exchange, null);
  }
  analysis.finish(grouper.finish()[0]!, 0);
}

/** The features alone, over values that are extracted and classified already. */
function measureFeatures(session: readonly Exchange[], classifier: PayloadClassifier): number[] {
  const scored = session.map((exchange) => ({
    exchange,
    values: extractPayloads(exchange, renderRequest(exchange)).values.map((value) => ({
      value,
      output: classifier.score(value.text, value),
    })),
  }));
  return timed(60, () => {
    const features = createSessionFeatures();
    for (const { exchange, values } of scored) features.add(exchange, values);
    features.finish();
  }).slice(10);
}
