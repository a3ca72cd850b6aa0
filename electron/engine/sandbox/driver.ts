/** What a sandbox may use. There is never a network. */
export interface SandboxLimits {
  /** Address space of each process, bytes. */
  readonly memoryBytes: number;
  /** Size of its writable folder `/tmp`, bytes. */
  readonly diskBytes: number;
  /** Processes and threads. */
  readonly processes: number;
  /** Longest life, milliseconds; null: until it is ended. */
  readonly wallMs: number | null;
}

export const defaultLimits: SandboxLimits = {
  memoryBytes: 2 * 1024 ** 3,
  diskBytes: 16 * 1024 ** 2,
  processes: 64,
  wallMs: 5 * 60_000,
};

export interface SandboxSpec {
  /** Absolute path of a program under /usr, and its arguments. */
  readonly command: readonly [string, ...string[]];
  readonly limits: SandboxLimits;
  /** Whether its output is kept: at most 64 KiB. */
  readonly captureOutput: boolean;
}

export interface SandboxExit {
  readonly code: number | null;
  readonly signal: string | null;
  /** Standard output, when captured. */
  readonly output: string;
}

export interface Sandbox {
  /** The sandbox's first process as this machine sees it: when that one is killed, the kernel kills every other in it. */
  readonly pid: number;
  /** Fulfilled when every process of it is gone. */
  readonly ended: Promise<SandboxExit>;
  /** Ends it at once. */
  kill(): void;
}

export interface SandboxDriver {
  /** Name and version: "bubblewrap 0.8.0". */
  readonly name: string;
  /** @throws Error when it does not come up */
  start(spec: SandboxSpec): Promise<Sandbox>;
}
