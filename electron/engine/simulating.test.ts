import { type ChildProcess, fork } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SimulationSummary } from "../../shared/simulation.ts";
import { childChannel } from "./sandbox/process-channel.ts";
import { connectSupervisor, type SupervisorClient } from "./sandbox/supervisor-client.ts";
import {
  analysed,
  analyst,
  changeSettings,
  entryOf,
  finished,
  harOf,
  holding,
  openTestEngine,
  shippedResources,
  type TestEngine,
  verdictsOf,
} from "./test-engine.ts";

const hasBubblewrap = existsSync("/usr/bin/bwrap");
if (!hasBubblewrap) console.warn("SKIPPED: simulations of the engine: bubblewrap is not installed");
const patience = 120_000;
const sample = (name: string) => ({ path: join(shippedResources, "samples", name) });
const asked = (t: TestEngine) => t.engine.simulations.list({ limit: 200 });

/** Waits until every simulation has ended. */
async function ended(t: TestEngine, count: number): Promise<SimulationSummary[]> {
  const isOpen = ({ state }: SimulationSummary) => state === "queued" || state === "running";
  await expect
    .poll(async () => (await asked(t)).filter((one) => !isOpen(one)).length, { timeout: patience, interval: 200 })
    .toBe(count);
  return await asked(t);
}

describe("without a driver", () => {
  let t: TestEngine;
  beforeAll(async () => {
    t = await openTestEngine();
  });
  afterAll(() => t.close());

  test("nothing is simulated by itself; what is asked for is not simulated, with the reason", async () => {
    const { evidence } = await analysed(
      t,
      harOf([entryOf("http://shop.example/search?q=1' UNION SELECT password FROM users--")]),
      "jane-roe.har",
    );
    const [verdict] = await verdictsOf(t, evidence.id);
    expect(await asked(t)).toEqual([]);
    const { id } = await t.engine.simulations.start({ verdict_id: verdict!.id, application: "shop" }, analyst);
    const job = await finished(t, id);
    // Its name is the evidence's to tell, and to forget.
    expect(job).toMatchObject({ subject: "Simulation of s1", evidence_id: evidence.id });
    expect(JSON.stringify(job)).not.toContain("jane-roe");
    expect(await t.engine.simulations.get({ id })).toMatchObject({
      ...{ state: "done", verdict: "not_simulated", score: null, reason: "Not in this test.", automatic: false },
    });
    expect(await t.engine.simulations.status()).toMatchObject({ possible: false, detail: "Not in this test." });
  });

  test("what is not there cannot be asked for", async () => {
    const { simulations } = t.engine;
    await expect(simulations.start({ verdict_id: "none", application: "shop" }, analyst)).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
    await expect(simulations.get({ id: "none" })).rejects.toMatchObject({ code: "NOT_FOUND" });
    const [verdict] = await verdictsOf(t);
    await expect(simulations.start({ verdict_id: verdict!.id, application: "own" }, analyst)).rejects.toMatchObject({
      code: "INPUT_INVALID",
    });
  });

  test("only an admin says what is started in a sandbox, and whether anything starts by itself", async () => {
    const by = { ...analyst, role: "analyst" } as const;
    const { version: base_version } = await t.engine.settings.get();
    for (const changes of [
      { own_app_command: ["/bin/sh"] },
      { own_app_port: 1 },
      { sandbox_egress: ["collector.example:443"] },
      { simulate_automatically: "on" as const },
    ]) {
      await expect(t.engine.settings.change({ changes, base_version }, by)).rejects.toMatchObject({
        code: "FORBIDDEN",
      });
    }
  });
});

describe.skipIf(!hasBubblewrap)("with sandboxes", () => {
  let t: TestEngine;
  let folder: string;
  let child: ChildProcess;
  let supervisor: SupervisorClient;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "sentinel-simulating-"));
    const entry = join(import.meta.dirname, "../supervisor.ts");
    child = fork(entry, [], { env: {}, stdio: ["ignore", "ignore", "inherit", "ipc"], serialization: "advanced" });
    supervisor = await connectSupervisor(childChannel(child), folder, "token", 2);
    const up = Promise.withResolvers<void>();
    supervisor.onStatus(up.resolve);
    if (supervisor.status().status !== "healthy") await up.promise;
    t = await openTestEngine({ supervisor });
  }, patience);
  afterAll(async () => {
    await t.close();
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
    rmSync(folder, { recursive: true, force: true });
  }, patience);
  test(
    "a verdict of simulate is simulated by itself; the patched shop, asked for, does not give in; both compare; erasing erases",
    async () => {
      const { evidence } = await analysed(t, sample("attack-sql-injection.har"));
      const [automatic] = await ended(t, 1);
      expect(automatic).toMatchObject({
        ...{ automatic: true, actor: "engine", application: "shop", state: "done", verdict: "exploit_possible" },
        ...{ evidence_id: evidence.id, reason: "", file_name: "attack-sql-injection.har" },
      });
      const whole = await t.engine.simulations.get({ id: automatic!.id });
      expect(whole.sinks).toContain("sql_structure");
      expect(whole.isolation.length).toBeGreaterThan(0);
      expect(whole.log.map(({ text }) => text)).toContain("Attack run.");
      expect(whole.notes[0]).toMatch(/^\d+ of the session's \d+ requests are played\.$/);
      // What it confirmed is what rules are made of.
      const offers = await t.engine.rules.generate({ alerts: [], findings: [], simulations: [automatic!.id] });
      expect(JSON.stringify(offers)).toContain(automatic!.id);

      const { id } = await t.engine.simulations.start(
        { verdict_id: automatic!.verdict_id, application: "shop_patched" },
        analyst,
      );
      expect(await finished(t, id)).toMatchObject({ state: "done", result: { verdict: "exploit_improbable" } });
      const { rows } = await t.engine.simulations.compare({ id: automatic!.id, other: id });
      expect(rows).toHaveLength(whole.results.length);
      expect(rows.every(({ left, right }) => left!.text === right!.text && right!.sinks.length === 0)).toBe(true);

      const { entries } = await t.engine.audit.log({ after: 0, limit: 500 });
      const kinds = entries.filter(({ entity_id }) => entity_id === id).map(({ kind }) => kind);
      expect(kinds).toEqual(["simulation.started", "simulation.ended"]);
      // Neither what was sent nor what came back is in the log of the process.
      expect(t.log()).not.toMatch(/UNION|password_hash/);

      const job = await t.engine.erasure.erase({ ids: [evidence.id], confirm: "erase" }, analyst);
      expect(await finished(t, job.job_id)).toMatchObject({ state: "done" });
      expect((await t.engine.jobs.list()).filter((one) => one.evidence_id === evidence.id)).toEqual([]);
      expect(await asked(t)).toEqual([]);
      expect(holding(t.home, ["zzz%') UNION SELECT", "Harbour Tea House"])).toEqual([]);
    },
    2 * patience,
  );

  test(
    "an application of somebody's own reaches what an admin lists and nobody else, in both runs; all of it is in the result",
    async () => {
      const server = createServer((_, response) => response.end("from outside"));
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const listed = `127.0.0.1:${(server.address() as AddressInfo).port}`;
      const app = join(import.meta.dirname, "respond/simulation/fixture-own-app.ts");
      const asks = [`http://${listed}/`, "http://10.1.2.3/"];
      const before = (await asked(t)).length;
      await changeSettings(t, {
        simulate_automatically: "off",
        own_app_command: [process.execPath, app, "8131", "plain", ...asks],
        own_app_folders: [process.execPath, app],
        own_app_port: 8131,
        sandbox_egress: [listed],
      });
      expect((await t.engine.sandboxes.status()).egress).toEqual([listed]);
      const { evidence } = await analysed(t, harOf([entryOf("http://own.example/page?q=<script>alert(1)</script>")]));
      const [verdict] = await verdictsOf(t, evidence.id);
      expect(await asked(t)).toHaveLength(before);
      const { id } = await t.engine.simulations.start({ verdict_id: verdict!.id, application: "own" }, analyst);
      await finished(t, id);
      const { egress, reason, verdict: came } = await t.engine.simulations.get({ id });
      expect([came, reason]).toEqual(["exploit_possible", ""]);
      const calls = egress!.map(({ target, allowed }) => `${target} ${allowed}`);
      expect(calls.slice(0, 4)).toEqual([`${listed} true`, "10.1.2.3:80 false", `${listed} true`, "10.1.2.3:80 false"]);
      expect(egress![0]!.received_bytes).toBeGreaterThan(0);
      server.close();
      await changeSettings(t, { simulate_automatically: "on", own_app_command: [], sandbox_egress: [] });
    },
    2 * patience,
  );

  test(
    "panic ends what runs and what waits, and nothing starts by itself until an admin says so",
    async () => {
      const before = (await asked(t)).length;
      await changeSettings(t, { simulate_automatically: "off" });
      await analysed(t, sample("attack-xss.har"));
      const [verdict] = await verdictsOf(t);
      expect(await asked(t)).toHaveLength(before);
      await changeSettings(t, { simulate_automatically: "on" });
      const start = () => t.engine.simulations.start({ verdict_id: verdict!.id, application: "shop" }, analyst);
      const ids = (await Promise.all(Array.from({ length: 10 }, start))).map(({ id }) => id);
      await t.engine.panic({}, analyst);
      const stoppedBy = new Date().toISOString();
      const jobs = await Promise.all(ids.map((id) => finished(t, id)));
      // One may have been through before; none goes on.
      for (const { state, ended_at } of jobs) if (state === "done") expect(ended_at! <= stoppedBy).toBe(true);
      const stopped = jobs.filter(({ state }) => state !== "done");
      expect(stopped.length).toBeGreaterThan(0);
      expect(new Set(stopped.map(({ state }) => state))).toEqual(new Set(["cancelled"]));
      expect((await t.engine.simulations.status()).automatic).toBe("held");
      const { evidence } = await analysed(t, sample("attack-files.har"));
      expect((await asked(t)).filter(({ evidence_id }) => evidence_id === evidence.id)).toEqual([]);
      const one = await t.engine.simulations.get({ id: stopped[0]!.id });
      expect(one).toMatchObject({ state: "cancelled", verdict: null });
    },
    2 * patience,
  );

  test(
    "one can be cancelled",
    async () => {
      const [verdict] = await verdictsOf(t);
      const { id } = await t.engine.simulations.start({ verdict_id: verdict!.id, application: "shop" }, analyst);
      expect(await t.engine.simulations.cancel({ id }, analyst)).toMatchObject({ id, state: "cancelled" });
    },
    patience,
  );

  test(
    "of a session of ten thousand requests a part is played, and the result says how much",
    async () => {
      const requests = 10_000;
      const entries = Array.from({ length: requests - 1 }, (_, i) => {
        const own =
          i % 2 === 0 ? {} : { form: `quantity=${i % 7}`, headers: [["Origin", "http://shop.example"]] as const };
        return entryOf(`http://shop.example/product/${i % 40}`, { at: i / 10, ...own });
      });
      entries.push(
        entryOf("http://shop.example/search?q=zzz' UNION SELECT password FROM users-- ", { at: requests / 10 }),
      );
      const { evidence } = await analysed(t, harOf(entries));
      const [verdict, ...others] = await verdictsOf(t, evidence.id);
      expect(others).toEqual([]);
      const { id } = await t.engine.simulations.start({ verdict_id: verdict!.id, application: "shop" }, analyst);
      expect(await finished(t, id)).toMatchObject({ state: "done" });
      const { notes, results, reason } = await t.engine.simulations.get({ id });
      expect(reason).toBe("");
      expect(results).toHaveLength(1);
      const [, played, all] = /^(\d+) of the session's (\d+) requests are played\.$/.exec(notes[0]!)!;
      expect(Number(all)).toBe(requests);
      expect(Number(played)).toBeGreaterThan(100);
      expect(Number(played)).toBeLessThanOrEqual(141);
      expect(notes.join()).toMatch(
        /\d{4} requests before the payloads that may be needed are left out: they are too many\./,
      );
    },
    3 * patience,
  );
});
