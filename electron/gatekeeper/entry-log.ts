/** Numbered entries that grow until they are fetched, and are kept until that is confirmed. */
export interface EntryLog<Entry extends { readonly seq: number }> {
  /** The entry that runs under a key. @param isRunning whether what runs there still may grow @param make one with this number */
  running(key: string, isRunning: (entry: Entry) => boolean, make: (seq: number) => Entry): Entry;
  /** Forgets those up to `after` and gives the next ones, closed: what comes later under the same key is another entry. */
  take(after: number, limit: number): { readonly entries: Entry[]; readonly more: boolean };
  /** What would be lost with the process. */
  kept(): { readonly next: number; readonly entries: Entry[] };
}

/**
 * @param from what was kept by the last process
 * @param most entries that are kept; the oldest go first
 * @param onDropped hears of an entry that nobody came for
 */
export function createEntryLog<Entry extends { readonly seq: number }>(
  from: { readonly next: number; readonly entries: readonly Entry[] },
  most: number,
  onDropped: (entry: Entry) => void,
): EntryLog<Entry> {
  let next = from.next;
  const kept = new Map<number, Entry>();
  for (const entry of from.entries) {
    kept.set(entry.seq, entry);
    next = Math.max(next, entry.seq + 1);
  }
  const open = new Map<string, Entry>();

  return {
    running(key, isRunning, make) {
      const found = open.get(key);
      if (found !== undefined && isRunning(found)) return found;
      const entry = make(next++);
      open.set(key, entry);
      kept.set(entry.seq, entry);
      if (kept.size > most) {
        const [oldest] = kept.values();
        onDropped(oldest!);
        kept.delete(oldest!.seq);
      }
      return entry;
    },
    take(after, limit) {
      for (const seq of kept.keys()) {
        if (seq > after) break;
        kept.delete(seq);
      }
      const entries = [...kept.values()].slice(0, limit);
      const seqs = new Set(entries.map(({ seq }) => seq));
      for (const [key, { seq }] of open) if (seqs.has(seq) || seq <= after) open.delete(key);
      return { entries, more: kept.size > entries.length };
    },
    kept: () => ({ next, entries: [...kept.values()] }),
  };
}
