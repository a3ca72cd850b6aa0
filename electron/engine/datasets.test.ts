import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { DatasetFormat } from "../../shared/dataset.ts";
import type { Job } from "../../shared/job.ts";
import type { LabelTask } from "../../shared/label.ts";
import type { PayloadClass } from "../../shared/payload.ts";
import type { Principal } from "./base/principals.ts";
import {
  analysed,
  analyst,
  bytesOf,
  entryOf,
  finished,
  harOf,
  never,
  openTestEngine,
  type TestEngine,
  verdictsOf,
} from "./test-engine.ts";

// Engines are started and stopped; a loaded machine takes its time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const ben: Principal = { actor: "ben", role: "analyst", caller: "ui" };
let test_: TestEngine;
const engine = () => test_.engine;

beforeAll(async () => {
  test_ = await openTestEngine();
  const attacks = ["1%27%20UNION%20SELECT%20a,b%20FROM%20users--%20", "<script>alert(1)</script>"];
  const har = harOf(
    attacks.map((q, n) => entryOf(`https://shop.example/search?q=${q}`, { at: n * 7200, cookie: `visit=${n}` })),
  );
  await analysed(test_, har, "attacks.har");
});
afterAll(() => test_.close());

async function make(why?: string): Promise<Job> {
  return await finished(test_, (await engine().datasets.make(why === undefined ? {} : { why }, analyst)).job_id);
}

async function bring(format: DatasetFormat, content: string | Uint8Array, name = `rows.${format}`): Promise<Job> {
  const input = { file_name: name, format };
  return await finished(test_, (await engine().datasets.import(bytesOf(content), input, analyst, never)).job_id);
}

async function exported(id: string, format: DatasetFormat, more = {}): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of await engine().datasets.export({ id, format, ...more }, analyst)) parts.push(part);
  return Buffer.concat(parts).toString();
}

const add = (data: string, label: PayloadClass, by = analyst) =>
  engine().labels.addSample({ sample_type: "payload", data, label }, by);

async function tasks(queue: "payloads" | "sessions" | "disagreements" | "flagged"): Promise<LabelTask[]> {
  return (await engine().labels.next({ queue, limit: 50 })).items;
}

/** Takes back everything that was done, so that each test begins anew. */
afterEach(async () => {
  for (;;) {
    const outcome = await engine()
      .audit.undoLast({}, analyst)
      .catch(() => null);
    // The evidence of all tests was imported before anything else.
    if (outcome === null || outcome.in_the_way !== null) break;
    if (outcome.job_id !== null) await finished(test_, outcome.job_id);
  }
  for (;;)
    if (
      (await engine()
        .audit.undoLast({}, ben)
        .catch(() => null)) === null
    )
      break;
  const { labels } = await engine().datasets.stats();
  expect(labels).toMatchObject({ samples: 0, disagreements: 0, flagged: 0, suspicious: [] });
});

describe("a sample", () => {
  test("is added, counted, made part of a version, and taken back", async () => {
    expect(await add("' or 1=1--", "sql_injection")).toMatchObject({ dataset_version: null });
    await add("hello world", "benign");
    const job = await make("first try");
    expect(job).toMatchObject({ state: "done", result: { rows: 2, unchanged: false } });
    const stats = await engine().datasets.stats();
    expect(stats).toMatchObject({
      rows: 2,
      by_class: { sql_injection: 1, benign: 1 },
      by_source: { "add-sample": 2 },
      labels: { samples: 2, since_version: 0 },
    });
    expect(stats.by_split.train + stats.by_split.validation + stats.by_split.test).toBe(2);
    expect(await engine().datasets.list()).toMatchObject([{ why: "first try", by: "analyst", parent: null }]);
    const third = await add("other words here", "benign");
    expect(third.dataset_version).toBe(stats.dataset_version);
    expect((await engine().datasets.stats()).labels).toMatchObject({ since_version: 1 });
    await engine().audit.undo({ id: third.event_id }, analyst);
    expect(await make()).toMatchObject({ result: { dataset_version: stats.dataset_version, unchanged: true } });
  });

  test("of a session refers to its verdict, and one of features alone stands for itself", async () => {
    const [verdict] = await verdictsOf(test_);
    const data = { verdict_id: verdict!.id };
    await engine().labels.addSample({ sample_type: "session", data, label: "xss" }, analyst);
    const features = { n_requests: 3, error_rate: null };
    await engine().labels.addSample({ sample_type: "session", data: { features }, label: "benign" }, analyst);
    await make();
    expect(await engine().datasets.stats()).toMatchObject({ rows: 2, sessions: 2 });
  });

  test("keeps no secret, and one that is nothing but a secret is refused", async () => {
    const { dataset_version } = (await make()).result ?? {};
    expect(dataset_version).toBeUndefined();
    await add("user=ana&password=hunter22secret", "benign");
    const id = (await make()).result!.dataset_version as string;
    expect(await exported(id, "jsonl")).toContain("user=ana&password=••••••••");
    const cookie = { sample_type: "payload", data: { payload: "abc", place: "cookie" }, label: "benign" } as const;
    await expect(engine().labels.addSample(cookie, analyst)).rejects.toMatchObject({ code: "INPUT_INVALID" });
  });
});

test("without anything labelled no version is made", async () => {
  expect(await make()).toMatchObject({ state: "failed", error: { code: "INPUT_INVALID" } });
});

test("one class only makes a version that says so", async () => {
  for (const word of ["green", "apple", "river"]) await add(`${word} words alone`, "benign");
  await make();
  expect((await engine().datasets.stats()).quality).toMatchObject({ balance: 0 });
});

describe("a false positive", () => {
  test("is followed from the report to the version that holds it", async () => {
    const verdict = (await verdictsOf(test_)).find((one) => one.class === "sql_injection")!;
    await engine().labels.addFalsePositive({ verdict_id: verdict.id, reason: "our own report tool" }, analyst);
    await engine().labels.addFalsePositive({ payload: "select all that apply from users" }, analyst);
    const before = await engine().datasets.falsePositives();
    expect(before).toMatchObject([
      { text: "select all that apply from users", dataset_version: null, model_id: null },
      { verdict_id: verdict.id, reason: "our own report tool", said: "sql_injection", dataset_version: null },
    ]);
    const id = (await make()).result!.dataset_version;
    expect((await engine().datasets.falsePositives()).map((one) => one.dataset_version)).toEqual([id, id]);
    expect((await engine().datasets.stats()).quality).toMatchObject({ false_positives: 2 });
  });

  test("is also an alert that was closed as one", async () => {
    const { items } = await engine().alerts.list({ q: "class:sql_injection", order: "newest", limit: 1 }, analyst);
    const alerts = [{ id: items[0]!.id, base_version: items[0]!.version }];
    await engine().alerts.change({ alerts, change: { status: "closed", reason: "false_positive" } }, analyst);
    const id = (await make()).result!.dataset_version;
    const [tracked] = await engine().datasets.falsePositives();
    expect(tracked).toMatchObject({ id: items[0]!.id, by: "analyst", dataset_version: id });
    expect(await engine().datasets.stats()).toMatchObject({ by_class: { benign: 1 }, by_source: { alert: 1 } });
  });
});

describe("the queue", () => {
  test("offers what nobody has labelled, and takes it back when the label is taken back", async () => {
    const before = await tasks("payloads");
    const one = before.find((task) => task.said?.class === "xss")!;
    const at = { sample_id: one.sample_id, verdict_id: one.verdict_id!, finding: one.finding! };
    const { event_id } = await engine().labels.set(
      { ...at, label: "xss", flagged: true, resolves: false, note: "typical" },
      analyst,
    );
    expect((await tasks("payloads")).map(({ sample_id }) => sample_id)).not.toContain(one.sample_id);
    expect(await tasks("flagged")).toMatchObject([
      { sample_id: one.sample_id, text: one.text, labels: [{ labeller: "analyst", label: "xss", note: "typical" }] },
    ]);
    await engine().audit.undo({ id: event_id }, analyst);
    expect((await tasks("payloads")).map(({ sample_id }) => sample_id)).toEqual(
      before.map(({ sample_id }) => sample_id),
    );
  });

  test("is paged without leaving anything out", async () => {
    const all = (await tasks("payloads")).map(({ sample_id }) => sample_id);
    const paged: string[] = [];
    for (let cursor: string | null = null; ; ) {
      const page: Awaited<ReturnType<TestEngine["engine"]["labels"]["next"]>> = await engine().labels.next({
        queue: "payloads",
        limit: 1,
        ...(cursor === null ? {} : { cursor }),
      });
      paged.push(...page.items.map(({ sample_id }) => sample_id));
      cursor = page.next;
      if (cursor === null) break;
    }
    expect(paged).toEqual(all);
  });

  test("has sessions, and disagreements until somebody settles them", async () => {
    const sessions = await tasks("sessions");
    expect(sessions).toHaveLength(2);
    const [one] = sessions;
    const word = { flagged: false, resolves: false, sample_id: one!.sample_id, verdict_id: one!.verdict_id! };
    const settle = (by: Principal) => engine().labels.set({ ...word, label: "xss", resolves: true }, by);
    await expect(settle(analyst)).rejects.toMatchObject({
      code: "CONFLICT",
      message: expect.stringContaining("Nobody disagrees"),
    });
    await engine().labels.set({ ...word, label: "xss" }, analyst);
    await expect(settle(ben)).rejects.toMatchObject({ code: "CONFLICT" });
    await engine().labels.set({ ...word, label: "benign" }, ben);
    expect(await tasks("sessions")).toHaveLength(1);
    const [disputed] = await tasks("disagreements");
    expect(disputed!.labels.map(({ labeller, label }) => [labeller, label])).toEqual([
      ["analyst", "xss"],
      ["ben", "benign"],
    ]);
    expect(disputed).toMatchObject({ kind: "session", verdict_id: one!.verdict_id, session: { requests: 1 } });
    const { verdict_id: _, ...known } = word;
    await engine().labels.set({ ...known, label: "xss", resolves: true }, ben);
    expect(await tasks("disagreements")).toEqual([]);
    // Whoever settled it may think again; nobody else settles it once more.
    await expect(settle(analyst)).rejects.toMatchObject({ code: "CONFLICT" });
    await engine().labels.set({ ...known, label: "benign", resolves: true }, ben);
    expect(await tasks("disagreements")).toEqual([]);
  });

  test("shows two alerts that were closed differently as a disagreement that can be settled", async () => {
    const { items } = await engine().alerts.list({ q: "class:sql_injection", order: "newest", limit: 1 }, analyst);
    const alerts = [{ id: items[0]!.id, base_version: items[0]!.version }];
    await engine().alerts.change({ alerts, change: { status: "closed", reason: "true_positive" } }, analyst);
    const [said] = (await engine().alerts.get({ id: items[0]!.id })).sessions;
    await engine().labels.addFalsePositive({ verdict_id: said!.id }, ben);
    const [disputed] = await tasks("disagreements");
    expect(disputed!.labels.map(({ labeller, source }) => [labeller, source])).toEqual([
      ["analyst", "alert"],
      ["ben", "false-positive"],
    ]);
  });
});

describe("a file", () => {
  test("goes in but for its bad rows, which are told by line, and out as it was", async () => {
    const content = [
      "text,label,place",
      "' or 1=1,sql_injection,query",
      "hello there,benign,",
      "x,unknown,",
      "' or 1=1,benign,query",
      "=cmd|' /C calc'!A0,command_injection,form",
    ].join("\n");
    const job = await bring("csv", content, "Zname.csv");
    expect(job).toMatchObject({ state: "done", result: { rows: 3, refused: 2 } });
    const [stored] = await engine().datasets.imports();
    expect(stored).toMatchObject({
      file_name: "Zname.csv",
      rows: 3,
      problems: [
        { line: 4, problem: expect.stringContaining("label") },
        { line: 5, problem: expect.stringContaining("line 2 says sql_injection") },
      ],
    });
    const id = (await make()).result!.dataset_version as string;
    expect((await engine().datasets.stats()).by_source).toEqual({ "Zname.csv": 3 });
    for (const format of ["csv", "json", "jsonl"] as const) {
      const text = await exported(id, format);
      if (format === "csv") expect(text).toMatch(/'=cmd/);
      const event = (await engine().datasets.imports())[0]!;
      await engine().datasets.withdrawImport({ id: event.id, base_version: event.version }, analyst);
      expect(await make()).toMatchObject({ state: "failed" });
      expect(await bring(format, text)).toMatchObject({ result: { rows: 3, refused: 0 } });
      expect(await make()).toMatchObject({ result: { dataset_version: id, unchanged: true } });
    }
  });

  test.each([
    { why: "nonsense", format: "json", content: "\u0000\u0001nonsense" },
    { why: "nothing of use", format: "jsonl", content: '{"a": 1}\n' },
    { why: "no columns", format: "csv", content: "a,b\n1,2\n" },
  ] as const)("with $why is refused, and nothing of it stays", async ({ format, content }) => {
    expect(await bring(format, content)).toMatchObject({ state: "failed", error: { code: "INPUT_INVALID" } });
    expect(await engine().datasets.imports()).toEqual([]);
  });

  test("that is poisoned is told, and taken out in one step", async () => {
    const rows = Array.from({ length: 40 }, (_, i) =>
      JSON.stringify({ text: `${i}' UNION SELECT name${i}, password FROM users WHERE id=${i} -- `, label: "benign" }),
    );
    await bring("jsonl", rows.join("\n"), "poison.jsonl");
    const { labels } = await engine().datasets.stats();
    expect(labels.suspicious).toMatchObject([{ labels: 40, contradictions: 40 }]);
    const { labeller, from, to, examples } = labels.suspicious[0]!;
    expect(examples[0]).toMatchObject({ label: "benign", said: "sql_injection" });
    const { event_id, labels: taken } = await engine().labels.exclude({ labeller, from, to }, analyst);
    expect(taken).toBe(40);
    expect((await engine().datasets.stats()).labels).toMatchObject({ samples: 0, suspicious: [] });
    await engine().audit.undo({ id: event_id }, analyst);
    expect((await engine().datasets.stats()).labels).toMatchObject({ samples: 40 });
  });
});

test("versions are told apart, and samples keep their splits", async () => {
  const first: string[] = [];
  for (let i = 0; i < 30; i++)
    first.push((await add(`sentence ${"abcdefghijklmnop"[i % 16]} number ${"x".repeat(i)}`, "benign")).event_id);
  const from = (await make()).result!.dataset_version as string;
  await engine().audit.undo({ id: first[0]! }, analyst);
  await add(`sentence ${"abcdefghijklmnop"[1]} number x`, "xss");
  await add("something entirely new", "benign");
  const to = (await make()).result!.dataset_version as string;
  const diff = await engine().datasets.diff({ from, to });
  expect(diff.counts).toEqual({ added: 1, removed: 1, relabelled: 1, moved: 0 });
  expect(diff.rows.find(({ change }) => change === "relabelled")).toMatchObject({
    from: { label: "benign" },
    to: { label: "xss" },
  });
  expect((await engine().datasets.list())[0]).toMatchObject({ id: to, parent: from });
});
