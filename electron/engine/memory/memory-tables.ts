/**
 * What is remembered. Projections (`memory_items`, `memory_revoked`, `memory_dropped`, `memory_parents`) hold the decisions: a text was stored, a source
 * revoked, a chunk deleted. The other tables are derived when a text is stored, and go for good when its source is erased; they hold
 * no decision, so a rebuild of the projections leaves them as they are.
 *
 * Texts are sealed under their source. SECURITY: the index of words is readable by whoever can read the database file, and so,
 * roughly, are the vectors: what can be searched cannot be sealed. Neither holds the text itself, both go with their source.
 */
export const memoryTables = `
  CREATE TABLE memory_items (
    id TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    kept INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX memory_items_taken_back ON memory_items (id) WHERE kept = 0;
  CREATE TABLE memory_revoked (
    source TEXT PRIMARY KEY,
    revoked_at TEXT NOT NULL,
    revoked_by TEXT NOT NULL,
    -- Sealed.
    reason TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE memory_dropped (chunk TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

  CREATE TABLE memory_sources (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    -- Sealed; null: it has none.
    title TEXT,
    -- What stands for the source in its sealed texts.
    subject TEXT NOT NULL UNIQUE,
    stored_at TEXT NOT NULL
  ) STRICT;
  CREATE TABLE memory_labels (n INTEGER PRIMARY KEY, label TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE memory_chunks (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    source INTEGER NOT NULL,
    label INTEGER NOT NULL,
    -- Sealed.
    text TEXT NOT NULL,
    stored_at TEXT NOT NULL
  ) STRICT;
  CREATE INDEX memory_chunks_of_source ON memory_chunks (source);
  -- Which stored texts a chunk stands in: it is there as long as one of them is.
  CREATE TABLE memory_uses (chunk INTEGER NOT NULL, item TEXT NOT NULL, PRIMARY KEY (chunk, item)) STRICT, WITHOUT ROWID;
  CREATE INDEX memory_uses_of_item ON memory_uses (item);
  CREATE VIRTUAL TABLE memory_text USING fts5 (text, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2');
  CREATE TABLE memory_embedders (n INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  -- Signed bytes: see quantise.ts.
  CREATE TABLE memory_vectors (
    embedder INTEGER NOT NULL,
    chunk INTEGER NOT NULL,
    vector BLOB NOT NULL,
    PRIMARY KEY (embedder, chunk)
  ) STRICT, WITHOUT ROWID;`;

/** A projection, too: of a source that a task made of others, all that it descends from, not only the nearest. */
export const memoryParents = `
  CREATE TABLE memory_parents (source TEXT NOT NULL, parent TEXT NOT NULL, PRIMARY KEY (source, parent)) STRICT, WITHOUT ROWID;
  CREATE INDEX memory_parents_of ON memory_parents (parent);`;

/** The numbers of a source of `memory_sources s` and of those that were made of it. */
export const withDescendants = `
  (SELECT s.n UNION SELECT d.n FROM memory_parents p JOIN memory_sources d ON d.id = p.source WHERE p.parent = s.id)`;

/** Condition that a chunk of `memory_chunks c` may be found at all: not deleted, neither its source nor one that it was made of revoked, one of its texts kept. */
export const isAlive = `
  NOT EXISTS (SELECT 1 FROM memory_dropped d WHERE d.chunk = c.id)
  AND NOT EXISTS (SELECT 1 FROM memory_sources s JOIN memory_revoked r ON r.source = s.id WHERE s.n = c.source)
  AND NOT EXISTS (
    SELECT 1 FROM memory_sources s JOIN memory_parents p ON p.source = s.id JOIN memory_revoked r ON r.source = p.parent WHERE s.n = c.source)
  AND EXISTS (SELECT 1 FROM memory_uses u JOIN memory_items i ON i.id = u.item WHERE u.chunk = c.n AND i.kept = 1)`;
