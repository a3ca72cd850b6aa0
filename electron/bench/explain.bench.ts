import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseBehaviour } from "../engine/detect/anomaly/behaviour-file.ts";
import { createScoreExplainer } from "../engine/explain/explain-score.ts";
import { resourcesDirectory } from "../entries.ts";
import { quantile } from "./bench-engine.ts";
import type { BenchGroup } from "./figure.ts";

/** Exact interventional Shapley values of the deployed score over its 100 background sessions. */
export const group: BenchGroup = {
  name: "explain",
  async run(report) {
    const model = parseBehaviour(await readFile(join(resourcesDirectory, "model", "behaviour.json")));
    const from = performance.now();
    const explainer = createScoreExplainer(model, { payloadWeight: 0.6, tagThreshold: 0.5, simulateThreshold: 0.75 });
    report("explainer of the deployed model, made once", performance.now() - from, "ms");
    const rows = model.background;
    for (const row of rows) explainer.explain(row);
    const times = Array.from({ length: 300 }, (_, i) => {
      const start = performance.now();
      explainer.explain(rows[i % rows.length]!);
      return performance.now() - start;
    });
    report("Shapley values of one session, p50", quantile(times, 0.5), "ms");
    report("Shapley values of one session, p95", quantile(times, 0.95), "ms", "< 5");
  },
};
