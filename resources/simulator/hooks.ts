import { AsyncLocalStorage } from "node:async_hooks";
import childProcess from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import { createRequire, syncBuiltinESMExports } from "node:module";
import net from "node:net";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type HookEvent, hookFd, mostTold, now, type StepEvent, stepHeader } from "./hook-events.ts";

/**
 * Loaded into an application of Node before its first line (`--import`): tells what it does while it answers a request. What it does is
 * not changed, only told.
 */

const current = new AsyncLocalStorage<{ readonly step: string; calls: number }>();
const longest = 8_000;
const writeSync = fs.writeSync;
const realpath = fs.realpathSync.native;

function tell(event: HookEvent): void {
  try {
    writeSync(hookFd, `${JSON.stringify(event)}\n`);
  } catch {
    // Nobody listens any more.
  }
}

type Told = StepEvent extends infer E ? (E extends StepEvent ? Omit<E, "step" | "site" | "at"> : never) : never;

function tellOfStep(event: Told): void {
  const store = current.getStore();
  if (store === undefined) return;
  store.calls += 1;
  if (store.calls <= mostTold) tell({ ...event, step: store.step, site: callSite(), at: now() } as HookEvent);
}

/** First line of the application itself on the way here: "shop.ts:12". */
function callSite(): string {
  const lines = (new Error("site").stack ?? "").split("\n").slice(1);
  const own = lines.find((line) => !/\bnode:|node_modules|\/simulator\/hooks\.ts/.test(line));
  const match = /(?:file:\/\/)?(\/[^\s()]*:\d+):\d+\)?$/.exec(own ?? "");
  return (match?.[1] ?? "").split("/").slice(-2).join("/").slice(0, 200);
}

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** Puts something before a method. */
function wrap(
  target: object,
  name: string,
  around: (original: Method, self: unknown, args: unknown[]) => unknown,
): void {
  const methods = target as Record<string, Method>;
  const original = methods[name];
  if (typeof original !== "function") return;
  methods[name] = Object.assign(function (this: unknown, ...args: unknown[]) {
    return around(original, this, args);
  }, original);
}

function hookRequests(): void {
  wrap(http.Server.prototype, "emit", (original, self, args) => {
    const [event, request, response] = args as [string, http.IncomingMessage, http.ServerResponse];
    if (event !== "request" || request?.headers === undefined) return original.apply(self, args);
    const step = request.headers[stepHeader];
    delete request.headers[stepHeader];
    const at = request.rawHeaders.findIndex((name) => name.toLowerCase() === stepHeader);
    if (at >= 0) request.rawHeaders.splice(at, 2);
    if (typeof step !== "string") return original.apply(self, args);
    const store = { step, calls: 0 };
    response.once("close", () => tell({ type: "done", ...store }));
    return current.run(store, () => original.apply(self, args));
  });
}

function pathOf(given: unknown): string | null {
  try {
    if (typeof given === "string") return resolve(given);
    if (given instanceof URL) return fileURLToPath(given);
    return Buffer.isBuffer(given) ? resolve(given.toString("utf8")) : null;
  } catch {
    return null;
  }
}

function tellRead(path: string, ok: boolean): void {
  let real = path;
  try {
    if (ok) real = realpath(path);
  } catch {
    // Gone since.
  }
  tellOfStep({ type: "read", path: real.slice(0, longest), ok });
}

function hookFiles(): void {
  const sync = ["readFileSync", "openSync", "readdirSync"] as const;
  const later = ["readFile", "open", "readdir"] as const;
  for (const name of sync) {
    wrap(fs, name, (original, self, args) => {
      const path = pathOf(args[0]);
      if (path === null) return original.apply(self, args);
      try {
        const result = original.apply(self, args);
        tellRead(path, true);
        return result;
      } catch (error) {
        tellRead(path, false);
        throw error;
      }
    });
  }
  for (const name of later) {
    wrap(fs, name, (original, self, args) => {
      const path = pathOf(args[0]);
      const callback = args.at(-1);
      if (path === null || typeof callback !== "function") return original.apply(self, args);
      const heard = (...results: unknown[]) => {
        tellRead(path, results[0] === null || results[0] === undefined);
        return (callback as Method).apply(undefined, results);
      };
      return original.apply(self, [...args.slice(0, -1), heard]);
    });
    wrap(fs.promises, name, (original, self, args) => {
      const path = pathOf(args[0]);
      const result = original.apply(self, args) as Promise<unknown>;
      if (path === null) return result;
      return result.then(
        (value) => {
          tellRead(path, true);
          return value;
        },
        (error: unknown) => {
          tellRead(path, false);
          throw error;
        },
      );
    });
  }
}

function hookProcesses(): void {
  const told = (args: readonly unknown[]) =>
    tellOfStep({ type: "spawn", args: args.map((one) => String(one).slice(0, longest)).slice(0, 100) });
  wrap(childProcess.ChildProcess.prototype, "spawn", (original, self, args) => {
    const { file, args: argv } = args[0] as { file: string; args?: readonly string[] };
    told(argv ?? [file]);
    return original.apply(self, args);
  });
  wrap(childProcess, "execSync", (original, self, args) => {
    told(["/bin/sh", "-c", args[0]]);
    return original.apply(self, args);
  });
  for (const name of ["spawnSync", "execFileSync"]) {
    wrap(childProcess, name, (original, self, args) => {
      const options = args.find((one) => typeof one === "object" && one !== null && !Array.isArray(one));
      const argv = [args[0], ...(Array.isArray(args[1]) ? args[1] : [])];
      told((options as { shell?: unknown } | undefined)?.shell ? ["/bin/sh", "-c", argv.join(" ")] : argv);
      return original.apply(self, args);
    });
  }
}

function hookConnections(): void {
  wrap(net.Socket.prototype, "connect", (original, self, args) => {
    const [first] = (Array.isArray(args[0]) ? args[0] : args) as [unknown];
    const {
      host = "127.0.0.1",
      port = "",
      path,
    } = (typeof first === "object" ? first : { port: first }) as {
      host?: string;
      port?: number | string;
      path?: string;
    };
    tellOfStep({ type: "connect", to: (path ?? `${host}:${port}`).slice(0, 300) });
    return original.apply(self, args);
  });
}

type Statement = { readonly source?: string; readonly sourceSQL?: string; readonly readonly?: boolean };

/** Hooks a SQLite binding: what is prepared, and what changes rows. */
function hookDatabase(database: object, statement: object): void {
  for (const name of ["prepare", "exec"]) {
    wrap(database, name, (original, self, args) => {
      const text = String(args[0]).slice(0, longest);
      tellOfStep({ type: "sql", statement: text });
      if (name === "exec" && writes(text)) tellOfStep({ type: "write", statement: text });
      return original.apply(self, args);
    });
  }
  for (const name of ["run", "get", "all"]) {
    wrap(statement, name, (original, self, args) => {
      const result = original.apply(self, args);
      const { source, sourceSQL, readonly } = self as Statement;
      const text = String(source ?? sourceSQL ?? "");
      const changes = (result as { changes?: number | bigint } | undefined)?.changes;
      const changed = name === "run" ? Number(changes ?? 0) > 0 : readonly === false || writes(text);
      if (changed) tellOfStep({ type: "write", statement: text.slice(0, longest) });
      return result;
    });
  }
}

const writes = (statement: string) => /^\s*(?:insert|update|delete|replace)\b/i.test(statement);

/** The databases that the application can use, found from its folders. */
function hookDatabases(roots: readonly string[]): string[] {
  const hooked: string[] = [];
  for (const root of roots) {
    try {
      const Database = createRequire(join(root, "application.js"))("better-sqlite3") as new (
        name: string,
      ) => { prepare(text: string): object; close(): void };
      const database = new Database(":memory:");
      const statement = Object.getPrototypeOf(database.prepare("SELECT 1")) as object;
      database.close();
      hookDatabase(Database.prototype as object, statement);
      hooked.push("better-sqlite3");
      break;
    } catch {
      // It is not used there.
    }
  }
  const builtIn = process.getBuiltinModule("node:sqlite") as
    | { DatabaseSync: { prototype: object }; StatementSync: { prototype: object } }
    | undefined;
  if (builtIn !== undefined) {
    hookDatabase(builtIn.DatabaseSync.prototype, builtIn.StatementSync.prototype);
    hooked.push("node:sqlite");
  }
  return hooked;
}

if (process.env.SENTINEL_HOOK_ROOTS !== undefined) {
  const roots = process.env.SENTINEL_HOOK_ROOTS.split(":");
  delete process.env.SENTINEL_HOOK_ROOTS;
  delete process.env.NODE_OPTIONS;
  hookRequests();
  hookFiles();
  hookProcesses();
  hookConnections();
  const databases = hookDatabases(roots);
  // Named imports of built-in modules are copies until this.
  syncBuiltinESMExports();
  tell({ type: "hooked", databases });
}
