import { SentinelError } from "../shared/errors.ts";
import type { ComponentHealth } from "../shared/health.ts";
import { readMountedSecret, readSecretFile } from "./adapters/secrets.ts";
import { startSignal } from "./adapters/signal.ts";
import { openTracing } from "./adapters/tracing.ts";
import { createToken, equalSecrets } from "./api/credentials.ts";
import { createDocumentPages } from "./api/document-pages.ts";
import { allRoutes } from "./api/engine-routes.ts";
import { parseOrigins } from "./api/guard.ts";
import { listenExternal, listenUi } from "./api/listeners.ts";
import { createLive, type Live } from "./api/live.ts";
import { createMcpDoor } from "./api/mcp-door.ts";
import type { NetworkAccess } from "./api/network-access.ts";
import { createPinCheck } from "./api/pin-check.ts";
import { createPinHashing, type PinHashing } from "./api/pin-hashing.ts";
import { createRateLimiter, type RateLimiter } from "./api/rate-limit.ts";
import { createRefusals } from "./api/refusals.ts";
import { createRouter, type Router } from "./api/router.ts";
import type { Listener } from "./api/serve-http.ts";
import { createSignalChannel, parseSignalNumbers } from "./api/signal-channel.ts";
import { type Clock, steadyClock, systemClock } from "./engine/base/clock.ts";
import type { Config } from "./engine/base/config.ts";
import type { Logger } from "./engine/base/logging.ts";
import { createMetrics, type Metrics } from "./engine/base/metrics.ts";
import type { Principal } from "./engine/base/principals.ts";
import type { ComposeEngine, Engine } from "./engine/engine-interface.ts";
import { wishesOf } from "./engine/sandbox/channel.ts";
import { childChannel } from "./engine/sandbox/process-channel.ts";
import { absentSupervisor, connectSupervisor, type SupervisorClient } from "./engine/sandbox/supervisor-client.ts";
import type { KeySource } from "./engine/store/master-key.ts";
import { productVersion, rendererDirectory, workerEntry } from "./entries.ts";
import { openNetworkAccess, serveNetwork } from "./network.ts";
import { redirectUrl, removeRunFile, runDirectory, writeRedirectFile, writeRunFile } from "./run-file.ts";
import { takeSupervisor } from "./supervisor-process.ts";

export interface HostOptions {
  readonly config: Config;
  readonly log: Logger;
  readonly compose: ComposeEngine;
  readonly keySource: KeySource;
  /** This host in words. */
  readonly host: string;
  /** Replies are checked against their schemas: in tests and from source. */
  readonly checkOutput: boolean;
}

/** What differs where Electron is the host. */
export interface Desktop {
  /** The supervisor as a utility process. */
  readonly startSupervisor: (directory: string, token: string) => Promise<SupervisorClient>;
}

/** The engine with its API, without any socket: what the command line uses when no engine runs. */
export interface LocalHost {
  readonly engine: Engine;
  readonly router: Router;
  close(): Promise<void>;
}

/** Opens the engine for one command: no listeners, no sandboxes. */
export async function openLocalHost(options: HostOptions): Promise<LocalHost> {
  const opened = await openEngine(options, systemClock, () =>
    Promise.resolve(absentSupervisor("off", "Not started for a single command.")),
  );
  return { engine: opened.engine, router: opened.router, close: opened.close };
}

export interface ServingHost extends LocalHost {
  /** `file:` URL that opens the user interface; null on the desktop, whose windows need none. */
  readonly url: string | null;
  /** Listener for other programs, or why there is none. */
  readonly external: { readonly origin: string } | { readonly problem: string };
  /** Listener for the network, or why there is none; null: none is wanted. */
  readonly network: { readonly origin: string } | { readonly problem: string } | null;
}

/**
 * A host that stays: engine, supervisor, listeners, and the files by which others find it. On the desktop the windows ask the
 * router directly, so that the second listener serves no page and knows nobody but the command line; who comes over the network gets the page from both.
 */
export async function serveHost(options: HostOptions, desktop?: Desktop): Promise<ServingHost> {
  const { config, log } = options;
  const windowToken = createToken();
  const commandToken = createToken();
  const hashing = createPinHashing(workerEntry("pin"));
  const credentials = await readCredentials(config, hashing);
  const openSignal = prepareSignal(config, log);
  let signal: OpenedSignal | undefined;
  let supervisor = absentSupervisor("off", "Not started.");
  const problem: { external?: string } = {};
  const metrics = createMetrics({ processMetrics: true });
  const access = openNetworkAccess(config, log, metrics);
  let network: Awaited<ReturnType<typeof serveNetwork>> | null = null;
  const opened = await openEngine(
    options,
    systemClock,
    async (directory) => {
      supervisor = await (desktop === undefined
        ? forkSupervisor(directory, windowToken, config, log)
        : desktop.startSupervisor(directory, windowToken));
      return supervisor;
    },
    () => ({
      external_listener:
        problem.external === undefined ? { status: "healthy" } : { status: "down", detail: problem.external },
      ...(signal === undefined ? {} : { signal: signal.health() }),
      ...(network === null ? {} : { network_listener: network.health() }),
    }),
    { metrics, network: access },
  );
  const { router, live, limiter } = opened;
  const listeners: Pick<Listener, "close">[] = [];
  try {
    const mcp = config.SENTINEL_MCP_ENABLED ? { mcp: createMcpDoor({ router, limiter, version: productVersion }) } : {};
    const documents = createDocumentPages(router.routes, productVersion);
    const panicOrigin = supervisor.door === null ? null : `http://127.0.0.1:${supervisor.door.port}`;
    const principals: [string, Principal][] = [[commandToken, { actor: "command line", role: "admin", caller: "cli" }]];
    if (desktop === undefined) principals.push([windowToken, { actor: "analyst", role: "admin", caller: "ui" }]);
    const refusals = createRefusals({ clock: systemClock, log, metrics });
    const ui = await listenUi({
      port: config.SENTINEL_UI_PORT,
      router,
      documents,
      ...mcp,
      live,
      principalOf: (token) => principals.find(([known]) => equalSecrets(known, token))?.[1],
      rendererDirectory: desktop === undefined ? rendererDirectory : null,
      panicOrigin,
      refusals,
      log,
    });
    listeners.push(ui);
    supervisor.allow(ui.origin);
    const external = await listenExternal({
      port: config.SENTINEL_PORT,
      router,
      documents,
      ...mcp,
      ...credentials,
      credentialRequired: config.SENTINEL_PIN_REQUIRED,
      refusals,
      log,
    }).catch((error: unknown) => {
      if (!(error instanceof SentinelError) || error.code !== "PORT_BUSY") throw error;
      // The analyst can work; other programs find nobody rather than somebody else.
      problem.external = error.toJSON().message;
      return undefined;
    });
    if (external !== undefined) listeners.push(external);
    if (access !== null) {
      network = await serveNetwork(config, { access, router, documents, ...mcp, live, rendererDirectory, log });
      listeners.push(network);
    }
    signal = openSignal?.(router);
    const panic = panicOrigin === null ? "" : `&panic=${encodeURIComponent(`${panicOrigin}/panic`)}`;
    const home = config.SENTINEL_HOME;
    writeRunFile(home, { ui_origin: ui.origin, token: commandToken, panic_socket: supervisor.door?.socket ?? null });
    // Last: whoever waits for it then finds the engine, too.
    if (desktop === undefined) writeRedirectFile(home, `${ui.origin}/#token=${windowToken}${panic}`);
    return {
      engine: opened.engine,
      router,
      url: desktop === undefined ? redirectUrl(home) : null,
      external: external === undefined ? { problem: problem.external! } : { origin: external.origin },
      network: network === null ? null : network.state,
      close: async () => {
        removeRunFile(home);
        await signal?.close();
        live.close();
        await Promise.all([...listeners, hashing].map((one) => one.close()));
        await opened.close();
      },
    };
  } catch (error) {
    await signal?.close();
    await Promise.all([...listeners, hashing].map((one) => one.close()));
    await opened.close();
    throw error;
  }
}

interface OpenedEngine extends LocalHost {
  readonly live: Live;
  readonly limiter: RateLimiter;
}

/** Engine, live messages and router, for any host. `hostHealth` adds the host's own components to the health page. */
export async function openEngine(
  options: HostOptions,
  clock: Clock,
  startSupervisor: (directory: string) => Promise<SupervisorClient>,
  hostHealth: () => Record<string, ComponentHealth> = () => ({}),
  given: { readonly metrics: Metrics; readonly network: NetworkAccess | null } = {
    metrics: createMetrics({ processMetrics: true }),
    network: null,
  },
): Promise<OpenedEngine> {
  const { config, log } = options;
  const { metrics, network } = given;
  const tracing = await openTracing(config, productVersion, log);
  const inner = await options.compose({
    config,
    version: productVersion,
    log,
    metrics,
    tracing,
    keySource: options.keySource,
    host: options.host,
    startSupervisor: () => startSupervisor(runDirectory(config.SENTINEL_HOME)),
  });
  const engine: Engine = {
    ...inner,
    async health() {
      const health = await inner.health();
      const traces = tracing.health();
      const components = { ...health.components, ...hostHealth(), ...(traces === null ? {} : { traces }) };
      const isDown = Object.values(hostHealth()).some(({ status }) => status === "down");
      return { ...health, components, status: isDown ? "degraded" : health.status };
    },
  };
  const live = createLive(engine.live, clock);
  const limits = {
    read: config.SENTINEL_RATE_READ,
    change: config.SENTINEL_RATE_CHANGE,
    detect: config.SENTINEL_RATE_DETECT,
    telemetry: config.SENTINEL_RATE_TELEMETRY,
    agent: config.SENTINEL_RATE_AGENT,
    task: config.SENTINEL_RATE_TASKS,
  };
  const limiter = createRateLimiter(limits, clock);
  const router = createRouter({
    bindings: allRoutes(engine, live, network),
    limiter,
    log,
    metrics,
    tracing,
    checkOutput: options.checkOutput,
  });
  return {
    engine,
    router,
    live,
    limiter,
    close: async () => {
      live.close();
      await inner.close();
      metrics.close();
      await tracing.close();
    },
  };
}

interface OpenedSignal {
  health(): ComponentHealth;
  close(): Promise<void>;
}

/** @returns null where Signal is off. @throws SentinelError SETTING_INVALID */
function prepareSignal(config: Config, log: Logger): ((router: Router) => OpenedSignal) | null {
  if (!config.SENTINEL_SIGNAL_ENABLED) return null;
  const numbers = parseSignalNumbers(config.SENTINEL_SIGNAL_NUMBERS);
  const command = config.SENTINEL_SIGNAL_COMMAND.split(/\s+/).filter((part) => part !== "");
  if (command.length === 0) throw new SentinelError("SETTING_INVALID", "SENTINEL_SIGNAL_COMMAND: it names no program.");
  return (router) => {
    const channel = createSignalChannel({
      router,
      numbers,
      clock: systemClock,
      steady: steadyClock,
      log,
      send: (to, text) => running.send(to, text),
    });
    const running = startSignal({ command, log, onMessage: channel.take });
    return {
      health: () =>
        running.isRunning()
          ? { status: "healthy" }
          : { status: "down", detail: "signal-cli does not run; it is started again." },
      close: async () => {
        channel.close();
        await running.close();
      },
    };
  };
}

async function readCredentials(config: Config, hashing: PinHashing) {
  const pinFile = config.SENTINEL_PIN_FILE;
  const tokenFile = config.SENTINEL_TOKEN_FILE;
  const pin =
    pinFile === undefined
      ? readMountedSecret(config.SENTINEL_SECRETS, "sentinel_pin")
      : readSecretFile("SENTINEL_PIN_FILE", pinFile, false);
  return {
    allowedOrigins: parseOrigins(config.SENTINEL_ALLOWED_ORIGINS),
    pin: pin === null ? null : await createPinCheck(pin, { clock: steadyClock, hashing }),
    token: tokenFile === undefined ? null : readSecretFile("SENTINEL_TOKEN_FILE", tokenFile, true),
  };
}

/** The supervisor as a process of its own; without it the engine works, and says that nothing can be sandboxed. */
async function forkSupervisor(
  directory: string,
  token: string,
  config: Config,
  log: Logger,
): Promise<SupervisorClient> {
  const child = takeSupervisor();
  try {
    const { SENTINEL_SANDBOXES, SENTINEL_HOME } = config;
    const channel = childChannel(child);
    return await connectSupervisor(channel, directory, token, SENTINEL_SANDBOXES, SENTINEL_HOME, wishesOf(config));
  } catch (error) {
    child.kill("SIGKILL");
    log.error({ err: error }, "The supervisor could not be started");
    return absentSupervisor("down", `The supervisor could not be started: ${(error as Error).message}`);
  }
}
