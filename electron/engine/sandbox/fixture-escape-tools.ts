import { dangerousCalls } from "./fixture-dangerous-calls.ts";
import type { Machine } from "./system-calls.ts";

/** What an attempt may know of the machine outside: as much as an attacker could guess. */
export interface Outside {
  readonly machine: Machine;
  /** A process out there, and files, sockets and services of it. */
  readonly pid: number;
  readonly file: string;
  readonly socket: string;
  readonly abstractSocket: string;
  readonly port: number;
}

/** Name of a service's socket, which anybody may open, that comes to lie in the mounted folder once the sandbox runs. */
export const lateSocket = "late.sock";

/** One attempt to get out of a sandbox, or to harm the machine from inside. */
export interface Escape {
  readonly area: string;
  readonly name: string;
  /** Perl: its value is what came of it, "escaped" when it got through. `failed($got)` gives the system's reason where `$got` is false. */
  readonly code: string;
  /** What it meets, in words. */
  readonly stoppedBy: string;
  /** The system's reason. */
  readonly reason: RegExp;
  /** Whether only a root engine's sandboxes hold it. */
  readonly needsRoot?: true;
}

export const namespaces = "its own namespaces";
export const filter = "the filter of system calls";
export const readOnly = "a read-only file system";
export const absent = "it is not there: the sandbox has a file system of its own";
export const network = "a network of its own with nothing but a loopback";
export const noCapabilities = "no capabilities, and none to be gained";

export const denied = /Operation not permitted/;
export const missing = /No such file or directory/;
export const readOnlyReason = /Read-only file system|Permission denied|No such file/;

/** What attempts are written with. `/app` is a mounted folder with a link to {@link Outside.file} in it. */
export function writeAttempts(outside: Outside) {
  const number = (name: keyof typeof dangerousCalls) => dangerousCalls[name][outside.machine] ?? -1;
  const call = (name: keyof typeof dangerousCalls, ...args: (string | number)[]) =>
    `failed(kernel(${[number(name), ...args].join(", ")}) != -1)`;
  const filtered = (area: string, name: string, code: string): Escape => ({
    area,
    name,
    code,
    stoppedBy: filter,
    reason: denied,
  });
  const read = (path: string) => `failed(open($f, "<", "${path}") && defined(sysread($f, $b, 1)))`;
  const write = (path: string) => `failed(open($f, ">", "${path}") && defined(syswrite($f, "x")))`;
  const socket = (family: number, type: number, protocol = 0) => `failed(socket($s, ${family}, ${type}, ${protocol}))`;
  const connect = (family: number, type: number, address: string) =>
    `socket($s, ${family}, ${type}, 0) && failed(connect($s, ${address}))`;
  const connectLate = `do { ${connect(1, 1, `pack("Sa*", 1, "/app/${lateSocket}\\0")`)} }`;
  const noFamily = /not supported/;
  return { number, call, filtered, read, write, socket, connect, connectLate, noFamily };
}
