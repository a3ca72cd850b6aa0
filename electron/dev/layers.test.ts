import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { afterAll, describe, expect, test } from "vitest";

// Layers are held by TypeScript's project references. This seeds violations in projects that extend the rooms' own, so that the
// check itself is checked.
const root = join(import.meta.dirname, "../..");
const scratch = join(root, "node_modules", ".cache", "sentinel", "layers");
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Type-checks a file that imports `target` as if it stood in `room`. @returns the compiler's errors */
function compileIn(room: string, target: string): string {
  const directory = join(scratch, `${room}-${target}`.replaceAll(/[^a-z]+/g, "-"));
  mkdirSync(directory, { recursive: true });
  const own = JSON.parse(readFileSync(join(root, room, "tsconfig.json"), "utf8"));
  const away = (path: string) => relative(directory, join(root, room, path));
  writeFileSync(join(directory, "seed.ts"), `import "${relative(directory, join(root, target))}";\n`);
  writeFileSync(
    join(directory, "tsconfig.json"),
    JSON.stringify({
      extends: away("tsconfig.json"),
      compilerOptions: { outDir: "out", tsBuildInfoFile: "out/info" },
      include: ["seed.ts"],
      references: own.references.map(({ path }: { path: string }) => ({ path: away(path) })),
    }),
  );
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const result = spawnSync(process.execPath, [tsc, "-p", directory, "--noEmit", "--pretty", "false"], {
    encoding: "utf8",
  });
  return result.stdout;
}

describe("the compiler", () => {
  test.each([
    { room: "electron/engine/base", target: "electron/engine/store/store.ts" },
    { room: "electron/engine/store", target: "electron/engine/detect/payload.ts" },
    { room: "electron/engine/approve", target: "electron/engine/sandbox/driver.ts" },
    { room: "electron/engine/sandbox", target: "electron/engine/evidence/exchange.ts" },
    { room: "electron/engine/evidence", target: "electron/engine/detect/payload.ts" },
    { room: "electron/engine/detect", target: "electron/engine/engine-interface.ts" },
    { room: "electron/engine/triage", target: "electron/engine/learn/sample.ts" },
    { room: "electron/engine/replay", target: "electron/engine/respond/rules/generate-rules.ts" },
    { room: "electron/engine/respond", target: "electron/engine/learn/sample.ts" },
    { room: "electron/engine/learn", target: "electron/engine/report/report-page.ts" },
    { room: "electron/engine/learn", target: "electron/engine/agent/policy/path-policy.ts" },
    { room: "electron/engine", target: "electron/api/router.ts" },
    { room: "shared", target: "electron/engine/base/clock.ts" },
    { room: "renderer", target: "electron/engine/base/clock.ts" },
  ])("refuses that $room imports $target", ({ room, target }) => {
    expect(compileIn(room, target)).toContain("TS6307");
  });

  test("allows an import from above", () => {
    expect(compileIn("electron/engine/sandbox", "electron/engine/base/clock.ts")).not.toContain("TS6307");
  });
});
