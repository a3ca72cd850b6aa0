import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { noS3, type S3Server, startS3, writeS3Secrets } from "../electron/adapters/fixture-s3.ts";
import { createShelf } from "../electron/adapters/shelf.ts";
import { readConfig } from "../electron/engine/base/config.ts";
import { writeOnnxFolder } from "../electron/engine/detect/classifier/fixtures/onnx-folder.ts";
import { analyst, openTestEngine, type TestEngine } from "../electron/engine/test-engine.ts";
import { findNothingInaccessible } from "./axe.ts";
import { allAnalysed, openWindow, type Window } from "./window.ts";

const missing = noS3();
if (missing !== null) process.stdout.write(`SKIPPED: a shelf in the browser: ${missing}\n`);

describe.skipIf(missing !== null)("a shelf that engines share", () => {
  let s3: S3Server;
  let other: TestEngine;
  let window: Window;
  let folder: string;

  beforeAll(async () => {
    s3 = await startS3(["shelf"]);
    folder = mkdtempSync(join(tmpdir(), "sentinel-shelf-"));
    const secrets = join(folder, "secrets");
    mkdirSync(secrets);
    writeS3Secrets(secrets, s3);
    const environment = {
      SENTINEL_S3_ENDPOINT: s3.endpoint,
      SENTINEL_S3_SHELF: "shelf",
      SENTINEL_S3_SHELF_REPORTS: "true",
      SENTINEL_SECRETS: secrets,
    };
    const config = readConfig({ SENTINEL_HOME: folder, ...environment }, folder);
    other = await openTestEngine({ shelf: await createShelf(config, { now: () => Date.now() }) });
    window = await openWindow({ environment });
  }, 60_000);
  afterAll(async () => {
    await window?.close();
    await other?.close();
    await s3?.close();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  test("shows what another engine put there, and why it is not taken", async () => {
    const source = join(folder, "onnx");
    writeOnnxFolder(source);
    const { id } = await other.engine.models.addFolder({ folder: source }, analyst);
    while ((await s3.keys("shelf")).length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    const { page, problems } = await window.open();
    await page.getByRole("navigation").waitFor();
    await page.evaluate(() => {
      globalThis.location.hash = "#/models";
    });
    const elsewhere = page.getByRole("region", { name: "Models of other engines" });
    await elsewhere.getByText(`s3://shelf/models/${id}/`).waitFor();
    await findNothingInaccessible(page, "models of other engines");
    await elsewhere.getByRole("button", { name: /^Fetch/ }).click();
    await elsewhere.getByRole("alert").getByText("is not trusted here").waitFor();
    expect(problems).toEqual([]);
  }, 60_000);

  test("keeps a report that is taken, which is listed and found whole", async () => {
    const { page, problems } = await window.open();
    await page.getByRole("navigation").waitFor();
    await page.evaluate(() => {
      globalThis.location.hash = "#/import";
    });
    await page
      .getByRole("button", { name: /sample/i })
      .first()
      .click();
    await allAnalysed(page);
    await page.evaluate(() => {
      globalThis.location.hash = "#/alerts";
    });
    const grid = page.getByRole("grid", { name: "Alerts" });
    await grid.locator("[role=row][id^=row-]").first().waitFor();
    await grid.focus();
    await page.keyboard.press("Home");
    await page.keyboard.press("Enter");
    await page.getByRole("tab", { name: "Alert" }).press("Enter");
    await page.getByRole("button", { name: "Report" }).click();
    await page.getByText("The report is signed and saved").waitFor();
    await page.evaluate(() => {
      globalThis.location.hash = "#/settings";
    });
    const kept = page.getByRole("region", { name: "Reports on the shelf" });
    await kept.getByText("s3://shelf/reports/").waitFor();
    await kept.getByRole("button", { name: /^Check/ }).click();
    await page.getByText("Whole: signed by this Sentinel").waitFor();
    await findNothingInaccessible(page, "reports on the shelf");
    expect(problems).toEqual([]);
  }, 120_000);
});
