import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SentinelError } from "../../../shared/errors.ts";
import { exportLines } from "./docker-command.ts";
import type { DockerDaemon } from "./docker-daemon.ts";
import { inspectImage, type Laid, laidPrograms } from "./docker-programs.ts";
import { makePlaces } from "./image-places.ts";
import { findLoader, type Loader } from "./program-loader.ts";
import type { SandboxSpec } from "./spec.ts";

const shell = "/bin/sh";
const ownFolder = "/sentinel-guard";
const settingsInside = `${ownFolder}/settings`;
/** What Docker itself lays over an image's settings. */
const ofDocker = ["hosts", "hostname", "resolv.conf", "mtab"];

/** Somebody's image, as it is checked and as it is run. */
export interface LaidImage {
  /** With this machine's programs over it: an image need not hold a shell. */
  readonly check: Laid;
  readonly run: Laid;
  /** File in the container that is run with what the image sets: for what is run in it, and not for its guard. */
  readonly settings: string;
}

/**
 * Two containers of one image: the one that is run has nothing of this machine but mounts, and a shell for its guard.
 * @param folder of the driver's files
 * @throws SentinelError UNAVAILABLE for an image that is not there, or would not be isolated
 */
export async function layImage(daemon: DockerDaemon, folder: string, given: SandboxSpec): Promise<LaidImage> {
  const { image, set } = await inspectImage(daemon, given.image!);
  if (given.mounts.some(({ writable = false }) => writable)) {
    throw new SentinelError("INPUT_INVALID", "Nothing of this machine is written from an image.");
  }
  const own: Loader = await findLoader(shell, `${ownFolder}/lib`);
  const made = mkdtempSync(join(folder, "image-"));
  const etc = join(made, "etc");
  makePlaces(etc, ofDocker, given.mounts);
  const nothing = join(made, "nothing");
  const settings = join(made, "settings");
  // SECURITY: no value stands on a command line, which every account of this machine may read.
  const texts = { [nothing]: "", [settings]: exportLines(set) };
  for (const [path, text] of Object.entries(texts)) {
    writeFileSync(path, text);
    chmodSync(path, 0o644);
  }
  const { image: _, ...spec } = given;
  // SECURITY: names that no shell would let somebody set, too: Bash takes functions from such, which would stand for the guard's words.
  const unset = set.map((one) => one.split("=", 1)[0]!).filter(Boolean);
  const both = { image, hosts: [], spec, unset };
  return {
    check: {
      ...both,
      // SECURITY: an empty folder over its settings: what those name would be loaded into the programs that check.
      bound: [...laidPrograms(), { from: etc, to: "/etc" }, ...given.mounts],
      shell: ["/usr/bin/sh"],
      release: async () => undefined,
    },
    run: {
      ...both,
      bound: [
        { from: shell, to: `${ownFolder}/sh` },
        ...own.mounts,
        // SECURITY: what this names would be loaded into the guard, whose input would then be held open past the supervisor's end.
        { from: nothing, to: "/etc/ld.so.preload" },
        { from: settings, to: settingsInside },
        ...given.mounts,
      ],
      shell: [...own.command, `${ownFolder}/sh`],
      release: async () => rmSync(made, { recursive: true, force: true }),
    },
    settings: settingsInside,
  };
}
