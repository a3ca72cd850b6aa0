import { generateKeyPairSync, sign } from "node:crypto";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { noKafka } from "./adapters/fixture-kafka.ts";
import { noS3 } from "./adapters/fixture-s3.ts";
import { canonicalJson } from "./engine/base/canonical-json.ts";
import type { ObjectStore } from "./engine/fleet/object-store.ts";
import {
  analyst,
  changeSettings,
  entryOf,
  finished,
  harOf,
  type TestEngine,
  verdictsOf,
} from "./engine/test-engine.ts";
import { attack, type FollowingSite, type NodeOptions, openFollowing, patience } from "./fixture-following.ts";

// The evidence of what a desktop follows, from a real S3 server.

const missing = noKafka() ?? noS3();
if (missing !== null) process.stdout.write(`SKIPPED: evidence that lies at the fleet: ${missing}\n`);

describe.skipIf(missing !== null)("evidence that lies at the fleet", () => {
  let site: FollowingSite;
  let desktop: FollowingSite["desktop"];
  beforeAll(async () => {
    site = await openFollowing();
    desktop = site.desktop;
  }, patience);
  afterAll(async () => {
    await site?.close(desktop);
  });
  const announce: FollowingSite["announce"] = (...args) => site.announce(...args);
  const follows = (name: string) => site.follows(name, desktop);
  const listedAt: FollowingSite["listedAt"] = (...args) => site.listedAt(...args);

  test(
    "evidence is fetched by its size and hash, and judged here to the same verdict",
    async () => {
      await announce("fetched", [`${attack}fetched`]);
      const shown = await follows("fetched");
      const id = shown.evidence_id;
      const told = async () => (await desktop.engine.verdicts.get({ id: shown.id })).fleet;
      await expect.poll(async () => (await told())?.evidence?.problem, { timeout: patience }).toBeNull();
      const alert = await desktop.engine.alerts.ofVerdict({ id: shown.id });
      await desktop.engine.alerts.change(
        { alerts: [{ id: alert.alert_id!, base_version: 0 }], change: { status: "in_progress", assignee: "ada" } },
        analyst,
      );
      const job = await finished(desktop, (await desktop.engine.evidence.fetch({ id }, analyst)).job_id);
      expect(job).toMatchObject({ state: "done", result: { evidence_id: id } });
      const [judged] = await verdictsOf(desktop, id);
      expect(judged).toEqual({ ...shown, judged_by: null, file_name: "fetched.har", decided_at: judged!.decided_at });
      expect(await told()).toMatchObject({ here: { same: true, differences: [] }, evidence: null });
      expect(await desktop.engine.evidence.get({ id })).toMatchObject({
        status: "analysed",
        custody: { channel: "fleet", brought_by: "analyst" },
      });
      const { items } = await desktop.engine.alerts.list(
        { q: "status:in_progress", order: "newest", limit: 5 },
        analyst,
      );
      expect(items).toMatchObject([{ id: alert.alert_id, assignee: "ada", judged_by: null }]);
      await expect(desktop.engine.evidence.fetch({ id }, analyst)).rejects.toMatchObject({ code: "CONFLICT" });
    },
    patience,
  );

  /** A desktop of its own, for as long as `work` takes. */
  async function withDesktop(name: string, work: (node: TestEngine) => Promise<void>, options: NodeOptions = {}) {
    const node = await site.openNode(name, "desktop", options);
    try {
      await work(node);
    } finally {
      await node.close();
    }
  }

  /** The session of a name at a desktop, once it can be fetched; and what fetching it came to. */
  async function fetchable(node: TestEngine, name: string) {
    const shown = await site.follows(name, node);
    const told = async () => (await node.engine.verdicts.get({ id: shown.id })).fleet;
    await expect.poll(async () => (await told())?.evidence?.size, { timeout: patience }).toBeGreaterThan(0);
    const fetch = async () => (await node.engine.evidence.fetch({ id: shown.evidence_id }, analyst)).job_id;
    return { shown, told, fetch };
  }

  test(
    "another configuration comes to another verdict, and both are shown with what differs",
    async () => {
      await announce("otherwise", [`${attack}otherwise`]);
      await withDesktop("other", async (node) => {
        // A new desktop: it begins with all that the brokers keep.
        const { shown, fetch } = await fetchable(node, "otherwise");
        expect(await listedAt(node, "fetched")).toHaveLength(1);
        await changeSettings(node, { payload_weight: 0.9 });
        expect((await finished(node, await fetch())).state).toBe("done");
        const [judged] = await verdictsOf(node, shown.evidence_id);
        expect(judged!.id).not.toBe(shown.id);
        const { fleet } = await node.engine.verdicts.get({ id: judged!.id });
        expect(fleet).toMatchObject({ score: shown.score, node_id: shown.judged_by, here: { same: false } });
        expect(fleet!.here!.differences).toEqual([expect.stringMatching(/^configuration: \w{12} here, \w{12} there$/)]);
      });
    },
    patience,
  );

  test(
    "what is not what was promised is not stored, and the fleet's verdict stays",
    async () => {
      await announce("changed", [`${attack}changed`]);
      const { shown, fetch } = await fetchable(desktop, "changed");
      const { size_bytes } = await desktop.engine.evidence.get({ id: shown.evidence_id });
      await site.s3.put("evidence", "changed.har", Buffer.alloc(size_bytes, "{"));
      expect(await finished(desktop, await fetch())).toMatchObject({
        state: "failed",
        error: { code: "EVIDENCE_HASH_MISMATCH" },
      });
      const bytes = Buffer.from(harOf([entryOf("http://elsewhere.example/")]));
      await site.s3.put(
        "evidence",
        "changed.har",
        Buffer.concat([bytes, Buffer.alloc(size_bytes - bytes.length, " ")]),
      );
      expect(await finished(desktop, await fetch())).toMatchObject({
        state: "failed",
        error: { code: "EVIDENCE_HASH_MISMATCH" },
      });
      await site.s3.put("evidence", "changed.har", Buffer.alloc(size_bytes + 1));
      expect(await finished(desktop, await fetch())).toMatchObject({
        state: "failed",
        error: { code: "EVIDENCE_HASH_MISMATCH" },
      });
      expect(await desktop.engine.evidence.get({ id: shown.evidence_id })).toMatchObject({ status: "at_fleet" });
      expect(await listedAt(desktop, "changed")).toEqual([shown]);
    },
    patience,
  );

  test(
    "what must be signed is fetched by a trusted key alone",
    async () => {
      const { publicKey, privateKey } = generateKeyPairSync("ed25519");
      await announce("unsigned", [`${attack}unsigned`]);
      const key = publicKey.export({ format: "der", type: "spki" }).toString("base64");
      const trusted_keys = [{ key_id: "sensor", alg: "ed25519" as const, key }];
      await changeSettings(site.engine, { trusted_keys });
      const signature = (body: object) => sign(null, Buffer.from(canonicalJson(body)), privateKey).toString("base64");
      await announce("signed", [`${attack}signed`], {
        signed: (body) => ({ alg: "ed25519", key_id: "sensor", value: signature(body) }),
      });
      await withDesktop(
        "strict",
        async (node) => {
          const [unsigned, signed] = [await fetchable(node, "unsigned"), await fetchable(node, "signed")];
          const ends = async (one: typeof signed) => (await finished(node, await one.fetch())).error?.code ?? "done";
          expect(await ends(unsigned)).toBe("EVIDENCE_SIGNATURE_INVALID");
          expect(await ends(signed)).toBe("EVIDENCE_KEY_UNKNOWN");
          await changeSettings(node, { trusted_keys });
          expect(await ends(signed)).toBe("done");
        },
        { environment: { SENTINEL_KAFKA_SIGNED: "true" } },
      );
    },
    patience,
  );

  test(
    "a fetch can be stopped, and says how far it is; without S3 it is not offered",
    async () => {
      await announce("slow", [`${attack}slow`]);
      const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
      const slow = (store: ObjectStore | null): ObjectStore => ({
        ...store!,
        async *read(uri, from, version, signal) {
          for await (const chunk of store!.read(uri, from, version, signal)) {
            yield chunk.subarray(0, 100);
            begin();
            await once(signal, "abort");
          }
        },
      });
      await withDesktop(
        "slow",
        async (node) => {
          const { shown, fetch } = await fetchable(node, "slow");
          const id = await fetch();
          await begun;
          const { size_bytes } = await node.engine.evidence.get({ id: shown.evidence_id });
          await expect
            .poll(async () => (await node.engine.jobs.list()).find((job) => job.id === id), { timeout: patience })
            .toMatchObject({ step: "fetching", done: 100, total: size_bytes, unit: "bytes" });
          await node.engine.jobs.cancel({ id }, analyst);
          expect((await finished(node, id)).state).toBe("cancelled");
          expect(await listedAt(node, "slow")).toEqual([shown]);
          expect(await node.engine.evidence.get({ id: shown.evidence_id })).toMatchObject({ status: "at_fleet" });
        },
        { objects: slow },
      );
      await withDesktop(
        "no-s3",
        async (node) => {
          const { shown, told, fetch } = await fetchable(node, "slow");
          const { id } = shown;
          expect((await told())!.evidence!.problem).toContain("SENTINEL_S3_BUCKETS");
          const elsewhere = { code: "EVIDENCE_ELSEWHERE" };
          await expect(fetch()).rejects.toMatchObject(elsewhere);
          await expect(node.engine.verdicts.request({ id, request: 0 })).rejects.toMatchObject(elsewhere);
          const simulation = node.engine.simulations.start({ verdict_id: id, application: "shop" }, analyst);
          await expect(simulation).rejects.toMatchObject(elsewhere);
        },
        { environment: { SENTINEL_S3_BUCKETS: "" } },
      );
    },
    patience,
  );

  test(
    "where the analysis here comes to nothing the fleet's verdict stays in its place",
    async () => {
      await announce("stopped", [`${attack}stopped`]);
      const { shown, fetch, told } = await fetchable(desktop, "stopped");
      const stop = desktop.engine.live.subscribe((message) => {
        if (message.type !== "job" || message.job.kind !== "analyse") return;
        void desktop.engine.jobs.cancel({ id: message.job.id }, analyst).catch(() => {});
      });
      expect(await finished(desktop, await fetch())).toMatchObject({ state: "failed" });
      stop();
      const { file_name, decided_at, ...rest } = shown;
      expect(await verdictsOf(desktop, shown.evidence_id)).toMatchObject([rest]);
      expect(await told()).toMatchObject({ here: null, evidence: null });
      expect((await desktop.engine.alerts.ofVerdict({ id: shown.id })).alert_id).not.toBeNull();
    },
    patience,
  );

  test("what desktops judged themselves they tell nobody", async () => {
    const { node_id } = JSON.parse(site.told[0]!.value.toString());
    expect(site.told.length).toBeGreaterThan(10);
    expect(site.told.map(({ value }) => JSON.parse(value.toString()).node_id)).toEqual(site.told.map(() => node_id));
  });
});
