import {
  type BigIntStats,
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  futimesSync,
  lstatSync,
  mkdirSync,
  opendirSync,
  openSync,
  readlinkSync,
  readSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeSync,
} from "node:fs";
import { opendir, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { SentinelError } from "../../../../shared/errors.ts";
import { takeTurns } from "../../base/turns.ts";
import { byNumber, open, openFolder } from "../policy/open-within.ts";
import { decidePath, deniedName, type PathDecision, type PathRoots } from "../policy/path-policy.ts";

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

/** What one command may look at. */
export const copyLimits = { entries: 20_000, bytes: 256 * 1024 ** 2 } as const;

/** Which file something is, and in which state. */
export interface Mark {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly ctimeNs: bigint;
  readonly mtimeNs: bigint;
}

export type EntryKind = "file" | "folder" | "link";

/** Something that was copied: as it lay in the workspace, and as it lies in the copy. */
export interface Copied {
  readonly kind: EntryKind;
  readonly source: Mark;
  readonly copy: Mark;
}

/** How much may still be copied, and how to make room for other work meanwhile. */
export interface CopyBudget {
  entries: number;
  bytes: number;
  /** Lets other work run when it is due. @throws the reason of the signal */
  pause(): Promise<void>;
}

export function copyBudget(signal: AbortSignal, limits: { entries: number; bytes: number } = copyLimits): CopyBudget {
  return { ...limits, pause: takeTurns(signal) };
}

export interface CopyOptions {
  readonly roots: PathRoots;
  /** The folder that is copied from: one of the roots. */
  readonly root: string;
  /** Full paths below it that are wanted with all that lies in them; those that are not there are left out. */
  readonly wanted: readonly string[];
  /** An empty folder to copy into. */
  readonly into: string;
  readonly budget: CopyBudget;
  /** Names in the root's own folder that are copied with all in them though they are never touched otherwise. */
  readonly also?: (within: string) => boolean;
  /** Whether links that lead to what is not there are copied as well: for programs that compare and never follow them. */
  readonly deadLinks?: boolean;
}

/**
 * Copies parts of a folder for a command to work on: files, folders, and links that lead to what may be used. What is never touched is
 * not in the copy, so that no program, link, or file put there meanwhile shows it.
 * SECURITY: every file is opened below folders that were opened without following a link, and is copied from what was opened.
 *
 * @returns what was copied, by its path within the folder
 * @throws SentinelError INPUT_TOO_LARGE
 */
export async function copyWorkspace(options: CopyOptions): Promise<ReadonlyMap<string, Copied>> {
  const { roots, root, into, budget, also = () => false, deadLinks = false } = options;
  const copied = new Map<string, Copied>();
  // A set goes on to what is added while it is gone through, and holds each path once.
  const wanted = new Set(options.wanted);
  const times: { path: string; at: Date }[] = [];

  /** Brings one entry of an open folder. @returns null: it is left out */
  async function bring(folder: number, within: string): Promise<EntryKind | null> {
    const known = copied.get(within);
    if (known !== undefined) return known.kind;
    await budget.pause();
    if (deniedName(within) !== null && !also(within)) return null;
    const from = `${byNumber}/${folder}/${basename(within)}`;
    const to = join(into, within);
    const stat = lstatOrNull(from);
    if (stat === null) return null;
    let source: BigIntStats | null = stat;
    if (stat.isDirectory()) {
      mkdirSync(to);
      times.push({ path: to, at: stat.mtime });
      chmodSync(to, 0o777);
    } else if (stat.isSymbolicLink()) {
      if (!bringLink(from, to, within)) return null;
    } else {
      source = await bringFile(from, to, budget);
    }
    if (source === null) return null;
    budget.entries -= 1;
    if (budget.entries < 0) throw tooLarge(`${copyLimits.entries} files`);
    const kind = stat.isDirectory() ? "folder" : stat.isSymbolicLink() ? "link" : "file";
    copied.set(within, { kind, source: markOf(source), copy: markOf(lstatSync(to, { bigint: true })) });
    return kind;
  }

  function bringLink(from: string, to: string, within: string): boolean {
    let target: string;
    try {
      target = readlinkSync(from);
    } catch {
      return false;
    }
    const folder = join(root, dirname(within));
    const leads = decideLink(target, folder, roots);
    if (!leads.allowed && !deadLinks) return false;
    if (leads.allowed) wanted.add(resolve(folder, target)).add(leads.path);
    symlinkSync(target, to);
    return true;
  }

  /** Brings all that lies in a folder, and in those below it. */
  async function bringAll(within: string): Promise<void> {
    const folders = [within];
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      const fd = openOrNull(root, folder);
      if (fd === null) continue;
      try {
        for (const name of namesIn(`${byNumber}/${fd}`)) {
          const below = folder === "" ? name : `${folder}/${name}`;
          if ((await bring(fd, below)) === "folder") folders.push(below);
        }
      } finally {
        closeSync(fd);
      }
    }
  }

  for (const path of wanted) {
    if (path !== root && !path.startsWith(`${root}/`)) continue;
    const components = path.slice(root.length + 1).split("/");
    if (path === root) {
      await bringAll("");
      continue;
    }
    for (let depth = 1; depth <= components.length; depth++) {
      const within = components.slice(0, depth).join("/");
      const fd = openOrNull(root, components.slice(0, depth - 1).join("/"));
      if (fd === null) break;
      let kind: EntryKind | null;
      try {
        kind = await bring(fd, within);
      } finally {
        closeSync(fd);
      }
      if (kind === "folder" && depth === components.length) await bringAll(within);
      if (kind !== "folder") break;
    }
  }
  for (const { path, at } of times) utimesSync(path, at, at);
  return copied;
}

/** @returns null: it is no file any more, or cannot be read */
async function bringFile(from: string, to: string, budget: CopyBudget): Promise<BigIntStats | null> {
  let fd: number;
  try {
    // SECURITY: a pipe is not waited for.
    fd = openSync(from, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch {
    return null;
  }
  try {
    const stat = fstatSync(fd, { bigint: true });
    if (!stat.isFile()) return null;
    const copy = openSync(to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      await pour(fd, copy, budget);
      futimesSync(copy, stat.atime, stat.mtime);
    } finally {
      closeSync(copy);
    }
    // Inside, another account reads and writes it; nobody else gets to it.
    chmodSync(to, (Number(stat.mode) & 0o777) | 0o666);
    return stat;
  } finally {
    closeSync(fd);
  }
}

/** Copies what an open file holds into another. @throws SentinelError INPUT_TOO_LARGE */
export async function pour(from: number, to: number, budget: CopyBudget): Promise<void> {
  const part = Buffer.allocUnsafe(256 * 1024);
  for (let read = readSync(from, part); read > 0; read = readSync(from, part)) {
    budget.bytes -= read;
    if (budget.bytes < 0) throw tooLarge(`${copyLimits.bytes / 1024 ** 2} MiB`);
    for (let at = 0; at < read; ) at += writeSync(to, part, at, read - at);
    await budget.pause();
  }
}

/** Whether what a link says, in a folder, leads to what may be used. */
export function decideLink(target: string, folder: string, roots: PathRoots): PathDecision {
  return decidePath(target.startsWith("/") ? target : `${folder}/${target}`, "read", roots);
}

export function markOf({ dev, ino, ctimeNs, mtimeNs }: BigIntStats): Mark {
  return { dev, ino, ctimeNs, mtimeNs };
}

export function lstatOrNull(path: string): BigIntStats | null {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false }) ?? null;
}

/** Opens a folder within a root; null: there is none, or a link was put in its place. */
function openOrNull(root: string, within: string): number | null {
  try {
    return openFolder(root, within === "" ? [] : within.split("/"));
  } catch {
    return null;
  }
}

/** Names in a folder, a few hundred read at once: all of a large one would hold up other work. */
function* namesIn(folder: string): Generator<string> {
  const opened = opendirSync(folder, { bufferSize: 256 });
  try {
    for (let entry = opened.readSync(); entry !== null; entry = opened.readSync()) yield entry.name;
  } finally {
    opened.closeSync();
  }
}

/** Removes a folder of the engine's own with all in it; other work has its turn meanwhile, as it has not while Node's `rm` starts on all. */
export async function removeCopy(folder: string): Promise<void> {
  const pause = takeTurns(new AbortController().signal);
  async function empty(path: string): Promise<void> {
    for await (const entry of await opendir(path, { bufferSize: 256 })) {
      await pause();
      const below = join(path, entry.name);
      if (entry.isDirectory()) {
        await empty(below);
        rmdirSync(below);
      } else unlinkSync(below);
    }
  }
  // What it could not remove is for `rm`, which tries again, or says why.
  await empty(folder).catch(() => {});
  await rm(folder, { recursive: true, force: true });
}

/** What lies in a folder that nobody changes any more, by its path within it; `null` for what is neither file, folder nor link. */
export async function listCopy(
  folder: string,
  budget: CopyBudget,
): Promise<Map<string, { kind: EntryKind; mark: Mark } | null>> {
  const found = new Map<string, { kind: EntryKind; mark: Mark } | null>();
  const folders = [""];
  for (let at = folders.pop(); at !== undefined; at = folders.pop()) {
    const fd = open(join(folder, at), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    try {
      for (const name of namesIn(`${byNumber}/${fd}`)) {
        await budget.pause();
        budget.entries -= 1;
        if (budget.entries < 0) throw tooLarge(`${copyLimits.entries} files`);
        const within = at === "" ? name : `${at}/${name}`;
        const stat = lstatOrNull(`${byNumber}/${fd}/${name}`);
        const kind = stat?.isFile() ? "file" : stat?.isDirectory() ? "folder" : stat?.isSymbolicLink() ? "link" : null;
        found.set(within, kind === null ? null : { kind, mark: markOf(stat!) });
        if (kind === "folder") folders.push(within);
      }
    } finally {
      closeSync(fd);
    }
  }
  return found;
}

function tooLarge(limit: string): SentinelError {
  return new SentinelError("INPUT_TOO_LARGE", `The command would go through more than ${limit}: name fewer.`);
}
