import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { makeBackup, shortestPassphrase } from "../../shared/backup.ts";
import { errorTold, SentinelError } from "../../shared/errors.ts";
import { systemClock } from "../engine/base/clock.ts";
import { restoreBackup } from "../engine/restoring.ts";
import { keysPathOf } from "../engine/store/backup-keys.ts";
import { workerEntry } from "../entries.ts";
import { readRunFile } from "../run-file.ts";
import { commandLine, openClient, waitForJob } from "./client.ts";
import { type Command, exitCodes, type Surroundings } from "./command.ts";
import type { commandVariables } from "./command-variables.ts";

/** Variable that may hold the passphrase of a portable backup. */
const passphraseVariable = "SENTINEL_BACKUP_PASSPHRASE" satisfies keyof typeof commandVariables;

export const backup: Command = {
  name: "backup",
  summary: "Back everything up, also while the engine runs",
  usage: "FILE-or-FOLDER [--keys FILE] [--portable] [--passphrase-file FILE] [--json]",
  details: `Writes two new files: the data, encrypted as a whole, and its keys (FILE.keys unless --keys names another place). Keep the keys
apart from the data: neither opens anything without the other. Nothing is overwritten, and nothing half-written stays.
--portable            lock the keys with a passphrase, so that any machine can restore them: this is the export of everything.
                      Needed where the master key lies in a keychain
--passphrase-file     the passphrase, in the file's first line; else the variable ${passphraseVariable}`,
  options: {
    keys: { type: "string" },
    portable: { type: "boolean" },
    "passphrase-file": { type: "string" },
    json: { type: "boolean" },
  },
  operands: [1, 1],
  async run({ operands, options, around }) {
    const passphrase = options.portable === true ? await readPassphrase(options["passphrase-file"], around) : undefined;
    if (options.portable === true && (passphrase?.length ?? 0) < shortestPassphrase) {
      around.tell(
        `A portable backup needs a passphrase of at least ${shortestPassphrase} characters: --passphrase-file FILE, or ${passphraseVariable}.`,
      );
      return exitCodes.badUsage;
    }
    const client = await openClient(around);
    try {
      const input = {
        path: resolve(operands[0] ?? ""),
        ...(typeof options.keys === "string" ? { keys_path: resolve(options.keys) } : {}),
        ...(passphrase === undefined ? {} : { passphrase }),
      };
      const { job_id } = await client.call(makeBackup, input);
      const job = await waitForJob(client, job_id, around.stop);
      if (job.state !== "done" || job.result === null) throw toError(job.error);
      const missing = Number(job.result.missing ?? 0);
      if (missing > 0) {
        const some = missing === 1 ? "1 piece of evidence has" : `${missing} pieces of evidence have`;
        around.tell(`${some} no stored content any more: the backup has the rest.`);
      }
      await around.write(options.json === true ? `${JSON.stringify(job.result)}\n` : inWords(job.result));
      return exitCodes.done;
    } finally {
      await client.close();
    }
  },
};

const opensWith: Record<string, string> = {
  this_file: "The keys file opens the backup by itself: keep it apart from the data, where only you can read it.",
  master_key: "The keys file opens with this installation's master key, which is in neither: keep that, too.",
  passphrase: "The keys file opens with your passphrase, on any machine. Without it nobody can restore.",
};

function inWords(result: Record<string, unknown>): string {
  return `Backed up: ${result.file} (${result.bytes} bytes, SHA-256 ${result.sha256})
Keys:      ${result.keys}
${opensWith[String(result.keys_open_with)] ?? ""}\n`;
}

export const restore: Command = {
  name: "restore",
  summary: "Put a backup in the place of the data directory",
  usage: "FILE [--keys FILE] [--passphrase-file FILE] [--set-aside] [--json]",
  details: `No engine may run (exit code 4). Everything is checked by hash before anything is replaced: a backup that is damaged, cut off, of a
newer version, or that its keys do not belong to, is refused (exit code 3) and changes nothing. What was erased here since the backup was
made is erased again. Keys are looked for in FILE.keys unless --keys names another place.
--set-aside           where the data directory holds data: rename it first, and keep it
--passphrase-file     of a portable backup, in the file's first line; else the variable ${passphraseVariable}`,
  options: {
    keys: { type: "string" },
    "passphrase-file": { type: "string" },
    "set-aside": { type: "boolean" },
    json: { type: "boolean" },
  },
  operands: [1, 1],
  async run({ operands, options, around }) {
    const home = around.config.SENTINEL_HOME;
    if (readRunFile(home) !== undefined) throw new SentinelError("LOCKED", `An engine runs over ${home}.`);
    const file = resolve(operands[0] ?? "");
    const result = await restoreBackup({
      home,
      file,
      keysFile: typeof options.keys === "string" ? resolve(options.keys) : keysPathOf(file),
      passphrase: await readPassphrase(options["passphrase-file"], around),
      keySource: around.keySource,
      setAside: options["set-aside"] === true,
      entries: { writer: workerEntry("writer"), reader: workerEntry("reader") },
      clock: systemClock,
      log: around.log,
      by: commandLine,
      signal: around.stop,
      onProgress: () => {},
    });
    const { madeAt, events, files, erasedAgain, setAside } = result;
    if (options.json === true) {
      const json = { made_at: madeAt, events, files, erased_again: erasedAgain, set_aside: setAside };
      await around.write(`${JSON.stringify(json)}\n`);
      return exitCodes.done;
    }
    await around.write(
      `Restored what was backed up at ${madeAt}: ${events} events, ${files} files, each by its hash.\n`,
    );
    if (erasedAgain > 0) await around.write(`Erased since, and erased again: ${erasedAgain}.\n`);
    if (setAside !== null) await around.write(`What was there before is kept in ${setAside}.\n`);
    return exitCodes.done;
  },
};

/** @throws SentinelError BACKUP_REFUSED when the file cannot be read */
async function readPassphrase(
  path: string | boolean | undefined,
  { environment }: Surroundings,
): Promise<string | undefined> {
  if (typeof path !== "string") return environment[passphraseVariable] || undefined;
  try {
    return (await readFile(path, "utf8")).split(/\r?\n/, 1)[0];
  } catch (error) {
    throw new SentinelError("BACKUP_REFUSED", `The passphrase file ${path} cannot be read.`, undefined, error);
  }
}

function toError(error: { code: string; message: string } | null): SentinelError {
  if (error === null) return new SentinelError("CANCELLED", "The backup was cancelled.");
  return errorTold(error) ?? new SentinelError("INTERNAL", error.message);
}
