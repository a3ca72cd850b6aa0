import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type PayloadClass, payloadClasses } from "../../../shared/payload.ts";
import type { ClassifierOutput } from "../detect/payload.ts";
import { storeVerdicts } from "../detect/verdicts/verdict-tables.ts";
import { openKeyStore } from "../store/key-store.ts";
import { createSealer } from "../store/seal.ts";
import type { StoreHost } from "../store/store.ts";
import { alertPage } from "../triage/alert-list.ts";
import { alertChanged, alertEntity } from "../triage/alert-state.ts";
import { addEvidence, ana, ben, flagged, openAlertStore, withdraw } from "../triage/fixture-alerts.ts";
import { alertConditions } from "../triage/query-sql.ts";
import { drawAudit } from "./audit-draw.ts";
import { finding, session } from "./fixture-queue.ts";
import { type DatasetImported, datasetImported, importEntity, storeImportRows } from "./import-state.ts";
import { createLabelQueue, type LabelQueue, type QueuedTask } from "./label-queue.ts";
import { createLabels, type FoundSample, type LabelRoom } from "./labels.ts";
import { learnModule } from "./learn-module.ts";
import { modelModule } from "./registry/model-state.ts";
import { payloadSampleId, sessionSampleId } from "./sample-identity.ts";
import { fileLabeller } from "./statement.ts";

let folder: string;
let store: StoreHost;
let labels: LabelRoom;
let queue: LabelQueue;
let model = "m";
let judged: string[] = [];
let now = 0;

function classify(text: string): ClassifierOutput {
  judged.push(text);
  const probabilities = payloadClasses.map((name) => (name === "xss" ? 0.51 : name === "benign" ? 0.49 : 0));
  return {
    class: "xss",
    confidence: 0.51,
    probabilities,
    family: null,
    tier: "model",
    spans: [],
    set: ["xss", "benign"],
    cut: false,
  };
}

const newQueue = (every = 5) =>
  createLabelQueue({
    store,
    borrow: async () => ({ hash: model, classify, giveBack: () => {} }),
    auditEvery: async () => every,
  });

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sentinel-queue-"));
  const sealer = createSealer(
    await openKeyStore({ directory: folder, ring: { current: "k", keys: { k: Buffer.alloc(32, 3) } } }),
  );
  store = openAlertStore(learnModule, modelModule);
  now = Date.UTC(2026, 5, 1);
  labels = createLabels({ store, sealer, clock: { now: () => now++ } });
  model = "m";
  judged = [];
  queue = newQueue();
  await addEvidence(store, "e1");
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const sampleOf = (text: string): FoundSample => ({
  id: payloadSampleId("query", text),
  kind: "payload",
  place: "query",
  text,
  evidenceId: "e1",
  campaign: null,
  said: null,
});

/** Labels a value. @returns the event */
const label = (text: string, what: PayloadClass | null, by = ana) =>
  labels.set(
    sampleOf(text),
    { label: what, flagged: what === null, resolves: false, note: null, source: "labelling" },
    by,
  );

async function append(entityType: string, entityId: string, kind: string, payload: object): Promise<void> {
  await store.append([{ entityType, entityId, baseVersion: 0, kind, payload: payload as never, inverse: null }], ana);
}

/** Everything that is offered, page by page, as a screen reads it. */
async function offered(limit = 20, kind: "payload" | "session" = "payload"): Promise<QueuedTask[][]> {
  const pages: QueuedTask[][] = [];
  for (let cursor: string | null = null; ; ) {
    const page: Awaited<ReturnType<LabelQueue["page"]>> = await queue.page(kind, cursor, limit);
    pages.push([...page.items]);
    if (page.next === null) return pages;
    cursor = page.next;
  }
}

const id = (text: string) => payloadSampleId("query", text);
const chosen = (tasks: readonly QueuedTask[]) => tasks.filter(({ why }) => why.kind !== "audit");
/** Words that have no stretch of four letters in common. */
const unlike = (i: number) => createWord(i, "bcdfghjklmnp") + createWord(i * 31 + 7, "aeiouqrstvwx");
function createWord(i: number, letters: string): string {
  let [word, rest] = ["", i * 2_654_435_761];
  for (let k = 0; k < 12; k++) {
    word += letters[Math.abs(rest) % letters.length];
    rest = Math.imul(Math.floor(rest / letters.length) ^ (i + k), 0x9e3779b1);
  }
  return word;
}

test("two labellers who ask at once are given one order, made once", async () => {
  const words = Array.from({ length: 30 }, (_, i) => unlike(i));
  await store.write(
    storeVerdicts,
    words.map((word) => session(word, [finding(word)])),
  );
  let pools = 0;
  queue = createLabelQueue({
    store,
    borrow: async () => {
      pools++;
      return { hash: model, classify, giveBack: () => {} };
    },
    auditEvery: async () => 5,
  });
  const ask = (cursor: string | null) => queue.page("payload", cursor, 3);
  const [a, b] = await Promise.all([ask(null), ask(null)]);
  expect(b).toEqual(a);
  expect(pools).toBe(1);
  // So much is labelled that what is left is put in order anew: once, for both of them.
  for (const word of words.slice(0, 15)) await label(word, "benign");
  const [c, d] = await Promise.all([ask(a!.next), ask(b!.next)]);
  expect(d).toEqual(c);
  expect(pools).toBe(2);
  // Both go on in it.
  const [e, f] = await Promise.all([ask(c!.next), ask(d!.next)]);
  expect(f).toEqual(e);
  expect(pools).toBe(2);
});

describe("the order", () => {
  test("of nothing is empty", async () => {
    expect(await queue.page("payload", null, 20)).toEqual({ items: [], next: null });
    expect(await queue.page("session", null, 20)).toEqual({ items: [], next: null });
  });

  test("goes past any number of sessions that kept no value at once", async () => {
    const empty = Array.from({ length: 1500 }, (_, i) => session(`empty ${i}`, []));
    await store.write(storeVerdicts, empty);
    expect(await queue.page("payload", null, 20)).toEqual({ items: [], next: null });
    await store.write(storeVerdicts, [
      session("some", [finding(unlike(1))]),
      ...empty.map((one) => ({ ...one, id: `later ${one.id}`, session: `later ${one.session}` })),
    ]);
    queue = newQueue();
    expect((await offered()).map(({ length }) => length)).toEqual([1]);
  });

  test("begins with what the model cannot tell, and says why", async () => {
    const sure = finding(unlike(1));
    const torn = finding("<b onmouseover=x>", "xss", 0.52);
    await store.write(storeVerdicts, [session("a", [sure]), session("b", [torn], { class: "xss", verdict: "tag" })]);
    queue = newQueue(100);
    const { items } = await queue.page("payload", null, 20);
    expect(items).toMatchObject([
      { sample: id(torn.text), why: { kind: "torn", classes: ["xss", "benign"], alike: 1 } },
      { sample: id(sure.text), why: { kind: "new" } },
    ]);
  });

  test("has everything once, whatever the pages are", async () => {
    const texts = Array.from({ length: 40 }, (_, i) => unlike(i));
    await store.write(
      storeVerdicts,
      texts.map((text, i) => session(`s${i}`, [finding(text, "benign", 0.5 + i / 100)])),
    );
    for (const limit of [1, 7, 50]) {
      const all = (await offered(limit)).flat().map(({ sample }) => sample);
      expect(all.sort()).toEqual(texts.map(id).sort());
    }
  });

  test("offers one of a crowd of near-duplicates in a page, and the others later", async () => {
    const crowd = Array.from({ length: 60 }, (_, i) => `id=${i}&name=catalogue of winter shoes`);
    const others = Array.from({ length: 3 }, (_, i) => unlike(i));
    await store.write(
      storeVerdicts,
      [...crowd, ...others].map((text, i) => session(`s${i}`, [finding(text)])),
    );
    const ids = new Set(crowd.map(id));
    const pages = await offered();
    for (const page of pages) {
      expect(chosen(page).filter(({ sample }) => ids.has(sample)).length).toBeLessThanOrEqual(1);
    }
    expect(pages[0]![0]).toMatchObject({ why: { kind: "new", alike: 60 } });
    expect(new Set(pages.flat().map(({ sample }) => sample)).size).toBe(63);
  });

  test("brings forward what is labelled otherwise nearby", async () => {
    const texts = Array.from({ length: 30 }, (_, i) => unlike(i));
    const near = ["id=1&name=catalogue of winter shoes", "id=2&name=catalogue of winter shoes"];
    await store.write(
      storeVerdicts,
      [...texts, ...near].map((text, i) => session(`s${i}`, [finding(text)])),
    );
    await label(near[0]!, "sql_injection");
    queue = newQueue(100);
    const all = (await offered(50)).flat();
    expect(all[0]).toMatchObject({
      sample: id(near[1]!),
      why: { kind: "conflict", labelled: 1, otherwise: 1, classes: ["sql_injection"] },
    });
    expect(all.map(({ sample }) => sample)).not.toContain(id(near[0]!));
  });

  test("offers again, and holds beside nothing, what a labeller said that was taken out, in whatever way", async () => {
    const near = (i: number) => `id=${i}&name=catalogue of winter shoes`;
    const attack = finding("<i onmouseover=x>", "xss", 0.9);
    await store.write(storeVerdicts, [
      ...[near(1), near(2), unlike(1), unlike(2)].map((text, i) => session(`s${i}`, [finding(text)])),
      flagged({ session: "hit", findings: [attack] }),
    ]);
    const importId = "i";
    const rows = [{ sample: id(unlike(1)), line: 1, label: "xss", said: null }] as const;
    await store.write(storeImportRows, { importId, rows });
    const imported: DatasetImported = {
      ...{ sha256: "0".repeat(64), format: "csv", name: "", bytes: 1, rows: 1, refused: 0, problems: [] },
      ...{ by: "ana", at: now },
    };
    await append(importEntity, importId, datasetImported, imported);
    await labels.reportFalsePositive(
      [{ ...sampleOf(near(1)), said: { class: "xss", confidence: 1 } }],
      { verdictId: null, reason: null },
      ana,
    );
    const where = alertConditions("", { now, by: "ana" });
    const [alert] = await store.read(alertPage, { where, order: "newest", after: null, limit: 1 });
    const set = { status: "closed", reason: "false_positive", severity_seen: 3 };
    await append(alertEntity, alert!.id, alertChanged, { set });

    queue = newQueue(100);
    const samples = async () => (await offered()).flat().map(({ sample }) => sample);
    expect((await samples()).sort()).toEqual([id(near(2)), id(unlike(2))].sort());
    await labels.exclude({ labeller: fileLabeller(importId), since: 0, until: now }, ben);
    expect(await samples()).toContain(id(unlike(1)));
    await labels.exclude({ labeller: "ana", since: 0, until: Date.UTC(2100, 0) }, ben);
    const all = (await offered()).flat();
    expect(all).toHaveLength(5);
    for (const { why } of all) expect(why.labelled).toBe(0);
  });

  test("is made anew as labels come, and comes back when one is taken back", async () => {
    const texts = Array.from({ length: 60 }, (_, i) => unlike(i));
    await store.write(
      storeVerdicts,
      texts.map((text, i) => session(`s${i}`, [finding(text)])),
    );
    const first = await queue.page("payload", null, 20);
    const events: string[] = [];
    for (const text of texts.slice(0, 15)) events.push(await label(text, "benign"));
    const second = await queue.page("payload", first.next, 20);
    const open = new Set(texts.slice(15).map(id));
    expect(second.items.every(({ sample }) => open.has(sample))).toBe(true);
    expect(second.next!.split(".")[0]).not.toBe(first.next!.split(".")[0]);
    await store.undo(events.at(-1)!, ana);
    expect((await offered()).flat().map(({ sample }) => sample)).toContain(id(texts[14]!));
  });

  test("ends once everything is labelled, also with one class alone", async () => {
    const texts = Array.from({ length: 25 }, (_, i) => unlike(i));
    await store.write(
      storeVerdicts,
      texts.map((text, i) => session(`s${i}`, [finding(text)])),
    );
    const { next } = await queue.page("payload", null, 5);
    for (const text of texts) await label(text, "benign");
    expect(await queue.page("payload", next, 5)).toEqual({ items: [], next: null });
    expect((await queue.audit("payload")).estimate).toMatchObject({ isAll: true, attacks: 0, share: { high: 0 } });
  });

  test("takes a cursor from before a restart, and leaves out evidence that was withdrawn", async () => {
    const texts = Array.from({ length: 12 }, (_, i) => unlike(i));
    await store.write(
      storeVerdicts,
      texts.map((text, i) => session(`s${i}`, [finding(text)])),
    );
    const { next } = await queue.page("payload", null, 5);
    queue = newQueue();
    expect((await queue.page("payload", next, 5)).items).toHaveLength(5);
    const after = await queue.page("payload", null, 5);
    await withdraw(store, "e1");
    expect((await queue.page("payload", after.next, 5)).items).toEqual([]);
  });

  test("follows the model that serves now where another one judged", async () => {
    await store.write(storeVerdicts, [session("a", [finding("sure once")]), session("b", [finding(unlike(3))])]);
    await queue.page("payload", null, 20);
    expect(judged).toEqual([]);
    model = "another";
    queue = newQueue(100);
    const { items } = await queue.page("payload", null, 20);
    expect(items).toHaveLength(2);
    for (const { why } of items) expect(why).toMatchObject({ kind: "torn", classes: ["xss", "benign"] });
    expect(judged).toHaveLength(2);
  });

  test("of sessions begins at the threshold and with contradictions", async () => {
    const at = (name: string, score: number, payloadScore: number, behavioralScore: number) =>
      session(name, [], { score, payloadScore, behavioralScore, requestLine: `GET /${unlike(score * 100)}` });
    await store.write(storeVerdicts, [
      at("sure", 0.01, 0.01, 0.01),
      at("near", 0.48, 0.48, 0.48),
      at("torn", 0.36, 0.02, 0.88),
    ]);
    queue = newQueue(100);
    const { items } = await queue.page("session", null, 20);
    expect(items.map(({ sample, why }) => [sample, why.kind])).toEqual([
      [sessionSampleId("e1", "near"), "torn"],
      [sessionSampleId("e1", "torn"), "contradicted"],
      [sessionSampleId("e1", "sure"), "new"],
    ]);
  });
});

describe("the audit", () => {
  const many = (count: number, more = (_i: number) => ({})) =>
    Array.from({ length: count }, (_, i) => session(`s${i}`, [finding(`value ${unlike(i)}`)], more(i)));

  test("draws one task in so many, whatever the model says of it", async () => {
    await store.write(storeVerdicts, many(400));
    for (const every of [2, 5]) {
      queue = newQueue(every);
      const { items } = await queue.page("payload", null, 50);
      expect(items.map(({ why }) => why.kind === "audit")).toEqual(items.map((_, i) => i % every === every - 1));
    }
  });

  test("takes each kept value with the same probability, wherever it stands in its session", async () => {
    const three = (i: number) => [0, 1, 2].map((n) => finding(`value ${n} ${unlike(i)}`, "benign", 0.99 - n / 10));
    await store.write(
      storeVerdicts,
      Array.from({ length: 1500 }, (_, i) => session(`s${i}`, i % 2 === 0 ? three(i) : three(i).slice(0, 1))),
    );
    const drawn = await store.read(drawAudit, { kind: "payload", limit: 10_000 });
    const counts = [0, 0, 0];
    for (const { finding: n } of drawn.waiting) counts[n!]!++;
    // As many as one in three of those that there are up to where it stopped; five standard errors.
    const [first, second, third] = counts;
    expect(first! / 2).toBeGreaterThan(0.6 * third!);
    expect(Math.abs(second! - third!)).toBeLessThan(5 * Math.sqrt(second! + third!));
  });

  test("stays where it is when another model judges, and takes in what comes later", async () => {
    await store.write(storeVerdicts, many(100));

    const before = await store.read(drawAudit, { kind: "session", limit: 1000 });
    expect(before.population).toBe(100);
    await store.write(storeVerdicts, [session("late", [])]);
    const after = await store.read(drawAudit, { kind: "session", limit: 1000 });
    const late = sessionSampleId("e1", "late");
    expect(after.waiting.map(({ sample }) => sample)).toContain(late);
    expect(after.waiting.filter(({ sample }) => sample !== late)).toEqual(before.waiting);
  });

  test("counts labels of any origin, and what is flagged or disputed as open", async () => {
    const sessions = many(300);
    await store.write(storeVerdicts, sessions);

    const { waiting } = await store.read(drawAudit, { kind: "payload", limit: 1000 });
    const texts = new Map(sessions.flatMap(({ findings }) => findings.map(({ text }) => [id(text), text])));
    const first = waiting.slice(0, 20).map(({ sample }) => texts.get(sample)!);
    for (const text of first.slice(2)) await label(text, "benign");
    expect((await queue.audit("payload")).estimate).toMatchObject({ drawn: 20, open: 2, attacks: 0 });
    const event = await label(first[0]!, "xss");
    await label(first[1]!, null);
    const { values } = await queue.audit("payload");
    const { modelHash } = sessions[0]!.inputs;
    expect(values).toHaveLength(19);
    expect(values.filter(({ isAttack }) => isAttack)).toEqual([
      { model: modelHash, probability: expect.closeTo(0.01, 9), isAttack: true },
    ]);
    expect((await queue.audit("payload")).estimate).toMatchObject({ drawn: 20, open: 1, attacks: 1, begun: 19 });
    await store.undo(event, ana);
    expect((await queue.audit("payload")).estimate).toMatchObject({ drawn: 20, open: 2, attacks: 0 });
    // Forgery is a matter of the request, and not of a value.
    await label(first[0]!, "csrf");
    expect((await queue.audit("payload")).values).toHaveLength(18);
    // What is labelled behind them was drawn as well, but chosen by whoever labelled it.
    await label(texts.get(waiting[60]!.sample)!, "xss");
    expect((await queue.audit("payload")).values).toHaveLength(18);
  });

  test("has no part in what the model thinks: its draws miss as many as all of them", async () => {
    // Every tenth is an attack; the model is surest of those.
    const isAttack = (i: number) => i % 10 === 0;
    await store.write(
      storeVerdicts,
      Array.from({ length: 3000 }, (_, i) =>
        session(`s${i}`, [finding(`value ${i} ${unlike(i)}`, "benign", isAttack(i) ? 0.999 : 0.51)], {
          score: isAttack(i) ? 0.001 : 0.49,
        }),
      ),
    );

    const { waiting } = await store.read(drawAudit, { kind: "session", limit: 1000 });
    const attacks = waiting.filter(({ verdictId }) => isAttack(Number(/\d+/.exec(verdictId)![0]))).length;
    // Five standard errors of the share.
    expect(Math.abs(attacks / waiting.length - 0.1)).toBeLessThan(5 * Math.sqrt((0.1 * 0.9) / waiting.length));
  });
});
