import { defineSlowRead } from "../store/store.ts";
import { isAlive } from "./memory-tables.ts";

/** Words of a question that are looked for. */
const mostWords = 24;

/** A word in more chunks than this says little, and ranking what it stands in takes long. */
const commonFrom = 4000;

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
 * where there are none, the last stored of the chunks that have all of them: so that no question takes long.
 *
 * Source: Robertson & Zaragoza 2009, "The Probabilistic Relevance Framework: BM25 and Beyond" (as SQLite's FTS5 has it).
 */
export const searchWords = defineSlowRead("memory.search_words", (db) => {
  const count = db
    .prepare<[string], number>(
      `SELECT count(*) FROM (SELECT 1 FROM memory_text WHERE memory_text MATCH ? LIMIT ${commonFrom + 1})`,
    )
    .pluck();
  const visible = `c.label IN (SELECT value FROM json_each(?)) AND ${isAlive}`;
  const ranked = db
    .prepare<[string, string, number], number>(
      `SELECT c.n FROM memory_text f JOIN memory_chunks c ON c.n = f.rowid
       WHERE f.memory_text MATCH ? AND ${visible} ORDER BY f.rank LIMIT ?`,
    )
    .pluck();
  const newest = db
    .prepare<[string, string, number], number>(
      `SELECT c.n FROM memory_text f JOIN memory_chunks c ON c.n = f.rowid
       WHERE f.memory_text MATCH ? AND ${visible} ORDER BY f.rowid DESC LIMIT ?`,
    )
    .pluck();
  return (args: { words: readonly string[]; labels: readonly number[]; limit: number }): number[] => {
    const labels = JSON.stringify(args.labels);
    const counted = args.words
      .map((word) => ({ word, chunks: count.get(quote(word))! }))
      .filter(({ chunks }) => chunks > 0);
    if (counted.length === 0) return [];
    const telling = counted.filter(({ chunks }) => chunks <= commonFrom).map(({ word }) => quote(word));
    if (telling.length > 0) return ranked.all(telling.join(" OR "), labels, args.limit);
    return newest.all(counted.map(({ word }) => quote(word)).join(" AND "), labels, args.limit);
  };
});
