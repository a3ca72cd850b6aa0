import type { Surroundings } from "./cli/command.ts";
import { readConfig } from "./engine/base/config.ts";
import { createLogger } from "./engine/base/logging.ts";
import type { ComposeEngine } from "./engine/engine-interface.ts";
import { chooseKeySource, type KeySource } from "./engine/store/master-key.ts";

/** Writes to standard output at the reader's pace; a reader that has gone (`| head`) ends the process without noise. */
export async function writeOut(text: string): Promise<void> {
  if (process.stdout.write(text)) return;
  await new Promise((resolve) => process.stdout.once("drain", resolve));
}

export function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}

/**
 * This process's configuration, streams and signals, for a command.
 * @param keySource where the master key comes from, when the host has a store of its own
 * @throws SentinelError SETTING_INVALID
 */
export function surroundProcess(compose: ComposeEngine, keySource?: KeySource): Surroundings {
  const config = readConfig(process.env, process.cwd());
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      // The second time somebody means it.
      if (stop.signal.aborted) process.exit(130);
      stop.abort();
    });
  }
  return {
    config,
    environment: process.env,
    // Standard output belongs to the command.
    log: createLogger(config.SENTINEL_LOG_LEVEL, { write: (line) => void process.stderr.write(line) }),
    compose,
    keySource: keySource ?? chooseKeySource(config, config.SENTINEL_HOME),
    stdin: process.stdin,
    write: writeOut,
    tell,
    stop: stop.signal,
  };
}
