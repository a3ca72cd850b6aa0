import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
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

test("what was left out is said, and which applications a fit has seen", async () => {
  const other = mkdtempSync(join(tmpdir(), "recordings-"));
  try {
    for (const path of ["isso/honest", "heldout-ordinary/forum/honest"]) {
      mkdirSync(join(other, path), { recursive: true });
      cpSync(join(samples, "honest-service.har"), join(other, path, "one.har"));
    }
    const said = await describeRecordedSessions(other);
    expect(said).toMatch(/fitted to .* honest sessions of cloudcmd, .*isso.*it has seen, by their names: isso\./s);
    expect(said).toContain(`Left out, to be judged by their own names: ${join(other, "heldout-ordinary")}.`);
    const unseen = await describeRecordedSessions(join(other, "heldout-ordinary"));
    expect(unseen).toContain("None of the applications above has the name of one of them.");
    expect(unseen).not.toContain("Left out");
  } finally {
    rmSync(other, { recursive: true, force: true });
  }
});

test("a file of which no session can be read is refused by its name, and not counted as missed", async () => {
  const other = mkdtempSync(join(tmpdir(), "recordings-"));
  try {
    mkdirSync(join(other, "shop", "attack"), { recursive: true });
    writeFileSync(join(other, "shop", "attack", "broken.har"), '{"log":{"entries":[]}}');
    await expect(describeRecordedSessions(other)).rejects.toThrow(/broken\.har no session can be read/);
  } finally {
    rmSync(other, { recursive: true, force: true });
  }
});

test("a folder that has no applications is refused", async () => {
  await expect(describeRecordedSessions(join(folder, "shop", "honest"))).rejects.toThrow(/APP\/honest/);
});
