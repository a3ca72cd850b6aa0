import { z } from "zod";
import { sha256 } from "../base/ids.ts";
import type { Logger } from "../base/logging.ts";
import { decisionsVersion } from "../store/shared-decision.ts";
import { SharedEntity, type SharedSnapshot } from "../store/shared-snapshot.ts";
import type { StoreHost } from "../store/store.ts";
import { getFromShelf, inMemory, type ObjectShelf } from "./object-shelf.ts";
import type { Boxes } from "./sealed-box.ts";

const prefix = "decisions/";
/** Entities of one line. */
const atOnce = 1000;
const mostBytes = 2 * 1024 ** 3;
/** How long a new engine looks for a snapshot; without one it reads the topic from its beginning. Milliseconds. */
const patienceMs = 120_000;

/** Snapshots that are looked at until one can be read. */
const mostLooked = 5;

interface Found {
  /** Of the message up to which it goes. */
  readonly offset: number;
  readonly key: string;
  readonly sha256: string;
}

const Line = z.object({
  hash: z.string().max(64),
  // One of a newer engine says what would be left out here: the topic is read instead, up to there.
  version: z.number().int().max(decisionsVersion).default(1),
  entities: z.array(SharedEntity).max(atOnce),
});

export interface DecisionSnapshotsOptions {
  readonly shelf: ObjectShelf;
  readonly boxes: Boxes;
  readonly store: StoreHost;
  readonly log: Logger;
  /** Messages between two snapshots. */
  readonly every: number;
}

/**
 * What the topic of decisions came to, on the shelf, so that a new engine need not read it from the first message on:
 * `decisions/OFFSET/SHA256.snapshot`, a sealed line for every thousand entities.
 */
export function createDecisionSnapshots({ shelf, boxes, store, log, every }: DecisionSnapshotsOptions) {
  let isWorking = false;
  let nextAt = 0;
  const about = (offset: number, line: number, lines: number) => ["snapshot", String(offset), `${line}/${lines}`];

  /** The newest ones, the newest first. */
  async function newest(signal: AbortSignal): Promise<Found[]> {
    const last: Found[] = [];
    for await (const { key } of shelf.list(prefix, signal)) {
      const [, offset, hash] = /^decisions\/(\d{16})\/([0-9a-f]{64})\.snapshot$/.exec(key) ?? [];
      if (offset === undefined || hash === undefined) continue;
      last.unshift({ offset: Number(offset), key, sha256: hash });
      last.length = Math.min(last.length, mostLooked);
    }
    return last;
  }

  async function putIfDue(offset: number, signal: AbortSignal): Promise<void> {
    const [found] = await newest(signal);
    if (found === undefined || offset - found.offset >= every) await put(signal);
    else nextAt = found.offset + every;
  }

  /** @returns false: there are too many decisions for one */
  async function put(signal: AbortSignal): Promise<boolean> {
    const snapshot = await store.takeSnapshot();
    if (snapshot === null) {
      log.warn("Decisions: there are too many for a snapshot; new engines read the topic from its beginning.");
      nextAt = Number.POSITIVE_INFINITY;
      return false;
    }
    const lines = Math.max(1, Math.ceil(snapshot.entities.length / atOnce));
    const text = Array.from({ length: lines }, (_, line) => {
      const entities = snapshot.entities.slice(line * atOnce, (line + 1) * atOnce);
      return `${boxes.close(about(snapshot.offset, line, lines), { hash: snapshot.hash, version: decisionsVersion, entities })}\n`;
    }).join("");
    const hash = sha256(text);
    const key = `${prefix}${String(snapshot.offset).padStart(16, "0")}/${hash}.snapshot`;
    await shelf.put(key, inMemory(Buffer.from(text), hash), signal);
    nextAt = snapshot.offset + every;
    return true;
  }

  /** Of the newest that can be read: while a fleet changes its key two engines may have put one of the same message there. */
  async function read(signal: AbortSignal): Promise<SharedSnapshot | null> {
    for (const found of await newest(signal)) {
      const snapshot = await readOne(found, signal);
      if (snapshot !== null) return snapshot;
    }
    return null;
  }

  async function readOne({ offset, key, sha256 }: Found, signal: AbortSignal): Promise<SharedSnapshot | null> {
    const pieces: Uint8Array[] = [];
    for await (const piece of getFromShelf(shelf, { key, sha256, mostBytes }, signal)) pieces.push(piece);
    const lines = Buffer.concat(pieces).toString("latin1").trimEnd().split("\n");
    // SECURITY: only an engine with the fleet's key made each line, for this offset and this place in it.
    const said = lines.map((box, line) => Line.safeParse(boxes.open(about(offset, line, lines.length), box)).data);
    const whole = said.filter((line) => line !== undefined);
    if (whole.length < said.length) {
      log.warn({ key }, "A snapshot of decisions is of another fleet, or of a newer version, and was passed over.");
      return null;
    }
    return { offset, hash: whole[0]?.hash ?? "", entities: whole.flatMap(({ entities }) => entities) };
  }

  return {
    /** Puts a snapshot there now and then. It does not wait, and never throws. */
    note(offset: number, signal: AbortSignal): void {
      if (isWorking || offset + 1 < Math.max(nextAt, every)) return;
      isWorking = true;
      putIfDue(offset, signal)
        .catch((error: unknown) => {
          // Tried again with the next decision.
          if (!signal.aborted) log.warn({ err: error }, "A snapshot of decisions could not be put on the shelf.");
        })
        .finally(() => {
          isWorking = false;
        });
    },
    /** Puts one there now, closed by the key that closes now. @returns false: there are too many decisions for one; @throws SentinelError UNAVAILABLE */
    renew: put,
    /** A new engine begins with the newest one; without any it reads the topic from its beginning. */
    async begin(signal: AbortSignal): Promise<void> {
      if ((await store.sharedState(false)).offset >= 0) return;
      try {
        const snapshot = await read(AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]));
        if (snapshot !== null) await store.loadSnapshot(snapshot);
      } catch (error) {
        signal.throwIfAborted();
        log.warn({ err: error }, "No snapshot of decisions could be read: the topic is read from its beginning.");
      }
    },
  };
}
