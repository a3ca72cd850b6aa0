import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Job } from "../../shared/job.ts";
import { createScriptedEngine } from "../api/scripted-engine.ts";
import { systemClock } from "../engine/base/clock.ts";
import { readConfig } from "../engine/base/config.ts";
import { createLogger } from "../engine/base/logging.ts";
import type { ComposeEngine, Engine } from "../engine/engine-interface.ts";
import { openDataDirectory } from "../engine/store/data-directory.ts";
import { chooseKeySource } from "../engine/store/master-key.ts";
import { openStore } from "../engine/store/open-store.ts";
import { readCheckpoints } from "../engine/store/verify-log.ts";
import { workerEntry } from "../entries.ts";
import { readRunFile } from "../run-file.ts";
import type { Surroundings } from "./command.ts";
import { commands, runCommandLine } from "./run-command.ts";

let home: string;
const stops: AbortController[] = [];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "sentinel-cli-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const job = (state: Job["state"], change: Partial<Job> = {}): Job => ({
  id: "j1",
  kind: "import",
  subject: "a.har",
  state,
  step: "",
  done: 1,
  total: 1,
  unit: "bytes",
  resumable: false,
  started_at: "2026-01-01T00:00:00.000Z",
  ended_at: null,
  error: null,
  result: null,
  ...change,
});

/** A scripted engine over a real, locked data directory. */
function composeWith(changes: Partial<Engine>): ComposeEngine {
  return async (ports) => {
    const directory = await openDataDirectory({
      path: ports.config.SENTINEL_HOME,
      keySource: ports.keySource,
      clock: systemClock,
      host: ports.host,
    });
    const supervisor = await ports.startSupervisor();
    const close = async () => {
      supervisor.close();
      directory.close();
    };
    return createScriptedEngine({
      panic: async () => ({ ...(await supervisor.panic({ press_id: randomUUID() }, "tester")), held: 0, noted: true }),
      close,
      ...changes,
    });
  };
}

function start(args: string[], options: { stdin?: string[]; engine?: Partial<Engine>; env?: object } = {}) {
  const out: string[] = [];
  const told: string[] = [];
  const stop = new AbortController();
  stops.push(stop);
  const voice = {
    write: async (text: string) => void out.push(text),
    tell: (text: string) => void told.push(text),
  };
  async function* stdin() {
    for (const text of options.stdin ?? []) yield Buffer.from(text);
  }
  const surround = (): Surroundings => {
    const environment = { SENTINEL_HOME: home, SENTINEL_PORT: "0", ...options.env };
    const config = readConfig(environment, home);
    return {
      config,
      environment,
      log: createLogger("silent"),
      compose: composeWith(options.engine ?? {}),
      keySource: chooseKeySource(config, home),
      stdin: stdin(),
      ...voice,
      stop: stop.signal,
    };
  };
  const code = runCommandLine(args, "1.2.3", voice, surround);
  return { code, out, told, stop };
}

async function run(args: string[], options: Parameters<typeof start>[1] = {}) {
  const { code, out, told } = start(args, options);
  return { code: await code, out: out.join(""), told: told.join("\n") };
}

describe("usage", () => {
  test.each([
    { args: [], code: 2, out: "sentinel COMMAND" },
    { args: ["--help"], code: 0, out: "Exit codes" },
    { args: ["--version"], code: 0, out: "1.2.3" },
    { args: ["fly"], code: 2, told: 'no command "fly"' },
    { args: ["analyze"], code: 2, told: "FILE" },
    { args: ["analyze", "--fast", "a.har"], code: 2, told: "--fast" },
    { args: ["predict", "x"], code: 2, told: '"x"' },
    { args: ["rekey"], code: 2, told: "--to-file" },
    { args: ["serve"], code: 2, told: "SENTINEL_PORT", env: { SENTINEL_PORT: "many" } },
  ])("$args answers $code", async ({ args, env, ...want }) => {
    const got = await run(args, { env: env ?? {} });
    expect(got.code).toBe(want.code);
    expect(got.out).toContain(want.out ?? "");
    expect(got.told).toContain(want.told ?? "");
  });

  test.each(commands.map(({ name }) => name))("%s explains itself", async (name) => {
    const got = await run([name, "--help"]);
    expect(got).toMatchObject({ code: 0, told: "" });
    expect(got.out).toContain(`sentinel ${name}`);
  });
});

test("a command that is interrupted cancels what it waits for, and says so without a stack", async () => {
  const file = join(home, "rows.jsonl");
  writeFileSync(file, "{}\n");
  const job_id = randomUUID();
  const cancelled: string[] = [];
  const at = "2026-01-01T00:00:00.000Z";
  const job = {
    id: job_id,
    kind: "train-payload",
    subject: "rows.jsonl",
    state: "running",
    step: "",
    done: 0,
    total: 1,
  };
  const rest = { unit: "epochs", resumable: true, started_at: at, ended_at: null, error: null, result: null };
  const running = Promise.withResolvers<void>();
  const engine = {
    models: { trainRows: async () => ({ job_id, rows: 1, refused: 0, problems: [] }) },
    jobs: {
      async list() {
        running.resolve();
        return [{ ...job, ...rest }];
      },
      async cancel({ id }: { id: string }) {
        cancelled.push(id);
        return { ...job, ...rest, state: "cancelled" };
      },
    },
  } as unknown as Partial<Engine>;
  const { code, out, told, stop } = start(["train", "--file", file], { engine });
  await running.promise;
  stop.abort();
  expect(await code).toBe(130);
  expect({ out, told, cancelled }).toEqual({ out: [], told: ["Interrupted."], cancelled: [job_id] });
});

/** JSON lines as a command prints them. */
const readLines = (out: string) =>
  out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

describe("predict", () => {
  test("answers each line in order, whatever the pieces, and goes on after a bad one", async () => {
    const stdin = ['{"id":1,"payl', 'oad":"a"}\n\nnot json\n{"id":"z"}\n', '{"id":"é","payload":"b"}'];
    const got = await run(["predict"], { stdin });
    const lines = readLines(got.out);
    expect(lines.map((line) => [line.id, line.class])).toEqual([
      [1, "benign"],
      ["é", "benign"],
    ]);
    expect(Object.keys(lines[0])).toEqual(["id", "class", "confidence", "probabilities", "set"]);
    expect(lines[0].set).toEqual(["benign"]);
    expect(got).toMatchObject({ code: 3, told: expect.stringMatching(/^line 3: not JSON.\nline 4: payload/) });
  });

  test("says which family it is, and of what only a part was judged; of a bad line what is wrong", async () => {
    const lines = [
      { id: 1, payload: "{{7*7}}" },
      { id: 2, payload: "a".repeat(1_048_576) },
      { id: null, payload: "a" },
      ["a"],
      { id: 5 },
    ];
    const got = await run(["predict"], { stdin: lines.map((line) => `${JSON.stringify(line)}\n`) });
    expect(readLines(got.out)).toEqual([
      expect.objectContaining({ id: 1, class: "command_injection", family: "ssti" }),
      expect.objectContaining({ id: 2, class: "benign", truncated: true }),
    ]);
    expect(got.told.split("\n")).toEqual([
      "line 3: id: a string or a number is expected.",
      "line 4: no object {id, payload}.",
      expect.stringMatching(/^line 5: payload: /),
    ]);
  });

  test("answers what is there before it reads more", async () => {
    const out: string[] = [];
    async function* stdin() {
      yield Buffer.from('{"id":1,"payload":"a"}\n');
      expect(out).toHaveLength(1);
      yield Buffer.from('{"id":2,"payload":"b"}\n');
    }
    const config = readConfig({ SENTINEL_HOME: home }, home);
    const voice = { write: async (text: string) => void out.push(text), tell: () => undefined };
    const code = await runCommandLine(["predict"], "1", voice, () => ({
      config,
      environment: {},
      log: createLogger("silent"),
      compose: composeWith({}),
      keySource: chooseKeySource(config, home),
      stdin: stdin(),
      ...voice,
      stop: new AbortController().signal,
    }));
    expect([code, out.length]).toEqual([0, 2]);
  });

  test("needs no data directory and no key: it works beside an engine that cannot be reached, and changes nothing", async () => {
    const config = readConfig({ SENTINEL_HOME: home }, home);
    const keySource = chooseKeySource(config, home);
    const held = await openDataDirectory({ path: home, keySource, clock: systemClock, host: "another program" });
    const before = readdirSync(home, { recursive: true }).sort();
    const line = JSON.stringify({ id: 1, payload: "1' UNION SELECT name, password FROM users -- " });
    const got = await run(["predict"], { stdin: [line] });
    expect(got).toMatchObject({ code: 0, told: "" });
    expect(JSON.parse(got.out)).toMatchObject({ id: 1, class: "sql_injection" });
    expect(readdirSync(home, { recursive: true }).sort()).toEqual(before);
    held.close();
  });

  test("a line without end is refused, not held", async () => {
    const piece = "x".repeat(1_048_576);
    const got = await run(["predict"], { stdin: [...Array(20).fill(piece), '\n{"id":1,"payload":"a"}\n'] });
    expect(got).toMatchObject({ code: 3, told: "line 1: longer than 8 MiB." });
    expect(JSON.parse(got.out).id).toBe(1);
  });
});

describe("analyze", () => {
  const summary = { id: "v1", session: "s1", verdict: "tag", score: 0.6, requests: 4, class: "xss" };
  const other = { ...summary, id: "v2", session: "s10", verdict: "benign" };
  const found = {
    request: 3,
    place: "query",
    prediction: { class: "xss", confidence: 0.9 },
    repeats: [{ request: 7, outcome: "unclear", outcome_reason: "" }],
  };
  const harmless = { ...found, prediction: { class: "benign", confidence: 1 } };
  const scripted = {
    jobs: {
      list: () => [job("done", { result: { evidence_id: "e1" } })],
      cancel: () => Promise.resolve(job("cancelled")),
      resume: () => Promise.resolve(job("running")),
    },
    evidence: {
      ...createScriptedEngine().evidence,
      import: async () => ({ job_id: "j1" }),
      get: async () => ({ problems: [], problem_count: 0, custody: {} }) as never,
    },
    verdicts: {
      ...createScriptedEngine().verdicts,
      list: async () => ({ items: [other, summary] as never, next: null }),
      get: async ({ id }: { id: string }) =>
        ({ findings: id === "v1" ? [harmless, found] : [], extent: null }) as never,
    },
  } satisfies Partial<Engine>;

  test("prints one JSON object a session, in order, with the payloads that are attacks", async () => {
    const file = join(home, "a.har");
    writeFileSync(file, "{}");
    const got = await run(["analyze", "--json", file], { engine: scripted });
    expect(got).toMatchObject({ code: 0, told: "" });
    expect(readLines(got.out)).toEqual([
      {
        file,
        session: "s1",
        verdict: "tag",
        score: 0.6,
        requests: 4,
        payloads: [3, 7].map((request) => ({ request, place: "query", class: "xss", confidence: 0.9 })),
      },
      { file, session: "s10", verdict: "benign", score: 0.6, requests: 4, payloads: [] },
    ]);
  });

  test("says below a session what of it was not judged", async () => {
    const file = join(home, "a.har");
    writeFileSync(file, "{}");
    const whole = { payloads_found: 1, values_cut: 0, requests_crowded: 0, bodies_cut: 0, bytes_missing: 0 };
    const list = async () => ({ items: [other, { ...summary, left_out: true }] as never, next: null });
    const get = async () => ({ findings: [found], extent: { ...whole, requests_crowded: 2 } }) as never;
    const verdicts = { ...scripted.verdicts, list, get };
    const got = await run(["analyze", file], { engine: { ...scripted, verdicts } });
    expect(got).toMatchObject({ code: 0, told: "" });
    expect(got.out.trimEnd().split("\n")).toEqual([
      `${file}  s1  tag  0.600  4 requests  xss`,
      `${file}  s1  left out: 2 requests with more than 2,000 values: what is beyond was not judged value by value.`,
      `${file}  s10  benign  0.600  4 requests`,
    ]);
  });

  test("a refused file is named and the others go on", async () => {
    const file = join(home, "a.har");
    writeFileSync(file, "{}");
    const got = await run(["analyze", join(home, "none.har"), file], { engine: scripted });
    expect(got.code).toBe(3);
    expect(got.told).toContain("none.har: There is no such file.");
    expect(got.out.split("\n")).toHaveLength(3);
  });

  test("a file without requests says so", async () => {
    const file = join(home, "a.har");
    writeFileSync(file, "{}");
    const verdicts = { ...scripted.verdicts, list: async () => ({ items: [], next: null }) };
    const got = await run(["analyze", file], { engine: { ...scripted, verdicts } });
    expect(got).toMatchObject({ code: 0, out: "", told: expect.stringContaining("No request came out of it") });
  });

  test("a failed import says why with its own code", async () => {
    const file = join(home, "a.har");
    writeFileSync(file, "{}");
    const failed = job("failed", { error: { code: "EVIDENCE_HASH_MISMATCH", message: "The hash is another." } });
    const engine = { ...scripted, jobs: { ...scripted.jobs, list: () => [failed] } };
    const got = await run(["analyze", file], { engine });
    expect(got).toMatchObject({
      code: 3,
      told: expect.stringContaining("EVIDENCE_HASH_MISMATCH: The hash is another."),
    });
  });
});

const change = {
  entityType: "settings",
  entityId: "settings",
  kind: "settings.changed",
  payload: { changes: { tag_threshold: 0.4 } },
  inverse: null,
};

describe("verify-audit", () => {
  test("without a log answers 4", async () => {
    expect(await run(["verify-audit"])).toMatchObject({ code: 4, told: expect.stringContaining("no event log") });
  });

  /** A log of so many entries of somebody; the same key signs it wherever it is. */
  async function writeLog(actor: string, entries: number): Promise<void> {
    const store = await openStore({
      directory: home,
      nodeId: "node",
      entries: { writer: workerEntry("writer"), reader: workerEntry("reader") },
      readers: 1,
      checkpointSeed: new Uint8Array(32).fill(7),
      log: createLogger("silent"),
    });
    for (let baseVersion = 0; baseVersion < entries; baseVersion++) {
      await store.append([{ ...change, baseVersion }], { actor, role: "admin", caller: "ui" });
    }
    await store.close();
  }

  test.each([
    { what: "a log that was cut off", actor: "analyst", entries: 2, fault: "truncated" },
    { what: "a chain that was computed anew", actor: "someone", entries: 4, fault: "rechained" },
  ])("$what, checkpoints and all, is found by one that was kept elsewhere", async ({ actor, entries, fault }) => {
    const kept = join(home, "..", `${basename(home)}-kept.jsonl`);
    try {
      await writeLog("analyst", 3);
      expect(await run(["verify-audit", "--keep", kept])).toMatchObject({ code: 0 });
      // The directory goes on as one in which nothing else ever was.
      rmSync(home, { recursive: true });
      mkdirSync(home);
      await writeLog(actor, entries);
      expect(await run(["verify-audit"])).toMatchObject({ code: 0 });
      const held = await run(["verify-audit", "--checkpoints", kept, "--json"]);
      expect(held.code).toBe(3);
      expect(JSON.parse(held.out)).toMatchObject({ ok: false, faults: [{ fault, seq: 3 }, { fault }] });
      // What is not whole gets no new checkpoint.
      await run(["verify-audit", "--checkpoints", kept, "--keep", kept]);
      expect(readFileSync(kept, "utf8").trimEnd().split("\n")).toHaveLength(1);
    } finally {
      rmSync(kept, { force: true });
    }
  });

  test("a log that goes on holds against what was kept before; a file without a checkpoint is told", async () => {
    await writeLog("analyst", 2);
    const kept = join(home, "kept.jsonl");
    await run(["verify-audit", "--keep", kept]);
    await run(["verify-audit", "--keep", kept]);
    expect(await run(["verify-audit", "--checkpoints", kept])).toMatchObject({ code: 0 });
    expect(await run(["verify-audit", "--checkpoints", join(home, "none")])).toMatchObject({
      code: 2,
      told: expect.stringContaining("no checkpoint"),
    });
  });

  test("beside a running engine a checkpoint is its own, of now; the log is held against kept ones without it", async () => {
    await writeLog("analyst", 2);
    const own = {
      log: async () => ({ entries: [], head: { seq: 0, hash: "0".repeat(64) } }),
      find: async () => ({ entries: [], next: null, head: { seq: 0, hash: "0".repeat(64) } }),
      members: async () => ({ items: [], total: 0 }),
      verification: async () => ({ last: null }),
      // One that says so whatever is true.
      verify: async () => ({ ok: true, entries: 2, head: null, faults: [] }),
      checkpoint: async () => readCheckpoints(join(home, "checkpoints.jsonl")).checkpoints.at(-1)!,
      undo: () => Promise.reject(new Error("not asked")),
      undoLast: () => Promise.reject(new Error("not asked")),
    };
    const serving = start(["serve", "--no-window"], { engine: { audit: own } });
    await expect.poll(() => readRunFile(home), { timeout: 15_000 }).toBeDefined();
    const kept = join(home, "kept.jsonl");
    expect(await run(["verify-audit", "--keep", kept])).toMatchObject({ code: 0 });
    expect(await run(["verify-audit", "--checkpoints", kept])).toMatchObject({ code: 0 });
    const path = join(home, "audit.jsonl");
    writeFileSync(path, readFileSync(path, "utf8").replace('"actor":"analyst"', '"actor":"someone"'));
    expect(await run(["verify-audit"])).toMatchObject({ code: 0 });
    expect(await run(["verify-audit", "--checkpoints", kept])).toMatchObject({ code: 3 });
    serving.stop.abort();
    await serving.code;
  });

  test("judges the files as they lie, without an engine: 0 when whole, 3 when changed", async () => {
    await writeLog("analyst", 2);
    const whole = await run(["verify-audit"]);
    expect(whole).toMatchObject({ code: 0, told: "" });
    expect(whole.out).toContain("2 entries");
    const path = join(home, "audit.jsonl");
    writeFileSync(path, readFileSync(path, "utf8").replace('"actor":"analyst"', '"actor":"someone"'));
    const changed = await run(["verify-audit", "--json"]);
    expect(changed.code).toBe(3);
    expect(JSON.parse(changed.out)).toMatchObject({ ok: false, faults: [{ fault: "edited" }] });
  });
});

describe("backup and restore", () => {
  const ended = (change: Partial<Job>) => ({
    backups: { list: () => Promise.resolve([]), make: async () => ({ job_id: "j1" }) },
    jobs: {
      list: () => [job("done", change)],
      cancel: () => Promise.resolve(job("cancelled")),
      resume: () => Promise.resolve(job("running")),
    },
  });

  test("a backup says where it lies and what opens it", async () => {
    const result = { file: "/b", keys: "/b.keys", bytes: 5, sha256: "ab", keys_open_with: "passphrase" };
    const done = await run(["backup", join(home, "b")], { engine: ended({ result }) });
    expect(done).toMatchObject({ code: 0, told: "" });
    expect(done.out).toContain("/b.keys");
    expect(done.out).toContain("with your passphrase");
    const json = await run(["backup", join(home, "b"), "--json"], { engine: ended({ result }) });
    expect(JSON.parse(json.out)).toEqual(result);
  });

  test("a backup that fails says why", async () => {
    const engine = ended({ state: "failed", error: { code: "DISK_FULL", message: "There is no room." } });
    expect(await run(["backup", join(home, "b")], { engine })).toMatchObject({
      code: 3,
      told: expect.stringContaining("DISK_FULL: There is no room."),
    });
  });

  test("a portable backup wants a passphrase that is long enough", async () => {
    expect(await run(["backup", join(home, "b"), "--portable"])).toMatchObject({ code: 2 });
    const env = { SENTINEL_BACKUP_PASSPHRASE: "short" };
    expect(await run(["backup", join(home, "b"), "--portable"], { env })).toMatchObject({ code: 2 });
  });

  test("what is no backup is refused with 3, a data directory in use with 4", async () => {
    const file = join(home, "x");
    writeFileSync(file, "no backup");
    const env = { SENTINEL_HOME: join(home, "new") };
    expect(await run(["restore", file], { env })).toMatchObject({
      code: 3,
      told: expect.stringContaining("no backup of Sentinel"),
    });
    expect(await run(["restore", join(home, "nothing")], { env })).toMatchObject({ code: 3 });
    expect(await run(["restore", file, "--passphrase-file", join(home, "nothing")], { env })).toMatchObject({
      code: 3,
    });
    expect(readdirSync(home).sort()).toEqual(["x"]);
    const config = readConfig({ SENTINEL_HOME: home }, home);
    const keySource = chooseKeySource(config, home);
    const held = await openDataDirectory({ path: home, keySource, clock: systemClock, host: "another program" });
    expect(await run(["restore", file, "--set-aside"])).toMatchObject({
      code: 4,
      told: expect.stringContaining("LOCKED"),
    });
    held.close();
  });
});

test("panic without a supervisor answers 4", async () => {
  expect(await run(["panic"])).toMatchObject({ code: 4, out: "" });
});

test("a locked data directory answers 4", async () => {
  const config = readConfig({ SENTINEL_HOME: home }, home);
  const keySource = chooseKeySource(config, home);
  const held = await openDataDirectory({ path: home, keySource, clock: systemClock, host: "another program" });
  const file = join(home, "a.har");
  writeFileSync(file, "{}");
  const got = await run(["analyze", file]);
  expect(got).toMatchObject({ code: 4, told: expect.stringContaining("LOCKED: ") });
  expect((await run(["rekey", "--to-file", join(home, "new.key")])).code).toBe(4);
  held.close();
});

test("rekey changes the key and its source; the old one is refused from then on", async () => {
  const evidence = join(home, "a.har");
  writeFileSync(evidence, "{}");
  await run(["analyze", evidence]);
  const file = join(home, "keys-elsewhere", "new.key");
  expect(await run(["rekey", "--to-file", file])).toMatchObject({ code: 0, told: "" });
  expect(await run(["analyze", evidence])).toMatchObject({
    code: 4,
    told: expect.stringContaining("KEY_UNAVAILABLE"),
  });
  // The scripted engine is open, and knows nothing of the job.
  const opened = await run(["analyze", evidence], { env: { SENTINEL_MASTER_KEY_FILE: file } });
  expect(opened).toMatchObject({ code: 3, told: expect.stringContaining("The job is gone") });
});

test("a second start shows the running engine's address, commands use it, and it ends when told", async () => {
  const first = start(["serve", "--no-window"]);
  await expect.poll(() => first.out.join(""), { timeout: 10_000 }).toContain("Other programs call");
  const running = readRunFile(home)!;
  expect(first.out.join("")).toContain("Open this in a browser: file://");
  const second = await run(["serve", "--no-window"]);
  expect(second).toMatchObject({
    code: 0,
    out: expect.stringContaining("Sentinel runs already.\nOpen this in a browser"),
  });
  expect(await run(["predict"], { stdin: ['{"id":1,"payload":"a"}\n'] })).toMatchObject({ code: 0 });
  const pulled = await run(["panic", "--reason", "drill"]);
  expect(pulled.code).toBe(0);
  expect(JSON.parse(pulled.out)).toMatchObject({ destroyed: 0, left: 0 });
  first.stop.abort();
  expect(await first.code).toBe(0);
  expect(readRunFile(home)).toBeUndefined();
  await expect(fetch(`${running.ui_origin}/health`)).rejects.toThrow();
});

describe("certificates", () => {
  test("makes the server's, people's and programs', and revokes them", { timeout: 20_000 }, async () => {
    const folder = join(home, "certs");
    const made = start(["certificates", folder, "--server", "sentinel.example, 127.0.0.1"]);
    expect(await made.code).toBe(0);
    expect(made.out.join("")).toContain(`SENTINEL_TLS_CERT_FILE=${folder}/server.crt\n`);
    const again = start(["certificates", folder]);
    expect([await again.code, again.out]).toEqual([0, []]);
    const client = start(["certificates", folder, "--client", "anna", "--role", "approver"]);
    expect(await client.code).toBe(0);
    expect(client.out.join("")).toContain(`${folder}/clients/anna.crt`);
    const token = start(["certificates", folder, "--token", "bot", "--role", "viewer"]);
    expect(await token.code).toBe(0);
    expect(token.out.join("")).toMatch(/kept nowhere:\n[A-Za-z0-9_-]{43}\n$/);
    const gone = start(["certificates", folder, "--revoke", "anna"]);
    expect(await gone.code).toBe(0);
    expect(readFileSync(join(folder, "revoked.txt"), "utf8")).toMatch(/^certificate [0-9A-F]{32}\n$/);
  });

  test.each([
    { args: ["--client", "anna"], code: 2, says: "--role goes with" },
    { args: ["--client", "anna", "--role", "root"], code: 2, says: "one of viewer, analyst, approver, admin" },
    { args: ["--role", "viewer"], code: 2, says: "--role goes with" },
    { args: ["--token", "a", "--client", "b", "--role", "viewer"], code: 2, says: "one call each" },
    { args: ["--revoke", "nobody"], code: 3, says: 'made for "nobody"' },
    { args: ["--server", "a b"], code: 3, says: "neither a DNS name nor an address" },
  ])("$args: $says", async ({ args, code, says }) => {
    const { told, ...run } = start(["certificates", join(home, "certs"), ...args]);
    expect(await run.code).toBe(code);
    expect(told.join("")).toContain(says);
  });
});
