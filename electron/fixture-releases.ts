import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Release, ReleaseFile } from "../shared/release.ts";
import { modelKey, signStatement } from "./engine/learn/registry/model-signature.ts";

/** Whoever releases versions in tests. */
export const releaseSeed: Uint8Array = Buffer.alloc(32, 5);
export const releaseKey: string = modelKey(releaseSeed);

/** A file for this machine as a release names it. */
export function fileOf(name: string, content: Uint8Array): ReleaseFile {
  const { platform, arch } = process as { platform: ReleaseFile["platform"]; arch: ReleaseFile["arch"] };
  return { platform, arch, name, bytes: content.length, sha512: createHash("sha512").update(content).digest("hex") };
}

/** `update.json`. @param seed whose signature it has */
export function manifestOf(release: Release, seed: Uint8Array = releaseSeed): string {
  return JSON.stringify({ release, signature: signStatement(seed, "sentinel-release", release) });
}

/** The folder of shipped files of an application that was built with the key, made of links to those of this one. */
export function resourcesWithKey(shipped: string, at: string, key: string = releaseKey): string {
  mkdirSync(at, { recursive: true });
  for (const name of readdirSync(shipped)) symlinkSync(join(shipped, name), join(at, name));
  writeFileSync(join(at, "update-key.txt"), `${key}\n`);
  return at;
}

/** A server of what a folder holds; `answers` may be changed while it runs. */
export interface ReleaseServer {
  readonly address: string;
  /** Paths that were asked for, in order. */
  readonly asked: string[];
  /** What it says under a path: bytes, or what it does. */
  readonly answers: Map<string, string | Uint8Array | ((response: ServerResponse) => void)>;
  close(): Promise<void>;
}

export async function startReleaseServer(): Promise<ReleaseServer> {
  const asked: string[] = [];
  const answers: ReleaseServer["answers"] = new Map();
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? "");
    asked.push(path);
    const answer = answers.get(path);
    if (typeof answer === "function") return answer(response);
    response.statusCode = answer === undefined ? 404 : 200;
    response.end(answer);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/sentinel`,
    asked,
    answers,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
