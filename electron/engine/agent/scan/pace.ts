import { setImmediate } from "node:timers/promises";

/** UTF-16 units that are looked at in one go: a few milliseconds of work. */
const chunkUnits = 32_768;
/** What two neighbouring chunks share: no pattern that is looked for is longer. */
const overlapUnits = 4096;

/**
 * Walks a text in overlapping chunks and lets other work run in between, so that a long text holds nobody up.
 * @throws the signal's reason between two chunks
 */
export async function* inChunks(text: string, signal: AbortSignal): AsyncGenerator<{ text: string; offset: number }> {
  for (let offset = 0; ; offset += chunkUnits - overlapUnits) {
    signal.throwIfAborted();
    yield { text: offset === 0 && text.length <= chunkUnits ? text : text.slice(offset, offset + chunkUnits), offset };
    if (offset + chunkUnits >= text.length) return;
    await setImmediate();
  }
}
