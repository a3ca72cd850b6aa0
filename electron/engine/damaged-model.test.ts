import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { analyst, entryOf, never, openTestEngine, packageOf, shippedResources, temporaryHome } from "./test-engine.ts";

test("without a usable behaviour model written limits judge in its place, which health says and the verdict reproduces", async () => {
  const home = temporaryHome();
  const resources = join(home, "resources");
  mkdirSync(resources);
  cpSync(join(shippedResources, "model"), join(resources, "model"), { recursive: true });
  writeFileSync(join(resources, "model", "behaviour.json"), "half a fi");
  const t = await openTestEngine({ home: join(home, "data"), resources });
  try {
    expect((await t.engine.health()).components.detector).toMatchObject({
      status: "degraded",
      detail: expect.stringMatching(/behaviour heuristic .*limits that are written down .*cannot be read/),
    });
    const url = `https://shop.example/search?q=${encodeURIComponent("1' UNION SELECT name, password FROM users -- ")}`;
    const evidence = packageOf({ har: { log: { version: "1.2", entries: [entryOf(url)] } } });
    const { verdict } = await t.engine.analyze({ evidence }, analyst, never);
    expect(verdict).toMatchObject({ class: "sql_injection", verdict: "tag" });
    expect(await t.engine.reproduceVerdict(verdict.verdict_id)).toMatchObject({ same: true });
  } finally {
    await t.close();
    rmSync(home, { recursive: true, force: true });
  }
});
