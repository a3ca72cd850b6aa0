import { lstat, readdir } from "node:fs/promises";
import { basename } from "node:path";
import { watch } from "chokidar";
import { type ErrorCode, errorCodes, SentinelError } from "../../../shared/errors.ts";
import { sha256 } from "../base/ids.ts";
import type { Logger } from "../base/logging.ts";
import type { Store } from "../store/store.ts";
import { createRefusedFiles, type RefusedFile } from "./refused-files.ts";
import { recallFile, rememberFile } from "./watched-files.ts";

export interface WatchedFolder {
  /** Files found but not yet dealt with. */
  pending(): number;
  /** What could not be imported and still lies there: the newest first, at most 20, and how many there are. */
  refused(): { readonly files: readonly RefusedFile[]; readonly count: number };
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
  /** Hears of files that could not be imported, each time that one was tried. */
  readonly onProblem: (problem: RefusedFile) => void;
  /** Hears when what is refused changed. */
  readonly onChange?: () => void;
  /** How long a file's size must stand still before it counts as complete, milliseconds. */
  readonly stableMs?: number;
  /** How often refused files are looked at again, milliseconds: no event tells surely that one may be read now. */
  readonly againMs?: number;
}

/** Deepest subfolder that is looked into. */
const maxDepth = 5;

type Told = Awaited<ReturnType<typeof lstat>>;

/** A file as it was dealt with. */
const stateOf = ({ size, mtimeMs }: Told) => `${size}:${mtimeMs}`;
/** The same with its permissions: one that was refused is tried again when they change. */
const refusedStateOf = (stats: Told) => `${stateOf(stats)}:${stats.ctimeMs}`;

/**
 * Imports files that appear in a folder, each once, one after the other. The operator's files are never moved, changed or removed:
 * what was dealt with is remembered by path, size and time of change, across restarts. Symbolic links are not followed; hidden
 * files and names that programs give to unfinished downloads are passed over.
 */
export function watchFolder(options: WatchedFolderOptions): WatchedFolder {
  const { folder, store, log, importFile, onProblem, onChange, stableMs = 2000, againMs = 60_000 } = options;
  let waiting = 0;
  let last: Promise<void> = Promise.resolve();
  let closed = false;
  const refused = createRefusedFiles();

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
    let stats: Told | null = null;
    try {
      stats = await lstat(path);
      if (!stats.isFile()) return;
      const known = await store.read(recallFile, sha256(path));
      if (known?.code === null && known.state === stateOf(stats)) return;
      if (known?.code != null && known.state === refusedStateOf(stats)) {
        // Who refused it just now said why.
        if (!refused.has(path)) tell(path, { fileName, code: known.code, message: refusedBefore(known.code) });
        return;
      }
      const { evidenceId } = await importFile(path, fileName);
      await store.write(rememberFile, { path: sha256(path), state: stateOf(stats), evidence: evidenceId, code: null });
      if (refused.remove(path)) onChange?.();
    } catch (thrown) {
      if (closed) return;
      const error =
        thrown instanceof SentinelError
          ? thrown
          : new SentinelError("INTERNAL", "Importing the file failed.", undefined, thrown);
      if (error.code === "INTERNAL") log.error({ err: thrown }, "watched file failed");
      const problem = { fileName, code: error.code, message: error.message };
      onProblem(problem);
      tell(path, problem);
      // What will be refused again is remembered; a full disk or a vanished file is tried again when it shows up next.
      if (stats !== null && /^(?:EVIDENCE_UN|EVIDENCE_HASH|EVIDENCE_SIG|INPUT_)/.test(error.code)) {
        const state = refusedStateOf(stats);
        await store.write(rememberFile, { path: sha256(path), state, evidence: null, code: error.code });
      }
    }
  }

  function tell(path: string, problem: RefusedFile): void {
    refused.add(path, problem);
    onChange?.();
  }

  function forget(path: string): void {
    if (refused.remove(path)) onChange?.();
  }

  /** A folder that is not there, or not any more, is no error to the watcher: a drive that is not mounted, a slip of the pen. */
  async function lookAtFolder(): Promise<void> {
    const problem = await readdir(folder).then(
      () => null,
      ({ code }: NodeJS.ErrnoException) => (code === "ENOENT" ? "There is no such folder." : "It cannot be read."),
    );
    if (closed) return;
    if (problem === null) {
      if (!refused.has(folder)) return;
      forget(folder);
      watcher.add(folder);
    } else if (!refused.has(folder)) {
      const told = { fileName: folder, code: "UNAVAILABLE", message: problem };
      onProblem(told);
      tell(folder, told);
    }
  }

  /** What was refused is dealt with again: it may have changed, or be gone. */
  async function lookAgain(): Promise<void> {
    await lookAtFolder();
    if (waiting > 0) return;
    for (const path of refused.paths()) {
      if (closed) return;
      if (path === folder) continue;
      const stats = await lstat(path).catch(() => null);
      if (stats === null) forget(path);
      else if ((await store.read(recallFile, sha256(path)))?.state !== refusedStateOf(stats)) found(path);
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
  watcher.on("unlink", forget);
  const warn = (error: unknown) => log.warn({ err: error }, "watched folder");
  const again = setInterval(() => void lookAgain().catch(warn), againMs).unref();
  void lookAtFolder().catch(warn);
  watcher.on("error", (error) => {
    warn(error);
    const problem = { fileName: folder, code: "UNAVAILABLE", message: "The watched folder cannot be read." };
    onProblem(problem);
    tell(folder, problem);
  });

  return {
    pending: () => waiting,
    refused: () => ({ files: refused.newest(), count: refused.count() }),
    settled: () => last,
    async close() {
      closed = true;
      clearInterval(again);
      await watcher.close();
      await last;
    },
  };
}

/** What is remembered of a file is its code alone: the remedy says what the reason was. */
function refusedBefore(code: string): string {
  const remedy = Object.hasOwn(errorCodes, code) ? ` ${errorCodes[code as ErrorCode].remedy}` : "";
  return `It was refused before, and is as it was.${remedy}`;
}

function isPassedOver(path: string): boolean {
  return /^\.|~$|\.(?:part|partial|crdownload|download|tmp|swp)$/i.test(basename(path));
}
