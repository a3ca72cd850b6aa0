import { close, fsync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { PanicPull } from "../../../shared/panic.ts";

/** A pull that can be told from others. */
export const NotedPull = PanicPull.required({ press_id: true });
export type NotedPull = z.infer<typeof NotedPull>;

/** A pull of panic, as the supervisor keeps it until the engine has it in its log. */
const PullNote = z.strictObject({
  /** Past the engine, or at it: its log may hang. */
  via: z.enum(["window", "socket", "engine"]),
  /** Who pulled it, as the engine told. */
  actor: z.string().optional(),
  pull: NotedPull,
  /** When it was pulled, ISO 8601. */
  at: z.iso.datetime(),
});
export type PullNote = z.infer<typeof PullNote>;

/** A note that was left; null: it cannot be read, but somebody pulled. */
export interface LeftPull {
  readonly file: string;
  readonly note: PullNote | null;
}

const folderOf = (directory: string) => join(directory, "pulls");
const fileOf = (directory: string, pressId: string) => join(folderOf(directory), `${pressId}.json`);

/** Outlives every process once this returns, and soon after a machine that loses its power. @param directory the supervisor's files */
export function writePull(directory: string, note: PullNote): void {
  mkdirSync(folderOf(directory), { recursive: true, mode: 0o700 });
  // SECURITY: the owner's alone, since a reason may name somebody.
  const file = openSync(fileOf(directory, note.pull.press_id), "w", 0o600);
  writeSync(file, JSON.stringify(note));
  // Not waited for: a disk may be slow, and sandboxes are being ended.
  fsync(file, () => close(file));
}

/** What the engine did not take down before it ended. */
export function leftPulls(directory: string): LeftPull[] {
  let names: string[];
  try {
    names = readdirSync(folderOf(directory));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  return names.map((name) => {
    const file = join(folderOf(directory), name);
    return { file, note: readNote(file) };
  });
}

/** The engine has it in its log. */
export function dropPull(directory: string, pressId: string): void {
  dropLeft(fileOf(directory, pressId));
}

export function dropLeft(file: string): void {
  rmSync(file, { force: true });
}

function readNote(file: string): PullNote | null {
  try {
    return PullNote.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    // SECURITY: one that was cut off by what ended the supervisor tells of a pull all the same.
    return null;
  }
}
