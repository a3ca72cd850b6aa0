import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readdirSync,
  realpathSync,
  unlinkSync,
} from "node:fs";
import { SentinelError } from "../../../../shared/errors.ts";
import { decidePath, type PathOperation, type PathRoots, refuseFile } from "./path-policy.ts";

const { O_CREAT, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;
/** Where the kernel shows open folders by their numbers: a name below one is looked up there, whatever the path leads to meanwhile. */
export const byNumber = process.platform === "linux" ? "/proc/self/fd" : null;

/**
 * Opens a file that the path policy allows, without a moment in which a link put into the path could lead elsewhere: the real path is walked
 * folder by folder from its root, each opened without following a link, and the file itself is looked at once it is open.
 *
 * @returns the file descriptor, for the caller to close
 * @throws SentinelError PATH_DENIED, NOT_FOUND
 */
export function openWithin(given: string, operation: "read" | "write", roots: PathRoots): number {
  const { path, root } = requireAllowed(given, operation, roots);
  // SECURITY: a pipe must not be waited for; it is refused once it is open.
  const flags = operation === "read" ? O_RDONLY | O_NONBLOCK : O_WRONLY | O_CREAT | O_NONBLOCK;
  return atParent(path, root, (parent, name) => {
    const fd = open(`${parent}/${name}`, flags | O_NOFOLLOW, 0o600);
    try {
      requireSame(fd, `${parent}/${name}`, operation);
      // Only now: what is refused must not have been emptied.
      if (operation === "write") ftruncateSync(fd);
      return fd;
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  });
}

/** Names in a folder. @throws SentinelError PATH_DENIED, NOT_FOUND */
export function listWithin(given: string, roots: PathRoots): string[] {
  const { path, root } = requireAllowed(given, "list", roots);
  if (path === root) return readdirSync(root).sort();
  return atParent(path, root, (parent, name) => {
    const fd = open(`${parent}/${name}`, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    try {
      return readdirSync(byNumber === null ? `${parent}/${name}` : `${byNumber}/${fd}`).sort();
    } finally {
      closeSync(fd);
    }
  });
}

/** Removes a file. @throws SentinelError PATH_DENIED, NOT_FOUND */
export function removeWithin(given: string, roots: PathRoots): void {
  const { path, root } = requireAllowed(given, "delete", roots);
  // The link itself would be removed, never what it leads to.
  atParent(path, root, (parent, name) => unlinkSync(`${parent}/${name}`));
}

function requireAllowed(given: string, operation: PathOperation, roots: PathRoots): { path: string; root: string } {
  const decision = decidePath(given, operation, roots);
  if (!decision.allowed) throw denied(decision.reason, decision.rule);
  const { path } = decision;
  const root = path === roots.workspace || path.startsWith(`${roots.workspace}/`) ? roots.workspace : roots.policies;
  return { path, root };
}

/**
 * Does something in the folder that a real path lies in, opened without following a link on the way.
 * @throws SentinelError PATH_DENIED where a link is on the way, NOT_FOUND
 */
export function atParent<T>(path: string, root: string, act: (parent: string, name: string) => T): T {
  const components = path.slice(root.length + 1).split("/");
  const name = components.pop()!;
  if (byNumber === null) return act([root, ...components].join("/"), name);
  const fd = openFolder(root, components);
  try {
    return act(`${byNumber}/${fd}`, name);
  } finally {
    closeSync(fd);
  }
}

/**
 * Opens a folder below a root, each on the way without following a link.
 * @returns the file descriptor, for the caller to close: on Linux, names below it are looked up by {@link byNumber}
 * @throws SentinelError PATH_DENIED where a link is on the way, NOT_FOUND
 */
export function openFolder(root: string, components: readonly string[]): number {
  let fd = open(root, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  try {
    for (const component of components) {
      const next = open(`${byNumber}/${fd}/${component}`, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
      closeSync(fd);
      fd = next;
    }
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Whether what was opened may be used, and is what the path names: without numbered folders a link may have been put there meanwhile. */
function requireSame(fd: number, path: string, operation: PathOperation): void {
  const stat = fstatSync(fd);
  const refusal = refuseFile(stat, operation);
  if (refusal !== null) throw denied(refusal.reason, refusal.rule);
  if (!stat.isFile()) throw denied("It is a folder.", "folder");
  if (byNumber !== null) return;
  const there = lstatSync(realpathSync(path));
  if (there.ino !== stat.ino || there.dev !== stat.dev || realpathSync(path) !== path) {
    throw denied("It was replaced while it was opened.", "replaced");
  }
}

/** @throws SentinelError PATH_DENIED where there is a link in place of it, NOT_FOUND */
export function open(path: string, flags: number, mode?: number): number {
  try {
    return openSync(path, flags, mode);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ELOOP" || code === "ENOTDIR" || code === "EMLINK" || code === "ENXIO") {
      throw denied("It was replaced while it was opened.", "replaced", error);
    }
    if (code === "ENOENT") throw new SentinelError("NOT_FOUND", "There is no such file.", undefined, error);
    throw error;
  }
}

function denied(reason: string, rule: string, cause?: unknown): SentinelError {
  return new SentinelError("PATH_DENIED", reason, { rule }, cause);
}
