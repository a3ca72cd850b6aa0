import { SentinelError } from "../../shared/errors.ts";
import type { Config } from "../engine/base/config.ts";
import type { Logger } from "../engine/base/logging.ts";
import type { SharedCatalogue } from "../engine/learn/registry/model-catalogue.ts";
import { readMountedSecret, readPem } from "./secrets.ts";

/** The catalogue that this engine shares with others, as it was told; null: there is none. @throws SentinelError SETTING_INVALID */
export async function createCatalogue(config: Config, nodeId: string, log: Logger): Promise<SharedCatalogue | null> {
  const { SENTINEL_POSTGRES_HOST: host, SENTINEL_POSTGRES_PORT: port, SENTINEL_POSTGRES_DATABASE: database } = config;
  if (host === undefined) return null;
  const password = readMountedSecret(config.SENTINEL_SECRETS, "postgres_password");
  if (password === null) {
    throw new SentinelError("SETTING_INVALID", "SENTINEL_POSTGRES_HOST: the secret postgres_password is not mounted.");
  }
  const ca = readPem("SENTINEL_POSTGRES_CA_FILE", config.SENTINEL_POSTGRES_CA_FILE);
  // Loaded here: who has none starts without it.
  const [{ createPostgres }, { createPostgresCatalogue }] = await Promise.all([
    import("./postgres.ts"),
    import("./postgres-catalogue.ts"),
  ]);
  const postgres = createPostgres({
    ...{ host, port, database, password, ca, log },
    user: config.SENTINEL_POSTGRES_USER,
    timeoutMs: config.SENTINEL_POSTGRES_TIMEOUT_MS,
  });
  return {
    ...createPostgresCatalogue(postgres, nodeId),
    address: `postgres://${host}:${port}/${database}`,
    close: () => postgres.close(),
  };
}
