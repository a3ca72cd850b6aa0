import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { parseEnv } from "node:util";
import { z } from "zod";
import { SentinelError } from "../../../shared/errors.ts";

const flag = z.enum(["true", "false", "1", "0"]).transform((v) => v === "true" || v === "1");
const port = z.coerce.number().int().min(0).max(65_535);

/** Settings of the process, from environment variables and an `.env` file; the names are the contract's. */
const environment = {
  SENTINEL_HOME: z.string().describe("Data directory"),
  SENTINEL_PORT: port.default(8000).describe("Port of the external listener on 127.0.0.1; 0 picks a free one"),
  SENTINEL_UI_PORT: port.default(0).describe("Port of the user interface's listener; 0 picks a free one"),
  SENTINEL_LOG_LEVEL: z
    .enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"])
    .default("info")
    .describe("Log level"),
  SENTINEL_PIN_FILE: z.string().optional().describe("File with the PIN that other programs send in X-Sentinel-Pin"),
  SENTINEL_TOKEN_FILE: z.string().optional().describe("File (mode 0600) with the bearer token of other programs"),
  SENTINEL_PIN_REQUIRED: flag.default(true).describe("Whether routes that are not open need a credential"),
  SENTINEL_ALLOWED_ORIGINS: z.string().default("").describe("Further origins that may call, separated by commas"),
  SENTINEL_MASTER_KEY_FILE: z.string().optional().describe("File (mode 0600) with the master key, 32 bytes as base64"),
  SENTINEL_MASTER_KEY: z.string().optional().describe("The master key itself, 32 bytes as base64"),
  SENTINEL_RATE_READ: z.coerce.number().positive().default(200).describe("Reading requests a second of one caller"),
  SENTINEL_RATE_CHANGE: z.coerce.number().positive().default(50).describe("Changes a second of one caller"),
  SENTINEL_RATE_DETECT: z.coerce
    .number()
    .positive()
    .default(5000)
    .describe("Detection requests a second of one caller"),
  SENTINEL_RATE_TELEMETRY: z.coerce
    .number()
    .positive()
    .default(20_000)
    .describe("Telemetry samples a second of one caller"),
  SENTINEL_HISTORY_MAX: z.coerce
    .number()
    .int()
    .min(10)
    .max(1_000_000)
    .default(1000)
    .describe("Telemetry samples that are kept, in memory only"),
  SENTINEL_CONTAMINATION: z.coerce
    .number()
    .positive()
    .max(0.5)
    .default(0.1)
    .describe("Share of false alarms among telemetry alarms that is put up with, at most"),
  SENTINEL_TELEMETRY_FEATURES: z
    .string()
    .default("")
    .describe("Further numbers in telemetry samples: NAME, NAME:high, NAME:low or NAME:both, separated by commas"),
  SENTINEL_TELEMETRY_ROUTES: z
    .string()
    .default("")
    .describe("Further route templates of telemetry, such as /shop/{item}, separated by commas"),
  SENTINEL_TELEMETRY_USERS: z
    .enum(["pseudonym", "drop"])
    .default("pseudonym")
    .describe("What telemetry alarms keep of a user id: a keyed pseudonym, or nothing"),
  SENTINEL_TELEMETRY_FREE_MB: z.coerce
    .number()
    .min(0)
    .default(128)
    .describe("Free memory, MiB, below which old telemetry samples are evicted"),
  SENTINEL_READERS: z.coerce.number().int().min(1).max(16).default(2).describe("Threads that read the database"),
  SENTINEL_POOL: z.coerce.number().int().min(1).max(64).optional().describe("Threads for imports and analysis"),
};
const Environment = z.object(environment);
export type Config = z.output<typeof Environment>;

/** Name and meaning of every environment variable; the documentation is tested against it. */
export const environmentVariables: Record<string, string> = Object.fromEntries(
  Object.entries(environment).map(([name, schema]) => [name, schema.description ?? ""]),
);

function defaultHome(): string {
  if (process.platform === "darwin") return join(homedir(), "Library", "Application Support", "Sentinel");
  if (process.platform === "win32") return join(process.env.APPDATA ?? homedir(), "Sentinel");
  return join(process.env.XDG_DATA_HOME ?? join(homedir(), ".local", "share"), "sentinel");
}

/**
 * Reads the configuration. Variables that are set win over `.env` in the working directory.
 * @throws SentinelError SETTING_INVALID naming the first variable that does not parse
 */
export function readConfig(env: Record<string, string | undefined>, workingDirectory: string): Config {
  const file = join(workingDirectory, ".env");
  const fromFile = existsSync(file) ? parseEnv(readFileSync(file, "utf8")) : {};
  const merged = { ...fromFile, ...env };
  const parsed = Environment.safeParse({ ...merged, SENTINEL_HOME: resolve(merged.SENTINEL_HOME || defaultHome()) });
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new SentinelError("SETTING_INVALID", `${issue.path.join(".")}: ${issue.message}.`);
  }
  return parsed.data;
}
