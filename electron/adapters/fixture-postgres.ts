import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import pg from "pg";
import { freePort } from "./fixture-servers.ts";

const startMs = 30_000;
/** PostgreSQL refuses to run as root: there, the account that owns nothing. */
const account = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/** Folder of its programs: Debian keeps them off the PATH. */
function programs(): string | null {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...versions.map((one) => join(debian, one, "bin")), ...(process.env.PATH ?? "").split(delimiter)];
  return folders.find((folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "postgres"))) ?? null;
}

/** Null: a real PostgreSQL can be started. Else why not. */
export function noPostgres(): string | null {
  return programs() === null ? "PostgreSQL is not installed" : null;
}

/** A real PostgreSQL on 127.0.0.1 that asks for passwords by SCRAM. */
export interface PostgresServer {
  readonly port: number;
  /** Does something as the owner of everything, in a database. */
  asOwner(sql: string, database?: string): Promise<pg.QueryResult>;
  /** An empty database. @returns its name */
  makeDatabase(): Promise<string>;
  /** A user with a password, who may do nothing yet. @returns both */
  makeUser(): Promise<{ user: string; password: string }>;
  /** Ends it at once, as a crash does. */
  kill(): Promise<void>;
  /** Starts it again on what it had stored, at the same port. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** The files of `resources/postgres`, in their order. */
export function catalogueSchema(): string {
  const folder = join(import.meta.dirname, "..", "..", "resources", "postgres");
  return readdirSync(folder)
    .sort()
    .map((name) => readFileSync(join(folder, name), "utf8"))
    .join("\n");
}

/** @param tls what it shows, PEM; null: it speaks in the clear */
export async function startPostgres(tls: { certificate: string; key: string } | null = null): Promise<PostgresServer> {
  const bin = programs()!;
  const folder = mkdtempSync(join(tmpdir(), "sentinel-postgres-"));
  const data = join(folder, "data");
  const owner = randomBytes(12).toString("hex");
  const put = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    if (account.uid !== undefined) chownSync(path, account.uid, account.gid);
    return path;
  };
  chmodSync(folder, 0o700);
  if (account.uid !== undefined) chownSync(folder, account.uid, account.gid);
  const auth = ["-U", "owner", "-A", "scram-sha-256", `--pwfile=${put("password", owner)}`];
  const made = spawnSync(join(bin, "initdb"), ["-D", data, "-E", "UTF8", "--locale=C", "-N", ...auth], {
    ...account,
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder },
    encoding: "utf8",
  });
  if (made.status !== 0) throw new Error(`initdb fails: ${made.stderr}`);
  const port = await freePort();
  const settings = {
    ...{ listen_addresses: "127.0.0.1", port, unix_socket_directories: "", fsync: "off", shared_buffers: "16MB" },
    ...(tls === null
      ? {}
      : { ssl: "on", ssl_cert_file: put("server.crt", tls.certificate), ssl_key_file: put("server.key", tls.key) }),
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  let child: ChildProcess | null = null;
  const end = () => child?.kill("SIGKILL");
  // A run that is broken off leaves no server behind.
  process.once("exit", end);

  async function asOwner(sql: string, database = "postgres"): Promise<pg.QueryResult> {
    const ssl = tls === null ? false : { rejectUnauthorized: false };
    const client = new pg.Client({ host: "127.0.0.1", port, user: "owner", password: owner, database, ssl });
    client.on("error", () => {});
    await client.connect();
    try {
      return await client.query(sql);
    } finally {
      await client.end();
    }
  }

  async function kill(): Promise<void> {
    const ending = child;
    child = null;
    if (ending === null || ending.exitCode !== null || ending.signalCode !== null) return;
    // At once: its children end with it, which they would not after SIGKILL.
    ending.kill("SIGQUIT");
    await once(ending, "exit");
  }

  async function start(): Promise<void> {
    child = spawn(join(bin, "postgres"), ["-D", data, ...args], {
      ...account,
      cwd: folder,
      env: { PATH: process.env.PATH },
      stdio: "ignore",
    });
    for (const until = Date.now() + startMs; ; ) {
      try {
        await asOwner("SELECT 1");
        return;
      } catch (error) {
        if (child.exitCode !== null || Date.now() > until) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  async function close(): Promise<void> {
    await kill();
    process.off("exit", end);
    rmSync(folder, { recursive: true, force: true });
  }

  try {
    await start();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    ...{ port, asOwner, kill, start, close },
    async makeDatabase() {
      const name = `db_${randomBytes(4).toString("hex")}`;
      await asOwner(`CREATE DATABASE ${name}`);
      return name;
    },
    async makeUser() {
      const [user, password] = [`user_${randomBytes(4).toString("hex")}`, randomBytes(12).toString("hex")];
      await asOwner(`CREATE ROLE ${user} LOGIN PASSWORD '${password}'`);
      return { user, password };
    },
  };
}
