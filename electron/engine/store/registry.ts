import type { Migration, Projection, ReadDefinition, StoreModule, WriteDefinition } from "./store.ts";

/** Every definition of all table modules, by name. */
export interface Registry {
  readonly migrations: readonly Migration[];
  readonly reads: ReadonlyMap<string, ReadDefinition<unknown, unknown>>;
  readonly writes: ReadonlyMap<string, WriteDefinition<unknown, unknown>>;
  readonly projections: readonly Projection[];
}

/** @throws Error when two modules claim one name, migration number or projected table */
export function buildRegistry(modules: readonly StoreModule[]): Registry {
  const migrations = byKey(
    "migration",
    modules.flatMap((module) => module.migrations),
    (migration) => migration.id,
  );
  const projections = modules.flatMap((module) => module.projections);
  byKey("projection", projections, (projection) => projection.name);
  byKey(
    "projected table",
    projections.flatMap((projection) => projection.tables),
    (table) => table,
  );
  byKey("module", modules, (module) => module.name);
  return {
    migrations: [...migrations.values()].sort((a, b) => a.id - b.id),
    reads: byKey(
      "read",
      modules.flatMap((module) => module.reads),
      (read) => read.name,
    ),
    writes: byKey(
      "write",
      modules.flatMap((module) => module.writes),
      (write) => write.name,
    ),
    projections,
  };
}

function byKey<T, K extends string | number>(what: string, items: readonly T[], key: (item: T) => K): Map<K, T> {
  const map = new Map<K, T>();
  for (const item of items) {
    if (map.has(key(item))) throw new Error(`The ${what} ${key(item)} is defined twice.`);
    map.set(key(item), item);
  }
  return map;
}
