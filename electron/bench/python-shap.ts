import { execFile } from "node:child_process";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** Fits a random forest of the same shape, and times shap's exact tree explainers over one row at a time. */
const program = `
import json, time
import numpy as np, shap
from sklearn.ensemble import RandomForestRegressor
rng = np.random.default_rng(1)
x = rng.random((4000, 40)).astype(np.float32)
y = rng.random(4000)
forest = RandomForestRegressor(n_estimators=100, max_depth=12, max_leaf_nodes=100, random_state=1).fit(x, y)
def p50(explainer, times):
    took = []
    for i in range(times):
        start = time.perf_counter()
        explainer.shap_values(x[i:i + 1], check_additivity=False)
        took.append((time.perf_counter() - start) * 1000)
    return float(np.median(took[5:]))
path = p50(shap.TreeExplainer(forest, feature_perturbation="tree_path_dependent"), 105)
over = p50(shap.TreeExplainer(forest, data=x[:100], feature_perturbation="interventional"), 35)
print(json.dumps({"path": path, "interventional": over}))
`;

/**
 * Milliseconds that Python's shap takes for a row, in the same run; null where Python or its packages are not installed.
 *
 * The interpreter is `SENTINEL_BENCH_PYTHON`, `python3` unless told.
 */
export async function timePythonShap(): Promise<{ path: number; interventional: number } | null> {
  try {
    const python = process.env.SENTINEL_BENCH_PYTHON ?? "python3";
    await execute(python, ["-c", "import shap, sklearn"], { timeout: 60_000 });
    const { stdout } = await execute(python, ["-c", program], { timeout: 240_000 });
    return JSON.parse(stdout) as { path: number; interventional: number };
  } catch {
    return null;
  }
}
