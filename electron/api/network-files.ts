import { createHash } from "node:crypto";
import { appendFileSync, readFileSync, statSync } from "node:fs";
import { SentinelError } from "../../shared/errors.ts";
import { type Role, roles } from "../../shared/route.ts";
import { machineActors } from "../engine/base/principals.ts";

/** What a token is known by: `sha256:` and 64 hexadecimal digits. It has 256 random bits, so that no slower hash is needed. */
export function tokenHash(token: string): string {
  return `sha256:${createHash("sha256").update(token).digest("hex")}`;
}

const ownNames = [...machineActors, "analyst", "program", "anyone"];

/** Whether somebody on the network may be called so. None can be taken for a part of Sentinel, whose longer names have blanks. */
export function isAccountName(name: string): boolean {
  return /^[a-z0-9][a-z0-9._@-]{0,63}$/.test(name) && !ownNames.includes(name);
}

export function roleOf(text: unknown): Role | undefined {
  return roles.find((role) => role === text);
}

export interface Account {
  readonly name: string;
  readonly role: Role;
}

/** Lines `NAME ROLE sha256:…`, by hash. @throws SentinelError SETTING_INVALID naming the line */
export function parseTokens(text: string, path: string): Map<string, Account> {
  const accounts = new Map<string, Account>();
  for (const [i, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const [name = "", roleName, hash = "", ...more] = line.trim().split(/\s+/);
    const role = roleOf(roleName);
    if (role === undefined || !isAccountName(name) || !/^sha256:[0-9a-f]{64}$/.test(hash) || more.length > 0) {
      throw new SentinelError("SETTING_INVALID", `${path}, line ${i + 1}: it is not NAME ROLE sha256:HASH.`);
    }
    accounts.set(hash, { name, role });
  }
  return accounts;
}

/** Lines `certificate SERIAL` and `token sha256:…`, as they stand. @throws SentinelError SETTING_INVALID naming the line */
export function parseRevoked(text: string, path: string): Set<string> {
  const revoked = new Set<string>();
  for (const [i, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    if (!/^(certificate [0-9A-F]{1,40}|token sha256:[0-9a-f]{64})$/.test(line.trim())) {
      throw new SentinelError(
        "SETTING_INVALID",
        `${path}, line ${i + 1}: it is not "certificate SERIAL" or "token HASH".`,
      );
    }
    revoked.add(line.trim());
  }
  return revoked;
}

/**
 * A file that is looked at again whenever it has changed.
 * @returns its content. It throws what `parse` throws, and SETTING_INVALID for a file that is not there, cannot be read, or that others may
 * read or write
 */
export function watchFile<T>(path: string, parse: (text: string, path: string) => T): () => T {
  let known: { stamp: string; value: T } | undefined;
  return () => {
    try {
      const { mtimeMs, ino, size, mode } = statSync(path);
      const stamp = `${mtimeMs} ${ino} ${size} ${mode}`;
      if (known?.stamp === stamp) return known.value;
      // SECURITY: whoever may write it decides who comes in. Windows keeps no such bits.
      if (process.platform !== "win32" && (mode & 0o077) !== 0) {
        throw new SentinelError("SETTING_INVALID", `${path} may be read by others; set its mode to 0600.`);
      }
      known = { stamp, value: parse(readFileSync(path, "utf8"), path) };
      return known.value;
    } catch (error) {
      known = undefined;
      if (error instanceof SentinelError) throw error;
      // SECURITY: a list that is gone must not let those in who stood on it.
      throw new SentinelError("SETTING_INVALID", `${path} cannot be read.`, undefined, error);
    }
  };
}

/** Appends a line at once: two writers lose none of each other's. @throws SentinelError SETTING_INVALID */
export function appendLine(path: string, line: string): void {
  const text = watchFile(path, (content) => content)();
  try {
    appendFileSync(path, `${text === "" || text.endsWith("\n") ? "" : "\n"}${line}\n`, { mode: 0o600 });
  } catch (error) {
    throw new SentinelError("SETTING_INVALID", `${path} cannot be written.`, undefined, error);
  }
}
