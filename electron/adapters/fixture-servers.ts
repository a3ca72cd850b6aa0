import { once } from "node:events";
import { createServer } from "node:net";
import { homedir } from "node:os";
import { join } from "node:path";

/** Where `npm test` puts a real server that tests speak to. @param path below the folder that outlives node_modules */
export function serverPath(...path: readonly string[]): string {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "sentinel", ...path);
}

/** A port of 127.0.0.1 that nothing listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
