import { appendFileSync, existsSync } from "node:fs";
import { request } from "node:http";
import { join, resolve } from "node:path";
import {
  type Checkpoint,
  type LogVerification,
  takeCheckpoint,
  verifyAudit as verifyAuditRoute,
} from "../../shared/audit.ts";
import { SentinelError } from "../../shared/errors.ts";
import { SandboxesEnded } from "../../shared/panic.ts";
import { canonicalJson } from "../engine/base/canonical-json.ts";
import { systemClock, toInstant } from "../engine/base/clock.ts";
import { lockDirectory } from "../engine/store/directory-lock.ts";
import { rekey as changeKey, environmentKeySource, fileKeySource, type KeySource } from "../engine/store/master-key.ts";
import { logFiles, readCheckpoints, verifyDirectory } from "../engine/store/verify-log.ts";
import { readRunFile } from "../run-file.ts";
import { openClient } from "./client.ts";
import { type Command, exitCodes } from "./command.ts";

type Around = Parameters<Command["run"]>[0]["around"];

export const verifyAudit: Command = {
  name: "verify-audit",
  summary: "Check the event log's hash chain and checkpoints",
  usage: "[--checkpoints FILE] [--keep FILE] [--json]",
  details: `Checks the log of the data directory, also without an engine. Exit code 3 when the log was tampered with.
--checkpoints FILE    holds the log against checkpoints that were kept elsewhere: shows what was cut off, and a chain computed anew
--keep FILE           adds a checkpoint of now to FILE, unless the log is not whole; keep FILE where nobody who can change the log can`,
  options: { json: { type: "boolean" }, checkpoints: { type: "string" }, keep: { type: "string" } },
  operands: [0, 0],
  async run({ options, around }) {
    const kept = typeof options.checkpoints === "string" ? resolve(options.checkpoints) : null;
    if (kept !== null && (!existsSync(kept) || readCheckpoints(kept).checkpoints.length === 0)) {
      around.tell("There is no checkpoint in the file that --checkpoints names.");
      return exitCodes.badUsage;
    }
    const result = await verify(around, kept);
    if (options.json) await around.write(`${JSON.stringify(result)}\n`);
    else {
      await around.write(`${result.ok ? "The log is whole" : "THE LOG IS NOT WHOLE"}: ${result.entries} entries.\n`);
      for (const { fault, seq, message } of result.faults) {
        await around.write(`${fault}${seq === null ? "" : ` at ${seq}`}: ${message}\n`);
      }
    }
    if (!result.ok) return exitCodes.refused;
    if (typeof options.keep === "string") {
      const { count } = await keepCheckpoint(around, resolve(options.keep));
      around.tell(`A checkpoint of ${count} entries was added to ${options.keep}.`);
    }
    return exitCodes.done;
  },
};

/** Adds the newest checkpoint to a file. @throws SentinelError NOT_FOUND for a log without one */
async function keepCheckpoint(around: Around, file: string): Promise<Checkpoint> {
  const taken = await takeNewest(around);
  // SECURITY: what was kept before is never written over.
  appendFileSync(file, `${canonicalJson(taken)}\n`, { mode: 0o600 });
  return taken;
}

async function takeNewest(around: Around): Promise<Checkpoint> {
  const home = around.config.SENTINEL_HOME;
  if (readRunFile(home) === undefined) {
    // The engine leaves one at its end.
    const newest = readCheckpoints(join(home, logFiles.checkpoints)).checkpoints.at(-1);
    if (newest === undefined) throw new SentinelError("NOT_FOUND", "The log has no checkpoint yet.");
    return newest;
  }
  const client = await openClient(around);
  try {
    return await client.call(takeCheckpoint, {});
  } finally {
    await client.close();
  }
}

/** @param kept checkpoints kept elsewhere: with them the files are read as they lie, since the engine is not to be believed */
async function verify(around: Around, kept: string | null): Promise<LogVerification> {
  const home = around.config.SENTINEL_HOME;
  // Without an engine the files are read as they lie: opening the engine would repair what is to be judged.
  if (kept !== null || readRunFile(home) === undefined) {
    if (!existsSync(join(home, logFiles.database))) {
      throw new SentinelError("UNAVAILABLE", `There is no event log in ${home}.`);
    }
    return await verifyDirectory(home, kept);
  }
  const client = await openClient(around);
  try {
    return await client.call(verifyAuditRoute, {});
  } finally {
    await client.close();
  }
}

export const panic: Command = {
  name: "panic",
  summary: "Stop everything that acts, at once",
  usage: "[--reason TEXT]",
  details: `Reaches the supervisor directly, also while the engine hangs. Cannot be undone. Exit code 4 when no supervisor runs.`,
  options: { reason: { type: "string" } },
  operands: [0, 0],
  async run({ options, around }) {
    const socketPath = readRunFile(around.config.SENTINEL_HOME)?.panic_socket;
    if (socketPath === undefined || socketPath === null) {
      around.tell("No supervisor runs over this data directory: there is nothing to stop.");
      return exitCodes.unavailable;
    }
    const result = await pull(socketPath, options.reason === undefined ? {} : { reason: options.reason });
    await around.write(`${JSON.stringify(result)}\n`);
    return exitCodes.done;
  },
};

function pull(socketPath: string, body: unknown): Promise<SandboxesEnded> {
  const unavailable = (cause: unknown) =>
    new SentinelError("UNAVAILABLE", "The supervisor does not answer.", undefined, cause);
  return new Promise((fulfil, reject) => {
    const call = request({ socketPath, path: "/panic", method: "POST", timeout: 10_000 }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      response.on("end", () => {
        try {
          fulfil(SandboxesEnded.parse(JSON.parse(text)));
        } catch (error) {
          reject(unavailable(error));
        }
      });
    });
    call.on("timeout", () => call.destroy(new Error("no answer in time")));
    call.on("error", (error) => reject(unavailable(error)));
    call.end(JSON.stringify(body));
  });
}

export const rekey: Command = {
  name: "rekey",
  summary: "Change the master key, or where it comes from",
  usage: "--to-file FILE | --to-environment",
  details: `Opens the data directory with its present key, makes new wrapping keys, and records the new source. No engine may run.
--to-file FILE        the key lies in FILE (made with mode 0600 when missing); start with SENTINEL_MASTER_KEY_FILE=FILE
--to-environment      the key is the value of SENTINEL_NEW_MASTER_KEY; start with SENTINEL_MASTER_KEY set to it`,
  options: { "to-file": { type: "string" }, "to-environment": { type: "boolean" } },
  operands: [0, 0],
  async run({ options, around }) {
    const to = newSource(options["to-file"], options["to-environment"] === true, around.environment);
    if (to === undefined) {
      around.tell("rekey needs either --to-file FILE, or --to-environment and the variable SENTINEL_NEW_MASTER_KEY.");
      return exitCodes.badUsage;
    }
    const home = around.config.SENTINEL_HOME;
    const holder = { pid: process.pid, host: "command line", since: toInstant(systemClock.now()) };
    const lock = lockDirectory(home, holder);
    try {
      await changeKey(join(home, "keys"), around.keySource, to);
    } finally {
      lock.release();
    }
    await around.write("The master key is changed.\n");
    return exitCodes.done;
  },
};

function newSource(
  file: string | boolean | undefined,
  fromEnvironment: boolean,
  environment: Record<string, string | undefined>,
): KeySource | undefined {
  if (typeof file === "string" && !fromEnvironment) return fileKeySource(resolve(file), true);
  const value = environment.SENTINEL_NEW_MASTER_KEY;
  return file === undefined && fromEnvironment && value ? environmentKeySource(value) : undefined;
}
