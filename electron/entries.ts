import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

const here = import.meta.dirname;
const isSource = import.meta.filename.endsWith(".ts");
/** Folder of the built hosts; chunks that they share lie in a folder below. */
const builtMain = basename(here) === "chunks" ? dirname(here) : here;
const projectRoot = isSource ? dirname(here) : dirname(dirname(builtMain));

/** Threads and processes cannot be started from inside the packaged archive: those files lie beside it. */
function unpacked(path: string): string {
  return path.replace(/([/\\]app\.asar)([/\\])/, "$1.unpacked$2");
}

/** Entry file of a worker thread, `electron/workers/NAME.ts`: the source, or what was built of it. */
export function workerEntry(name: string): URL {
  return pathToFileURL(isSource ? join(here, "workers", `${name}.ts`) : unpacked(join(builtMain, `${name}.js`)));
}

/** Entry file of the supervisor process. */
export const supervisorEntry: string = isSource
  ? join(here, "supervisor.ts")
  : unpacked(join(builtMain, "supervisor.js"));

/** The built renderer. From source it is what the last build left. */
export const rendererDirectory: string = join(projectRoot, "out", "renderer");

/** The preload script of Electron's windows. */
export const preloadEntry: string = join(projectRoot, "out", "preload", "preload.cjs");

/** Models, samples, icons: shipped as files. */
export const resourcesDirectory: string = unpacked(join(projectRoot, "resources"));

/** Version of the product, from its package.json. */
export const productVersion: string = readVersion();

function readVersion(): string {
  const { version } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as { version: string };
  return version;
}
