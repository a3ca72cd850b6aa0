import { execFile } from "node:child_process";
import { createReadStream, readdirSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { payloadClasses } from "../../shared/payload.ts";
import { writeClassic } from "../engine/detect/classifier/classic-file.ts";
import { fitClassic } from "../engine/detect/classifier/classic-fit.ts";
import { forestDefaults } from "../engine/detect/classifier/classic-forest.ts";
import { loadClassicClassifier } from "../engine/detect/classifier/classic-model.ts";
import { loadClassifier } from "../engine/detect/classifier/payload-model.ts";
import { createRuleClassifier } from "../engine/detect/classifier/rules.ts";
import { extractPayloads } from "../engine/detect/extract/extract-payloads.ts";
import { createServing } from "../engine/detect/serving/serving.ts";
import { renderRequest } from "../engine/evidence/exchange.ts";
import { readExchanges } from "../engine/evidence/readers.ts";
import { classOf } from "../engine/learn/training/calibrate.ts";
import { generateAttacks, generateBenign } from "../engine/learn/training/generated/generate.ts";
import { createRandom } from "../engine/learn/training/random.ts";
import { resourcesDirectory } from "../entries.ts";
import { quantile, temporaryFolder } from "./bench-engine.ts";
import { type ChildServer, startServer, stopServer } from "./child-server.ts";
import { dayOfTraffic } from "./day-traffic.ts";
import type { BenchGroup } from "./figure.ts";
import { type LoadResult, lateAnswer, loadHttp, medianRate } from "./http-load.ts";

type Report = Parameters<BenchGroup["run"]>[0];

const root = dirname(dirname(import.meta.dirname));
const dayRequests = 60_000;
const fitRows = 6000;
const connections = 8;
const seconds = 3;

/** What serving costs and saves, and what the classic service would cost on this machine. Needs the application built. */
export async function measureServing(report: Report): Promise<void> {
  await measureCache(report);
  const rows = labelledRows();
  const classic = measureClassic(report, rows);
  await measureServers(report, rows);
  report("classic model file of these rows", classic.length / 1e6, "MB");
}

/** Each value of recorded and of invented traffic, as an import reads it, through one cache. */
async function measureCache(report: Report): Promise<void> {
  const model = loadClassifier(await readFile(join(resourcesDirectory, "model", "payload.bin")));
  const samples = join(resourcesDirectory, "samples");
  const serve = () => createServing({ champion: model, rules: createRuleClassifier() });
  const recorded = serve();
  for (const name of readdirSync(samples)) {
    const kind = name.endsWith(".har") ? "har" : name.endsWith(".log") ? "access_log" : null;
    if (kind !== null) await replay(recorded, kind, createReadStream(join(samples, name)));
  }
  reportHits(report, "recorded samples", recorded.takeTally());
  const day = serve();
  await replay(day, "access_log", linesOf(dayOfTraffic(dayRequests)));
  reportHits(report, "an invented day of 60,000 requests", day.takeTally(), "≥ 0.85");
}

async function replay(
  serving: ReturnType<typeof createServing>,
  kind: "har" | "access_log",
  chunks: AsyncIterable<Uint8Array>,
): Promise<void> {
  for await (const batch of readExchanges(kind, chunks, {})) {
    for (const exchange of batch) {
      for (const value of extractPayloads(exchange, renderRequest(exchange)).values) {
        serving.classifier.score(value.text, value);
      }
    }
  }
}

async function* linesOf(lines: readonly string[]): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < lines.length; i += 1000) yield Buffer.from(`${lines.slice(i, i + 1000).join("\n")}\n`);
}

function reportHits(report: Report, what: string, { hits, misses }: { hits: number; misses: number }, target?: string) {
  report(`cache hits, ${what}, ${hits + misses} values`, hits / (hits + misses), "", target);
}

interface LabelledRow {
  readonly text: string;
  readonly class: (typeof payloadClasses)[number];
}

/** Rows of the grammars, which need no data folder. */
function labelledRows(): LabelledRow[] {
  const random = createRandom("bench");
  const samples = [...generateAttacks(random, fitRows / 2), ...generateBenign(random, fitRows / 2)];
  return random.shuffle(samples).map((sample) => ({ text: sample.text, class: payloadClasses[classOf(sample)]! }));
}

function measureClassic(report: Report, rows: readonly LabelledRow[]): Uint8Array {
  const from = performance.now();
  const fit = fitClassic(rows, { ...forestDefaults, features: 2000, seed: 1 });
  report(`classic model here, fit of ${rows.length} rows`, (performance.now() - from) / 1000, "s");
  const header = { version: "bench", temperature: 1, benign_shift: 0, set_thresholds: payloadClasses.map(() => 0) };
  const bytes = writeClassic({ ...fit, header });
  const model = loadClassicClassifier(bytes);
  const times = rows.slice(0, 2000).map(({ text }) => {
    const start = performance.now();
    model.score(text);
    return (performance.now() - start) * 1000;
  });
  report("classic model here, one value, p50", quantile(times.slice(500), 0.5), "µs");
  return bytes;
}

async function measureServers(report: Report, rows: readonly LabelledRow[]): Promise<void> {
  const folder = temporaryFolder();
  const servers: ChildServer[] = [];
  const start = async (...args: Parameters<typeof startServer>) => {
    const server = await startServer(...args);
    servers.push(server);
    return server;
  };
  try {
    const host = await start(
      process.execPath,
      [join(root, "out", "main", "headless.js"), "serve", "--no-window"],
      {
        SENTINEL_HOME: folder.path,
        SENTINEL_PORT: "0",
        SENTINEL_LOG_LEVEL: "error",
        SENTINEL_RATE_DETECT: "1e9",
        SENTINEL_PIN_REQUIRED: "false",
      },
      /http:\/\/127\.0\.0\.1:(\d+) \(see/,
    );
    const empty = await start(
      process.execPath,
      [join(import.meta.dirname, "fixture-empty-handler.ts")],
      {},
      /^(\d+)\n/,
    );
    const service = await startClassicService(join(folder.path, "rows.jsonl"), rows, report);
    if (service !== null) servers.push(service);
    // In turns, so that what else the machine does meets all; the first round is to warm up.
    const results = { empty: [] as LoadResult[], ours: [] as LoadResult[], classic: [] as LoadResult[] };
    for (let round = 0; round < 3; round++) {
      results.empty.push(await load(empty.port, "/analyze-flow", rows));
      results.ours.push(await load(host.port, "/api/v1/sentinel/predict-payload", rows));
      if (service !== null) results.classic.push(await load(service.port, "/", rows));
    }
    report(`empty handler of the same framework, ${connections} connections`, medianRate(results.empty), "1/s");
    report("predict-payload, values all different", medianRate(results.ours), "1/s");
    report(
      "predict-payload, share of the empty handler's throughput",
      medianRate(results.ours) / medianRate(results.empty),
      "",
    );
    report("predict-payload, p95", lateAnswer(results.ours), "ms");
    if (service === null) return;
    report("TF-IDF + random forest of scikit-learn, over HTTP", medianRate(results.classic), "1/s");
    report("TF-IDF + random forest of scikit-learn, over HTTP, p95", lateAnswer(results.classic), "ms");
    report(
      "predict-payload, times the classic service's throughput",
      medianRate(results.ours) / medianRate(results.classic),
      "",
      "> 1",
    );
  } finally {
    await Promise.all(servers.map(({ child }) => stopServer(child)));
    folder.remove();
  }
}

let sent = 0;

async function load(port: number, path: string, rows: readonly LabelledRow[]): Promise<LoadResult> {
  // No two alike, so that no cache answers.
  const bodyOf = (i: number) => JSON.stringify({ payload: `${rows[i % rows.length]!.text} ${sent++}` });
  const result = await loadHttp({ port, path, connections, seconds, bodyOf });
  const wrong = [...result.statuses].filter(([status]) => status !== 200);
  if (wrong.length > 0) throw new Error(`${path} answered ${JSON.stringify(wrong)}.`);
  return result;
}

/** The service in Python, fitted to the same rows; null where Python or scikit-learn is not installed, which is said. */
async function startClassicService(
  path: string,
  rows: readonly LabelledRow[],
  report: Report,
): Promise<ChildServer | null> {
  const python = process.env.SENTINEL_BENCH_PYTHON ?? "python3";
  try {
    await promisify(execFile)(python, ["-c", "import sklearn"], { timeout: 60_000 });
  } catch {
    console.error(
      "TF-IDF + random forest of scikit-learn: not present (SENTINEL_BENCH_PYTHON names a Python that has it).",
    );
    return null;
  }
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  const server = await startServer(
    python,
    [join(import.meta.dirname, "classic-service.py"), path],
    {},
    /"port": (\d+).*\n/,
  );
  const said = JSON.parse(server.said) as { fit_s: number; one_ms: number };
  report(`TF-IDF + random forest of scikit-learn, fit of ${rows.length} rows`, said.fit_s, "s");
  report("TF-IDF + random forest of scikit-learn, one value, p50", said.one_ms * 1000, "µs");
  return server;
}
