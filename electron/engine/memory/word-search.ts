import { defineSlowRead } from "../store/store.ts";
import { isAlive } from "./memory-tables.ts";

/** Words of a question that are looked for. */
const mostWords = 24;

/**
 * Chunks that are ranked for a question. Words are taken rarest first as long as they stand in no more than these together: one that stands
 * in more says little, and ranking what it stands in takes long.
 */
const mostRanked = 4000;

/** Words that count where all of a question are common, and chunks with all of them that are looked at. */
const mostCommon = 4;
const mostNewest = 1000;

/** Words of a text as the index has them: letters, digits and their marks. */
export function wordsOf(text: string): string[] {
  const words =
    text
      .normalize("NFC")
      .toLowerCase()
      .match(/[\p{L}\p{N}\p{M}\p{Co}]+/gu) ?? [];
  return [...new Set(words)].filter((word) => /[\p{L}\p{N}\p{Co}]/u.test(word)).slice(0, mostWords);
}

/** SECURITY: a word as FTS5 reads it as a word: nothing of a question is syntax. */
const quote = (word: string) => `"${word.replaceAll('"', '""')}"`;

/**
 * Chunks that words of a question stand in, by BM25. Words that stand nearly everywhere are left out as long as there are others;
 * where there are none, the last stored of the chunks that have all of them: so that no question takes long, whatever the asker may read.
 *
 * Source: Robertson & Zaragoza 2009, "The Probabilistic Relevance Framework: BM25 and Beyond" (as SQLite's FTS5 has it).
 */
export const searchWords = defineSlowRead("memory.search_words", (db) => {
  const count = db
    .prepare<[string], number>(
      `SELECT count(*) FROM (SELECT 1 FROM memory_text WHERE memory_text MATCH ? LIMIT ${mostRanked + 1})`,
    )
    .pluck();
  const ranked = db
    .prepare<[string], number>("SELECT rowid FROM memory_text WHERE memory_text MATCH ? ORDER BY rank")
    .pluck();
  const newest = db
    .prepare<[string], number>(
      `SELECT rowid FROM memory_text WHERE memory_text MATCH ? ORDER BY rowid DESC LIMIT ${mostNewest}`,
    )
    .pluck();
  const visible = db
    .prepare<[string, string], number>(
      `SELECT c.n FROM memory_chunks c
       WHERE c.n IN (SELECT value FROM json_each(?)) AND c.label IN (SELECT value FROM json_each(?)) AND ${isAlive}`,
    )
    .pluck();

  /** The first of them that may be found: only as many are looked up as it takes. */
  function firstVisible(chunks: readonly number[], labels: readonly number[], limit: number): number[] {
    const found: number[] = [];
    for (let from = 0; from < chunks.length && found.length < limit; from += limit) {
      const some = chunks.slice(from, from + limit);
      const those = new Set(visible.all(JSON.stringify(some), JSON.stringify(labels)));
      found.push(...some.filter((chunk) => those.has(chunk)));
    }
    return found.slice(0, limit);
  }

  return (args: { words: readonly string[]; labels: readonly number[]; limit: number }): number[] => {
    const counted = args.words
      .map((word) => ({ word: quote(word), chunks: count.get(quote(word))! }))
      .filter(({ chunks }) => chunks > 0)
      .sort((a, b) => a.chunks - b.chunks);
    if (counted.length === 0) return [];
    const telling: string[] = [];
    let together = 0;
    for (const { word, chunks } of counted) {
      together += chunks;
      if (together > mostRanked) break;
      telling.push(word);
    }
    const chunks =
      telling.length > 0
        ? ranked.all(telling.join(" OR "))
        : newest.all(
            counted
              .slice(0, mostCommon)
              .map(({ word }) => word)
              .join(" AND "),
          );
    return firstVisible(chunks, args.labels, args.limit);
  };
});
