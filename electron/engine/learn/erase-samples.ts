import type { Blobs } from "../store/blobs.ts";
import { subjectTag } from "../store/seal.ts";
import type { ReadableStore, Store } from "../store/store.ts";
import type { Tombstone } from "../store/tombstones.ts";
import { importedFiles } from "./import-state.ts";
import { forgetSamplesOf, knownOrigins, originOf } from "./sample-table.ts";

/** Rows removed in one transaction: other writers get their turn in between. */
const atOnce = 2000;

/** Whose key seals the name of an imported file. What erases this text erases the file as well. */
export function fileSubject(sha256: string): string {
  return `dataset file ${sha256}`;
}

/** Imported files by the hash of the subject that stands for each. */
export async function filesByTag(store: ReadableStore): Promise<Map<string, string>> {
  const files = await store.read(importedFiles, Number.MAX_SAFE_INTEGER);
  return new Map(files.map(({ sha256 }) => [subjectTag(fileSubject(sha256)), sha256]));
}

/**
 * Erases the samples of what was erased, and imported files that are to go: a sample goes with the last place that it came from.
 * @param hasContent whether evidence that stays has the same content as a file
 * @returns whether anything was there
 */
export async function eraseSamples(
  { store, blobs }: { store: Store; blobs: Pick<Blobs, "remove"> },
  stones: readonly Tombstone[],
  hasContent: (sha256: string) => Promise<boolean>,
  signal?: AbortSignal,
): Promise<boolean> {
  const files = await filesByTag(store);
  const origins: string[] = [];
  for (const stone of stones) {
    if (stone.kind === "evidence") origins.push(originOf.evidence(stone.id), originOf.file(stone.sha256));
    else if (stone.kind === "text") {
      origins.push(originOf.text(stone.subject));
      const file = files.get(stone.subject);
      if (file === undefined) continue;
      origins.push(originOf.file(file));
      if (!(await hasContent(file))) await blobs.remove(file);
    }
  }
  const known = await store.read(knownOrigins, origins);
  for (const origin of known) {
    while (!(await store.write(forgetSamplesOf, { origin, limit: atOnce }))) signal?.throwIfAborted();
  }
  return known.length > 0;
}
