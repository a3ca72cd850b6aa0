import { lstat } from "node:fs/promises";
import { basename } from "node:path";
import { watch } from "chokidar";
import { SentinelError } from "../../../shared/errors.ts";
import { sha256 } from "../base/ids.ts";
import type { Logger } from "../base/logging.ts";
import type { Store } from "../store/store.ts";
import { recallFile, rememberFile } from "./watched-files.ts";

export interface WatchedFolder {
  /** Files found but not yet dealt with. */
  pending(): number;
  /** Resolves once every file found so far was dealt with. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

export interface WatchedFolderOptions {
  readonly folder: string;
  readonly store: Store;
  readonly log: Logger;
  /** Imports one file. @returns what it became @throws SentinelError when it is refused */
  readonly importFile: (path: string, fileName: string) => Promise<{ evidenceId: string }>;
  /** Hears of files that could not be imported. */
  readonly onProblem: (problem: { fileName: string; code: string; message: string }) => void;
  /** How long a file's size must stand still before it counts as complete, milliseconds. */
  readonly stableMs?: number;
}

/** Deepest subfolder that is looked into. */
const maxDepth = 5;

/**
 * Imports files that appear in a folder, each once, one after the other. The operator's files are never moved, changed or removed:
 * what was dealt with is remembered by path, size and time of change, across restarts. Symbolic links are not followed; hidden
 * files and names that programs give to unfinished downloads are passed over.
 */
export function watchFolder(options: WatchedFolderOptions): WatchedFolder {
  const { folder, store, log, importFile, onProblem, stableMs = 2000 } = options;
  let waiting = 0;
  let last: Promise<void> = Promise.resolve();
  let closed = false;

  const watcher = watch(folder, {
    // SECURITY: a link in a shared folder could point at any file that this account can read.
    followSymlinks: false,
    depth: maxDepth,
    ignored: (path, stats) => path !== folder && (isPassedOver(path) || stats?.isSymbolicLink() === true),
    awaitWriteFinish: { stabilityThreshold: stableMs, pollInterval: Math.min(200, stableMs) },
    ignorePermissionErrors: true,
  });

  async function deal(path: string): Promise<void> {
    const fileName = basename(path);
    let state: string | null = null;
    try {
      const stats = await lstat(path);
      if (!stats.isFile()) return;
      state = `${stats.size}:${stats.mtimeMs}`;
      if ((await store.read(recallFile, sha256(path)))?.state === state) return;
      const { evidenceId } = await importFile(path, fileName);
      await store.write(rememberFile, { path: sha256(path), state, evidence: evidenceId, code: null });
    } catch (thrown) {
      if (closed) return;
      const error =
        thrown instanceof SentinelError
          ? thrown
          : new SentinelError("INTERNAL", "Importing the file failed.", undefined, thrown);
      if (error.code === "INTERNAL") log.error({ err: thrown }, "watched file failed");
      onProblem({ fileName, code: error.code, message: error.message });
      // What will be refused again is remembered; a full disk or a vanished file is tried again when it shows up next.
      if (state !== null && /^(?:EVIDENCE_UN|EVIDENCE_HASH|EVIDENCE_SIG|INPUT_)/.test(error.code)) {
        await store.write(rememberFile, { path: sha256(path), state, evidence: null, code: error.code });
      }
    }
  }

  function found(path: string): void {
    waiting++;
    last = last
      .then(() => (closed ? undefined : deal(path)))
      .catch((error: unknown) => log.error({ err: error }, "watched file failed"))
      .finally(() => {
        waiting--;
      });
  }

  watcher.on("add", found);
  watcher.on("change", found);
  watcher.on("error", (error) => {
    log.warn({ err: error }, "watched folder");
    onProblem({ fileName: basename(folder), code: "UNAVAILABLE", message: "The watched folder cannot be read." });
  });

  return {
    pending: () => waiting,
    settled: () => last,
    async close() {
      closed = true;
      await watcher.close();
      await last;
    },
  };
}

function isPassedOver(path: string): boolean {
  return /^\.|~$|\.(?:part|partial|crdownload|download|tmp|swp)$/i.test(basename(path));
}
