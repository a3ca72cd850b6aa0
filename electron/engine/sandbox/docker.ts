import type { ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SentinelError } from "../../../shared/errors.ts";
import { containerCommand, guardProcesses, guestCommand, imageCommand, liftCommand } from "./docker-command.ts";
import { type DockerDaemon, findDaemon } from "./docker-daemon.ts";
import { followGuard, type Guard, guardScript } from "./docker-guard.ts";
import { layImage } from "./docker-own-image.ts";
import { imagePrograms, type Laid, machinePrograms, type TryOut } from "./docker-programs.ts";
import type { OnOutput, Sandbox, SandboxDriver } from "./driver.ts";
import type { HeldLimit } from "./limit-hold.ts";
import { resolveMounts } from "./mounts.ts";
import { seccompProfile } from "./seccomp-profile.ts";
import type { SandboxSpec } from "./spec.ts";
import { followSandbox, type Holder, type Inside, requireWanted } from "./started-sandbox.ts";

const startTimeoutMs = 60_000;
/** How long a container may outlive its guard's input, milliseconds; then the daemon is asked to end it. */
const maxEndMs = 300;
/** How long the daemon's removals are waited for, milliseconds. */
const maxRemovalMs = 10_000;

const limits: readonly HeldLimit[] = [
  { limit: "memory", heldBy: "control group, by Docker", weaker: null },
  { limit: "processor", heldBy: "control group, by Docker", weaker: null },
  { limit: "processes", heldBy: "control group, by Docker", weaker: null },
  { limit: "disk", heldBy: "size of its file system in memory", weaker: null },
  { limit: "time", heldBy: "the supervisor", weaker: null },
  { limit: "output", heldBy: "the supervisor", weaker: null },
];

interface Options {
  /** Marks this engine's containers and images. */
  readonly label: string;
  /** Where the daemon listens; null: where the user's own settings say. */
  readonly host?: string | null;
  /** Image whose programs run; null: this machine's, where the daemon sees them. */
  readonly image?: string | null;
  /** Folders of which nothing is mounted. */
  readonly closed?: readonly string[];
  /** The folder among them that may be mounted, and written. */
  readonly scratch?: string | null;
}

/**
 * The driver for machines without bubblewrap and podman: Docker.
 * @throws SentinelError UNAVAILABLE saying what is missing
 */
export async function openDocker({
  label,
  host = null,
  image = null,
  closed = [],
  scratch = null,
}: Options): Promise<SandboxDriver> {
  if (image === null && process.platform !== "linux") {
    throw new SentinelError(
      "UNAVAILABLE",
      "Docker needs an image with programs here: SENTINEL_SANDBOX_IMAGE names it.",
    );
  }
  const prefix = `sentinel-docker-${label}.`;
  removeLeftFolders(prefix);
  const folder = mkdtempSync(join(tmpdir(), prefix));
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  try {
    const settings = join(folder, "settings");
    mkdirSync(settings);
    const daemon = await findDaemon(settings, host);
    await removeLeft(daemon, label);
    const seccompFile = join(folder, "seccomp.json");
    writeFileSync(seccompFile, JSON.stringify(seccompProfile()), { mode: 0o600 });
    const name = `docker ${daemon.version}`;
    const remover = createRemover(daemon);
    let count = 0;
    const nextPlace = () => ({ name: `${label}-${process.pid}-${count++}`, label, seccompFile });
    const tryOut: TryOut = async (laid, script) => await daemon.ask(containerCommand(laid, nextPlace(), script));
    const programs =
      image === null
        ? await machinePrograms(daemon, label, folder, tryOut)
        : await imagePrograms(daemon, label, folder, image, scratch, tryOut);
    const removals = new Set<Promise<void>>();

    /** @param checked what a container like this one let through, and how the command is started in this one; null: it is checked itself */
    async function startOne(
      laid: Laid,
      onOutput: OnOutput,
      checked: { readonly isolation: Sandbox["isolation"]; readonly settings: string } | null,
      signal: AbortSignal | undefined,
    ): Promise<Sandbox> {
      const { spec } = laid;
      const place = nextPlace();
      const outer = daemon.start(containerCommand(laid, place, guardScript, checked !== null));
      const remove = () => remover.remove(place.name);
      const stop = () => {
        outer.stdin!.end();
        remove();
      };
      // SECURITY: panic does not wait until it is up. What comes up all the same finds its input ended, and ends before anything runs in it.
      signal?.addEventListener("abort", stop);
      if (signal?.aborted) stop();
      const guard = await followGuard(outer, startTimeoutMs)
        .catch((error: unknown) => {
          stop();
          void laid.release();
          requireWanted(signal);
          throw error;
        })
        .finally(() => signal?.removeEventListener("abort", stop));
      const removed = guard.removed.then(() => laid.release());
      removals.add(removed);
      void removed.then(() => removals.delete(removed));
      const child = daemon.start(
        checked === null ? guestCommand(spec, place.name) : imageCommand(laid, place.name, checked.settings),
      );
      const lift = async () => {
        if (checked === null) await daemon.ask(liftCommand(spec.limits, place.name));
      };
      const holder = heldByGuard(guard, child, lift, remove);
      if (signal?.aborted) holder.abandon();
      return await followSandbox({
        ...{ driver: name, child, spec, onOutput, holder, startTimeoutMs, signal },
        gate: checked === null ? child.stdout! : { checked: checked.isolation },
      });
    }

    async function startImage(given: SandboxSpec, onOutput: OnOutput, signal?: AbortSignal): Promise<Sandbox> {
      if (!programs.areOfMachine) {
        throw new SentinelError(
          "UNAVAILABLE",
          "Docker runs somebody's images only beside this machine's own programs, without SENTINEL_SANDBOX_IMAGE.",
        );
      }
      const { check, run, settings } = await layImage(daemon, folder, given);
      try {
        requireWanted(signal);
        // SECURITY: a program of an image waits for no gate; so a container of the same image under the same flags is checked before each run.
        const command = ["/usr/bin/true"] as const;
        const like = { ...check, spec: { ...check.spec, command, input: null } };
        const checked = await startOne(like, () => undefined, null, signal);
        const stop = () => checked.kill("cancelled");
        signal?.addEventListener("abort", stop, { once: true });
        await checked.ended;
        signal?.removeEventListener("abort", stop);
        requireWanted(signal);
        return await startOne(run, onOutput, { isolation: checked.isolation, settings }, signal);
      } catch (error) {
        await run.release();
        throw error;
      }
    }

    return {
      name,
      limits,
      runsImages: programs.areOfMachine,
      async start(given, onOutput = () => undefined, signal?: AbortSignal) {
        const spec = { ...given, mounts: await resolveMounts(given.mounts, closed, scratch) };
        if (spec.image !== undefined) return await startImage(spec, onOutput, signal);
        return await startOne(await programs.lay(spec), onOutput, null, signal);
      },
      async close() {
        const late = Promise.withResolvers<void>();
        const timer = setTimeout(late.resolve, maxRemovalMs);
        await Promise.race([Promise.all(removals), late.promise]);
        clearTimeout(timer);
        await removeLeft(daemon, label).finally(removeFolder);
      },
    };
  } catch (error) {
    removeFolder();
    throw error;
  }
}

/**
 * What a container holds, as its guard sees it: the daemon, and every process, may be in another machine.
 * @param child what speaks with the command inside
 * @param remove has the daemon end the container
 */
function heldByGuard(guard: Guard, child: ChildProcess, lift: () => Promise<void>, remove: () => void): Holder {
  let killsBefore = Number.POSITIVE_INFINITY;
  const end = async (): Promise<void> => {
    guard.end();
    const late = setTimeout(remove, maxEndMs);
    await guard.gone;
    clearTimeout(late);
  };
  const kill = () => {
    // The daemon would say seconds later that there is nothing more to hear.
    void end().then(() => child.kill("SIGKILL"));
  };
  const inside: Inside = {
    pid: null,
    usage: () => ({ ...guard.last, processes: Math.max(0, guard.last.processes - guardProcesses) }),
    isOverMemory: () => guard.last.kills > killsBefore,
    isAlive: () => guard.isAlive(),
    kill,
  };
  return {
    find: () => (guard.isAlive() ? inside : undefined),
    abandon: kill,
    async lift() {
      await lift();
      killsBefore = (await guard.look()).kills;
      guard.watch();
    },
    async settle() {
      // What its last process came to is known to nobody later.
      await guard.look();
      await end();
    },
    remove: () => Promise.resolve(),
  };
}

/** Removes containers, by one call for all that are to go at the same time: fifty programs would take seconds to start. */
function createRemover(daemon: DockerDaemon): { remove(name: string): void } {
  let names: string[] = [];
  return {
    remove(name) {
      names.push(name);
      if (names.length > 1) return;
      setImmediate(() => {
        const all = names;
        names = [];
        // One that is gone already is complained of.
        daemon.ask(["rm", "--force", ...all]).catch(() => undefined);
      });
    },
  };
}

/** SECURITY: what an image sets, passwords among it, would lie there for good where a supervisor was killed. */
function removeLeftFolders(prefix: string): void {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(prefix)) continue;
    try {
      rmSync(join(tmpdir(), name), { recursive: true, force: true });
    } catch {
      // Somebody else's, who only took the name.
    }
  }
}

/** Removes every container and image of this engine's. */
async function removeLeft(daemon: DockerDaemon, label: string): Promise<void> {
  const list = async (...command: string[]) =>
    (await daemon.ask([...command, "--quiet", "--filter", `label=sentinel=${label}`])).split(/\s+/).filter(Boolean);
  const containers = await list("ps", "--all");
  if (containers.length > 0) await daemon.ask(["rm", "--force", ...containers]).catch(() => undefined);
  const images = await list("images");
  if (images.length > 0) await daemon.ask(["rmi", "--force", "--no-prune", ...new Set(images)]).catch(() => undefined);
}
