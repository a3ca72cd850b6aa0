import type { Config } from "../engine/base/config.ts";
import type { Logger } from "../engine/base/logging.ts";
import type { ComposeEngine } from "../engine/engine-interface.ts";
import type { KeySource } from "../engine/store/master-key.ts";

/** How a command ends, for scripts. */
export const exitCodes = {
  done: 0,
  defect: 1,
  badUsage: 2,
  refused: 3,
  unavailable: 4,
  inPart: 5,
  /** As shells tell it. */
  interrupted: 130,
} as const;

/** What a command works with; the entry file gives the process's own. */
export interface Surroundings {
  readonly config: Config;
  readonly environment: Record<string, string | undefined>;
  readonly log: Logger;
  readonly compose: ComposeEngine;
  readonly keySource: KeySource;
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Resolves when the reader has taken it, so that a slow one is not run over. */
  readonly write: (text: string) => Promise<void>;
  /** For the person; never part of the output. */
  readonly tell: (text: string) => void;
  /** Aborted by SIGINT and SIGTERM. */
  readonly stop: AbortSignal;
}

export interface Command {
  readonly name: string;
  readonly summary: string;
  /** What follows the name: "FILE… [--json]". */
  readonly usage: string;
  readonly details: string;
  readonly options: Record<string, { type: "boolean" | "string"; short?: string }>;
  /** Fewest and most arguments beside options. */
  readonly operands: readonly [fewest: number, most: number];
  /** @returns one of `exitCodes` */
  run(call: {
    operands: string[];
    options: Record<string, string | boolean | undefined>;
    around: Surroundings;
  }): Promise<number>;
}
