import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { ReplayQuestion } from "../../shared/replay.ts";
import type { Settings } from "../../shared/settings.ts";
import { writeOnnxFolder } from "./detect/classifier/fixtures/onnx-folder.ts";
import {
  analysed,
  analyst,
  entryOf,
  finished,
  harOf,
  letDecide,
  openTestEngine,
  type TestEngine,
  temporaryHome,
  verdictsOf,
} from "./test-engine.ts";

const attack = "1' union select null,version()-- -";
const troubled = new URL("detect/classifier/fixtures/troubled-onnx.ts", import.meta.url);
let open: TestEngine[] = [];
let homes: string[] = [];

function home(): string {
  const path = temporaryHome();
  homes.push(path);
  return path;
}

async function start(options: Parameters<typeof openTestEngine>[0]): Promise<TestEngine> {
  const t = await openTestEngine(options);
  open.push(t);
  return t;
}

async function stop(t: TestEngine): Promise<void> {
  open = open.filter((other) => other !== t);
  await t.close();
}

async function change({ engine }: TestEngine, changes: Partial<Settings>): Promise<string> {
  const { version } = await engine.settings.get();
  return (await engine.settings.change({ changes, base_version: version }, analyst)).event_id;
}

afterEach(async () => {
  for (const t of open) await t.close();
  for (const path of homes) rmSync(path, { recursive: true, force: true });
  open = [];
  homes = [];
});

describe("the payload model that the setting names", () => {
  test("is the one that judges, here and in analyses; the change can be undone", async () => {
    const place = home();
    const folder = join(place, "transformer");
    writeOnnxFolder(folder);
    const t = await start({ home: place });
    expect(t.engine.modelServerHealth().model).toMatchObject({ kind: "built-in", provider: "javascript" });
    const shipped = t.engine.modelServerHealth().model.hash;
    // SECURITY: what nobody judged does not decide.
    const refused = { code: "GATES_FAILED", message: expect.stringContaining("was not judged yet") };
    await expect(change(t, { payload_model: folder })).rejects.toMatchObject(refused);
    const { id } = await t.engine.models.addFolder({ folder }, analyst);
    await expect(change(t, { payload_model: folder })).rejects.toMatchObject({ code: "GATES_FAILED" });
    expect(await letDecide(t, folder)).toBe(id);
    await change(t, { payload_model: folder });
    expect((await t.engine.settings.get()).settings.payload_model).toBe(`model:${id}`);
    // To this model only its own words are an attack.
    expect(await t.engine.predictPayload({ payloads: ["union", "../../../../etc/shadow"] })).toMatchObject([
      { class: "sql_injection", tier: "model" },
      { class: "benign", tier: "model" },
    ]);
    const { model } = t.engine.modelServerHealth();
    expect(model).toMatchObject({ kind: "onnx", provider: "cpu", problem: null });
    expect(model.hash).not.toBe(shipped);
    const { evidence } = await analysed(t, harOf([entryOf("http://shop.example/?q=union+select")]));
    const [verdict] = await verdictsOf(t, evidence.id);
    const { provenance } = await t.engine.verdicts.get({ id: verdict!.id });
    expect(provenance.model_hash).toBe(model.hash);
    expect(model.hash).toBe(id);
    // Values of the analysis, counted in its own thread.
    expect(t.engine.modelServerHealth().cache.misses).toBeGreaterThan(3);
    const event = await change(t, { payload_model: "classic" });
    expect(await t.engine.predictPayload({ payload: attack })).toMatchObject({ class: "sql_injection", tier: "model" });
    const { model: classic } = t.engine.modelServerHealth();
    expect(classic).toMatchObject({ kind: "classic", provider: "javascript" });
    // Kept, so that its verdicts can be explained when it is no longer the one that decides.
    expect(existsSync(join(place, "models", `payload-${classic.hash}.bin`))).toBe(true);
    await t.engine.audit.undo({ id: event }, analyst);
    expect(await t.engine.predictPayload({ payload: "union" })).toMatchObject({ class: "sql_injection" });
    expect(t.engine.modelServerHealth().model).toEqual(model);
    await change(t, { payload_model: "built-in" });
    expect(await t.engine.predictPayload({ payload: "../../../../etc/shadow" })).toMatchObject({
      class: "path_traversal",
    });
    expect(t.engine.modelServerHealth().model).toMatchObject({ kind: "built-in", hash: shipped });

    // SECURITY: while a panic holds the response no model begins to decide, whichever way it is named; what ships may.
    await expect(t.engine.panic({}, analyst)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    const isHeld = { code: "CONFLICT", message: expect.stringContaining("re-arms") };
    const champion = { id, alias: "champion", on: true } as const;
    for (const payload_model of [folder, `model:${id}`]) {
      await expect(change(t, { payload_model })).rejects.toMatchObject(isHeld);
    }
    await expect(t.engine.models.setAlias(champion, analyst)).rejects.toMatchObject(isHeld);
    const held = await change(t, { payload_model: "classic" });
    await t.engine.audit.undo({ id: held }, analyst);
    expect(t.engine.modelServerHealth().model).toMatchObject({ kind: "built-in", hash: shipped });
    await t.engine.response.rearm({ reason: "The drill is over." }, analyst);
    const { event_id } = await t.engine.models.setAlias(champion, analyst);
    expect(t.engine.modelServerHealth().model.hash).toBe(id);
    await t.engine.audit.undo({ id: event_id }, analyst);

    // What it decided can be looked at when it decides no more, as far as a transformer lets itself be explained.
    const { id: verdictId } = verdict!;
    const judged = await t.engine.verdicts.judgement({ id: verdictId, request: 0 });
    expect(judged.values).toContainEqual(
      expect.objectContaining({ prediction: expect.objectContaining({ class: "sql_injection" }) }),
    );
    await expect(t.engine.verdicts.highlights({ id: verdictId, request: 0 })).rejects.toMatchObject({
      code: "NOT_EXPLAINABLE",
      message: expect.stringContaining("A transformer judged this request"),
    });
    expect(await t.engine.verdicts.counterfactual({ id: verdictId, finding: 0 })).toMatchObject({
      edit: null,
      reason: expect.stringContaining("A transformer judged this value"),
    });
    expect((await t.engine.replays.models()).payload).toContainEqual({ model: id, hash: id, label: "Transformer" });
    for (const payload_model of ["as_decided", id]) {
      const { job_id } = await t.engine.replays.start(ReplayQuestion.parse({ payload_model }), analyst);
      expect(await finished(t, job_id)).toMatchObject({ state: "done", result: { sessions: 1, identical: 1 } });
    }
  }, 120_000);

  test("is refused when it cannot be used, naming the file, and nothing changes", async () => {
    const place = home();
    const folder = join(place, "transformer");
    writeOnnxFolder(folder);
    rmSync(join(folder, "tokenizer.json"));
    const t = await start({ home: place });
    await expect(change(t, { payload_model: folder })).rejects.toMatchObject({
      code: "SETTING_INVALID",
      message: expect.stringMatching(/transformer\/tokenizer\.json is missing; put/),
    });
    await expect(change(t, { payload_model: "buildin" })).rejects.toMatchObject({
      code: "SETTING_INVALID",
      message: expect.stringMatching(/buildin is none of built-in, classic, /),
    });
    expect((await t.engine.settings.get()).settings.payload_model).toBe("built-in");
    expect(await t.engine.predictPayload({ payload: attack })).toMatchObject({ class: "sql_injection", tier: "model" });
  }, 120_000);

  test.each([
    { why: "it is gone", harm: (kept: string) => rmSync(kept, { recursive: true }), said: "are gone" },
    {
      why: "one bit of it is another",
      harm(kept: string) {
        const file = join(kept, "model.onnx");
        const bytes = readFileSync(file);
        bytes[Math.floor(bytes.length / 2)]! ^= 1;
        writeFileSync(file, bytes);
      },
      said: "is not the one that was chosen",
    },
  ])(
    "leaves it to the shipped one when $why at the next start, and that is said",
    async ({ harm, said }) => {
      const place = home();
      const folder = join(place, "transformer");
      writeOnnxFolder(folder);
      const t = await start({ home: place });
      const id = await letDecide(t, folder);
      await change(t, { payload_model: folder, class_set_error_rate: "0.01" });
      await t.engine.predictPayload({ payload: "union" });
      await stop(t);
      harm(join(place, "models", `onnx-${id}`));
      const again = await start({ home: place });
      expect(await again.engine.predictPayload({ payload: attack })).toMatchObject({ class: "sql_injection" });
      // At the usual rate it is the first alone.
      expect(await again.engine.predictPayload({ payload: "1' or id" })).toMatchObject({
        set: ["sql_injection", "command_injection"],
      });
      expect(again.engine.modelServerHealth()).toMatchObject({ status: "degraded", model: { kind: "built-in" } });
      expect((await again.engine.health()).components.detector).toMatchObject({
        status: "degraded",
        detail: expect.stringContaining(said),
      });
    },
    120_000,
  );
});

describe("a payload model in trouble", () => {
  test("costs an analysis its deadline once; the rules judge, and the evidence says so and is judged again", async () => {
    const place = home();
    const folder = join(place, "transformer");
    writeOnnxFolder(folder);
    const first = await start({ home: place });
    const id = await letDecide(first, folder);
    await change(first, { payload_model: `model:${id}` });
    await stop(first);
    const t = await start({ home: place, onnx: troubled });
    const query = Array.from({ length: 8 }, (_, i) => `v${i}=${encodeURIComponent(`hang ${i}${attack}`)}`).join("&");
    const har = harOf([entryOf(`http://shop.example/?${query}`)]);
    const { evidence } = await analysed(t, har);
    expect(evidence.problems).toMatchObject([{ code: "UNAVAILABLE", place: "payload model" }]);
    expect(evidence.problems[0]!.message).toMatch(/^\d+ values were judged by rules alone/);
    const [verdict] = await verdictsOf(t, evidence.id);
    expect(verdict).toMatchObject({ class: "sql_injection" });
    const { breaker } = t.engine.modelServerHealth();
    expect(breaker.degraded_total).toBeGreaterThanOrEqual(8);
    expect(breaker.failures_total).toBeGreaterThanOrEqual(5);
    // It answers no better: the rules judge it again.
    expect((await analysed(t, har)).job.result).toMatchObject({ requests: 1 });
    const said = await t.engine.predictPayload({ payload: `hang ${attack}` });
    expect(said).toMatchObject({ class: "sql_injection", tier: "rules", degraded: true });
    for (let i = 0; i < 6; i++) await t.engine.predictPayload({ payload: `hang ${i}${attack}` });
    expect(t.engine.modelServerHealth()).toMatchObject({
      status: "degraded",
      tier: "rules",
      breaker: { state: "open" },
    });
    expect((await t.engine.health()).components.detector).toMatchObject({ status: "degraded" });
    // SECURITY: no payload reaches the log, by whatever way the model failed.
    expect(t.log()).toContain("The payload model failed");
    expect(t.log()).not.toMatch(/union select|hang \d/);
  }, 120_000);
});

test("a switch takes no transformer away from those who still ask it", async () => {
  const place = home();
  const folder = join(place, "transformer");
  writeOnnxFolder(folder);
  const t = await start({ home: place });
  const id = await letDecide(t, folder);
  await change(t, { payload_model: folder });
  const texts = Array.from({ length: 300 }, (_, i) => `union ${i}`);
  const asked = t.engine.predictPayload({ payloads: texts });
  await change(t, { payload_model: "built-in" });
  const said = await asked;
  expect(said).toHaveLength(texts.length);
  expect(said).toEqual(texts.map(() => expect.objectContaining({ model_hash: id, tier: "model" })));
  expect(await t.engine.predictPayload({ payload: "union" })).not.toMatchObject({ model_hash: id });
}, 120_000);

test("what was judged, how quickly and from where stands in the metrics", async () => {
  const t = await start({});
  for (let i = 0; i < 20; i++) await t.engine.predictPayload({ payload: attack });
  const text = await t.engine.metrics();
  expect(text).toContain('cerberus_sentinel_cache_hits_total{cache_type="payload",status="hit"} 19');
  expect(text).toContain('cerberus_sentinel_cache_hits_total{cache_type="payload",status="miss"} 1');
  expect(text).toContain('cerberus_sentinel_inference_latency_seconds_count{model="production"} 1');
  const { cache, latency, status } = t.engine.modelServerHealth();
  expect({ status, ...cache }).toMatchObject({
    status: "healthy",
    hits: 19,
    misses: 1,
    hit_rate: 0.95,
    capacity: 10_000,
  });
  expect(latency.p50_ms).toBeGreaterThan(0);
});
