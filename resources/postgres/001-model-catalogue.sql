-- The catalogue of models that engines share. Applied once, by whoever owns the database:
--   psql -v ON_ERROR_STOP=1 -d sentinel -f 001-model-catalogue.sql
-- then, for each engine's user:  GRANT sentinel_engine TO that_user;
BEGIN;

CREATE SCHEMA sentinel;

CREATE TABLE sentinel.schema_version (
  version integer PRIMARY KEY,
  applied_at timestamptz NOT NULL DEFAULT now()
);

-- json and not jsonb: a signature is over what was written, to the last digit.
CREATE TABLE sentinel.models (
  id text PRIMARY KEY CHECK (id ~ '^[0-9a-f]{64}$'),
  registered json NOT NULL,
  node_id text NOT NULL,
  registered_at timestamptz NOT NULL DEFAULT now(),
  withdrawn boolean NOT NULL DEFAULT false,
  version integer NOT NULL DEFAULT 1
);
CREATE INDEX models_in_order ON sentinel.models (registered_at DESC, id) WHERE NOT withdrawn;

-- The last one of each engine.
CREATE TABLE sentinel.model_evaluations (
  model_id text NOT NULL REFERENCES sentinel.models,
  node_id text NOT NULL,
  evaluation json NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (model_id, node_id)
);

-- One row each from the start: what changes an alias locks its row. Null: no model, or the one that ships with the application.
CREATE TABLE sentinel.model_aliases (
  alias text PRIMARY KEY,
  model_id text REFERENCES sentinel.models,
  node_id text,
  at timestamptz
);
INSERT INTO sentinel.model_aliases (alias) VALUES ('champion'), ('challenger');

-- Who did what: written with each change, and never changed.
CREATE TABLE sentinel.model_changes (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  node_id text NOT NULL,
  actor text NOT NULL,
  kind text NOT NULL,
  model_id text,
  alias text
);

-- An engine reads, adds and changes; it removes nothing, makes no tables, and rewrites no history.
DO $$ BEGIN
  CREATE ROLE sentinel_engine NOLOGIN;
EXCEPTION WHEN duplicate_object THEN NULL;
END $$;
REVOKE ALL ON SCHEMA sentinel FROM PUBLIC;
GRANT USAGE ON SCHEMA sentinel TO sentinel_engine;
GRANT SELECT ON sentinel.schema_version TO sentinel_engine;
GRANT SELECT, INSERT, UPDATE ON sentinel.models, sentinel.model_evaluations TO sentinel_engine;
GRANT SELECT, UPDATE ON sentinel.model_aliases TO sentinel_engine;
GRANT SELECT, INSERT ON sentinel.model_changes TO sentinel_engine;

INSERT INTO sentinel.schema_version (version) VALUES (1);

COMMIT;
