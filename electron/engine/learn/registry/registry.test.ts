import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ModelEntry, type ModelMetadata } from "../../../../shared/model.ts";
import type { ModelEvaluation } from "../../../../shared/model-figures.ts";
import { canonicalJson } from "../../base/canonical-json.ts";
import type { Principal } from "../../base/principals.ts";
import { writeOnnxFolder } from "../../detect/classifier/fixtures/onnx-folder.ts";
import { readModel, writeModel } from "../../detect/classifier/model-file.ts";
import { eventById } from "../../store/event-table.ts";
import { openInlineStore } from "../../store/inline-store.ts";
import { openKeyStore } from "../../store/key-store.ts";
import { createSealer } from "../../store/seal.ts";
import type { StoreHost } from "../../store/store.ts";
import { addFittedRows, noFittedRows, readFittedRows } from "../fitted-rows.ts";
import { evaluationOf } from "../fixture-evaluation.ts";
import { openModelFiles } from "./model-files.ts";
import { importModelFile } from "./model-package.ts";
import { modelModule } from "./model-state.ts";
import { createRegistry, type NewModel, type Registry } from "./registry.ts";

const shippedBytes = readFileSync(join(import.meta.dirname, "../../../../resources/model/payload.bin"));
const clock = { now: () => Date.UTC(2026, 5, 1) };
const admin: Principal = { actor: "ada", role: "admin", caller: "ui" };
const analyst: Principal = { actor: "ana", role: "analyst", caller: "ui" };
const shippedModel: ModelMetadata = {
  id: "f".repeat(64),
  kind: "built-in",
  origin: "shipped",
  created_at: "2026-01-01T00:00:00.000Z",
  created_by: "Sentinel",
  node_id: "shipped",
  product: "Sentinel",
  parent: null,
  dataset_version: null,
  size_bytes: 1,
  training: null,
};

interface Node {
  readonly registry: Registry;
  readonly store: StoreHost;
  readonly models: string;
  champion: string;
  trusted: string[];
}

let folder: string;
const nodes: Node[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sentinel-registry-"));
});
afterEach(async () => {
  for (const { store } of nodes.splice(0)) await store.close();
  rmSync(folder, { recursive: true });
});

async function openNode(name: string): Promise<Node> {
  const home = join(folder, name);
  const models = join(home, "models");
  const ring = { current: "k", keys: { k: Buffer.alloc(32, 3) } };
  const keys = await openKeyStore({ directory: join(home, "keys"), ring });
  const store = openInlineStore({ modules: [modelModule], clock });
  const node = { store, models, champion: shippedModel.id, trusted: [] as string[] };
  const registry = await createRegistry({
    store,
    sealer: createSealer(keys),
    keys,
    clock,
    files: await openModelFiles(models),
    nodeId: name,
    product: "Sentinel 0.0.0",
    shipped: [shippedModel],
    champion: () => node.champion,
    onTrial: () => null,
    trustedKeys: async () => node.trusted,
  });
  const whole = Object.assign(node, { registry });
  nodes.push(whole);
  return whole;
}

/** A model like the shipped one that calls its data by another name. */
function modelBytes(version: string): Uint8Array {
  const { header, weights, suspicion } = readModel(shippedBytes);
  return writeModel({ header: { ...header, version }, weights, suspicion });
}

async function registerTrained({ registry }: Node, version = "v1"): Promise<string> {
  const id = await registry.files.keepFile(modelBytes(version));
  const model: NewModel = {
    id,
    kind: "built-in",
    origin: "trained",
    parent: shippedModel.id,
    dataset_version: version,
    training: null,
  };
  expect(await registry.register(model, analyst)).not.toBeNull();
  return id;
}

const passing: ModelEvaluation = evaluationOf(true);
const failing: ModelEvaluation = evaluationOf(false);

describe("a registered model", () => {
  test("is listed with what it is, signed; shipped ones come last", async () => {
    const node = await openNode("a");
    const id = await registerTrained(node);
    const [own, shipped] = await node.registry.list();
    expect(ModelEntry.parse(own)).toEqual(own);
    expect(own).toMatchObject({ metadata: { id, created_by: "ana", node_id: "a" }, aliases: [], may_decide: false });
    expect(own!.signature!.key).toBe(node.registry.key().key);
    expect(shipped).toMatchObject({ metadata: { id: shippedModel.id }, aliases: ["champion"], may_decide: true });
  });

  test("is registered once", async () => {
    const node = await openNode("a");
    const id = await registerTrained(node);
    const { metadata } = await node.registry.get(id);
    expect(await node.registry.register(metadata, analyst)).toBeNull();
  });

  test("its registration can be undone, and that too; a rebuild gives the same", async () => {
    const { registry, store } = await openNode("a");
    const id = await registry.files.keepFile(modelBytes("v1"));
    const model: NewModel = {
      id,
      kind: "built-in",
      origin: "trained",
      parent: null,
      dataset_version: "v1",
      training: null,
    };
    const event = await registry.register(model, analyst);
    const undone = await store.undo(event!, analyst);
    await expect(registry.get(id)).rejects.toThrowError("There is no model");
    await store.undo(undone.id, analyst);
    const before = await registry.list();
    await store.rebuild();
    expect(await registry.list()).toEqual(before);
  });

  test("may decide once its gates passed, and no longer when a later judgement fails", async () => {
    const { registry } = await openNode("a");
    const id = await registerTrained(nodes[0]!);
    await expect(registry.requireDeciding(id)).rejects.toMatchObject({ code: "GATES_FAILED" });
    await registry.noteEvaluation(id, passing, analyst);
    expect(await registry.requireDeciding(id)).toMatchObject({ id });
    await registry.noteEvaluation(id, failing, analyst);
    await expect(registry.requireDeciding(id)).rejects.toThrowError("it failed recall");
  });

  test("its card says what is known, and nothing in it is markup", async () => {
    const node = await openNode("a");
    const id = await registerTrained(node);
    await node.registry.noteEvaluation(id, failing, analyst);
    await node.registry.override(id, "![x](http://evil/) | <b>because</b>", 2, admin);
    const card = await node.registry.card(id);
    expect(card).toContain(id);
    expect(card).toContain("| recall |");
    expect(card).toContain("yes, by override");
    expect(card).not.toContain("![x]");
    expect(card).not.toContain("<b>");
  });
});

describe("an override", () => {
  test("is an admin's, has a reason in the log, sealed, and can be undone", async () => {
    const { registry, store } = await openNode("a");
    const id = await registerTrained(nodes[0]!);
    await registry.noteEvaluation(id, failing, analyst);
    const { version } = await registry.get(id);
    await expect(registry.override(id, "we need it today", version, analyst)).rejects.toMatchObject({
      code: "FORBIDDEN",
    });
    const event = await registry.override(id, "we need it today", version, admin);
    expect(await registry.get(id)).toMatchObject({
      override: { by: "ada", reason: "we need it today" },
      may_decide: true,
    });
    expect(JSON.stringify(await store.read(eventById, event))).not.toContain("today");
    await store.undo(event, admin);
    expect(await registry.get(id)).toMatchObject({ override: null, may_decide: false });
  });

  test("ends with the judgement that it is about", async () => {
    const { registry } = await openNode("a");
    const id = await registerTrained(nodes[0]!);
    await registry.noteEvaluation(id, failing, analyst);
    await registry.override(id, "we need it today", 2, admin);
    await registry.noteEvaluation(id, failing, analyst);
    expect(await registry.get(id)).toMatchObject({ override: null, may_decide: false });
  });

  test("needs a failed gate", async () => {
    const { registry } = await openNode("a");
    const id = await registerTrained(nodes[0]!);
    await expect(registry.override(id, "we need it today", 1, admin)).rejects.toThrowError("not judged yet");
    await registry.noteEvaluation(id, passing, analyst);
    await expect(registry.override(id, "we need it today", 2, admin)).rejects.toThrowError("Every gate passed");
  });
});

describe("aliases", () => {
  test("a challenger has to have passed its gates; setting it can be undone", async () => {
    const { registry, store } = await openNode("a");
    const id = await registerTrained(nodes[0]!);
    await expect(registry.setChallenger(id, admin)).rejects.toMatchObject({ code: "GATES_FAILED" });
    await registry.noteEvaluation(id, passing, analyst);
    const event = await registry.setChallenger(id, admin);
    expect((await registry.get(id)).aliases).toEqual(["challenger"]);
    await store.undo(event, admin);
    expect((await registry.get(id)).aliases).toEqual([]);
  });

  test("champion and challenger are not withdrawn", async () => {
    const node = await openNode("a");
    const id = await registerTrained(node);
    await node.registry.noteEvaluation(id, passing, analyst);
    node.champion = id;
    await expect(node.registry.withdraw(id, 2, admin)).rejects.toMatchObject({ code: "CONFLICT" });
    node.champion = shippedModel.id;
    await node.registry.withdraw(id, 2, admin);
    expect((await node.registry.list()).map(({ metadata }) => metadata.id)).toEqual([shippedModel.id]);
  });
});

test("a page has the newest, and whatever decides or is on trial, and says whether there are more", async () => {
  const node = await openNode("a");
  const ids: string[] = [];
  for (const version of ["v1", "v2", "v3"]) ids.push(await registerTrained(node, version));
  node.champion = ids[0]!;
  const newest = (await node.registry.list())[0]!.metadata.id;
  const { models, more } = await node.registry.page(1);
  expect(models.map(({ metadata }) => metadata.id)).toEqual([...new Set([newest, ids[0]!]), shippedModel.id]);
  expect(more).toBe(true);
  expect(await node.registry.page(3)).toMatchObject({ more: false, models: { length: 4 } });
});

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
async function exported({ registry }: Node, id: string): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(await registry.export(id, analyst)));
}

describe("from one machine to another", () => {
  test("a model arrives as it left, once its key is trusted", async () => {
    const [a, b] = [await openNode("a"), await openNode("b")];
    const id = await registerTrained(a);
    const file = await exported(a, id);
    await expect(b.registry.import(once(file), admin)).rejects.toMatchObject({
      code: "MODEL_KEY_UNKNOWN",
      message: expect.stringContaining(a.registry.key().fingerprint),
    });
    b.trusted = [a.registry.key().key];
    expect(await b.registry.import(once(file), admin)).toMatchObject({ id });
    const entry = await b.registry.get(id);
    expect(entry.metadata).toEqual((await a.registry.get(id)).metadata);
    // How it did elsewhere, beside another champion, is no verdict here.
    expect(entry).toMatchObject({ evaluation: null, may_decide: false });
    expect(readFileSync(b.registry.files.pathOf(entry.metadata))).toEqual(
      readFileSync(a.registry.files.pathOf(entry.metadata)),
    );
    expect(await b.registry.import(once(file), admin)).toEqual({ id, eventId: null });
  });

  test("an ONNX folder too", async () => {
    const [a, b] = [await openNode("a"), await openNode("b")];
    const source = join(folder, "onnx");
    writeOnnxFolder(source);
    const id = await a.registry.files.keepFolder(source);
    await a.registry.register(
      { id, kind: "onnx", origin: "folder", parent: null, dataset_version: null, training: null },
      admin,
    );
    b.trusted = [a.registry.key().key];
    expect(await b.registry.import(once(await exported(a, id)), admin)).toMatchObject({ id });
    expect(readdirSync(join(b.models, `onnx-${id}`)).sort()).toEqual(["config.json", "model.onnx", "tokenizer.json"]);
  });

  test("one bit changed anywhere, a byte more or less: refused, and nothing is left", async () => {
    const [a, b] = [await openNode("a"), await openNode("b")];
    const file = await exported(a, await registerTrained(a));
    b.trusted = [a.registry.key().key];
    const headerEnd = 12 + file.readUInt32LE(8);
    const before = readdirSync(b.models, { recursive: true }).sort();
    const refuses = async (bytes: Uint8Array) => {
      const refusal = b.registry.import(once(bytes), admin);
      await expect(refusal).rejects.toMatchObject({ code: expect.stringMatching(/^MODEL_(REFUSED|KEY_UNKNOWN)$/) });
      expect(readdirSync(b.models, { recursive: true }).sort()).toEqual(before);
    };
    const at = fc.oneof(
      fc.integer({ min: 0, max: headerEnd - 1 }),
      fc.integer({ min: headerEnd, max: file.length - 1 }),
    );
    await fc.assert(
      fc.asyncProperty(at, fc.integer({ min: 0, max: 7 }), async (byte, bit) => {
        const changed = Buffer.from(file);
        changed[byte]! ^= 1 << bit;
        await refuses(changed);
      }),
      { numRuns: 60 * Number(process.env.TORTURE ?? 1) },
    );
    await refuses(file.subarray(0, file.length - 1));
    await refuses(Buffer.concat([file, Buffer.from([0])]));
    await refuses(Buffer.alloc(0));
    expect(await b.registry.list()).toHaveLength(1);
  });

  test("a statement of another sort, signed by the same key, is none", async () => {
    const [a, b] = [await openNode("a"), await openNode("b")];
    const id = await registerTrained(a);
    const file = await exported(a, id);
    b.trusted = [a.registry.key().key];
    const end = 12 + file.readUInt32LE(8);
    const header = JSON.parse(file.toString("utf8", 12, end)) as {
      signature: unknown;
      registered: { signature: unknown };
    };
    header.signature = header.registered.signature;
    const text = Buffer.from(canonicalJson(header));
    const start = Buffer.from(file.subarray(0, 12));
    start.writeUInt32LE(text.length, 8);
    await expect(b.registry.import(once(Buffer.concat([start, text, file.subarray(end)])), admin)).rejects.toThrowError(
      "its signature does not hold",
    );
  });
});

describe("files", () => {
  test("what a killed engine left half-written is removed, and was never a model", async () => {
    const { registry, models } = await openNode("a");
    await registerTrained(nodes[0]!);
    writeFileSync(join(models, `payload-${"a".repeat(64)}.bin.1234.tmp`), "half");
    cpSync(import.meta.dirname, join(models, "unfinished.tmp", "half"), { recursive: true });
    await openModelFiles(models);
    expect(readdirSync(models).filter((name) => name.endsWith(".tmp"))).toEqual(["unfinished.tmp"]);
    expect(readdirSync(join(models, "unfinished.tmp"))).toEqual([]);
    expect(await registry.list()).toHaveLength(2);
  });

  test("a folder that is no model is refused in words", async () => {
    const { registry, models } = await openNode("a");
    await expect(registry.files.keepFolder(join(folder, "nowhere"))).rejects.toMatchObject({ code: "INPUT_INVALID" });
    const source = join(folder, "onnx");
    writeOnnxFolder(source);
    rmSync(join(source, "tokenizer.json"));
    await expect(registry.files.keepFolder(source)).rejects.toThrowError("tokenizer.json is missing");
    expect(readdirSync(models)).toEqual(["unfinished.tmp"]);
  });

  test("a full disk is said, and leaves nothing under a model's name", async (context) => {
    const small = join(folder, "small");
    mkdirSync(small);
    // SECURITY: nosuid and nodev, as it is a test's own.
    if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m,mode=0700,nosuid,nodev", "tmpfs", small]).status !== 0) {
      context.skip("needs the right to mount a tmpfs");
    }
    try {
      const files = await openModelFiles(join(small, "models"));
      await expect(files.keepFile(shippedBytes)).rejects.toMatchObject({ code: "DISK_FULL" });
      const a = await openNode("a");
      const file = await exported(a, await registerTrained(a));
      const refusal = importModelFile(files, once(file), () => true);
      await expect(refusal).rejects.toMatchObject({ code: "DISK_FULL" });
      expect(readdirSync(join(small, "models"), { recursive: true })).toEqual(["unfinished.tmp"]);
    } finally {
      spawnSync("umount", [small]);
    }
  });

  test("a file that was changed under its name makes way for the model", async () => {
    const [a, b] = [await openNode("a"), await openNode("b")];
    const id = await registerTrained(a);
    const path = join(a.models, `payload-${id}.bin`);
    const bytes = readFileSync(path);
    const file = await exported(a, id);
    writeFileSync(path, bytes.subarray(1));
    expect(await a.registry.files.keepFile(bytes)).toBe(id);
    expect(readFileSync(path)).toEqual(bytes);
    // What comes in one file mends it as well.
    b.trusted = [a.registry.key().key];
    writeFileSync(join(b.models, `payload-${id}.bin`), "something else");
    expect(await b.registry.import(once(file), admin)).toMatchObject({ id });
    expect(readFileSync(join(b.models, `payload-${id}.bin`))).toEqual(bytes);
    expect(readdirSync(join(b.models, "unfinished.tmp"))).toHaveLength(0);
  });

  test("a damaged folder makes way, too", async () => {
    const { registry, models } = await openNode("a");
    const source = join(folder, "onnx");
    writeOnnxFolder(source);
    const id = await registry.files.keepFolder(source);
    const config = join(models, `onnx-${id}`, "config.json");
    const whole = readFileSync(config);
    rmSync(config);
    expect(await registry.files.keepFolder(source)).toBe(id);
    expect(readFileSync(config)).toEqual(whole);
  });

  test("what it was fitted to goes along, and a damaged list of that is refused", async () => {
    const [a, b] = [await openNode("a"), await openNode("b")];
    const id = await registerTrained(a);
    const fitted = addFittedRows(noFittedRows, [{ text: "a", group: "g" }]);
    await a.registry.files.keepFitted(id, fitted);
    const file = await exported(a, id);
    b.trusted = [a.registry.key().key];
    await b.registry.import(once(file), admin);
    expect(readFittedRows(readFileSync(b.registry.files.fittedPathOf(id)!))).toEqual(fitted);
    writeFileSync(a.registry.files.fittedPathOf(id)!, "nothing of the kind");
    const bad = await exported(a, id);
    const c = await openNode("c");
    c.trusted = b.trusted;
    await expect(c.registry.import(once(bad), admin)).rejects.toMatchObject({ code: "MODEL_UNREADABLE" });
    expect(await c.registry.list()).toHaveLength(1);
  });
});
