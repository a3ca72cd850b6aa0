import { z } from "zod";
import { defineRoute } from "./route.ts";
import { Id, Instant } from "./units.ts";

/** Shortest passphrase of a portable backup, in characters. */
export const shortestPassphrase = 12;

/** A backup that this installation made. */
export const Backup = z.object({
  id: Id,
  made_at: Instant,
  made_by: z.string(),
  /** The data file, in bytes. */
  bytes: z.number(),
  /** Pieces of evidence in it. */
  evidence: z.number().int(),
  /** Events of the log in it. */
  events: z.number().int(),
  /** What opens its keys file: `this_file`: nothing else is needed. */
  keys_open_with: z.enum(["master_key", "this_file", "passphrase"]),
  /** Where its files were written; null once that was erased. */
  place: z.object({ file: z.string(), keys: z.string() }).nullable(),
});
export type Backup = z.infer<typeof Backup>;

export const listBackups = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/backups",
  summary: "Backups that were made, newest first",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({}),
  output: z.array(Backup),
});

export const makeBackup = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/backups",
  summary: "Back everything up into a new file, with its keys in a second one; progress and outcome are the job's",
  role: "admin",
  callers: ["ui"],
  input: z.strictObject({
    /** Absolute path on the engine's machine: a new file, or a folder that gets one. */
    path: z.string().min(1).max(4000),
    /** Where the keys go; beside the data unless told. */
    keys_path: z.string().min(1).max(4000).optional(),
    /** Makes the backup portable: this opens its keys anywhere. */
    passphrase: z.string().min(shortestPassphrase).max(1000).optional(),
  }),
  output: z.object({ job_id: Id }),
});
