import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type KafkaServer, noKafka, startKafka } from "./adapters/fixture-kafka.ts";
import { noS3, type S3Server, startS3, writeS3Secrets } from "./adapters/fixture-s3.ts";
import { createKafkaBus } from "./adapters/kafka.ts";
import { createShelf } from "./adapters/shelf.ts";
import { systemClock } from "./engine/base/clock.ts";
import { readConfig } from "./engine/base/config.ts";
import { createLogger } from "./engine/base/logging.ts";
import { createDecisionRelay } from "./engine/fleet/decision-relay.ts";
import { createDecisionSnapshots } from "./engine/fleet/decision-snapshots.ts";
import { createBoxes } from "./engine/fleet/sealed-box.ts";
import { createSubjectKeys } from "./engine/fleet/subject-keys.ts";
import { openInlineStore } from "./engine/store/inline-store.ts";
import type { StoreHost } from "./engine/store/store.ts";
import { storeModules } from "./workers/modules.ts";

// A new engine begins with a snapshot on a real S3 server, and reads what came after it from a real broker.

const missing = noKafka() ?? noS3();
if (missing !== null) process.stdout.write(`SKIPPED: snapshots of decisions: ${missing}\n`);
const patience = 60_000;
const by = { actor: "Ada", role: "analyst", caller: "ui" } as const;

describe.skipIf(missing !== null)("snapshots of decisions", () => {
  let kafka: KafkaServer;
  let s3: S3Server;
  let folder: string;
  const key = randomBytes(32);
  const closing: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    [kafka, s3] = await Promise.all([startKafka(), startS3(["shelf"])]);
    folder = mkdtempSync(join(tmpdir(), "sentinel-snapshots-"));
    writeS3Secrets(folder, s3);
  }, patience);
  afterAll(async () => {
    for (const close of closing.toReversed()) await close();
    await Promise.all([kafka?.close(), s3?.close()]);
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }, patience);

  async function open(nodeId: string, fleetKeys: [Buffer, ...Buffer[]] = [key]) {
    const environment = { SENTINEL_S3_ENDPOINT: s3.endpoint, SENTINEL_S3_SHELF: "shelf", SENTINEL_SECRETS: folder };
    const shelf = (await createShelf(readConfig({ SENTINEL_HOME: folder, ...environment }, folder), systemClock))!;
    const inline = openInlineStore({ modules: storeModules, clock: systemClock, nodeId, sharing: true });
    const heard: number[] = [];
    const store: StoreHost = {
      ...inline,
      judge(messages) {
        heard.push(...messages.map(({ offset }) => offset));
        return inline.judge(messages);
      },
    };
    const lines: string[] = [];
    const log = createLogger("info", { write: (line) => void lines.push(line) });
    const boxes = createBoxes(fleetKeys);
    const bus = createKafkaBus({ brokers: kafka.brokers, clientId: nodeId, tls: null, sasl: null });
    const sealer = {
      keysOf: async () => [],
      unseal: async () => null,
      learn: async () => {},
      eraseTag: async () => true,
    };
    const common = { bus, store, boxes, nodeId, clock: systemClock, log };
    const keys = createSubjectKeys({ ...common, sealer, isErased: async () => false });
    const relay = createDecisionRelay({
      ...{ ...common, keys },
      erase: async () => {},
      erased: async () => new Set(),
      count: () => {},
      snapshots: createDecisionSnapshots({ shelf, boxes, store, log, every: 10 }),
      onChange: () => {},
    });
    await relay.start();
    let isClosed = false;
    const close = async () => {
      if (isClosed) return;
      isClosed = true;
      await relay.close();
      await bus.close();
      await store.close();
      shelf.close();
    };
    closing.push(close);
    return { store, heard, shelf, log: () => lines.join(""), close };
  }

  const note = (store: StoreHost, id: string) => {
    const payload = { text: `sealed ${id}`, by: "Ada", at: "2026-01-31T08:00:00.000Z" };
    const inverse = { kind: "handover.removed", payload: {} };
    return store.append(
      [{ entityType: "handover_note", entityId: id, baseVersion: 0, kind: "handover.written", payload, inverse }],
      by,
    );
  };
  const state = async (store: StoreHost) => {
    const { waiting, hash } = await store.sharedState(true);
    return waiting === 0 ? hash : null;
  };

  test(
    "a new engine reads what came after the newest one; a stranger's is passed over",
    async () => {
      const first = await open("first");
      for (let i = 0; i < 35; i++) await note(first.store, `n${i}`);
      const keys = async () =>
        (await Array.fromAsync(first.shelf.list("decisions/", AbortSignal.timeout(5000)))).map((one) => one.key);
      await expect.poll(async () => (await state(first.store)) !== null, { timeout: patience }).toBe(true);
      await expect.poll(async () => (await keys()).length, { timeout: patience }).toBeGreaterThan(0);
      await note(first.store, "last");
      await expect.poll(async () => (await state(first.store)) !== null, { timeout: patience }).toBe(true);

      const late = await open("late");
      await expect.poll(() => state(late.store), { timeout: patience }).toBe(await state(first.store));
      const began = Number((await keys()).at(-1)!.slice("decisions/".length).slice(0, 16));
      expect(began).toBeGreaterThanOrEqual(9);
      expect(late.heard.every((offset) => offset >= began)).toBe(true);
      expect(late.heard.length).toBeGreaterThan(0);
      // Decides on what it knows by the snapshot alone.
      const draft = {
        ...{ entityType: "handover_note", entityId: "n0", baseVersion: 1, kind: "handover.removed", payload: {} },
        inverse: null,
      };
      await late.store.append([draft], by);
      await expect
        .poll(async () => (await state(late.store)) === (await state(first.store)), { timeout: patience })
        .toBe(true);
      expect((await late.store.verify()).ok).toBe(true);

      const stranger = await open("stranger", [randomBytes(32)]);
      expect(stranger.log()).toContain("is of another fleet");
      expect((await stranger.store.sharedState(false)).offset).toBe(-1);
    },
    3 * patience,
  );

  test(
    "a fleet changes its key one engine after the other, and one that joins then needs the new one alone",
    async () => {
      // Those of before know one key alone.
      for (const close of closing.splice(0).toReversed()) await close();
      const next = randomBytes(32);
      const same = async (...engines: Awaited<ReturnType<typeof open>>[]) => {
        const states = async () => new Set(await Promise.all(engines.map(({ store }) => state(store))));
        await expect.poll(async () => [...(await states())], { timeout: patience }).toEqual([expect.any(String)]);
      };
      // Both hear the new one before anybody says anything by it.
      const ahead = await open("ahead", [next, key]);
      const behind = await open("behind", [key, next]);
      await note(ahead.store, "by the new key");
      await note(behind.store, "by the former key");
      await same(ahead, behind);
      await behind.close();
      const changed = await open("changed", [next, key]);
      await expect.poll(changed.log, { timeout: patience }).toContain("was said anew by the first fleet key");
      await note(changed.store, "after it");
      await same(ahead, changed);

      const joined = await open("joined", [next]);
      await same(ahead, changed, joined);
      // SECURITY: nobody says anything by the former key any more.
      const late = await open("outdated", [key]);
      await note(late.store, "by a key that is gone");
      await expect.poll(joined.log, { timeout: patience }).toContain("was not written with this fleet's key");
      const before = await state(joined.store);
      await note(joined.store, "at the end");
      await expect.poll(() => state(joined.store), { timeout: patience }).not.toBe(before);
      expect((await joined.store.verify()).ok).toBe(true);
    },
    3 * patience,
  );
});
