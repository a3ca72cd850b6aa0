import { once } from "node:events";
import { createReadStream, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { SentinelError } from "../../shared/errors.ts";
import { type Evidence, EvidencePackage } from "../../shared/evidence.ts";
import type { Job } from "../../shared/job.ts";
import type { Output } from "../../shared/route.ts";
import type { Settings } from "../../shared/settings.ts";
import type { getVerdict, VerdictSummary } from "../../shared/verdict.ts";
import { canonicalJson } from "./base/canonical-json.ts";
import { type Clock, systemClock } from "./base/clock.ts";
import { readConfig } from "./base/config.ts";
import { workerFile } from "./base/fixture-threads.ts";
import { sha256 } from "./base/ids.ts";
import { createLogger } from "./base/logging.ts";
import { createMetrics } from "./base/metrics.ts";
import type { Principal } from "./base/principals.ts";
import { noTracing, type Tracing } from "./base/tracing.ts";
import { createEngine } from "./engine.ts";
import type { Engine } from "./engine-interface.ts";
import type { EnginePorts, EngineProof } from "./engine-ports.ts";
import { absentSupervisor, type SupervisorClient } from "./sandbox/supervisor-client.ts";
import { openDataDirectory } from "./store/data-directory.ts";
import { environmentKeySource, type KeySource } from "./store/master-key.ts";

export const analyst: Principal = { actor: "analyst", role: "admin", caller: "ui" };
export const never: AbortSignal = new AbortController().signal;

/** The shipped models and samples. */
export const shippedResources = join(import.meta.dirname, "..", "..", "resources");
/** One for all test folders, so that a folder can be opened again. */
export const masterKey = Buffer.alloc(32, 7).toString("base64");

export interface TestEngine {
  readonly engine: Engine & EngineProof;
  readonly home: string;
  /** Everything logged so far, as text. */
  log(): string;
  close(): Promise<void>;
}

/** A folder under the system's temporary one. */
export function temporaryHome(): string {
  return mkdtempSync(join(tmpdir(), "sentinel-engine-"));
}

/** A real engine with its threads over a data directory; no listeners, no sandboxes. `remove` its home yourself if you gave it. */
export async function openTestEngine(
  options: {
    home?: string;
    resources?: string;
    /** That runs. */
    version?: string;
    supervisor?: SupervisorClient;
    /** Entry of the store's writer thread. */
    writer?: URL;
    onnx?: URL;
    clock?: Clock;
    keySource?: KeySource;
    openSyslog?: EnginePorts["openSyslog"];
    openSiem?: EnginePorts["openSiem"];
    openUpdateServer?: EnginePorts["openUpdateServer"];
    callGatekeeper?: EnginePorts["callGatekeeper"];
    assistant?: Partial<EnginePorts["assistant"]>;
    environment?: Record<string, string>;
    tracing?: Tracing;
    embeddingServer?: EnginePorts["embeddingServer"];
    fleet?: EnginePorts["fleet"];
    shelf?: EnginePorts["shelf"];
    /** Made for the node of the data directory. */
    catalogue?: (nodeId: string) => Promise<EnginePorts["catalogue"]>;
  } = {},
): Promise<TestEngine> {
  const home = options.home ?? temporaryHome();
  const lines: string[] = [];
  const metrics = createMetrics({ processMetrics: false });
  const { keySource = environmentKeySource(masterKey) } = options;
  const directory = await openDataDirectory({ path: home, keySource, clock: systemClock, host: "test" });
  try {
    const engine = await createEngine({
      config: readConfig({ SENTINEL_HOME: home, SENTINEL_POOL: "2", ...options.environment }, home),
      version: options.version ?? "0.0.0",
      log: createLogger("trace", { write: (line) => void lines.push(line) }),
      metrics,
      tracing: options.tracing ?? noTracing,
      directory,
      clock: options.clock ?? systemClock,
      supervisor: options.supervisor ?? absentSupervisor("off", "Not in this test."),
      supervisorDirectory: join(home, "run"),
      entries: {
        writer: options.writer ?? workerFile("writer"),
        reader: workerFile("reader"),
        analyse: workerFile("analyse"),
        explain: workerFile("explain"),
        fitTelemetry: workerFile("fit-telemetry"),
        refit: workerFile("refit"),
        train: workerFile("train"),
        scan: workerFile("scan"),
        replay: workerFile("replay"),
        rules: workerFile("rules"),
        dataset: workerFile("dataset"),
        code: workerFile("code"),
        memory: workerFile("memory"),
        onnx: options.onnx ?? workerFile("onnx"),
        promptGuard: workerFile("prompt-guard"),
      },
      embeddingServer: options.embeddingServer ?? null,
      openSyslog: options.openSyslog ?? (() => Promise.reject(new Error("There is no syslog server in this test."))),
      openSiem: options.openSiem ?? (() => Promise.reject(new Error("There is no other system in this test."))),
      openUpdateServer:
        options.openUpdateServer ??
        (() => {
          throw new Error("There is no update server in this test.");
        }),
      callGatekeeper:
        options.callGatekeeper ?? (() => Promise.reject(new Error("There is no gatekeeper in this test."))),
      fleet: options.fleet ?? null,
      shelf: options.shelf ?? null,
      catalogue: (await options.catalogue?.(directory.nodeId)) ?? null,
      assistant: {
        planner: null,
        worker: noWorker,
        lookAtWorker: null,
        servers: null,
        destinations: [],
        programs: [],
        ...options.assistant,
      },
      resources: options.resources ?? shippedResources,
    });
    return {
      engine,
      home,
      log: () => lines.join(""),
      async close() {
        await engine.close();
        directory.close();
        metrics.close();
        if (options.home === undefined) rmSync(home, { recursive: true, force: true });
      },
    };
  } catch (error) {
    directory.close();
    throw error;
  }
}

const noWorker: EnginePorts["assistant"]["worker"] = {
  // biome-ignore lint/correctness/useYield: it has nothing to answer.
  async *answer() {
    throw new SentinelError("UNAVAILABLE", "There is no local model in this test.");
  },
};

/** A supervisor of no sandboxes that can be panicked. */
export const panicSupervisor: SupervisorClient = {
  ...absentSupervisor("healthy", "A test's."),
  panic: () => Promise.resolve({ destroyed: 1, left: 0, took_ms: 2 }),
};

/** Pulls panic by the supervisor's own socket, past the engine. @returns the status of its answer */
export function pullDoor(socketPath: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path: "/panic", method: "POST" }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode!));
    });
    asked.on("error", reject);
    asked.end('{"reason":"drill"}');
  });
}

/** Files of a folder that hold one of the words, in any of the codings that SQLite and JSON use. */
export function holding(at: string, words: readonly string[]): string[] {
  return readdirSync(at, { recursive: true })
    .map(String)
    .filter((name) => statSync(join(at, name)).isFile())
    .filter((name) => {
      const bytes = readFileSync(join(at, name));
      return words.some((word) => bytes.includes(word) || bytes.includes(Buffer.from(word, "utf16le")));
    });
}

export async function* bytesOf(content: string | Uint8Array): AsyncGenerator<Uint8Array> {
  yield typeof content === "string" ? Buffer.from(content) : content;
}

/** Changes settings from the version that they have now. @returns id of the event */
export async function changeSettings({ engine }: TestEngine, changes: Partial<Settings>): Promise<string> {
  const { version } = await engine.settings.get();
  return (await engine.settings.change({ changes, base_version: version }, analyst)).event_id;
}

/** Brings the folder of a transformer, and an admin lets it decide whatever its gates say. @returns its hash */
export async function letDecide(t: TestEngine, folder: string): Promise<string> {
  const { engine } = t;
  const { id } = await engine.models.addFolder({ folder }, analyst);
  await engine.labels.addSample({ sample_type: "payload", data: "union select", label: "sql_injection" }, analyst);
  await finished(t, (await engine.datasets.make({}, analyst)).job_id);
  await finished(t, (await engine.models.evaluate({ id, dataset_version: null }, analyst)).job_id);
  const entry = (await engine.models.list()).models.find(({ metadata }) => metadata.id === id);
  await engine.models.override({ id, reason: "for a test", base_version: entry!.version }, analyst);
  return id;
}

/** Brings bytes or a file; the job is waiting or running when this returns. @returns id of the job */
export async function bring(
  { engine }: TestEngine,
  content: string | Uint8Array | { path: string } | AsyncIterable<Uint8Array>,
  fileName?: string,
): Promise<string> {
  const isPath = typeof content === "object" && "path" in content;
  const source = isPath
    ? createReadStream(content.path)
    : typeof content === "string" || content instanceof Uint8Array
      ? bytesOf(content)
      : content;
  const name = fileName ?? (isPath ? basename(content.path) : "evidence");
  const meta = { file_name: name, channel: "dropped file" } as const;
  return (await engine.evidence.import(source, meta, analyst, never)).job_id;
}

const ended = ["done", "failed", "cancelled", "interrupted"];

/** The job once it ended, however it ended. */
export async function finished({ engine }: TestEngine, jobId: string): Promise<Job> {
  for (;;) {
    const heard = new EventTarget();
    const stop = engine.live.subscribe((message) => {
      if (message.type === "job" && message.job.id === jobId) heard.dispatchEvent(new Event("job"));
    });
    try {
      const job = (await engine.jobs.list()).find(({ id }) => id === jobId);
      if (job === undefined) throw new Error(`There is no job ${jobId}.`);
      if (ended.includes(job.state)) return job;
      await once(heard, "job", { signal: AbortSignal.timeout(500) }).catch(() => undefined);
    } finally {
      stop();
    }
  }
}

export interface Brought {
  readonly job: Job;
  readonly evidence: Evidence;
}

/** Brings evidence and waits for the end of its analysis. */
export async function analysed(
  test: TestEngine,
  content: Parameters<typeof bring>[1],
  fileName?: string,
): Promise<Brought> {
  const job = await finished(test, await bring(test, content, fileName));
  const id = job.result?.evidence_id;
  if (job.state !== "done" || typeof id !== "string") throw new Error(`The job ${job.state}: ${job.error?.message}`);
  return { job, evidence: await test.engine.evidence.get({ id }) };
}

/** All verdicts of one piece of evidence, first session first. */
export async function verdictsOf({ engine }: TestEngine, evidenceId?: string): Promise<VerdictSummary[]> {
  const items: VerdictSummary[] = [];
  for (let cursor: string | null = null; ; ) {
    const page = await engine.verdicts.list({
      min_score: 0,
      limit: 500,
      ...(evidenceId === undefined ? {} : { evidence_id: evidenceId }),
      ...(cursor === null ? {} : { cursor }),
    });
    items.push(...page.items);
    cursor = page.next;
    if (cursor === null) return items.sort((a, b) => Number(a.session.slice(1)) - Number(b.session.slice(1)));
  }
}

export type WholeVerdict = Output<typeof getVerdict>;

/** An evidence package with its right hash. */
export function packageOf(content: { har: object } | { requests: readonly unknown[] }): EvidencePackage {
  const sha = sha256(canonicalJson("har" in content ? content.har : content.requests));
  return EvidencePackage.parse({ ...content, metadata: {}, sha256: sha });
}

/** A HAR file of these entries. */
export function harOf(entries: readonly unknown[]): string {
  return JSON.stringify({ log: { version: "1.2", creator: { name: "test", version: "1" }, entries } });
}

/** A HAR entry of a GET request, or a POST with a form; `at` is seconds after the epoch of the tests. */
export function entryOf(
  url: string,
  more: {
    at?: number;
    form?: string;
    headers?: readonly (readonly [string, string])[];
    response?: Record<string, unknown>;
    cookie?: string;
  } = {},
): Record<string, unknown> {
  const { at = 0, form, headers = [], cookie = "visit=one" } = more;
  const host = new URL(url).host;
  const all = [
    ["Host", host],
    ["User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"],
    ["Accept", "text/html"],
    ["Accept-Language", "en"],
    ["Cookie", cookie],
    ...(form === undefined ? [] : [["Content-Type", "application/x-www-form-urlencoded"]]),
    ...headers,
  ];
  return {
    startedDateTime: new Date(Date.UTC(2026, 0, 5, 8) + at * 1000).toISOString(),
    time: 20,
    request: {
      method: form === undefined ? "GET" : "POST",
      url,
      httpVersion: "HTTP/1.1",
      headers: all.map(([name, value]) => ({ name, value })),
      ...(form === undefined ? {} : { postData: { mimeType: "application/x-www-form-urlencoded", text: form } }),
    },
    response: {
      status: 200,
      headers: [{ name: "Content-Type", value: "text/html" }],
      content: { size: 20, mimeType: "text/html", text: "<p>Hello, shopper</p>" },
      ...more.response,
    },
  };
}
