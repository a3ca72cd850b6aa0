import { realpathSync, statSync } from "node:fs";
import { opendir } from "node:fs/promises";
import { basename, isAbsolute, join, posix, relative, sep } from "node:path";
import { SentinelError } from "../../../shared/errors.ts";
import { egressInside } from "./egress-proxy.ts";
import type { SandboxMount } from "./spec.ts";

/** Places inside that are the sandbox's own; what `/etc/ld.so.preload` names would be loaded into the check from inside, which notes things in `/tmp/.*`. */
const reserved = /^\/(?:(?:usr|bin|sbin|lib\w*|proc|sys|dev|sentinel-guard)(?:\/|$)|tmp(?:$|\/\.)|etc$|etc\/ld\.so)/;
/** Interfaces of this machine's kernel, which are no data. */
const notData = /^\/(?:proc|sys|dev|run)(?:\/|$)/;
/** Files and folders of one mount that are looked at. */
const mostEntries = 100_000;

/**
 * Mounts whose sources exist, with every link followed, so that what is checked is what is mounted.
 * @param closed folders of which nothing is mounted: the engine's data, with its keys
 * @param scratch the one folder among them of which something is, and the only one of which anything can be written; null: none
 * @throws SentinelError INPUT_INVALID naming the first that cannot be mounted
 */
export async function resolveMounts(
  mounts: readonly SandboxMount[],
  closed: readonly string[],
  scratch: string | null = null,
): Promise<SandboxMount[]> {
  const scratchHere = scratch === null ? null : realpathSync(scratch);
  const closedHere = closed.map((folder) => realpathSync(folder));
  const resolved: SandboxMount[] = [];
  for (const { from, to, writable = false, program } of mounts) {
    const refuse = (why: string) => new SentinelError("INPUT_INVALID", `${from} cannot be mounted at ${to}: ${why}.`);
    // SECURITY: nothing replaces what isolates, and no path climbs.
    if (!posix.isAbsolute(to) || posix.normalize(to) !== to || to.length < 2 || to.endsWith("/") || reserved.test(to)) {
      throw refuse("the place inside must be an absolute path apart from the system's folders");
    }
    if (!isAbsolute(from)) throw refuse("the path is not absolute");
    let real: string;
    try {
      real = realpathSync(from);
    } catch {
      throw refuse("it does not exist, or cannot be read");
    }
    // SECURITY: kernel interfaces and the sockets of services would be a way out.
    if (real === "/" || notData.test(real)) throw refuse("it is not a folder or file of data");
    const isScratch = scratchHere !== null && real !== scratchHere && isWithin(real, scratchHere);
    // SECURITY: a sandbox changes nothing of this machine but what was made for it, of which the gate lets through one.
    if (writable && (!isScratch || resolved.some((other) => other.writable))) {
      throw refuse("only one folder may be written, in the supervisor's scratch folder");
    }
    if (!isProxy(real, to, closedHere)) {
      // SECURITY: keys, evidence and the panic door lie there.
      if (!isScratch && closedHere.some((folder) => isWithin(real, folder) || isWithin(folder, real))) {
        throw refuse("the application's own data is in it");
      }
      const why = await findService(real);
      if (why !== null) throw refuse(why);
    }
    resolved.push({ from: real, to, ...(writable ? { writable } : {}), ...(program === undefined ? {} : { program }) });
  }
  return resolved;
}

function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** The one socket that is let in: of the proxy that records, which the supervisor makes among the engine's data. */
function isProxy(real: string, to: string, closed: readonly string[]): boolean {
  return (
    to === egressInside &&
    /^egress-\d+\.sock$/.test(basename(real)) &&
    closed.some((folder) => isWithin(real, folder)) &&
    statSync(real).isSocket()
  );
}

interface Kind {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

/**
 * SECURITY: a socket or a pipe is a service, which answers also through a mount that cannot be written; a device is the machine.
 * @returns why it cannot be mounted, or null
 */
async function findService(real: string): Promise<string | null> {
  const isService = (entry: Kind) => !entry.isFile() && !entry.isDirectory() && !entry.isSymbolicLink();
  const self = statSync(real);
  if (isService(self)) return "it is a socket, a pipe or a device";
  if (!self.isDirectory()) return null;
  const folders = [real];
  let entries = 0;
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    try {
      for await (const entry of await opendir(folder, { bufferSize: 512 })) {
        const path = join(folder, entry.name);
        if (isService(entry)) return `it holds a socket, a pipe or a device (${path})`;
        if (entry.isDirectory()) folders.push(path);
        entries += 1;
        if (entries > mostEntries) return `it holds more than ${mostEntries} files, too many to look through`;
      }
    } catch {
      // What cannot be listed may still be opened by who knows its name.
      return `${folder} cannot be listed`;
    }
  }
  return null;
}
