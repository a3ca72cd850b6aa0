import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { afterEach, beforeEach, expect, test } from "vitest";
import { defaultSettings } from "../../../shared/settings.ts";
import { systemClock } from "../base/clock.ts";
import { enginePrincipal } from "../base/principals.ts";
import { eventsAfter } from "./event-table.ts";
import { openInlineStore } from "./inline-store.ts";
import { openKeyStore } from "./key-store.ts";
import { createSealer } from "./seal.ts";
import { createSettings, readSettings, type SettingsBook, settingsModule } from "./settings.ts";
import type { StoreHost } from "./store.ts";
import { inForce } from "./undo-chain.ts";

let directory: string;
let store: StoreHost;
let book: SettingsBook;
beforeEach(async () => {
  directory = await mkdtemp(`${tmpdir()}/sentinel-settings-`);
  store = openInlineStore({ modules: [settingsModule], clock: systemClock });
  const keys = await openKeyStore({ directory, ring: { current: "k", keys: { k: randomBytes(32) } } });
  book = createSettings({ store, sealer: createSealer(keys) });
});
afterEach(async () => {
  await store.close();
  await rm(directory, { recursive: true });
});

test("start as the defaults, change by events, and go back by undo", async () => {
  expect(await readSettings(store)).toEqual({ settings: defaultSettings, version: 0 });
  const changed = await book.change({ tag_threshold: 0.4, time_zone: "local" }, 0, enginePrincipal);
  expect(changed).toMatchObject({ version: 1, settings: { tag_threshold: 0.4, time_zone: "local" } });
  await store.undo(changed.eventId, enginePrincipal);
  expect(await readSettings(store)).toEqual({ settings: defaultSettings, version: 2 });
});

test("are refused by name when out of bounds, and when somebody else was quicker", async () => {
  const bad = book.change({ tag_threshold: 2 }, 0, enginePrincipal);
  await expect(bad).rejects.toMatchObject({
    code: "SETTING_INVALID",
    message: expect.stringContaining("tag_threshold"),
  });
  await expect(book.change({ tag_threshold: 0.9 }, 0, enginePrincipal)).rejects.toMatchObject({
    code: "SETTING_INVALID",
  });
  await book.change({ tag_threshold: 0.4 }, 0, enginePrincipal);
  await expect(book.change({ tag_threshold: 0.3 }, 0, enginePrincipal)).rejects.toMatchObject({ code: "CONFLICT" });
});

test("go back to their defaults, which takes back exactly what was chosen", async () => {
  await book.change({ payload_model: "classic" }, 0, enginePrincipal);
  await book.change({ payload_model: null }, 1, enginePrincipal);
  const events = await store.read(eventsAfter, { after: 0, limit: 10 });
  expect((await readSettings(store)).settings.payload_model).toBe("built-in");
  expect(inForce("settings", events)).toEqual([]);
});

test("change together with what is given along, or not at all", async () => {
  const stale = { entityType: "t", entityId: "e", baseVersion: 7, kind: "t.kind", payload: {}, inverse: null };
  const change = (baseVersion: number) =>
    book.change({ tag_threshold: 0.4 }, 0, enginePrincipal, async () => [{ ...stale, baseVersion }]);
  await expect(change(7)).rejects.toMatchObject({ code: "CONFLICT" });
  expect((await readSettings(store)).version).toBe(0);
  await change(0);
  expect((await store.read(eventsAfter, { after: 0, limit: 10 })).map(({ kind }) => kind)).toEqual([
    "settings.changed",
    "t.kind",
  ]);
});

test("SECURITY: an HMAC secret never stands readable in the log, and still works", async () => {
  const publicKey = Buffer.alloc(32, 5).toString("base64");
  const trusted_keys = [
    { key_id: "h", alg: "hmac-sha256" as const, key: "c2VjcmV0LXNlY3JldC1zZWNyZXQ=" },
    { key_id: "e", alg: "ed25519" as const, key: publicKey },
  ];
  await book.change({ trusted_keys }, 0, enginePrincipal);
  const log = JSON.stringify(await store.read(eventsAfter, { after: 0, limit: 9 }));
  expect(log).not.toContain("c2VjcmV0LXNlY3JldC1zZWNyZXQ=");
  expect(log).toContain(publicKey);
  expect(JSON.stringify(await readSettings(store))).not.toContain("c2VjcmV0LXNlY3JldC1zZWNyZXQ=");
  expect((await book.current()).settings.trusted_keys).toEqual(trusted_keys);
  await store.rebuild();
  expect((await book.current()).settings.trusted_keys).toEqual(trusted_keys);
});

test("trusted keys that can verify nothing are refused in words, and those of before hold up no other change", async () => {
  const key = Buffer.alloc(32, 5).toString("base64");
  const put = (...trusted_keys: { key_id: string; alg: "ed25519" | "hmac-sha256"; key: string }[]) =>
    book.change({ trusted_keys }, 0, enginePrincipal);
  const refused = (message: string) => ({ code: "SETTING_INVALID", message });
  await expect(put({ key_id: "lab", alg: "ed25519", key: "cHVibGlj" })).rejects.toMatchObject(
    refused("trusted_keys: lab: this is no Ed25519 public key, which has 32 bytes (44 in SPKI)."),
  );
  await expect(put({ key_id: "", alg: "ed25519", key })).rejects.toMatchObject(
    refused("trusted_keys: key 1: the name is missing by which packages call the key."),
  );
  const lab = { key_id: "lab", alg: "ed25519" as const, key };
  await expect(put(lab, { ...lab, alg: "hmac-sha256" })).rejects.toMatchObject(
    refused("trusted_keys: lab: another key has this name."),
  );
  const changes = { trusted_keys: [{ key_id: "old", alg: "ed25519", key: "cHVibGlj" }] };
  const entity = { entityType: "settings", entityId: "settings", baseVersion: 0, inverse: null };
  await store.append([{ ...entity, kind: "settings.changed", payload: { changes } }], enginePrincipal);
  await book.change({ tag_threshold: 0.4 }, 1, enginePrincipal);
  expect((await book.current()).settings.trusted_keys).toEqual(changes.trusted_keys);
});

test("trusted keys of before that would be refused today can be revoked and removed beside each other", async () => {
  const short = { key_id: "short", alg: "hmac-sha256", key: "c2VjcmV0" } as const;
  const twice = { ...short, key: "b3RoZXI=" };
  const entity = { entityType: "settings", entityId: "settings", baseVersion: 0, inverse: null };
  const changes = { trusted_keys: [short, twice] };
  await store.append([{ ...entity, kind: "settings.changed", payload: { changes } }], enginePrincipal);
  const revoked = { ...short, revoked_at: "2026-01-05T00:00:00.000Z" };
  const added = { key_id: "lab", alg: "ed25519", key: Buffer.alloc(32, 5).toString("base64") } as const;
  await book.change({ trusted_keys: [revoked, twice, added] }, 1, enginePrincipal);
  await book.change({ trusted_keys: [twice, added] }, 2, enginePrincipal);
  expect((await book.current()).settings.trusted_keys).toEqual([twice, added]);
  // What is new is checked as ever, also beside the old ones.
  await expect(
    book.change({ trusted_keys: [twice, { ...added, key_id: "short" }] }, 3, enginePrincipal),
  ).rejects.toMatchObject({ message: "trusted_keys: short: another key has this name." });
});

test("that are no longer valid fall back to their defaults", async () => {
  const payload = { changes: { tag_threshold: 7, gone_setting: 1, time_zone: "local" } };
  const draft = {
    entityType: "settings",
    entityId: "settings",
    baseVersion: 0,
    kind: "settings.changed",
    payload,
    inverse: null,
  };
  await store.append([draft], enginePrincipal);
  expect((await readSettings(store)).settings).toEqual({ ...defaultSettings, time_zone: "local" });
});

test("quiet hours have a beginning and an end, or neither", async () => {
  const refused = { code: "SETTING_INVALID" };
  await expect(book.change({ quiet_from: "22:00" }, 0, enginePrincipal)).rejects.toMatchObject(refused);
  await expect(book.change({ quiet_from: "24:00", quiet_until: "07:00" }, 0, enginePrincipal)).rejects.toMatchObject(
    refused,
  );
  await book.change({ quiet_from: "22:00", quiet_until: "07:00" }, 0, enginePrincipal);
});

test("keys that two actions would share are refused by name, and so are those of the browser", async () => {
  await expect(book.change({ keys: { close: "a" } }, 0, enginePrincipal)).rejects.toMatchObject({
    code: "SETTING_INVALID",
    message: expect.stringContaining('"Assign" has it already'),
  });
  await expect(book.change({ keys: { close: "Ctrl+w" } }, 0, enginePrincipal)).rejects.toMatchObject({
    code: "SETTING_INVALID",
  });
  expect(await book.change({ keys: { close: "b" } }, 0, enginePrincipal)).toMatchObject({
    settings: { keys: { close: "b" } },
  });
});
