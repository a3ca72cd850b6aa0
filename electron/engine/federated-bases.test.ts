import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ModelMetadata } from "../../shared/model.ts";
import { systemClock } from "./base/clock.ts";
import { enginePrincipal } from "./base/principals.ts";
import { createFederatedBases } from "./federated-bases.ts";
import {
  addFittedRows,
  type FittedRows,
  noFittedRows,
  unknownFittedRows,
  writeFittedRows,
} from "./learn/fitted-rows.ts";
import { modelModule } from "./learn/registry/model-state.ts";
import { openInlineStore } from "./store/inline-store.ts";

const idOf = (letter: string) => letter.repeat(64);
const shipped = { path: "/shipped", hash: idOf("0") };
let store: ReturnType<typeof openInlineStore>;
let champion: string;
let folder: string;
const lists = new Map<string, string>();
beforeEach(() => {
  store = openInlineStore({ modules: [modelModule], clock: systemClock, path: ":memory:" });
  champion = shipped.hash;
  folder = mkdtempSync(join(tmpdir(), "sentinel-bases-"));
  lists.clear();
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

/** Writes down what a model was fitted to. */
function note(id: string, fitted: FittedRows): void {
  const path = join(folder, id);
  writeFileSync(path, writeFittedRows(fitted));
  lists.set(id, path);
}

const bases = () =>
  createFederatedBases({
    store,
    files: { pathOf: ({ id }) => `/models/${id}`, fittedPathOf: (id) => lists.get(id) ?? null },
    nodeId: "here",
    champion: async () => ({ kind: "built-in", path: "", hash: champion, onnxEntry: "" }),
    shipped,
  });

async function register(id: string, changes: Partial<ModelMetadata>): Promise<void> {
  const metadata: ModelMetadata = {
    id,
    kind: "built-in",
    origin: "trained",
    created_at: null,
    created_by: "analyst",
    node_id: "here",
    product: "x",
    parent: shipped.hash,
    dataset_version: null,
    size_bytes: 1,
    training: null,
    ...changes,
  };
  const event = {
    entityType: "payload_model",
    entityId: id,
    baseVersion: 0,
    kind: "payload_model.registered",
    payload: { metadata, signature: { key: "k", value: "v" } },
    inverse: null,
  };
  await store.append([event], enginePrincipal);
}
const federated = { round: 1, method: "geometric median" as const, norm: 1, updates: [] };

test("the shipped model, a combined one, and one that another engine trained are bases", async () => {
  expect(await bases().requireNext()).toMatchObject({ id: shipped.hash, round: 1 });
  await register(idOf("a"), { origin: "combined", federated });
  note(idOf("a"), noFittedRows);
  champion = idOf("a");
  expect(await bases().requireNext()).toEqual({
    id: idOf("a"),
    path: `/models/${idOf("a")}`,
    round: 2,
    isOfOwnRows: false,
  });
  await register(idOf("b"), { node_id: "there", parent: idOf("f") });
  note(idOf("b"), addFittedRows(noFittedRows, [{ text: "of another engine", group: "g" }]));
  champion = idOf("b");
  expect(await bases().requireNext([{ text: "own" }])).toMatchObject({ round: 1, isOfOwnRows: false });
});

test.each([
  { why: "nobody wrote down what it was fitted to", fitted: null },
  { why: "the list is not of all of its lineage", fitted: unknownFittedRows },
])("no update is made of a model of which $why", async ({ fitted }) => {
  await register(idOf("b"), { node_id: "there", parent: idOf("f") });
  if (fitted !== null) note(idOf("b"), fitted);
  champion = idOf("b");
  await expect(bases().requireNext()).rejects.toMatchObject({ code: "CONFLICT" });
  expect(await bases().require(idOf("b"))).toMatchObject({ isOfOwnRows: true });
});

test("no update is made of a model that another engine trained on rows that are among the own ones", async () => {
  await register(idOf("b"), { node_id: "there", parent: null });
  note(idOf("b"), addFittedRows(noFittedRows, [{ text: "shared", group: "g" }]));
  champion = idOf("b");
  const own = [...Array.from({ length: 900 }, (_, i) => ({ text: `own ${i}` })), { text: "shared" }];
  await expect(bases().requireNext(own)).rejects.toMatchObject({
    code: "CONFLICT",
    message: expect.stringContaining("own rows"),
  });
  expect(await bases().requireNext(own.slice(0, -1))).toMatchObject({ id: idOf("b") });
});

test("no update is made of a model that holds this engine's rows without noise, nor of what goes back to one", async () => {
  await register(idOf("c"), {});
  await register(idOf("d"), { origin: "combined", parent: idOf("c"), federated });
  for (const id of [idOf("c"), idOf("d")]) {
    champion = id;
    await expect(bases().requireNext()).rejects.toMatchObject({
      code: "CONFLICT",
      message: expect.stringContaining("own rows"),
    });
    // Those of others, for whom it holds no rows, may be of it.
    expect(await bases().require(id)).toMatchObject({ isOfOwnRows: true });
  }
});

test("a combined model counts as fitted to what its base was: a list of the updates' rows would tell of them", async () => {
  expect(await bases().fittedOf(await bases().require(shipped.hash))).toEqual(noFittedRows);
  await register(idOf("b"), { node_id: "there" });
  expect(await bases().fittedOf(await bases().require(idOf("b")))).toEqual(unknownFittedRows);
});

test("what has no linear part is no base", async () => {
  await register(idOf("e"), { kind: "onnx", origin: "folder" });
  champion = idOf("e");
  await expect(bases().requireNext()).rejects.toMatchObject({ code: "CONFLICT" });
  await expect(bases().require(idOf("e"))).rejects.toMatchObject({ code: "UPDATE_REFUSED" });
});
