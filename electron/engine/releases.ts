import { mkdir, open, readdir, readFile, rename, rm, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { SentinelError } from "../../shared/errors.ts";
import type { ComponentHealth } from "../../shared/health.ts";
import { type fetchRelease, isOlder, type Release, type ReleaseStatus, releaseName } from "../../shared/release.ts";
import type { Input, Output } from "../../shared/route.ts";
import { type Clock, toInstant } from "./base/clock.ts";
import { uuidv7 } from "./base/ids.ts";
import type { Logger } from "./base/logging.ts";
import type { Principal } from "./base/principals.ts";
import type { OpenUpdateServer, UpdateServer } from "./base/update-server.ts";
import { keyFingerprint } from "./learn/registry/model-signature.ts";
import {
  checkBytes,
  checkFile,
  mostManifestBytes,
  readRelease,
  readUpdateKey,
  refused,
  requireNewer,
} from "./release-file.ts";
import { syncDirectory, writeDurably } from "./store/durable-file.ts";
import type { JobContext, Jobs } from "./store/jobs.ts";
import type { Store } from "./store/store.ts";
import { toStoreError } from "./store/store-errors.ts";
import { createTurns } from "./turns.ts";

const dayMs = 86_400_000;
/** How often it is looked whether a look is due. */
const everyMs = 3_600_000;
/** The first time: not while the application starts. */
const firstMs = 120_000;

/** How long a look may take, milliseconds. */
const lookMs = 60_000;

/** What the last look at the server came to. */
interface Look {
  readonly at: string;
  readonly problem: string | null;
  /** A newer version, and the text that says so. */
  readonly newer: { readonly release: Release; readonly text: string } | null;
}

/** Newer versions: they are told, downloaded when somebody asks for it, and never installed. */
export interface Releases {
  status(): Promise<ReleaseStatus>;
  /** @throws SentinelError CONFLICT where nothing may be looked for; what the look comes to is in its answer */
  look(): Promise<ReleaseStatus>;
  /** Does now what the clock does every day, where nothing holds it. */
  lookIfDue(): Promise<void>;
  /** Starts the job. @throws SentinelError CONFLICT, NOT_FOUND */
  fetch(input: Input<typeof fetchRelease>, by: Principal): Promise<Output<typeof fetchRelease>>;
  /** Takes up the server that is set now; what another one said is forgotten, and what it sends is not waited for. */
  follow(): Promise<void>;
  /** Ends what is under way, for panic. */
  stop(): void;
  /** Null: nothing is looked for. */
  health(): ComponentHealth | null;
  /** The newer version that is known of. */
  newer(): string | null;
  close(): void;
}

export async function createReleases(options: {
  /** The data directory. */
  readonly home: string;
  readonly resources: string;
  /** The version that runs. */
  readonly version: string;
  readonly platform: string;
  readonly arch: string;
  readonly openServer: OpenUpdateServer;
  /** Address of the folder with releases; empty: none. */
  readonly server: () => Promise<string>;
  /** Whether a panic holds what acts. */
  readonly isHeld: () => Promise<boolean>;
  readonly store: Store;
  readonly jobs: Jobs;
  readonly clock: Clock;
  readonly log: Logger;
  readonly onChange: () => void;
}): Promise<Releases> {
  const { home, version, store, jobs, clock, log } = options;
  const folder = join(home, "updates");
  const key = await readUpdateKey(options.resources);
  let address = "";
  let server: UpdateServer | null = null;
  let last: Look | null = null;
  let looking: { readonly from: UpdateServer; readonly done: Promise<void> } | null = null;
  let stopping = new AbortController();
  const closing = new AbortController();
  const turns = createTurns();

  const isForHere = ({ platform, arch }: Release["files"][number]) =>
    platform === options.platform && arch === options.arch;

  /** The server to ask, where it may be asked. @throws SentinelError CONFLICT */
  async function requireServer(): Promise<UpdateServer> {
    if (key === null) throw conflict("This application was built without a key for updates, so it takes none.");
    const from = server;
    if (from === null) throw conflict("No update server is set.");
    // SECURITY: what was stopped stays stopped, until an admin re-arms it.
    if (await options.isHeld()) throw conflict("Panic holds updates, too, until an admin re-arms.");
    return from;
  }

  async function ask(from: UpdateServer, stop: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([stop, closing.signal, AbortSignal.timeout(lookMs)]);
    const at = toInstant(clock.now());
    let look: Look;
    try {
      const text = await readText(await from.read(releaseName, signal));
      const release = readRelease(text, key ?? "");
      if (release.version !== version) requireNewer(release, version);
      look = { at, problem: null, newer: release.version === version ? null : { release, text } };
    } catch (error) {
      const problem = error instanceof SentinelError ? error.message : "It takes too long, or was stopped.";
      if (!(error instanceof SentinelError) && !signal.aborted) throw error;
      look = { at, problem, newer: null };
    }
    if (from !== server) return;
    last = look;
    options.onChange();
  }

  function stopAll(why: SentinelError): void {
    stopping.abort(why);
    stopping = new AbortController();
  }

  /** One look at a time: who asks meanwhile hears of the same. */
  function lookOnce(from: UpdateServer, stop: AbortSignal): Promise<void> {
    if (looking?.from === from) return looking.done;
    const done = ask(from, stop).finally(() => {
      if (looking?.done === done) looking = null;
    });
    looking = { from, done };
    return done;
  }

  const lookIfDue = async () => {
    const { signal: stop } = stopping;
    const from = server;
    if (from === null || key === null || (await options.isHeld())) return;
    if (last === null || clock.now() - Date.parse(last.at) >= dayMs) await lookOnce(from, stop);
  };
  const tryLook = () =>
    void lookIfDue().catch((error: unknown) =>
      log.error({ err: error }, "Newer versions could not be looked for; it is tried again."),
    );
  const first = setTimeout(tryLook, firstMs).unref();
  const timer = setInterval(tryLook, everyMs).unref();

  /** The download that was last found to be what was signed, as the disk had it then. */
  let checked = "";

  /** What was downloaded, if it is still of use. @param isRead whether it is read where it may have changed */
  async function fetched(isRead: boolean): Promise<ReleaseStatus["fetched"]> {
    try {
      const release = readRelease(await readFile(join(folder, releaseName), "utf8"), key ?? "");
      if (!isOlder(version, release.version)) return null;
      const there = new Set(await readdir(folder));
      const file = release.files.find(({ name }) => there.has(name));
      if (file === undefined) return null;
      const { name, bytes, sha512 } = file;
      const path = join(folder, name);
      const { size, ino, mtimeMs, ctimeMs } = await stat(path);
      if (size !== bytes) return null;
      const found = [name, sha512, ino, mtimeMs, ctimeMs].join();
      // SECURITY: somebody installs what is said to be what was signed: not by its name and size alone.
      if (isRead && found !== checked) {
        await checkFile(path, name, release);
        checked = found;
      }
      return { version: release.version, name, bytes, path };
    } catch {
      return null;
    }
  }

  jobs.register<Input<typeof fetchRelease>, never>({
    kind: "fetch-release",
    role: "analyst",
    resumable: false,
    light: true,
    // SECURITY: one at a time: what one checked must not be what another wrote.
    run: (wanted, context) => turns.take("fetch", () => fetch(wanted, context), context.signal),
  });

  async function fetch(wanted: Input<typeof fetchRelease>, context: JobContext<never>) {
    // SECURITY: before it is asked whether panic holds: what is pulled from here on is heard by this.
    const { signal: stop } = stopping;
    const from = await requireServer();
    const { release, text } = requireOffered(wanted);
    const file = release.files.find(({ name }) => name === wanted.name)!;
    const { name, bytes, sha512 } = file;
    const { progress, by } = context;
    const signal = AbortSignal.any([context.signal, stop]);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const { bavail, bsize } = await statfs(folder);
    if (bavail * bsize < bytes) throw new SentinelError("DISK_FULL", `${name} needs ${bytes} bytes in ${folder}.`);
    const path = join(folder, name);
    progress({ step: "downloading", done: 0, total: bytes, unit: "bytes" });
    try {
      // SECURITY: the owner's alone, and not to be run as it is.
      const partial = await open(`${path}.partial`, "wx", 0o600);
      try {
        let done = 0;
        for await (const chunk of checkBytes(await from.read(name, signal), file)) {
          await partial.writeFile(chunk);
          done += chunk.length;
          progress({ done });
        }
        signal.throwIfAborted();
        await partial.sync();
      } finally {
        await partial.close();
      }
      const draft = { entityType: "release", entityId: uuidv7(clock), baseVersion: 0, kind: "release.fetched" };
      const payload = { version: release.version, name, sha512, server: from.origin };
      await store.append([{ ...draft, payload, inverse: null }], by);
      await writeDurably(join(folder, releaseName), text);
      // SECURITY: it has its name only once it is known to be what was signed.
      await rename(`${path}.partial`, path);
      await syncDirectory(folder);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw stop.aborted ? stop.reason : toStoreError(error);
    }
    progress({ step: "checked", done: bytes });
    options.onChange();
    return { version: release.version, name, path };
  }

  /** What was offered, if it is what somebody saw and asks for. @throws SentinelError NOT_FOUND */
  function requireOffered(wanted: Input<typeof fetchRelease>) {
    const offered = last?.newer ?? null;
    const isThere = offered?.release.files.some((file) => file.name === wanted.name && isForHere(file)) === true;
    if (offered === null || offered.release.version !== wanted.version || !isThere) {
      throw new SentinelError("NOT_FOUND", `${wanted.name} of version ${wanted.version} is not offered; look again.`);
    }
    return offered;
  }

  // What a crash left, and what was installed since.
  if ((await fetched(false)) === null) await rm(folder, { recursive: true, force: true });

  async function status(): Promise<ReleaseStatus> {
    const newer = last?.newer?.release ?? null;
    return {
      version,
      key: key === null ? null : keyFingerprint(key),
      server: server?.origin ?? null,
      looked_at: last?.at ?? null,
      problem: last?.problem ?? null,
      newer:
        newer === null
          ? null
          : {
              version: newer.version,
              released_at: newer.released_at,
              notes: newer.notes,
              files: newer.files.filter(isForHere).map(({ name, bytes }) => ({ name, bytes })),
            },
      fetched: await fetched(true),
    };
  }

  return {
    status,
    async look() {
      const { signal: stop } = stopping;
      await lookOnce(await requireServer(), stop);
      return await status();
    },
    lookIfDue,
    async fetch(wanted, by) {
      await requireServer();
      const { release } = requireOffered(wanted);
      if (jobs.active("fetch-release").length > 0) throw conflict("A download is under way already.");
      return { job_id: (await jobs.start("fetch-release", wanted, `Version ${release.version}`, by)).id };
    },
    async follow() {
      const now = await options.server();
      if (now === address) return;
      address = now;
      server = now === "" ? null : options.openServer(now);
      last = null;
      // SECURITY: whom no admin names any more is asked for nothing more either.
      stopAll(renamed);
      options.onChange();
    },
    stop: () => stopAll(panicked),
    health() {
      if (key === null || server === null) return null;
      if (last?.problem != null) return { status: "degraded", detail: `No newer version is known: ${last.problem}` };
      const newer = last?.newer?.release.version;
      const detail = newer === undefined ? "No newer version is known" : `Version ${newer} is there`;
      return { status: "healthy", detail };
    },
    newer: () => last?.newer?.release.version ?? null,
    close() {
      closing.abort();
      clearTimeout(first);
      clearInterval(timer);
    },
  };
}

const panicked = new SentinelError("CANCELLED", "Panic stopped it.");
const renamed = new SentinelError("CANCELLED", "The update server was changed meanwhile.");
const conflict = (why: string) => new SentinelError("CONFLICT", why);

async function readText(source: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    // SECURITY: it is read whole, before it is known who made it.
    if (size > mostManifestBytes) throw refused(`What is at ${releaseName} is larger than any.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
