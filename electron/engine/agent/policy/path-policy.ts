import { lstatSync, readlinkSync, type Stats } from "node:fs";
import { type Refusal, refusePathText } from "./path-text.ts";

export const pathOperations = ["read", "write", "delete", "list"] as const;
export type PathOperation = (typeof pathOperations)[number];

/** Folders that tools may touch, as real absolute paths without a link. */
export interface PathRoots {
  /** May be read, written, deleted in and listed. */
  readonly workspace: string;
  /** May be read and listed. */
  readonly policies: string;
}

export type PathDecision =
  | {
      readonly allowed: true;
      readonly rule: string;
      readonly reason: string /** Real absolute path. */;
      readonly path: string;
    }
  | ({ readonly allowed: false } & Refusal);

/** Links that are followed before it is a loop, as Linux counts them. */
const mostLinks = 40;
/** Characters that file systems leave out when they compare names (HFS+): they would hide a name from the comparison. */
const ignorable = /\p{Default_Ignorable_Code_Point}/gu;

/** Names that nobody touches, wherever in the workspace; compared in small letters. */
const denied: readonly { readonly pattern: string; readonly isDenied: (name: string) => boolean }[] = [
  { pattern: "**/.git/**", isDenied: (name) => name === ".git" },
  { pattern: "**/.ssh/**", isDenied: (name) => name === ".ssh" },
  { pattern: "**/.sentinel/**", isDenied: (name) => name === ".sentinel" },
  { pattern: "**/.env", isDenied: (name) => name === ".env" },
  { pattern: "**/.env.*", isDenied: (name) => name.startsWith(".env.") },
  { pattern: "**/*.pem", isDenied: (name) => name.endsWith(".pem") },
  { pattern: "**/*.key", isDenied: (name) => name.endsWith(".key") },
  { pattern: "**/id_rsa*", isDenied: (name) => name.startsWith("id_rsa") },
];

/** Paths that nobody touches, as glob patterns. */
export const deniedPatterns: readonly string[] = denied.map(({ pattern }) => pattern);

/**
 * Whether a tool may do something to a path. Allowed is only what is within its folder both by its text and by where its links lead, and
 * has no name in either that is never touched. Decided before anything is done to the file system; how to do it without a link being
 * put there meanwhile, see `openWithin`.
 */
export function decidePath(given: string, operation: PathOperation, roots: PathRoots): PathDecision {
  const refusal = refusePathText(given);
  if (refusal !== null) return deny(refusal);
  const text = given.normalize("NFC");
  const lexical = joinDots(text.startsWith("/") ? text : `${roots.workspace}/${text}`);
  const root = rootOf(lexical, operation, roots);
  if (root === null) return deny(outside(operation));
  const names = deniedName(lexical.slice(root.length));
  if (names !== null) return deny(names);
  const real = resolveLinks(text.startsWith("/") ? text : `${roots.workspace}/${text}`);
  if (real === null) return deny({ rule: "links", reason: "Its links lead in a circle or cannot be read." });
  const realRoot = rootOf(real, operation, roots);
  if (realRoot === null)
    return deny({ rule: "link-outside", reason: "A link in it leads outside of what may be used." });
  const realNames = deniedName(real.slice(realRoot.length));
  if (realNames !== null) return deny(realNames);
  const special = refuseFile(statOf(real), operation);
  if (special !== null) return deny(special);
  const where = realRoot === roots.workspace ? "workspace" : "policies";
  return { allowed: true, rule: where, reason: `It may be used to ${operation}.`, path: real };
}

const deny = (refusal: Refusal): PathDecision => ({ allowed: false, ...refusal });
const outside = (operation: PathOperation): Refusal => ({
  rule: "outside",
  reason: `It lies outside of what may be used to ${operation}.`,
});

function rootOf(path: string, operation: PathOperation, { workspace, policies }: PathRoots): string | null {
  const isIn = (root: string) => path === root || path.startsWith(`${root}/`);
  if (isIn(workspace)) return operation === "delete" && path === workspace ? null : workspace;
  return (operation === "read" || operation === "list") && isIn(policies) ? policies : null;
}

/** The path without `.`, `..` and doubled slashes, by its text alone. */
function joinDots(path: string): string {
  const kept: string[] = [];
  for (const component of path.split("/")) {
    if (component === "..") kept.pop();
    else if (component !== "" && component !== ".") kept.push(component);
  }
  return `/${kept.join("/")}`;
}

/**
 * Where a path leads: every link in the order in which the kernel follows them, so that `link/..` is the parent of what the link leads
 * to. What is not there yet stays as it is named.
 *
 * @returns null for a circle, or where a part cannot be looked at
 */
function resolveLinks(path: string): string | null {
  const left = path.split("/").reverse();
  let at = "";
  let links = 0;
  while (left.length > 0) {
    const component = left.pop()!;
    if (component === "" || component === ".") continue;
    if (component === "..") {
      at = at.slice(0, Math.max(0, at.lastIndexOf("/")));
      continue;
    }
    const next = `${at}/${component}`;
    try {
      if (!lstatSync(next).isSymbolicLink()) {
        at = next;
        continue;
      }
      if (++links > mostLinks) return null;
      const target = readlinkSync(next);
      if (target.startsWith("/")) at = "";
      left.push(...target.split("/").reverse());
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "ENOENT" && code !== "ENOTDIR") return null;
      at = next;
    }
  }
  return at === "" ? "/" : at;
}

/** The rule that a path within a folder falls under by its names; null: none. */
export function deniedName(within: string): Refusal | null {
  for (const component of within.split("/")) {
    const name = component
      .normalize("NFKC")
      .replace(ignorable, "")
      .replace(/[. ]+$/, "")
      .toLowerCase();
    const found = denied.find(({ isDenied }) => isDenied(name));
    if (found !== undefined) return { rule: found.pattern, reason: "Files of this name are never used." };
  }
  return null;
}

function statOf(path: string): Stats | null {
  try {
    return lstatSync(path);
  } catch {
    return null;
  }
}

/** Why what is there must not be used; null: it may, or nothing is there. */
export function refuseFile(
  stat: Pick<Stats, "isFile" | "isDirectory" | "nlink"> | null,
  operation: PathOperation,
): Refusal | null {
  if (stat === null) return null;
  if (!stat.isFile() && !stat.isDirectory()) {
    return { rule: "special-file", reason: "It is no file and no folder, but a pipe, socket or device." };
  }
  // A second name of the file may lie outside, where writing is not allowed.
  if (operation === "write" && stat.isFile() && stat.nlink > 1) {
    return { rule: "hard-link", reason: "The file has other names, which may lie outside." };
  }
  return null;
}
