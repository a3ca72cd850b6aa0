import { join } from "node:path";
import { composeEngine } from "../compose.ts";
import { readConfig } from "../engine/base/config.ts";
import { createLogger } from "../engine/base/logging.ts";
import { chooseKeySource } from "../engine/store/master-key.ts";
import type { Surroundings } from "./command.ts";
import { runCommandLine } from "./run-command.ts";

/** A command line with a real engine, opened for it alone over the folder `data` of a home. */
export async function runWithEngine(
  home: string,
  args: readonly string[],
): Promise<{ code: number; out: string; told: string }> {
  const out: string[] = [];
  const told: string[] = [];
  const voice = { write: async (text: string) => void out.push(text), tell: (text: string) => void told.push(text) };
  const surround = (): Surroundings => {
    const environment = { SENTINEL_HOME: join(home, "data"), SENTINEL_PORT: "0" };
    const config = readConfig(environment, home);
    return {
      config,
      environment,
      // As by default, and to the same place as what is told.
      log: createLogger("info", { write: (line) => void told.push(line) }),
      compose: composeEngine,
      keySource: chooseKeySource(config, home),
      stdin: (async function* () {})(),
      ...voice,
      stop: new AbortController().signal,
    };
  };
  const code = await runCommandLine([...args], "1.2.3", voice, surround);
  return { code, out: out.join(""), told: told.join("\n") };
}
