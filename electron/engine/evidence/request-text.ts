import type { Db } from "../store/store.ts";

/**
 * Indexes that requests are searched by. What is indexed is what the table holds, masked: host, path and query as one text.
 * The index of substrings keeps for each three characters the keys of the requests that have them, and neither text nor
 * positions: it only narrows, and what it finds is compared once more.
 */
export const searchIndexes = `
  CREATE VIRTUAL TABLE request_text USING fts5 (address, content = '', contentless_delete = 1, detail = 'none', tokenize = 'trigram');
  INSERT INTO request_text (rowid, address)
    SELECT ${keyOf("r")}, ${addressOf("r")} FROM requests r ORDER BY r.evidence, r.idx;
  CREATE INDEX requests_by_host ON requests (host);
  CREATE INDEX requests_by_method ON requests (method);
  CREATE INDEX requests_by_status ON requests (status);
  CREATE INDEX sessions_by_client ON sessions (client);`;

/** A request's evidence and index as one number, in the order of both. */
export function keyOf(table: string): string {
  return `(${table}.evidence << 32 | ${table}.idx)`;
}

/** Host, path and query as one text. */
export function addressOf(table: string): string {
  return `(coalesce(${table}.host, '') || ${table}.path || coalesce(${table}.query, ''))`;
}

/**
 * Keeps the index in step with the requests. Not by triggers: each row's savepoint would have the index write down all that it
 * has gathered, which makes an import's writes five times as slow.
 */
export function prepareRequestTexts(db: Db) {
  const add = db.prepare("INSERT OR REPLACE INTO request_text (rowid, address) VALUES (? << 32 | ?, ?)");
  const remove = db.prepare("DELETE FROM request_text WHERE rowid >= (? << 32) AND rowid < (? << 32 | ?)");
  return {
    add: (evidence: number, index: number, address: string) => void add.run(BigInt(evidence), BigInt(index), address),
    /** Those of a piece of evidence below an index. */
    removeBelow: (evidence: number, index: number) =>
      void remove.run(BigInt(evidence), BigInt(evidence), BigInt(index)),
  };
}
