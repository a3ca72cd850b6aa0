import { isIP } from "node:net";
import pg from "pg";
import { z } from "zod";
import { SentinelError } from "../../shared/errors.ts";
import type { Logger } from "../engine/base/logging.ts";

export interface PostgresOptions {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** Certificates that sign the server's own, PEM; null: those of the system. */
  readonly ca: string | null;
  /** Longest wait for a connection, or for one answer, milliseconds. */
  readonly timeoutMs: number;
  readonly log: Logger;
}

/** The version of `resources/postgres` that this is written for. */
export const schemaVersion = 1;

export type PostgresClient = pg.PoolClient;

/** A PostgreSQL that holds the schema `sentinel`. */
export interface Postgres {
  /**
   * Does something in one transaction, whole or not at all.
   * @throws SentinelError what `act` throws; UNAVAILABLE for what somebody can mend, or may pass by itself; DATA_NEWER
   */
  inTransaction<T>(act: (client: PostgresClient) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Connects when it is first asked for something. */
export function createPostgres({
  host,
  port,
  database,
  user,
  password,
  ca,
  timeoutMs,
  log,
}: PostgresOptions): Postgres {
  const pool = new pg.Pool({
    ...{ host, port, database, user, password },
    // SECURITY: beside this machine, only over TLS, and only with whom the certificate names.
    ssl: isLoopback(host) && ca === null ? false : { rejectUnauthorized: true, host, ...(ca === null ? {} : { ca }) },
    max: 2,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
    statement_timeout: timeoutMs,
    idleTimeoutMillis: 30_000,
    allowExitOnIdle: true,
    application_name: "sentinel",
  });
  // A server that goes away while nothing is asked of it.
  pool.on("error", (error) => log.debug({ reason: error.message }, "A connection to PostgreSQL was lost."));
  let isKnown = false;

  async function requireSchema(client: PostgresClient): Promise<void> {
    if (isKnown) return;
    const { rows } = await client.query<{ version: number }>(
      "SELECT max(version) AS version FROM sentinel.schema_version",
    );
    const version = rows[0]?.version ?? 0;
    if (version > schemaVersion) {
      throw new SentinelError(
        "DATA_NEWER",
        `PostgreSQL has version ${version} of the schema, this engine ${schemaVersion}.`,
      );
    }
    if (version < schemaVersion) throw new SentinelError("UNAVAILABLE", missing);
    isKnown = true;
  }

  return {
    async inTransaction(act) {
      let client: PostgresClient | null = null;
      try {
        client = await pool.connect();
        // One that is lost in between says so by what is asked of it next.
        client.on("error", ignore);
        await client.query("BEGIN");
        await requireSchema(client);
        const result = await act(client);
        await client.query("COMMIT");
        client.off("error", ignore);
        client.release();
        return result;
      } catch (error) {
        // What failed by an answer of the server can go on being used; what failed otherwise is closed.
        const isAnswer = error instanceof SentinelError || error instanceof pg.DatabaseError;
        const isClean =
          isAnswer &&
          (await client?.query("ROLLBACK").then(
            () => true,
            () => false,
          ));
        if (isClean === true) client?.off("error", ignore);
        client?.release(isClean !== true);
        throw toError(error);
      }
    },
    close: () => pool.end(),
  };
}

const ignore = () => {};

/** Whether a name never leaves this machine. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

const missing =
  "PostgreSQL does not have the catalogue's tables in the version of this engine: apply the files of resources/postgres in their order.";

/** What PostgreSQL answers, by its SQLSTATE, in words of ours; never what was sent to it. */
function toError(error: unknown): unknown {
  // What is wrong here is no fault of the server's.
  if (error instanceof SentinelError || error instanceof TypeError || error instanceof z.ZodError) return error;
  const unavailable = (words: string) => new SentinelError("UNAVAILABLE", words, undefined, error);
  if (!(error instanceof pg.DatabaseError)) {
    return unavailable(
      `PostgreSQL does not answer: ${error instanceof Error ? error.message.slice(0, 200) : "it fails"}.`,
    );
  }
  const { code = "" } = error;
  if (code.startsWith("28")) return unavailable("PostgreSQL refuses the user or the password.");
  if (code === "42501")
    return unavailable("PostgreSQL refuses the engine's user what it needs: grant it sentinel_engine.");
  if (code === "42P01" || code === "3F000") return unavailable(missing);
  if (code === "40001" || code === "40P01") return unavailable("PostgreSQL put another change first: try again.");
  return unavailable(`PostgreSQL answers ${code}.`);
}
