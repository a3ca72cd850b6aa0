import { existsSync, readFileSync } from "node:fs";
import { isIP } from "node:net";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { parseEnv } from "node:util";
import { z } from "zod";
import { SentinelError } from "../../../shared/errors.ts";
import { fleetRoles } from "../../../shared/fleet.ts";
import { ImageName, sandboxDriverKinds } from "../../../shared/sandbox.ts";
import { verdictKinds } from "../../../shared/verdict.ts";

const flag = z.enum(["true", "false", "1", "0"]).transform((v) => v === "true" || v === "1");
const port = z.coerce.number().int().min(0).max(65_535);

const milliseconds = (otherwise: number) => z.coerce.number().int().min(1).max(86_400_000).default(otherwise);
const count = (otherwise: number) => z.coerce.number().int().min(1).max(1_000_000_000).default(otherwise);

/** Settings of the process, from environment variables and an `.env` file; the names are the contract's. */
const environment = {
  SENTINEL_HOME: z.string().describe("Data directory"),
  SENTINEL_PORT: port.default(8000).describe("Port of the external listener on 127.0.0.1; 0 picks a free one"),
  SENTINEL_UI_PORT: port.default(0).describe("Port of the user interface's listener; 0 picks a free one"),
  SENTINEL_LOG_LEVEL: z
    .enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"])
    .default("info")
    .describe("Log level"),
  SENTINEL_PIN_FILE: z
    .string()
    .optional()
    .describe("File with the PIN that other programs send in X-Sentinel-Pin, or an encoded argon2id hash of it"),
  SENTINEL_SECRETS: z
    .string()
    .default("/run/secrets")
    .describe("Folder with mounted secrets, claude_api_key and sentinel_pin, where no other setting gives them"),
  SENTINEL_TOKEN_FILE: z.string().optional().describe("File (mode 0600) with the bearer token of other programs"),
  SENTINEL_PIN_REQUIRED: flag.default(true).describe("Whether routes that are not open need a credential"),
  SENTINEL_ALLOWED_ORIGINS: z.string().default("").describe("Further origins that may call, separated by commas"),
  SENTINEL_TLS_PORT: port
    .optional()
    .describe("Port of the TLS listener for people and programs of the network, 8443 by custom; unset: there is none"),
  SENTINEL_TLS_ADDRESS: z
    .string()
    .refine((address) => isIP(address) !== 0, "it is no IP address")
    .default("127.0.0.1")
    .describe("Address of this machine that the TLS listener and the redirect listen at; 0.0.0.0: all"),
  SENTINEL_TLS_CERT_FILE: z.string().optional().describe("Certificate of the TLS listener, PEM"),
  SENTINEL_TLS_KEY_FILE: z.string().optional().describe("Its key, PEM, mode 0600"),
  SENTINEL_TLS_CLIENT_CA_FILE: z
    .string()
    .optional()
    .describe("Authority of the client certificates that are taken, PEM; unset: bearer tokens alone"),
  SENTINEL_TLS_TOKENS_FILE: z
    .string()
    .optional()
    .describe("File (mode 0600) with the bearer tokens of the network, a line NAME ROLE sha256:HASH each"),
  SENTINEL_TLS_REVOKED_FILE: z
    .string()
    .optional()
    .describe("File (mode 0600) with what was revoked, a line each; looked at with each request"),
  SENTINEL_REDIRECT_PORT: z
    .union([z.literal("off"), port])
    .default(8080)
    .describe("Port of plain HTTP that leads to the TLS listener, while there is one; off: none"),
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
  SENTINEL_RATE_AGENT: z.coerce
    .number()
    .positive()
    .default(1000)
    .describe("Scans, checks, memory requests and decisions of the agent a second of one caller"),
  SENTINEL_RATE_TASKS: z.coerce
    .number()
    .positive()
    .default(60)
    .describe("Tasks of the agent, and texts that its models work on, a minute of one caller"),
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
  ANTHROPIC_API_KEY: z.string().optional().describe("Key of Claude's API; the planner is off without one"),
  SENTINEL_CLAUDE_KEY_FILE: z
    .string()
    .optional()
    .describe("File (mode 0600) with the key of Claude's API, in place of ANTHROPIC_API_KEY"),
  ANTHROPIC_BASE_URL: z.url().optional().describe("Address of Claude's API, where it is not Anthropic's own"),
  SENTINEL_PLANNER_MODEL: z.string().default("claude-sonnet-5-5").describe("Model that plans"),
  OLLAMA_MODEL: z.string().optional().describe("Local model that does text work"),
  SENTINEL_OLLAMA_MODEL: z.string().default("qwen3:14b").describe("The same, where OLLAMA_MODEL is not set"),
  SENTINEL_OLLAMA_CONTEXT: z.coerce
    .number()
    .int()
    .min(2048)
    .max(1_048_576)
    .default(16_384)
    .describe("Tokens of its context: of what it is told and answers together; a longer prompt is refused, not cut"),
  SENTINEL_LLM_TIMEOUT_MS: milliseconds(60_000).describe("Longest time of one answer of a model, milliseconds"),
  SENTINEL_TRUST_LEVEL: z.coerce
    .number()
    .int()
    .min(0)
    .max(4)
    .optional()
    .describe("Trust level of the agent, 0 to 4, set at the next start; without it 0 at first, then as it was raised"),
  SENTINEL_APPROVAL_MODE: z
    .enum(["full", "every_plan"])
    .default("full")
    .describe("full: what trust level and policies ask for is approved; every_plan: every plan too, at every level"),
  SENTINEL_AGENT_STRICT: flag.default(false).describe("Whether what untrusted text decides counts as untrusted, too"),
  SENTINEL_WORKER_LABELS: z
    .enum(["never", "inputs"])
    .default("never")
    .describe("never: a local model's answers are never trusted; inputs: they are as trusted as what it was given"),
  SENTINEL_WORKSPACE: z.string().optional().describe("Folder that the agent's file tools may use"),
  SENTINEL_POLICIES: z.string().optional().describe("Folder with further policies of the agent's tools, *.yaml"),
  SENTINEL_KAFKA_BROKERS: z
    .string()
    .default("")
    .describe("Kafka brokers, HOST:PORT, separated by commas; empty: this engine works alone"),
  SENTINEL_KAFKA_GROUP: z
    .string()
    .regex(/^\S{1,200}$/)
    .default("sentinel-engines")
    .describe("Consumer group by which engines share the evidence"),
  SENTINEL_KAFKA_ROLE: z
    .enum(fleetRoles)
    .default("engine")
    .describe("engine: judges the evidence of the fleet; desktop: shows what engines judged"),
  SENTINEL_KAFKA_FOLLOW_DAYS: z.coerce
    .number()
    .min(0)
    .max(3650)
    .default(7)
    .describe("Days of verdicts that a new desktop begins with, of those that the brokers still keep"),
  SENTINEL_KAFKA_FOLLOW_FROM: z
    .enum(verdictKinds)
    .default("tag")
    .describe("Mildest verdict of the fleet that a desktop lists; milder ones are counted"),
  SENTINEL_KAFKA_CONCURRENCY: z.coerce
    .number()
    .int()
    .min(1)
    .max(64)
    .default(4)
    .describe(
      "Messages that this engine has in hand at once, each of another partition; those that wait for S3 or the broker are not counted",
    ),
  SENTINEL_KAFKA_SIGNED: flag
    .default(false)
    .describe("Whether evidence of messages without a signature of a trusted key is refused"),
  SENTINEL_KAFKA_TLS: flag.default(false).describe("Whether the brokers are spoken to over TLS"),
  SENTINEL_KAFKA_CA_FILE: z.string().optional().describe("Certificates that sign the brokers' own, PEM"),
  SENTINEL_KAFKA_CERT_FILE: z.string().optional().describe("This engine's certificate for the brokers, PEM"),
  SENTINEL_KAFKA_KEY_FILE: z.string().optional().describe("Its key, PEM, mode 0600"),
  SENTINEL_KAFKA_USER: z
    .string()
    .optional()
    .describe("User at the brokers (SCRAM); the password is the mounted secret kafka_password"),
  SENTINEL_KAFKA_MECHANISM: z
    .enum(["SCRAM-SHA-256", "SCRAM-SHA-512"])
    .default("SCRAM-SHA-512")
    .describe("How the password is proved"),
  SENTINEL_S3_ENDPOINT: z.url().optional().describe("Address of an S3 server that is not Amazon's own"),
  SENTINEL_S3_REGION: z.string().default("us-east-1").describe("Region of the S3 buckets"),
  SENTINEL_S3_BUCKETS: z
    .string()
    .default("")
    .describe("S3 buckets that evidence is fetched from, separated by commas; empty: none is fetched"),
  SENTINEL_S3_TIMEOUT_MS: milliseconds(30_000).describe("Longest silence of the S3 server, milliseconds"),
  SENTINEL_S3_SHELF: z
    .string()
    .regex(/^(?:[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])?$/, "it is no name of a bucket")
    .default("")
    .describe("S3 bucket that this engine puts models, and what else it shares, into; empty: it writes nothing to S3"),
  SENTINEL_S3_SHELF_LOCK: z
    .enum(["none", "governance", "compliance"])
    .default("none")
    .describe("Object lock of what is put there; the bucket must have object lock"),
  SENTINEL_S3_SHELF_LOCK_DAYS: z.coerce
    .number()
    .int()
    .min(1)
    .max(36_500)
    .default(30)
    .describe("Days for which nobody can remove it"),
  SENTINEL_S3_SHELF_SSE: z
    .enum(["none", "AES256", "aws:kms"])
    .default("none")
    .describe("Encryption that S3 is asked for; none: as the bucket has it"),
  SENTINEL_S3_SHELF_REPORTS: flag
    .default(false)
    .describe(
      "Whether each report that is taken is kept in that bucket, too; one that cannot be kept is not given out",
    ),
  SENTINEL_POSTGRES_HOST: z
    .string()
    .optional()
    .describe("PostgreSQL with the catalogue of models that engines share; unset: there is none"),
  SENTINEL_POSTGRES_PORT: z.coerce.number().int().min(1).max(65_535).default(5432).describe("Its port"),
  SENTINEL_POSTGRES_DATABASE: z.string().min(1).default("sentinel").describe("Its database"),
  SENTINEL_POSTGRES_USER: z
    .string()
    .min(1)
    .default("sentinel")
    .describe("This engine's user there; the password is the mounted secret postgres_password"),
  SENTINEL_POSTGRES_CA_FILE: z
    .string()
    .optional()
    .describe(
      "Certificates that sign its own, PEM; unset: the system's. Beside this machine it is spoken to over TLS only",
    ),
  SENTINEL_POSTGRES_TIMEOUT_MS: milliseconds(10_000).describe("Longest wait for one of its answers, milliseconds"),
  SENTINEL_OTLP_ENDPOINT: z
    .url()
    .optional()
    .describe("OpenTelemetry collector that traces are sent to (OTLP over HTTP, at /v1/traces); unset: none are made"),
  SENTINEL_OTLP_TOKEN_FILE: z
    .string()
    .optional()
    .describe("File (mode 0600) with a bearer token for it, in place of the mounted secret otlp_token"),
  SENTINEL_OTLP_RATIO: z.coerce.number().min(0).max(1).default(1).describe("Share of traces that are made, 0 to 1"),
  SENTINEL_MCP_ENABLED: flag
    .default(true)
    .describe("Whether the agent is an MCP server, at /mcp/ and as sentinel mcp; /mcp/ needs SENTINEL_TOKEN_FILE"),
  SENTINEL_MCP_CONFIG: z.string().optional().describe("File that lists MCP servers, as mcpServers"),
  SENTINEL_SIGNAL_ENABLED: flag.default(false).describe("Whether the agent is reached by Signal, through signal-cli"),
  SENTINEL_SIGNAL_COMMAND: z
    .string()
    .default("signal-cli")
    .describe("Program that speaks for Signal, with arguments separated by blanks: signal-cli -a +49123456789"),
  SENTINEL_SIGNAL_NUMBERS: z
    .string()
    .default("")
    .describe("Numbers (+4915112345678) or account identifiers that may ask by Signal, separated by commas"),
  SENTINEL_TOOL_TIMEOUT_MS: milliseconds(60_000).describe("Longest time of one call of a tool, milliseconds"),
  SENTINEL_TASK_DEADLINE_MS: milliseconds(600_000).describe(
    "Longest time that a task runs without stopping, milliseconds",
  ),
  SENTINEL_APPROVAL_MS: milliseconds(900_000).describe("How long a task waits for an approval, milliseconds"),
  SENTINEL_TASK_CALLS: count(200).describe("Calls and steps of text work that a task may use"),
  SENTINEL_TASK_CHARACTERS: count(2_000_000).describe("Characters that local models may answer in a task"),
  SENTINEL_TASK_TOKENS: count(200_000).describe("Tokens that the planner may use in a task"),
  SENTINEL_PLANNER_INPUT_PRICE: z.coerce
    .number()
    .min(0)
    .optional()
    .describe("What a million tokens that the planner reads cost, in your currency; unset: money is not counted"),
  SENTINEL_PLANNER_OUTPUT_PRICE: z.coerce
    .number()
    .min(0)
    .optional()
    .describe("What a million tokens that the planner writes cost"),
  SENTINEL_TASK_COST: z.coerce
    .number()
    .min(0)
    .optional()
    .describe("What the planner's tokens may cost in a task, by these prices; unset: there is no limit of money"),
  SENTINEL_PROMPT_GUARD: z
    .string()
    .optional()
    .describe("Folder of a Prompt Guard model: model.onnx, tokenizer.json and config.json"),
  SENTINEL_READERS: z.coerce.number().int().min(1).max(16).default(2).describe("Threads that read the database"),
  SENTINEL_SANDBOXES: z.coerce.number().int().min(1).max(64).default(8).describe("Sandboxes that run at once"),
  SENTINEL_SANDBOX_DRIVER: z
    .enum(["automatic", ...sandboxDriverKinds])
    .default("automatic")
    .describe("Way to sandbox that is tried first; automatic: bubblewrap, then podman, then docker"),
  SENTINEL_SANDBOX_IMAGE: ImageName.optional().describe(
    "Image whose programs run in Docker's sandboxes, Debian with Node; it is never fetched. Unset: this machine's own, on Linux",
  ),
  DOCKER_HOST: z
    .string()
    .optional()
    .describe("Where Docker's daemon listens on this machine, as Docker itself reads it: unix:// or npipe://"),
  SENTINEL_OLLAMA_URL: z
    .string()
    .optional()
    .describe("Where Ollama answers; 127.0.0.1:11434 unless told, off: it is not used"),
  OLLAMA_HOST: z.string().optional().describe("The same as Ollama itself reads it; SENTINEL_OLLAMA_URL wins"),
  SENTINEL_OLLAMA_ADDRESSES: z
    .string()
    .default("")
    .describe("Private addresses beside this machine that Ollama may answer at, separated by commas"),
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
