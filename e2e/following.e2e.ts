import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type KafkaServer, noKafka, startKafka } from "../electron/adapters/fixture-kafka.ts";
import { noS3, type S3Server, startS3, writeS3Secrets } from "../electron/adapters/fixture-s3.ts";
import { createKafkaBus } from "../electron/adapters/kafka.ts";
import { entryOf, harOf } from "../electron/engine/test-engine.ts";
import { topics } from "../shared/fleet.ts";
import { findNothingHardToSee, findNothingInaccessible } from "./axe.ts";
import { openWindow, type Window } from "./window.ts";

const missing = noKafka() ?? noS3();
if (missing !== null) process.stdout.write(`SKIPPED: the screens of a fleet's desktop: ${missing}\n`);

describe.skipIf(missing !== null)("the screens of a fleet's desktop", () => {
  let kafka: KafkaServer;
  let s3: S3Server;
  let secrets: string;
  let engine: Window;
  let desktop: Window;
  let page: Page;
  let problems: string[];

  beforeAll(async () => {
    [kafka, s3] = await Promise.all([startKafka(), startS3(["evidence"])]);
    secrets = mkdtempSync(join(tmpdir(), "sentinel-follow-e2e-"));
    writeS3Secrets(secrets, s3);
    const environment = {
      SENTINEL_KAFKA_BROKERS: kafka.brokers.join(","),
      SENTINEL_S3_ENDPOINT: s3.endpoint,
      SENTINEL_S3_BUCKETS: "evidence",
      SENTINEL_SECRETS: secrets,
    };
    engine = await openWindow({ environment });
    desktop = await openWindow({ environment: { ...environment, SENTINEL_KAFKA_ROLE: "desktop" } });
    ({ page, problems } = await desktop.open());
  }, 120_000);
  afterAll(async () => {
    await desktop?.close();
    await engine?.close();
    await Promise.all([kafka?.close(), s3?.close()]);
    if (secrets !== undefined) rmSync(secrets, { recursive: true, force: true });
  });

  async function announce(name: string, host: string, texts: readonly string[]): Promise<void> {
    const entries = texts.map((text, at) => entryOf(`https://${host}/search?q=${encodeURIComponent(text)}`, { at }));
    const bytes = Buffer.from(harOf(entries));
    await s3.put("evidence", `${name}.har`, bytes);
    const outside = createKafkaBus({ brokers: kafka.brokers, clientId: `outside-${name}`, tls: null, sasl: null });
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const place = { uri: `s3://evidence/${name}.har`, sha256, size: bytes.length };
    const message = { evidence_id: name, ...place, created_at: "2026-01-31T08:16:00Z" };
    await outside.send([{ topic: topics.evidenceCreated, key: name, value: JSON.stringify(message) }]);
    await outside.close();
  }

  function go(hash: string): Promise<void> {
    return page.evaluate((to) => {
      globalThis.location.hash = to;
    }, hash);
  }

  /** Kept where SENTINEL_SCREENSHOTS says, for whoever wants to look at them. */
  async function keepLooks(name: string): Promise<void> {
    const folder = process.env.SENTINEL_SCREENSHOTS;
    if (folder === undefined) return;
    mkdirSync(folder, { recursive: true });
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      // Colours fade over.
      await page.waitForTimeout(500);
      await page.screenshot({ path: join(folder, `${name}-${colorScheme}.png`) });
    }
    await page.emulateMedia({ colorScheme: "light" });
  }

  test("an alert of the fleet comes into the open queue, says who judged it, and is worked like any other", async () => {
    await go("#/alerts");
    await announce("night-shift", "shop.example", [
      "1' UNION SELECT password FROM users--",
      "green tea",
      "1' OR 1=1--",
    ]);
    const row = page.locator("[role=row][id^=row-]").first();
    await row.waitFor({ timeout: 40_000 });
    await row.getByText(/^fleet \w{8}$/).waitFor();
    await keepLooks("queue");
    await findNothingInaccessible(page, "queue with an alert of the fleet");
    await row.click();
    await page.getByText(/of the fleet; the evidence lies there\./).waitFor();
    await page.getByRole("button", { name: "Assign" }).first().waitFor();
    await page.getByText("Probability of each class").first().waitFor();
    await keepLooks("session");
    await findNothingInaccessible(page, "session of the fleet");
    await findNothingHardToSee(page, "session of the fleet", false);
    await page.getByRole("tab", { name: /Why this score/ }).click();
    await page.getByText("What moved the score").waitFor();
    await keepLooks("score");
    await page.getByRole("tab", { name: /Provenance/ }).click();
    await page.getByText("Nothing of it was checked here.").waitFor();
    expect(problems).toEqual([]);
  }, 120_000);

  test("its evidence is fetched by keyboard, and both verdicts are the same", async () => {
    await page.getByRole("tab", { name: /Requests and payloads/ }).click();
    await page.getByRole("button", { name: /^Fetch the evidence \(\d/ }).press("Enter");
    await page.getByText(/the same verdict, bit for bit\./).waitFor({ timeout: 40_000 });
    await page.getByRole("option").first().waitFor();
    await page.getByRole("tab", { name: "Alert", exact: true }).waitFor();
    await keepLooks("fetched");
    await findNothingInaccessible(page, "session that was fetched");
    expect(problems).toEqual([]);
  }, 120_000);
});
