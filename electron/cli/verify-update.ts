import { readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { SentinelError } from "../../shared/errors.ts";
import { type Release, releaseName } from "../../shared/release.ts";
import {
  checkFile,
  keyPattern,
  mostManifestBytes,
  readRelease,
  readUpdateKey,
  refused,
  requireNewer,
} from "../engine/release-file.ts";
import { productVersion, resourcesDirectory } from "../entries.ts";
import { type Command, exitCodes } from "./command.ts";
import { whyUnreadable } from "./unreadable.ts";

export const verifyUpdate: Command = {
  name: "verify-update",
  summary: "Check files of a newer version that were carried here",
  usage: "FILE… [--manifest FILE] [--key ed25519:…] [--json]",
  details: `Needs no engine and no network. Beside the files lies ${releaseName}, unless --manifest names it; it must be signed by the key that this
application was built with, or by --key, say a newer version than this one, and say of each file what it is. Nothing is installed. Exit code 3 when
anything of that is not so.`,
  options: { manifest: { type: "string" }, key: { type: "string" }, json: { type: "boolean" } },
  operands: [1, 100],
  async run({ operands, options, around }) {
    const key = typeof options.key === "string" ? options.key : await readUpdateKey(resourcesDirectory);
    if (key === null || !keyPattern.test(key)) {
      around.tell(
        key === null
          ? "This application was built without a key for updates; name one with --key."
          : "A key has the form ed25519: and 43 characters.",
      );
      return exitCodes.badUsage;
    }
    let code: number = exitCodes.done;
    for (const path of operands) {
      const problem = await whyUnreadable(path);
      const manifest = typeof options.manifest === "string" ? options.manifest : join(dirname(path), releaseName);
      const result = problem === null ? await check(path, manifest, key) : { problem };
      if ("problem" in result) code = exitCodes.refused;
      const words = "problem" in result ? `DO NOT INSTALL IT. ${result.problem}` : inWords(result);
      await around.write(options.json ? `${JSON.stringify({ file: path, ...result })}\n` : `${path}: ${words}\n`);
    }
    return code;
  },
};

type Checked = { version: string; released_at: string; platform: string; arch: string } | { problem: string };

async function check(path: string, manifest: string, key: string): Promise<Checked> {
  try {
    const release = await readManifest(manifest, key);
    requireNewer(release, productVersion);
    const { platform, arch } = await checkFile(path, basename(path), release);
    return { version: release.version, released_at: release.released_at, platform, arch };
  } catch (error) {
    if (error instanceof SentinelError) return { problem: error.message };
    return { problem: `It cannot be read (${(error as NodeJS.ErrnoException).code}).` };
  }
}

async function readManifest(path: string, key: string): Promise<Release> {
  const problem = await whyUnreadable(path);
  if (problem !== null) throw refused(`${path}: ${problem}`);
  if ((await stat(path)).size > mostManifestBytes) throw refused(`${path} is larger than any.`);
  return readRelease(await readFile(path, "utf8"), key);
}

function inWords({ version, platform, arch }: Exclude<Checked, { problem: string }>): string {
  return `Version ${version} for ${platform} (${arch}), as it was signed. Back up, close the application, and install it.`;
}
