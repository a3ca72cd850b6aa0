import { execFile } from "node:child_process";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);
/** From PyPI. Its suites v1.2.2 are those with 97 user tasks and 949 pairs. */
const wanted = "agentdojo==0.1.35";
const cache = join(import.meta.dirname, "..", "..", "..", "node_modules", ".cache", "sentinel");

/**
 * A Python with AgentDojo, in a virtual environment beside the other caches; made once, which takes some minutes.
 *
 * The interpreter is `SENTINEL_BENCH_PYTHON`, `python3` unless told.
 * @returns the path of its interpreter, or why there is none
 */
export async function installAgentDojo(): Promise<{ python: string } | { skipped: string }> {
  const folder = join(cache, wanted.replace("==", "-"));
  const python = join(folder, "bin", "python");
  if (existsSync(join(folder, "complete"))) return { python };
  const base = process.env.SENTINEL_BENCH_PYTHON ?? "python3";
  mkdirSync(cache, { recursive: true });
  rmSync(folder, { recursive: true, force: true });
  try {
    await execute(base, ["-m", "venv", folder], { timeout: 120_000 });
  } catch {
    return { skipped: `${base} cannot make a virtual environment` };
  }
  try {
    console.error(`Installing ${wanted} from the package index; this is done once.`);
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:", wanted];
    await execute(python, pip, { timeout: 900_000 });
    await execute(python, ["-c", "import agentdojo.task_suite.load_suites"], { timeout: 180_000 });
  } catch {
    rmSync(folder, { recursive: true, force: true });
    return { skipped: `${wanted} cannot be installed from the package index` };
  }
  mkdirSync(join(folder, "complete"));
  return { python };
}
