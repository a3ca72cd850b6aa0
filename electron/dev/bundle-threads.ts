import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build, type Rolldown } from "vite";
import type { TestProject } from "vitest/node";

const root = join(import.meta.dirname, "..", "..");
const workers = join(import.meta.dirname, "..", "workers");
const shelf = join(root, "node_modules", ".cache", "sentinel", "threads");
const keptMs = 24 * 60 * 60_000;

/**
 * Before a test run: makes a few files of the hundreds that worker threads load, as the product's own build does, because tests start
 * threads hundreds of times. `fixture-threads.ts` finds them by SENTINEL_TEST_THREADS; where that is set already, to a folder or to
 * nothing, it stays. Watched tests see every change of a source, so their threads load the sources.
 */
export async function setup({ vitest }: TestProject): Promise<void> {
  if (vitest.config.watch || process.env.SENTINEL_TEST_THREADS !== undefined) return;
  process.env.SENTINEL_TEST_THREADS = keep(await bundle());
}

async function bundle(): Promise<Rolldown.RolldownOutput["output"]> {
  const names = readdirSync(workers).filter((name) => /^[a-z-]+\.ts$/.test(name) && name !== "modules.ts");
  const built = await build({
    root,
    configFile: false,
    logLevel: "warn",
    ssr: { noExternal: ["hono", "zod", "re2js"] },
    build: {
      ssr: true,
      write: false,
      minify: false,
      target: "node22",
      rolldownOptions: {
        input: Object.fromEntries(names.map((name) => [name.slice(0, -3), join(workers, name)])),
        output: { format: "es", entryFileNames: "[name].js", chunkFileNames: "chunks/[name]-[hash].js" },
      },
    },
  });
  if (!("output" in built)) throw new Error("The bundle of the threads is not one.");
  return built.output;
}

/** Writes the files into a folder named by what they hold: Node's cache of compiled code goes by paths. @returns the folder */
function keep(files: Rolldown.RolldownOutput["output"]): string {
  const hash = createHash("sha256");
  for (const file of files) hash.update(`${file.fileName}\n${file.type === "chunk" ? file.code : file.source}\n`);
  const folder = join(shelf, hash.digest("hex").slice(0, 16));
  if (existsSync(folder)) return folder;
  mkdirSync(shelf, { recursive: true });
  for (const name of readdirSync(shelf)) {
    const path = join(shelf, name);
    if (statSync(path).mtimeMs < Date.now() - keptMs) rmSync(path, { recursive: true, force: true });
  }
  const made = mkdtempSync(join(shelf, "making-"));
  mkdirSync(join(made, "chunks"));
  writeFileSync(join(made, "package.json"), '{ "type": "module" }');
  for (const file of files) writeFileSync(join(made, file.fileName), file.type === "chunk" ? file.code : file.source);
  try {
    renameSync(made, folder);
  } catch (error) {
    rmSync(made, { recursive: true });
    // Another run made the same.
    if (!existsSync(folder)) throw error;
  }
  return folder;
}
