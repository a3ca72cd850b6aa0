import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeRecordedSessions } from "./evaluate-sessions.ts";

const samples = join(import.meta.dirname, "../../resources/samples");
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "recordings-"));
  for (const [kind, file] of [
    ["honest", "honest-service.har"],
    ["honest", "mixed-afternoon.har"],
    ["attack", "attack-xss.har"],
    ["attack", "honest-api-client.har"],
  ] as const) {
    mkdirSync(join(folder, "shop", kind), { recursive: true });
    cpSync(join(samples, file), join(folder, "shop", kind, file));
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("every honest session is counted, and of a file with an attack the worst one, flagged or not", async () => {
  const table = await describeRecordedSessions(folder);
  // Two sessions of the service; of the afternoon three, two of them attacks.
  expect(table).toContain("| shop | 5 | 2 | 2 | 1 |");
  expect(table).toMatch(/\| all \| 5 \| 2: 40\.0 % \(11\.8 to 76\.9\) \| 2 \| 1: 50\.0 % \(9\.5 to 90\.5\) \|/);
});

test("a folder that has no applications is refused", async () => {
  await expect(describeRecordedSessions(join(folder, "shop", "honest"))).rejects.toThrow(/APP\/honest/);
});
