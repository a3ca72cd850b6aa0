import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { composeEngine } from "./compose.ts";
import { readConfig } from "./engine/base/config.ts";
import { createLogger } from "./engine/base/logging.ts";
import { absentSupervisor } from "./engine/sandbox/supervisor-client.ts";
import { environmentKeySource } from "./engine/store/master-key.ts";
import { type ServingHost, serveHost } from "./host.ts";

/** A real host as programs beside it see it: engine, store, external listener; no sandboxes. */
export interface ServedHost {
  readonly host: ServingHost;
  readonly origin: string;
  /** Folder that is removed with it: data directory, token and PIN. */
  readonly folder: string;
  readonly tokenFile: string;
  /** Everything logged so far, at level trace. */
  log(): string;
  close(): Promise<void>;
}

export const testToken = "token-4f1d0c7e9b52";
export const testPin = "83561947";

/** @param environment further settings of the process */
export async function serveTestHost(environment: Record<string, string> = {}): Promise<ServedHost> {
  const folder = mkdtempSync(join(tmpdir(), "sentinel-served-"));
  const [tokenFile, pinFile] = [join(folder, "token"), join(folder, "pin")];
  writeFileSync(tokenFile, testToken, { mode: 0o600 });
  writeFileSync(pinFile, testPin, { mode: 0o600 });
  const lines: string[] = [];
  const settings = {
    SENTINEL_HOME: join(folder, "home"),
    SENTINEL_PORT: "0",
    SENTINEL_POOL: "1",
    SENTINEL_OLLAMA_URL: "off",
    SENTINEL_TOKEN_FILE: tokenFile,
    SENTINEL_PIN_FILE: pinFile,
    ...environment,
  };
  try {
    const host = await serveHost(
      {
        config: readConfig(settings, folder),
        log: createLogger("trace", { write: (line) => void lines.push(line) }),
        compose: composeEngine,
        keySource: environmentKeySource(Buffer.alloc(32, 7).toString("base64")),
        host: "test",
        checkOutput: true,
      },
      { startSupervisor: () => Promise.resolve(absentSupervisor("off", "Not in this test.")) },
    );
    if (!("origin" in host.external)) throw new Error(host.external.problem);
    return {
      host,
      origin: host.external.origin,
      folder,
      tokenFile,
      log: () => lines.join(""),
      async close() {
        await host.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}
