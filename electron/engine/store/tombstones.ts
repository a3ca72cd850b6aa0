import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { open, readdir, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { Id, Sha256 } from "../../../shared/units.ts";
import { syncDirectory, writeDurably } from "./durable-file.ts";
import { subjectTag } from "./seal.ts";

/** What stands in a sealed text for its subject: see `subjectTag`. */
export const SubjectTag = z.string().regex(/^[0-9a-f]{32}$/);

/**
 * What was erased, by identifiers that tell nothing of it: one piece of evidence, one subject's sealed texts, or a tag or assignee. The
 * list lies beside the keys and goes with them, so that a backup that is older than an erasure cannot bring anything back.
 */
export const Tombstone = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("evidence"), id: Id, sha256: Sha256, at: z.string() }),
  /** `subject` is the hash that stands in the sealed text. */
  z.strictObject({ kind: z.literal("text"), subject: SubjectTag, at: z.string() }),
  /** `label` is its keyed hash. Somebody else may be called so later: it holds for what is older than `at`. */
  z.strictObject({ kind: z.literal("label"), label: SubjectTag, at: z.string() }),
]);
export type Tombstone = z.infer<typeof Tombstone>;

const listName = "erased.jsonl";

function nameOf(stone: Tombstone): string {
  if (stone.kind === "evidence") return `e${stone.id}`;
  // It may have been put on again between two erasures.
  return stone.kind === "text" ? `t${stone.subject}` : `l${stone.label} ${stone.at}`;
}

/** Hashes under which texts of what was erased are sealed; none of a tag or assignee, which stood in clear. */
export function erasedSubjects(stones: readonly Tombstone[]): string[] {
  return stones.flatMap((stone) => {
    if (stone.kind === "label") return [];
    return [stone.kind === "evidence" ? subjectTag(stone.id) : stone.subject];
  });
}

/** Each erasure once. */
export function joinTombstones(...lists: readonly (readonly Tombstone[])[]): Tombstone[] {
  return [...new Map(lists.flat().map((stone) => [nameOf(stone), stone])).values()];
}

/** Notes erasures for good. @param keysDirectory the data directory's `keys/` */
export async function addTombstones(keysDirectory: string, stones: readonly Tombstone[]): Promise<void> {
  if (stones.length === 0) return;
  // One that is in the list already counts once when it is read.
  const lines = stones.map((stone) => `${JSON.stringify(stone)}\n`);
  const file = await open(join(keysDirectory, listName), "a", 0o600);
  try {
    // A line that a crash left unfinished is closed first.
    await file.write(`\n${lines.join("")}`);
    await file.sync();
  } finally {
    await file.close();
  }
  await syncDirectory(keysDirectory);
}

/** @returns nothing where there is no list; a line that cannot be read is passed over */
export async function readTombstones(keysDirectory: string): Promise<Tombstone[]> {
  const path = join(keysDirectory, listName);
  if (!existsSync(path)) return [];
  const stones: Tombstone[] = [];
  for (const line of (await readFile(path, "utf8")).split("\n")) {
    const parsed = line === "" ? undefined : Tombstone.safeParse(parseJson(line));
    if (parsed?.success) stones.push(parsed.data);
  }
  return joinTombstones(stones);
}

/** A list of its own, for a data directory that is being restored. */
export async function writeTombstones(keysDirectory: string, stones: readonly Tombstone[]): Promise<void> {
  await writeDurably(join(keysDirectory, listName), stones.map((stone) => `${JSON.stringify(stone)}\n`).join(""));
}

/** What the name of a data directory that is being restored begins with. */
export const stagingName = (home: string): string => `${home}.restoring-`;

/** Name of a data directory that is kept beside the one that takes its place. */
export function setAsideName(home: string, at: string): string {
  return `${home}.set-aside-${at.replace(/[:.]/g, "-")}-${randomBytes(2).toString("hex")}`;
}

/** Data directories that were set aside beside one: an erasure does not reach them. */
export async function findSetAside(home: string): Promise<string[]> {
  const names = await readdir(dirname(home)).catch(() => []);
  return names
    .filter((name) => name.startsWith(`${basename(home)}.set-aside-`))
    .map((name) => join(dirname(home), name));
}

/** Everything that was ever erased here: in a data directory, and in those that were set aside beside it. */
export async function tombstonesAround(home: string): Promise<Tombstone[]> {
  const homes = [home, ...(await findSetAside(home))];
  return joinTombstones(...(await Promise.all(homes.map((one) => readTombstones(join(one, "keys"))))));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
