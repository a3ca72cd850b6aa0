import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { SentinelError } from "../../../../shared/errors.ts";
import type { ModelMetadata } from "../../../../shared/model.ts";
import { sha256 } from "../../base/ids.ts";
import { readOnnxFolder } from "../../detect/classifier/onnx-folder.ts";
import { syncDirectory, writeDurably } from "../../store/durable-file.ts";
import { toStoreError } from "../../store/store-errors.ts";
import { type FittedRows, readFittedList, readFittedRows, writeFittedRows } from "../fitted-rows.ts";

/** Files of an ONNX model, in the order of their names. */
export const onnxFiles = ["config.json", "model.onnx", "tokenizer.json"] as const;

/** The file of any other model. */
export const singleFile = "payload.bin";

/** What its rows were, beside the files of a model in a package. */
export const fittedFile = "fitted.bin";

/** The list that a script writes beside an ONNX model. */
const fittedList = "fitted.txt";

/**
 * Files of registered models, by content: `payload-HASH.bin`, or the folder `onnx-HASH` with its three files; beside each `fitted-HASH.bin`
 * tells what it was fitted to. They lie beside the copies of shipped models, are in every backup, and are never changed.
 */
export interface ModelFiles {
  /** Keeps the file of a model, whole or not at all. @returns its hash. @throws SentinelError DISK_FULL */
  keepFile(bytes: Uint8Array): Promise<string>;
  /**
   * Copies an ONNX folder, whole or not at all, and what its `fitted.txt` says that it was fitted to.
   * @returns its hash. @throws SentinelError INPUT_INVALID, DISK_FULL
   */
  keepFolder(folder: string): Promise<string>;
  /** Gives a finished file or folder of `work` the name of a model, whose hash the caller has checked; a damaged one makes way. */
  publish(from: string, model: Pick<ModelMetadata, "id" | "kind">): Promise<void>;
  /** Notes what a model was fitted to. @throws SentinelError DISK_FULL */
  keepFitted(id: string, fitted: FittedRows): Promise<void>;
  /** File that tells what a model was fitted to; null: nobody wrote it down. */
  fittedPathOf(id: string): string | null;
  /** Whether the file, or folder, of a model is here. */
  has(model: Pick<ModelMetadata, "id" | "kind">): boolean;
  /** File, or folder, of a model. @throws SentinelError NOT_FOUND when it is gone */
  pathOf(model: Pick<ModelMetadata, "id" | "kind">): string;
  /** The parts of a model with their paths. @throws SentinelError NOT_FOUND */
  partsOf(model: Pick<ModelMetadata, "id" | "kind">): { readonly name: string; readonly path: string }[];
  /** Bytes of all parts together. */
  sizeOf(model: Pick<ModelMetadata, "id" | "kind">): Promise<number>;
  /** A folder for what is not finished; a start removes it. */
  readonly work: string;
}

/** @param folder `models` of the data directory */
export async function openModelFiles(folder: string): Promise<ModelFiles> {
  const work = join(folder, "unfinished.tmp");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // What a killed engine left is of no use: nothing has its name yet.
  for (const name of await readdir(folder)) {
    if (name.endsWith(".tmp")) await rm(join(folder, name), { recursive: true, force: true });
  }
  await mkdir(work, { mode: 0o700 });

  function nameOf({ id, kind }: Pick<ModelMetadata, "id" | "kind">): string {
    // SECURITY: an id is a hash and never a path.
    if (!/^[0-9a-f]{64}$/.test(id)) throw new SentinelError("NOT_FOUND", "There is no such model.");
    return join(folder, kind === "onnx" ? `onnx-${id}` : `payload-${id}.bin`);
  }

  function pathOf(model: Pick<ModelMetadata, "id" | "kind">): string {
    const path = nameOf(model);
    if (!existsSync(path)) throw new SentinelError("NOT_FOUND", `The files of the model ${model.id} are gone.`);
    return path;
  }

  function partsOf(model: Pick<ModelMetadata, "id" | "kind">) {
    const path = pathOf(model);
    if (model.kind !== "onnx") return [{ name: singleFile, path }];
    return onnxFiles.map((name) => ({ name, path: join(path, name) }));
  }

  /** Gives finished files their name, in the place of damaged ones. What has it already and is whole stays. */
  async function publish(from: string, model: Pick<ModelMetadata, "id" | "kind">): Promise<void> {
    const path = nameOf(model);
    const damaged = join(work, randomBytes(6).toString("hex"));
    if (existsSync(path)) {
      if (await isWhole(path, model)) return;
      await rename(path, damaged);
    }
    await rename(from, path);
    await syncDirectory(folder);
    await rm(damaged, { recursive: true, force: true });
  }

  /** SECURITY: a file is a model by its content, and not because it has the name of one. */
  async function isWhole(path: string, { id, kind }: Pick<ModelMetadata, "id" | "kind">): Promise<boolean> {
    try {
      return (kind === "onnx" ? (await readOnnxFolder(path)).hash : sha256(await readFile(path))) === id;
    } catch {
      return false;
    }
  }

  const fittedName = (id: string) =>
    nameOf({ id, kind: "built-in" }).replace(/payload-(?=[0-9a-f]{64}\.bin$)/, "fitted-");

  /** What was written first stays: the lineage of a model does not change. One that cannot be read is written anew. */
  async function keepFitted(id: string, fitted: FittedRows): Promise<void> {
    const path = fittedName(id);
    const known = await readFile(path).catch(() => null);
    try {
      if (known !== null) return void readFittedRows(known);
    } catch {
      // Damaged.
    }
    await throughDisk(() => writeDurably(path, writeFittedRows(fitted)));
  }

  return {
    work,
    keepFitted,
    fittedPathOf(id) {
      const path = fittedName(id);
      return existsSync(path) ? path : null;
    },
    publish,
    async keepFile(bytes) {
      const id = sha256(bytes);
      const path = nameOf({ id, kind: "built-in" });
      if (!(await isWhole(path, { id, kind: "built-in" }))) await throughDisk(() => writeDurably(path, bytes));
      return id;
    },
    async keepFolder(source) {
      // Whatever is wrong is said of the folder that was given.
      await readOnnxFolder(source, null);
      const list = await readFile(join(source, fittedList), "utf8").catch(() => null);
      const fitted = list === null ? null : readFittedList(list);
      const target = join(work, randomBytes(6).toString("hex"));
      try {
        await throughDisk(async () => {
          await mkdir(target, { mode: 0o700 });
          for (const name of onnxFiles) await copySynced(join(source, name), join(target, name));
          await syncDirectory(target);
        });
        // Of the copy: the source may change while it is read.
        const { hash: id } = await readOnnxFolder(target, null);
        if (fitted !== null) await keepFitted(id, fitted);
        await publish(target, { id, kind: "onnx" });
        return id;
      } finally {
        await rm(target, { recursive: true, force: true });
      }
    },
    has: (model) => existsSync(nameOf(model)),
    pathOf,
    partsOf,
    async sizeOf(model) {
      const sizes = await Promise.all(partsOf(model).map(async ({ path }) => (await stat(path)).size));
      return sizes.reduce((sum, size) => sum + size, 0);
    },
  };
}

async function copySynced(from: string, to: string): Promise<void> {
  await copyFile(from, to).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    throw new SentinelError("INPUT_INVALID", `There is no ${from}; a folder needs ${onnxFiles.join(", ")}.`);
  });
  const file = await open(to, "r+");
  try {
    await file.chmod(0o600);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A full disk is said as such. */
async function throughDisk<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    throw toStoreError(error);
  }
}
