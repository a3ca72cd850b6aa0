import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  futimesSync,
  mkdirSync,
  openSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  unlinkSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { SentinelError } from "../../../../shared/errors.ts";
import { atParent, open } from "../policy/open-within.ts";
import { decidePath, type PathOperation, type PathRoots, refuseFile } from "../policy/path-policy.ts";
import {
  type Copied,
  type CopyBudget,
  decideLink,
  type EntryKind,
  listCopy,
  lstatOrNull,
  type Mark,
  pour,
} from "./workspace-copy.ts";

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

type After = ReadonlyMap<string, { readonly kind: EntryKind; readonly mark: Mark } | null>;

/**
 * Does in the workspace what a command did in its copy: moves, new folders, files and links, changed files, removed files. Each change is
 * decided by the path policy as if it had been asked for by itself, and done only where the workspace still is as it was copied.
 * SECURITY: below folders that were opened without following a link, each; and to nothing that the copy did not have.
 *
 * @param before what was copied, by its path within the workspace
 * @returns what was not done and why, for whoever asked for the command
 */
export async function bringBack(
  copy: string,
  before: ReadonlyMap<string, Copied>,
  roots: PathRoots,
  budget: CopyBudget,
): Promise<string[]> {
  const notes: string[] = [];
  const after = await listCopy(copy, budget);
  const { moved, made, changed, removed } = await compare(before, after, () => budget.pause());

  async function attempt(within: string, act: () => void | Promise<void>): Promise<void> {
    await budget.pause();
    try {
      await act();
    } catch (error) {
      if (error instanceof SentinelError && error.code === "INPUT_TOO_LARGE") throw error;
      notes.push(`${within}: not done: ${whyNot(error)}`);
    }
  }
  const full = (within: string) => join(roots.workspace, within);
  const requireAllowed = (within: string, operation: PathOperation) => {
    const decision = decidePath(full(within), operation, roots);
    if (!decision.allowed) throw new SentinelError("PATH_DENIED", decision.reason, { rule: decision.rule });
  };
  /** What should be there: the file that was copied, or nothing. */
  const requireUnchanged = (path: string, within: string, isFolder = false) => {
    const expected = before.get(within)?.source;
    const stat = lstatOrNull(path);
    const isSame =
      stat === null || expected === undefined
        ? stat === null && expected === undefined
        : stat.dev === expected.dev && stat.ino === expected.ino && (isFolder || stat.ctimeNs === expected.ctimeNs);
    if (!isSame) throw new SentinelError("PATH_DENIED", "It was changed while the command ran.");
  };

  for (const [from, to] of moved) {
    await attempt(to, () => {
      requireAllowed(from, "delete");
      requireAllowed(to, "write");
      atParent(full(from), roots.workspace, (folder, name) =>
        atParent(full(to), roots.workspace, (newFolder, newName) => {
          requireUnchanged(`${folder}/${name}`, from, before.get(from)!.kind === "folder");
          requireUnchanged(`${newFolder}/${newName}`, to);
          renameSync(`${folder}/${name}`, `${newFolder}/${newName}`);
        }),
      );
    });
  }
  for (const within of made) {
    const kind = after.get(within)?.kind;
    await attempt(within, async () => {
      if (kind === undefined) throw new SentinelError("PATH_DENIED", "It is no file and no folder.");
      requireAllowed(within, "write");
      if (kind === "file") await writeFile(within);
      else if (kind === "link") makeLink(within);
      else {
        atParent(full(within), roots.workspace, (folder, name) => {
          requireUnchanged(`${folder}/${name}`, within);
          mkdirSync(`${folder}/${name}`, { mode: 0o700 });
        });
      }
    });
  }
  for (const within of changed) {
    await attempt(within, async () => {
      requireAllowed(within, "write");
      await writeFile(within);
    });
  }
  for (const within of removed) {
    await attempt(within, () => {
      if (before.get(within)!.kind === "folder") throw new SentinelError("PATH_DENIED", "A folder is not removed.");
      requireAllowed(within, "delete");
      atParent(full(within), roots.workspace, (folder, name) => {
        requireUnchanged(`${folder}/${name}`, within);
        unlinkSync(`${folder}/${name}`);
      });
    });
  }
  return notes;

  async function writeFile(within: string): Promise<void> {
    const from = open(join(copy, within), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      const stat = fstatSync(from);
      if (!stat.isFile()) throw new SentinelError("PATH_DENIED", "It is no file.");
      const isNew = !before.has(within);
      const to = atParent(full(within), roots.workspace, (folder, name) => {
        requireUnchanged(`${folder}/${name}`, within);
        // SECURITY: what is new replaces nothing, and a link in its place is not followed.
        const how = isNew ? O_CREAT | O_EXCL : 0;
        const fd = openSync(`${folder}/${name}`, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | how, 0o600);
        const why = requireOpened(fd, before.get(within)?.source);
        if (why === null) return fd;
        closeSync(fd);
        throw new SentinelError("PATH_DENIED", why);
      });
      try {
        if (!isNew) ftruncateSync(to);
        await pour(from, to, budget);
        if (isNew && (stat.mode & 0o111) !== 0) fchmodSync(to, 0o700);
        futimesSync(to, stat.atime, stat.mtime);
      } finally {
        closeSync(to);
      }
    } finally {
      closeSync(from);
    }
  }

  function makeLink(within: string): void {
    const target = readlinkSync(join(copy, within));
    const leads = decideLink(target, dirname(full(within)), roots);
    if (!leads.allowed) throw new SentinelError("PATH_DENIED", leads.reason);
    atParent(full(within), roots.workspace, (folder, name) => symlinkSync(target, `${folder}/${name}`));
  }
}

/** Why what was opened must not be written; null: it may. */
function requireOpened(fd: number, expected: Mark | undefined): string | null {
  const stat = fstatSync(fd, { bigint: true });
  const isSame = expected === undefined || (stat.dev === expected.dev && stat.ino === expected.ino);
  if (!stat.isFile() || !isSame) return "It was changed while the command ran.";
  return refuseFile(fstatSync(fd), "write")?.reason ?? null;
}

/** What differs between a copy as it was made and as it was left, the upper folders first. */
async function compare(before: ReadonlyMap<string, Copied>, after: After, pause: () => Promise<void>) {
  const pathOf = new Map([...before].map(([within, { copy }]) => [copy.ino, within]));
  const isSame = (within: string) => before.get(within)?.copy.ino === after.get(within)?.mark.ino;
  const moved = new Map<string, string>();
  const made: string[] = [];
  const changed: string[] = [];
  /** Where a path was before a folder above it was moved; itself where none was. */
  const originOf = (within: string): string => {
    for (const [from, to] of moved) if (within.startsWith(`${to}/`)) return from + within.slice(to.length);
    return within;
  };
  const arrived = new Set<string>();
  for (const within of [...after.keys()].sort()) {
    await pause();
    const entry = after.get(within)!;
    const origin = originOf(within);
    const was = before.get(origin);
    arrived.add(origin);
    if (entry !== null && was !== undefined && was.copy.ino === entry.mark.ino && was.kind === entry.kind) {
      const isTouched = was.copy.ctimeNs !== entry.mark.ctimeNs;
      if (isTouched && entry.kind === "file") changed.push(within);
      continue;
    }
    const from = entry === null ? undefined : pathOf.get(entry.mark.ino);
    // The number of what was removed may be that of something new: only what is moved keeps its time.
    const { kind, copy } = before.get(from ?? "") ?? {};
    if (from !== undefined && kind === entry!.kind && isAsOld(copy!, entry!) && !isSame(from)) {
      moved.set(from, within);
      arrived.add(from);
    } else if (was !== undefined && was.kind === "file" && entry?.kind === "file") changed.push(within);
    else made.push(within);
  }
  const isGone = (within: string) => !after.has(within) && !arrived.has(within);
  return { moved, made, changed, removed: [...before.keys()].filter(isGone) };
}

function isAsOld(was: Mark, { kind, mark }: { kind: EntryKind; mark: Mark }): boolean {
  return kind === "folder" || was.mtimeNs === mark.mtimeNs;
}

function whyNot(error: unknown): string {
  if (error instanceof SentinelError) return error.message;
  const { code } = error as NodeJS.ErrnoException;
  if (code === "EEXIST" || code === "ELOOP" || code === "ENOENT") return "It was changed while the command ran.";
  return `The workspace did not take it (${code ?? "unknown"}).`;
}
