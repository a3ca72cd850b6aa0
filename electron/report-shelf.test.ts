import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { noS3, type S3Server, startS3, writeS3Secrets } from "./adapters/fixture-s3.ts";
import { createShelf } from "./adapters/shelf.ts";
import { readConfig } from "./engine/base/config.ts";
import { analysed, analyst, entryOf, finished, harOf, openTestEngine, type TestEngine } from "./engine/test-engine.ts";

const missing = noS3();
if (missing !== null) process.stdout.write(`SKIPPED: reports on a shelf: ${missing}\n`);
const attack = "https://shop.example/search?q=%27%20UNION%20SELECT%20name%2C%20password%20FROM%20users--";

describe.skipIf(missing !== null)("reports on the shelf that engines share", () => {
  let s3: S3Server;
  let folder: string;
  let opened: TestEngine;
  let visit = 0;

  beforeAll(async () => {
    s3 = await startS3(["plain"], ["locked"]);
    folder = mkdtempSync(join(tmpdir(), "sentinel-shelf-"));
    mkdirSync(join(folder, "secrets"));
    writeS3Secrets(join(folder, "secrets"), s3);
  }, 60_000);
  afterAll(async () => {
    await s3?.close();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  async function open(environment: Record<string, string>, body: (engine: TestEngine) => Promise<void>) {
    const all = {
      SENTINEL_S3_ENDPOINT: s3.endpoint,
      SENTINEL_SECRETS: join(folder, "secrets"),
      SENTINEL_S3_SHELF_REPORTS: "true",
      ...environment,
    };
    const config = readConfig({ SENTINEL_HOME: folder, ...all }, folder);
    opened = await openTestEngine({ shelf: await createShelf(config, { now: () => Date.now() }), environment: all });
    try {
      await body(opened);
    } finally {
      await opened.close();
    }
  }

  beforeEach(() => {
    visit++;
  });

  /** Brings an attack of its own. @returns its evidence and its alert */
  async function bringAttack(t: TestEngine) {
    const host = `${attack}-${visit}`;
    const { evidence } = await analysed(t, harOf([entryOf(host, { cookie: `visit=${visit}` })]), "attack.har");
    const { items } = await t.engine.alerts.list({ q: "", order: "newest", limit: 1 }, analyst);
    return { evidence: evidence.id, alert: items[0]!.id };
  }

  test("each that is taken is kept, listed, fetched as it was signed, and goes with its evidence", async () => {
    await open({ SENTINEL_S3_SHELF: "plain" }, async (t) => {
      const { evidence, alert } = await bringAttack(t);
      const file = Buffer.from(await t.engine.reports.ofAlert({ id: alert }, analyst));
      const sha256 = createHash("sha256").update(file).digest("hex");
      const { items, is_on } = await t.engine.reports.shelved();
      expect(is_on).toBe(true);
      const address = `s3://plain/reports/${sha256}.html`;
      expect(items).toEqual([
        expect.objectContaining({ sha256, address, bytes: file.length, about: `alert ${alert}`, kept: true }),
      ]);
      const fetched = Buffer.from(await t.engine.reports.fetch({ id: sha256 }, analyst));
      expect(fetched).toEqual(file);
      const once = async function* () {
        yield fetched;
      };
      expect((await t.engine.reports.check(once(), {})).verdict).toBe("valid");
      const { entries } = await t.engine.audit.log({ after: 0, limit: 500 });
      const kinds = entries.map(({ kind }) => kind).filter((kind) => kind.startsWith("report."));
      expect(kinds).toEqual(["report.made", "report.shelved", "report.kept", "report.fetched"]);
      const erased = await finished(
        t,
        (await t.engine.erasure.erase({ ids: [evidence], confirm: "erase" }, analyst)).job_id,
      );
      expect(erased.result).toMatchObject({ erased: 1, reports_left: [], reports_others: 0 });
      expect((await t.engine.reports.shelved()).items).toEqual([]);
      await expect(t.engine.reports.fetch({ id: sha256 }, analyst)).rejects.toMatchObject({ code: "NOT_FOUND" });
      const lying = await s3.keys("plain");
      expect(lying).toEqual([]);
    });
  }, 60_000);

  test("an erasure says which it could not remove, and a later one tries again", async () => {
    const lock = { SENTINEL_S3_SHELF_LOCK: "governance", SENTINEL_S3_SHELF_LOCK_DAYS: "1" };
    await open({ SENTINEL_S3_SHELF: "locked", ...lock }, async (t) => {
      const { evidence, alert } = await bringAttack(t);
      await t.engine.reports.ofAlert({ id: alert }, analyst);
      const [kept] = (await t.engine.reports.shelved()).items;
      const job = await finished(
        t,
        (await t.engine.erasure.erase({ ids: [evidence], confirm: "erase" }, analyst)).job_id,
      );
      expect(job.result).toMatchObject({
        erased: 1,
        reports_left: [
          { sha256: kept!.sha256, address: kept!.address, why: expect.stringContaining("retained until") },
        ],
      });
      // Still there, and said to be.
      expect((await t.engine.reports.shelved()).items).toHaveLength(1);
      expect(await s3.keys("locked")).toEqual([kept!.address.slice("s3://locked/".length)]);
      await s3.endRetention("locked", kept!.address.slice("s3://locked/".length));
      visit += 1000;
      const other = await bringAttack(t);
      const ids = [other.evidence];
      const later = await finished(t, (await t.engine.erasure.erase({ ids, confirm: "erase" }, analyst)).job_id);
      expect(later.result).toMatchObject({ reports_left: [] });
      expect(await s3.keys("locked")).toEqual([]);
    });
  }, 60_000);

  test("one that cannot be kept is not given out", async () => {
    const lock = { SENTINEL_S3_SHELF_LOCK: "compliance" };
    await open({ SENTINEL_S3_SHELF: "plain", ...lock }, async (t) => {
      const { alert } = await bringAttack(t);
      await expect(t.engine.reports.ofAlert({ id: alert }, analyst)).rejects.toMatchObject({ code: "SETTING_INVALID" });
    });
  }, 60_000);

  test("without the setting nothing is kept", async () => {
    await open({ SENTINEL_S3_SHELF: "plain", SENTINEL_S3_SHELF_REPORTS: "false" }, async (t) => {
      const { alert } = await bringAttack(t);
      await t.engine.reports.ofAlert({ id: alert }, analyst);
      expect(await t.engine.reports.shelved()).toEqual({ is_on: false, items: [], more: false });
      expect(await s3.keys("plain")).toEqual([]);
    });
  }, 60_000);
});
