import { z } from "zod";
import { SentinelError } from "../../../shared/errors.ts";
import { checkKeys } from "../../../shared/key-bindings.ts";
import { defaultSettings, Settings } from "../../../shared/settings.ts";
import { siemProblem } from "../../../shared/siem.ts";
import { keyNameProblem, keyProblem, type TrustedKey } from "../../../shared/trusted-key.ts";
import type { Principal } from "../base/principals.ts";
import type { Sealer } from "./seal.ts";
import {
  type Db,
  defineRead,
  type EventDraft,
  type EventRow,
  type Projection,
  type ReadableStore,
  type Store,
  type StoreModule,
} from "./store.ts";

const entity = { entityType: "settings", entityId: "settings" } as const;

/** Subject under which secrets of settings are sealed. */
const secretSubject = "settings";

/** `null` takes a setting back to its default. */
const Changed = z.object({ changes: z.record(z.string(), z.unknown()) });

export interface SettingsInForce {
  readonly settings: Settings;
  /** Version to change them from. */
  readonly version: number;
}

/** What differs from the defaults, as stored, and the version. */
const storedSettings = defineRead("settings.stored", (db: Db) => {
  const select = db.prepare("SELECT name, value FROM settings ORDER BY name");
  const version = db.prepare("SELECT version FROM entity_versions WHERE entity_type = ? AND entity_id = ?").pluck();
  return (_args: null): { stored: Record<string, unknown>; version: number } => {
    const rows = select.all() as { name: string; value: string }[];
    const stored = Object.fromEntries(rows.map(({ name, value }) => [name, JSON.parse(value) as unknown]));
    return { stored, version: Number(version.get(entity.entityType, entity.entityId) ?? 0) };
  };
});

const settingsProjection: Projection = {
  name: "settings",
  tables: ["settings"],
  kinds: ["settings.changed"],
  prepare(db) {
    const set = db.prepare(
      "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
    );
    const unset = db.prepare("DELETE FROM settings WHERE name = ?");
    return (event: EventRow) => {
      for (const [name, value] of Object.entries(Changed.parse(event.payload).changes)) {
        if (value === null) unset.run(name);
        else set.run(name, JSON.stringify(value));
      }
    };
  },
};

/** When a setting was last changed, ISO 8601; null: never. */
export const settingChangedAt = defineRead("settings.changed_at", (db: Db) => {
  const select = db
    .prepare<[string, string, string], string>(
      `SELECT at FROM events WHERE entity_type = ? AND entity_id = ? AND json_type(payload, '$.changes.' || ?) IS NOT NULL
       ORDER BY seq DESC LIMIT 1`,
    )
    .pluck();
  return (name: keyof Settings): string | null => select.get(entity.entityType, entity.entityId, name) ?? null;
});

export const settingsModule: StoreModule = {
  name: "settings",
  migrations: [
    {
      id: 2,
      sql: "CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;",
    },
  ],
  reads: [storedSettings, settingChangedAt],
  writes: [],
  projections: [settingsProjection],
};

/** Settings in force. Secrets among them (HMAC keys, tokens) stay sealed: `createSettings` opens them. */
export async function readSettings(store: ReadableStore): Promise<SettingsInForce> {
  const { stored, version } = await store.read(storedSettings, null);
  // A setting of a newer version, or one whose bounds became narrower, falls back to its default instead of stopping the start.
  const valid = Object.entries(stored).filter(
    ([name, value]) => isSetting(name) && field(name).safeParse(value).success,
  );
  return { settings: { ...defaultSettings, ...Object.fromEntries(valid) }, version };
}

function isSetting(name: string): name is keyof Settings {
  return Object.hasOwn(Settings.shape, name);
}

function field(name: keyof Settings): z.ZodType {
  return Settings.shape[name];
}

export interface SettingsBook {
  /** Settings in force, secrets opened: for the engine, never for a screen. */
  current(): Promise<SettingsInForce>;
  /**
   * Changes settings by one event that can be undone. `null` takes one back to its default.
   * @param along gives events that are appended after it in the same transaction
   * @throws SentinelError SETTING_INVALID naming the setting; CONFLICT when they moved since `baseVersion`
   */
  change(
    changes: { readonly [K in keyof Settings]?: Settings[K] | null | undefined },
    baseVersion: number,
    by: Principal,
    along?: () => Promise<readonly EventDraft[]>,
  ): Promise<SettingsInForce & { eventId: string }>;
}

export function createSettings(options: { store: Store; sealer: Sealer }): SettingsBook {
  const { store, sealer } = options;

  async function current(): Promise<SettingsInForce> {
    const { settings, version } = await readSettings(store);
    const trusted_keys = await Promise.all(
      settings.trusted_keys.map(async (trusted) =>
        sealer.isSealed(trusted.key) ? { ...trusted, key: (await sealer.unseal(trusted.key)) ?? "" } : trusted,
      ),
    );
    const siem_outputs = await Promise.all(
      settings.siem_outputs.map(async (output) =>
        sealer.isSealed(output.secret) ? { ...output, secret: (await sealer.unseal(output.secret)) ?? "" } : output,
      ),
    );
    return { settings: { ...settings, trusted_keys, siem_outputs }, version };
  }

  return {
    current,
    async change(changes, baseVersion, by, along = async () => []) {
      const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
      const { settings } = await current();
      const values = Object.entries(given).map(([name, value]) => [
        name,
        value ?? defaultSettings[name as keyof Settings],
      ]);
      checkSettings({ ...settings, ...Object.fromEntries(values) });
      if (changes.trusted_keys) {
        checkTrustedKeys(changes.trusted_keys, settings.trusted_keys);
        // SECURITY: an HMAC secret would otherwise stand readable in the log and in its export.
        given.trusted_keys = await Promise.all(
          changes.trusted_keys.map(async (trusted) =>
            trusted.alg === "hmac-sha256"
              ? { ...trusted, key: await sealer.seal(secretSubject, trusted.key) }
              : trusted,
          ),
        );
      }
      if (changes.siem_outputs) {
        // SECURITY: so would a token.
        given.siem_outputs = await Promise.all(
          changes.siem_outputs.map(async (output) =>
            output.secret === "" ? output : { ...output, secret: await sealer.seal(secretSubject, output.secret) },
          ),
        );
      }
      const { stored } = await store.read(storedSettings, null);
      const before = Object.fromEntries(Object.keys(given).map((name) => [name, stored[name] ?? null]));
      const kind = "settings.changed";
      const inverse = { kind, payload: { changes: before } };
      const draft = { ...entity, baseVersion, kind, payload: { changes: given }, inverse };
      const [event] = await store.append([draft, ...(await along())], by);
      return { ...(await current()), eventId: event!.id };
    },
  };
}

/** Only what is new of them: what was taken in by an earlier version stays, can be revoked and removed, and holds up no other change. */
function checkTrustedKeys(keys: Settings["trusted_keys"], inForce: Settings["trusted_keys"]): void {
  const isKnown = ({ key_id, alg, key }: TrustedKey) =>
    inForce.some((known) => known.key_id === key_id && known.alg === alg && known.key === key);
  for (const [i, trusted] of keys.entries()) {
    if (isKnown(trusted)) continue;
    const others = keys.flatMap(({ key_id }, at) => (at === i ? [] : [key_id]));
    const problem = keyNameProblem(trusted.key_id, others) ?? keyProblem(trusted);
    if (problem !== null)
      throw new SentinelError("SETTING_INVALID", `trusted_keys: ${trusted.key_id || `key ${i + 1}`}: ${problem}.`);
  }
}

function checkSettings(settings: unknown): void {
  const parsed = Settings.safeParse(settings);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new SentinelError("SETTING_INVALID", `${issue.path.join(".")}: ${issue.message}.`);
  }
  if (parsed.data.tag_threshold > parsed.data.simulate_threshold) {
    throw new SentinelError("SETTING_INVALID", "tag_threshold: it must not be above simulate_threshold.");
  }
  if ((parsed.data.quiet_from === "") !== (parsed.data.quiet_until === "")) {
    throw new SentinelError("SETTING_INVALID", "quiet_from, quiet_until: give both, or leave both empty.");
  }
  const outputs = parsed.data.siem_outputs;
  for (const [i, output] of outputs.entries()) {
    const problem = siemProblem(output);
    if (problem !== null) throw new SentinelError("SETTING_INVALID", problem);
    if (outputs.findIndex(({ name }) => name === output.name) !== i)
      throw new SentinelError("SETTING_INVALID", `siem_outputs: ${output.name} is listed twice.`);
  }
  const wrongKey = checkKeys(parsed.data.keys);
  if (wrongKey !== null) throw new SentinelError("SETTING_INVALID", `keys: ${wrongKey}.`);
}
