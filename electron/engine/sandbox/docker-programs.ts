import { createHash, randomUUID } from "node:crypto";
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { readdir } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { z } from "zod";
import { SentinelError } from "../../../shared/errors.ts";
import type { DockerDaemon } from "./docker-daemon.ts";
import { tellMissing } from "./missing-image.ts";
import type { SandboxMount, SandboxSpec } from "./spec.ts";

/** What a sandbox's container is made of. */
export interface Laid {
  readonly image: string;
  /** What of this machine is mounted in it. */
  readonly bound: readonly SandboxMount[];
  /** What starts a shell in it. */
  readonly shell: readonly [string, ...string[]];
  /** Names of variables that the image sets, and its container is not to have. */
  readonly unset: readonly string[];
  /** Names of hosts that the container knows, each as NAME:ADDRESS. */
  readonly hosts: readonly string[];
  /** The command and the mounts as the container has them. */
  readonly spec: SandboxSpec;
  /** Removes what was made for this one container, once that is gone. */
  readonly release: () => Promise<void>;
}

/** Where the programs come from that run in containers. */
export interface Programs {
  /** Whether they are this machine's, whose files the daemon sees. */
  readonly areOfMachine: boolean;
  /** @throws SentinelError UNAVAILABLE for what this daemon cannot give a sandbox */
  lay(spec: SandboxSpec): Promise<Laid>;
}

/** What Docker tells of an image. Source: Docker Engine API, ImageInspect. */
const Inspected = z.object({
  Id: z.string().min(1),
  Config: z
    .object({
      Env: z.array(z.string()).nullish(),
      Volumes: z.record(z.string(), z.unknown()).nullish(),
    })
    .nullish(),
});

/**
 * @returns an image's id, and what it sets, each as NAME=VALUE
 * @throws SentinelError UNAVAILABLE for an image that is not there, or would not be isolated
 */
export async function inspectImage(daemon: DockerDaemon, name: string): Promise<{ image: string; set: string[] }> {
  const told = await daemon
    .ask(["image", "inspect", "--format", "{{json .}}", name])
    .catch((error: unknown) => Promise.reject(tellMissing(error, "docker", name)));
  const { Id: image, Config } = Inspected.parse(JSON.parse(told));
  const volumes = Object.keys(Config?.Volumes ?? {});
  // SECURITY: a volume would be a writable folder of the daemon's machine, without a limit.
  if (volumes.length > 0) {
    const which = volumes.join(", ").slice(0, 200);
    throw new SentinelError("UNAVAILABLE", `The image ${name} names volumes (${which}), which would be writable.`);
  }
  return { image, set: Config?.Env ?? [] };
}

/** Starts a container with a script instead of its guard, and tells what that says. */
export type TryOut = (laid: Laid, script: string) => Promise<string>;

/**
 * This machine's own programs, where the daemon sees its files.
 * @throws SentinelError UNAVAILABLE where it does not: it runs in a virtual machine
 */
export async function machinePrograms(
  daemon: DockerDaemon,
  label: string,
  folder: string,
  tryOut: TryOut,
): Promise<Programs> {
  // Source: POSIX, pax, "ustar Interchange Format": an archive ends with two blocks of 512 zeros.
  const image = await daemon.ask(["import", "--change", `LABEL sentinel=${label}`, "-"], new Uint8Array(1024));
  const lay = async (spec: SandboxSpec): Promise<Laid> => ({
    image,
    bound: [...laidPrograms(), ...spec.mounts],
    ...plain,
    spec,
  });
  const proof = join(folder, "proof");
  const word = randomUUID();
  writeFileSync(proof, `${word}\n`, { mode: 0o644 });
  chmodSync(proof, 0o644);
  const laid = await lay(tried([{ from: proof, to: "/proof" }]));
  const said = await tryOut(laid, "read -r word </proof; echo $word").catch((error: SentinelError) => error.message);
  if (said !== word) {
    throw new SentinelError(
      "UNAVAILABLE",
      `Docker's daemon does not see this machine's files: SENTINEL_SANDBOX_IMAGE has to name an image with programs. (${said})`,
    );
  }
  return { areOfMachine: true, lay };
}

/** Images with mounts in them that are kept, each for the next run that sees the same. */
const mostKept = 8;

/**
 * The programs of an image that is there, for daemons that see nothing of this machine: macOS and Windows. Mounts become a layer over
 * it, since a daemon in a virtual machine has no folder of this machine to mount.
 * @param scratch folder of which nothing is kept in an image beyond its run
 * @throws SentinelError UNAVAILABLE for an image that is not there, or would not be isolated
 */
export async function imagePrograms(
  daemon: DockerDaemon,
  label: string,
  folder: string,
  image: string,
  scratch: string | null,
  tryOut: TryOut,
): Promise<Programs> {
  await inspectImage(daemon, image);
  const bare: Laid = { image, bound: [], ...plain, spec: tried([]) };
  const node = await tryOut(bare, "PATH=/usr/local/bin:/usr/bin:/bin; command -v node || :");
  const made = new Map<string, Promise<string>>();
  const scratchHere = scratch === null ? null : realpathSync(scratch);
  const forget = async (layer: string) => void (await daemon.ask(["rmi", "--no-prune", layer]).catch(() => undefined));
  async function keepLayer(mounts: readonly SandboxMount[]): Promise<string> {
    const key = await stampOf(mounts);
    const kept = made.get(key);
    if (kept !== undefined) return await kept;
    const layer = makeLayer(daemon, label, folder, image, mounts);
    layer.catch(() => made.delete(key));
    made.set(key, layer);
    for (const old of [...made.keys()].slice(0, -mostKept)) {
      // One that a container runs from stays until this engine's images are removed.
      void made.get(old)!.then(forget, () => undefined);
      made.delete(old);
    }
    return await layer;
  }
  return {
    areOfMachine: false,
    async lay(spec) {
      const replaced = new Map<string, string>();
      for (const { from, to, program, writable = false } of spec.mounts) {
        if (writable || lstatSync(from).isSocket()) {
          const what = writable ? "can write a folder" : "is reached by a proxy";
          throw new SentinelError(
            "UNAVAILABLE",
            `Nothing ${what} of this machine in containers of an image (SENTINEL_SANDBOX_IMAGE).`,
          );
        }
        if (program === undefined) continue;
        if (node === "") throw new SentinelError("UNAVAILABLE", `The image ${image} has no ${program}.`);
        replaced.set(to, node);
      }
      const mounts = spec.mounts.filter(({ to }) => !replaced.has(to));
      const [first, ...rest] = spec.command.map((part) => replaced.get(part) ?? part);
      const hosts = mounts.filter(({ to }) => to === "/etc/hosts").flatMap(({ from }) => readHosts(from));
      const laid = { bound: [], ...plain, hosts, spec: { ...spec, command: [first!, ...rest] as const, mounts } };
      if (mounts.length === 0) return { image, ...laid };
      // SECURITY: copies of the operator's data do not stay in an image.
      const isData = scratchHere !== null && mounts.some(({ from }) => from.startsWith(`${scratchHere}${sep}`));
      if (!isData) return { image: await keepLayer(mounts), ...laid };
      const layer = await makeLayer(daemon, label, folder, image, mounts);
      return { image: layer, ...laid, release: () => forget(layer) };
    },
  };
}

/** An image with the mounts in it, owned by root and read by all. @returns its id */
async function makeLayer(
  daemon: DockerDaemon,
  label: string,
  folder: string,
  image: string,
  mounts: readonly SandboxMount[],
): Promise<string> {
  const stage = mkdtempSync(join(folder, "layer-"));
  let container: string | undefined;
  try {
    for (const { from, to } of mounts) {
      const place = join(stage, to);
      mkdirSync(dirname(place), { recursive: true });
      cpSync(from, place, { recursive: true, verbatimSymlinks: true });
    }
    await letAllRead(stage);
    const marked = ["--label", `sentinel=${label}`];
    const create = ["create", ...marked, "--pull", "never", "--network", "none", "--entrypoint", ""];
    container = await daemon.ask([...create, image, "/usr/bin/true"]);
    await daemon.ask(["cp", `${stage}/.`, `${container}:/`]);
    return await daemon.ask(["commit", "--change", `LABEL sentinel=${label}`, container]);
  } finally {
    rmSync(stage, { recursive: true, force: true });
    if (container !== undefined) await daemon.ask(["rm", "--force", container]).catch(() => undefined);
  }
}

/** SECURITY: what runs inside is another account than the owner, and must not be one that could write. */
async function letAllRead(folder: string): Promise<void> {
  chmodSync(folder, 0o755);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) chmodSync(path, 0o755);
    else if (entry.isFile()) chmodSync(path, (lstatSync(path).mode & 0o111) === 0 ? 0o644 : 0o755);
  }
}

/** What tells whether mounts are the same as before: each file's place, size and time. */
async function stampOf(mounts: readonly SandboxMount[]): Promise<string> {
  const hash = createHash("sha256");
  for (const { from, to } of mounts) {
    const paths = lstatSync(from).isDirectory() ? (await readdir(from, { recursive: true })).sort() : [];
    for (const path of ["", ...paths]) {
      const { size, mtimeMs, ino } = lstatSync(join(from, path));
      hash.update(JSON.stringify([to, path, size, mtimeMs, ino]));
    }
  }
  return hash.digest("hex");
}

/** Docker writes this file itself, over whatever an image has. */
function readHosts(file: string): string[] {
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.flatMap((line) => {
    const [address = "", ...names] = line.replace(/#.*/, "").trim().split(/\s+/);
    return names.filter((name) => name !== "localhost").map((name) => `${name}:${address}`);
  });
}

/** Of most containers. */
const plain = {
  shell: ["/usr/bin/sh"] as const,
  unset: [],
  hosts: [],
  // Nothing was made for one container alone.
  release: async (): Promise<void> => undefined,
};

/** Where this machine's programs are seen. */
export function laidPrograms(): SandboxMount[] {
  const folders = ["/bin", "/lib", "/lib64"].filter((folder) => existsSync(`/usr${folder}`));
  return [{ from: "/usr", to: "/usr" }, ...folders.map((folder) => ({ from: `/usr${folder}`, to: folder }))];
}

const tried = (mounts: readonly SandboxMount[]): SandboxSpec => ({
  label: "",
  command: ["/usr/bin/true"],
  mounts,
  input: null,
  limits: {
    memoryBytes: 64 * 1024 ** 2,
    diskBytes: 1024 ** 2,
    processes: 16,
    wallMs: null,
    cpus: 1,
    outputBytes: 0,
  },
});
