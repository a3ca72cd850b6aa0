import { join } from "node:path";
import { pathToFileURL } from "node:url";

const workers = join(import.meta.dirname, "..", "..", "workers");

/** Entry file of a worker thread, `electron/workers/NAME.ts`: what `electron/dev/bundle-threads.ts` made of it, else the source. */
export function workerFile(name: string): URL {
  const folder = process.env.SENTINEL_TEST_THREADS;
  return pathToFileURL(folder ? join(folder, `${name}.js`) : join(workers, `${name}.ts`));
}
