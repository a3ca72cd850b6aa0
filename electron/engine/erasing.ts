import { setTimeout as sleep } from "node:timers/promises";
import type { Backup } from "../../shared/backup.ts";
import { type Clock, toInstant } from "./base/clock.ts";
import type { Principal } from "./base/principals.ts";
import { forgetPastVerdicts } from "./detect/verdicts/past-verdicts.ts";
import { deleteVerdictsOf, deleteWorstOf } from "./detect/verdicts/verdict-tables.ts";
import { clearAnalysis, endAnalysis } from "./evidence/analysis-tables.ts";
import { erasuresToDo, forgetAnalysis } from "./evidence/erased-tables.ts";
import { type EvidenceErased, evidenceEntity, evidenceWithContent } from "./evidence/evidence-tables.ts";
import { forgetFollowed } from "./fleet/followed-verdicts.ts";
import { eraseSamples } from "./learn/erase-samples.ts";
import { forgetMemoryOf } from "./memory/chunk-writes.ts";
import { forgetFoundOf } from "./respond/backtest/backtest-tables.ts";
import { forgetSimulations } from "./respond/simulation/simulation-tables.ts";
import { reviseKeysFile } from "./store/backup-keys.ts";
import type { DataDirectory } from "./store/data-directory.ts";
import { entityVersion } from "./store/event-table.ts";
import { forgetJobsOf } from "./store/job-table.ts";
import { subjectTag } from "./store/seal.ts";
import type { StoreHost } from "./store/store.ts";
import { addTombstones, type Tombstone } from "./store/tombstones.ts";
import { mergeText, notesOnlyOf, textIndexes } from "./triage/alert-erasure.ts";
import { forgetScanHits } from "./triage/scan-table.ts";

/** Derived rows removed in one transaction: other writers get their turn in between. */
const atOnce = 5000;
/** Tombstones whose files are looked for at the same time. */
const keysAtOnce = 64;
/** How often, and how long, the write-ahead log is asked to be emptied: a reader may be at work. */
const tidyTries = 60;
const tidyEveryMs = 250;

export interface ErasingPorts {
  readonly directory: Pick<DataDirectory, "blobs" | "sealer" | "keysPath">;
  readonly store: StoreHost;
  readonly clock: Clock;
  readonly by: Principal;
  readonly signal?: AbortSignal;
}

/**
 * Erases one piece of evidence for good. First the tombstone, which lies on the disk before anything is removed: after a crash the next
 * start goes on from it. Then the event, the keys, the content, and everything that was derived.
 *
 * What SQLite keeps beside the tables still has to be tidied: `tidyUp`, once for several.
 */
export async function eraseEvidence(
  ports: ErasingPorts,
  evidence: { readonly id: string; readonly sha256: string },
  because: EvidenceErased["because"],
): Promise<Tombstone[]> {
  const { directory, store, clock } = ports;
  const at = toInstant(clock.now());
  const notes = await store.read(notesOnlyOf, evidence.id);
  const texts = notes.map((id): Tombstone => ({ kind: "text", subject: subjectTag(`note ${id}`), at }));
  const stones: Tombstone[] = [{ kind: "evidence", id: evidence.id, sha256: evidence.sha256, at }, ...texts];
  await addTombstones(directory.keysPath, stones);
  await finishErasure(ports, stones, because);
  return stones;
}

/** Erases texts that were sealed for some subjects. @param tags their hashes */
export async function eraseTexts(ports: ErasingPorts, tags: readonly string[]): Promise<Tombstone[]> {
  const at = toInstant(ports.clock.now());
  const stones = tags.map((subject): Tombstone => ({ kind: "text", subject, at }));
  await addTombstones(ports.directory.keysPath, stones);
  await finishErasure(ports, stones, "person");
  return stones;
}

/**
 * Does what tombstones say and is not done yet: after a crash, and after older data came back, whether by a restore or by hand.
 * @returns how many pieces of evidence, or else texts, were erased
 */
export async function eraseAgain(ports: ErasingPorts & { stones: readonly Tombstone[] }): Promise<number> {
  const erased = await finishErasure(ports, ports.stones, "restore");
  if (erased > 0) await tidyUp(ports.store);
  return erased;
}

async function finishErasure(
  ports: ErasingPorts,
  stones: readonly Tombstone[],
  because: EvidenceErased["because"],
): Promise<number> {
  const { directory, store, by, signal } = ports;
  const ids = stones.flatMap((stone) => (stone.kind === "evidence" ? [stone.id] : []));
  const todo = new Map((await store.read(erasuresToDo, ids)).map((one) => [one.id, one]));
  for (const { id, erased } of todo.values()) if (!erased) await noteErased(store, id, because, by);
  for (let from = 0; from < stones.length; from += keysAtOnce) {
    await Promise.all(stones.slice(from, from + keysAtOnce).map((stone) => dropKeys(directory, stone)));
  }
  const hasContent = (sha256: string) => store.read(evidenceWithContent, sha256);
  // Before what says that something is left to do.
  const hadSamples = await eraseSamples({ store, blobs: directory.blobs }, stones, hasContent, signal);
  const hadMemory = await forgetMemory(store, stones, signal);
  for (const { id, seq } of todo.values()) await removeDerived(store, id, seq, signal);
  return todo.size === 0 && (hadSamples || hadMemory) ? 1 : todo.size;
}

/** What was derived from remembered texts that cannot be read any more. @returns whether there was anything */
async function forgetMemory(store: StoreHost, stones: readonly Tombstone[], signal?: AbortSignal): Promise<boolean> {
  const subjects = stones.flatMap((stone) => (stone.kind === "text" ? [stone.subject] : []));
  if (subjects.length === 0) return false;
  let removed = 0;
  for (let now = -1; now !== 0; removed += now) {
    signal?.throwIfAborted();
    now = await store.write(forgetMemoryOf, { subjects, limit: atOnce });
  }
  return removed > 0;
}

/** After this nothing opens it any more, wherever a copy may lie. */
async function dropKeys({ blobs, sealer }: ErasingPorts["directory"], stone: Tombstone): Promise<void> {
  if (stone.kind === "text") await sealer.eraseTag(stone.subject);
  else if (stone.kind === "evidence") {
    await blobs.remove(stone.sha256);
    await sealer.erase(stone.id);
  }
}

async function noteErased(store: StoreHost, id: string, because: EvidenceErased["because"], by: Principal) {
  const baseVersion = await store.read(entityVersion, { entityType: evidenceEntity, entityId: id });
  const draft = {
    entityType: evidenceEntity,
    entityId: id,
    baseVersion,
    kind: "evidence.erased",
    payload: { because } satisfies EvidenceErased,
  };
  await store.append([{ ...draft, inverse: null }], by);
}

async function removeDerived(store: StoreHost, id: string, seq: number, signal?: AbortSignal): Promise<void> {
  while (!(await store.write(deleteVerdictsOf, { evidenceId: id, limit: atOnce }))) signal?.throwIfAborted();
  while (!(await store.write(deleteWorstOf, { evidenceId: id, limit: atOnce }))) signal?.throwIfAborted();
  await store.write(forgetPastVerdicts, id);
  await store.write(forgetFollowed, id);
  await store.write(forgetSimulations, id);
  await store.write(forgetScanHits, seq);
  await store.write(forgetFoundOf, seq);
  while (!(await store.write(clearAnalysis, { evidence: seq, limit: atOnce }))) signal?.throwIfAborted();
  await store.write(endAnalysis, { evidence: seq, done: false });
  await store.write(forgetJobsOf, id);
  // Last: while it is there, a start after a crash knows that something is left to do.
  await store.write(forgetAnalysis, seq);
}

/** Clears what erased rows left in the text index, the planner's samples and the write-ahead log. @returns whether all of it is clear */
export async function tidyUp(store: StoreHost): Promise<boolean> {
  for (const index of textIndexes) {
    for (let done = await store.write(mergeText, { index, first: true }); !done; ) {
      done = await store.write(mergeText, { index, first: false });
    }
  }
  for (let tries = 0; tries < tidyTries; tries++) {
    if (await store.tidy(tries === 0)) return true;
    await sleep(tidyEveryMs);
  }
  return false;
}

/** Takes the keys of what was erased out of the keys files of earlier backups. @returns those that were not where they were written */
export async function reachBackups(backups: readonly Backup[], stones: readonly Tombstone[]): Promise<Backup[]> {
  const missed: Backup[] = [];
  for (const backup of backups) {
    const reached = backup.place !== null && (await reviseKeysFile(backup.place.keys, backup.id, stones));
    if (!reached) missed.push(backup);
  }
  return missed;
}
