import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createLogger } from "./base/logging.ts";
import { createEnriching } from "./enriching.ts";
import { tinyDatabase } from "./evidence/tiny-database.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sentinel-enriching-"));
  await writeFile(join(folder, "good.mmdb"), tinyDatabase());
  await writeFile(join(folder, "other.mmdb"), "no database");
});
afterAll(() => rm(folder, { recursive: true }));

test("data about addresses that cannot be used shows in health and log, and goes once it can", async () => {
  const lines: string[] = [];
  let settings: { maxmind_file: string; bad_networks: string[] } = { maxmind_file: "", bad_networks: [] };
  const onChange = vi.fn();
  const log = createLogger("warn", { write: (line) => void lines.push(line) });
  const enriching = createEnriching({ log, settings: async () => settings, onChange });
  const healthOf = async (maxmind_file: string, bad_networks: string[] = []) => {
    settings = { maxmind_file: maxmind_file === "" ? "" : join(folder, maxmind_file), bad_networks };
    await enriching.follow();
    return enriching.health();
  };
  expect(await healthOf("")).toBeNull();
  const gone = await healthOf("gone.mmdb");
  expect(gone).toMatchObject({
    status: "degraded",
    detail: expect.stringContaining("maxmind_file: there is no such file"),
  });
  expect(gone!.detail).not.toContain(folder);
  expect(await healthOf("other.mmdb")).toMatchObject({
    status: "degraded",
    detail: expect.stringContaining("no MaxMind database"),
  });
  expect(await healthOf("good.mmdb", ["192.0.2.0/24", "no network"])).toMatchObject({
    status: "degraded",
    detail: 'bad_networks: 1 entry is no network, the first one "no network".',
  });
  expect(lines.join("")).toContain("no network");
  expect(await healthOf("good.mmdb", ["192.0.2.0/24"])).toMatchObject({ status: "healthy" });
  enriching.hear(["maxmind_file: it cannot be used (damaged)."]);
  expect(enriching.health()).toMatchObject({ status: "degraded", detail: expect.stringContaining("damaged") });
  expect(onChange).toHaveBeenCalledTimes(5);
});
