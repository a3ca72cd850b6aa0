import { join } from "node:path";
import {
  app,
  BrowserWindow,
  dialog,
  globalShortcut,
  ipcMain,
  Menu,
  MessageChannelMain,
  nativeImage,
  nativeTheme,
  protocol,
  safeStorage,
  session,
  Tray,
  type UtilityProcess,
  utilityProcess,
} from "electron";
import { SentinelError } from "../shared/errors.ts";
import { pageHeaders } from "./api/page-headers.ts";
import { createStaticFiles } from "./api/static-files.ts";
import { commands, runCommandLine } from "./cli/run-command.ts";
import { composeEngine } from "./compose.ts";
import { wishesOf } from "./engine/sandbox/channel.ts";
import { connectSupervisor, type SupervisorClient } from "./engine/sandbox/supervisor-client.ts";
import { chooseKeySource, type KeySource } from "./engine/store/master-key.ts";
import { preloadEntry, productVersion, rendererDirectory, resourcesDirectory, supervisorEntry } from "./entries.ts";
import { type ServingHost, serveHost } from "./host.ts";
import { importFiles } from "./import-files.ts";
import { surroundProcess, tell, writeOut } from "./process-surroundings.ts";
import { readBadge } from "./shell/badge.ts";
import { keychainSource } from "./shell/key-source.ts";
import type { ShellActions } from "./shell/menu.ts";
import { type Opening, readOpening } from "./shell/opening.ts";
import { panicProblem } from "./shell/panic-problem.ts";
import { answerScheme, desktopPrincipal, sentinelScheme } from "./shell/scheme.ts";
import { utilityChannel } from "./shell/utility-channel.ts";
import { openWays, type Ways } from "./shell/ways.ts";
import { appOrigin, isLoadable, isOwnUrl, isPermitted, leaveQuestion, windowOptions } from "./shell/window-options.ts";

// The desktop host. Everything that can be tested without Electron is elsewhere; here it is put together.

// SECURITY: files made by this process are the owner's alone.
process.umask(0o077);
protocol.registerSchemesAsPrivileged([sentinelScheme]);
// SECURITY: every renderer is confined, whoever makes it.
app.enableSandbox();

/** The keychain's key, unless the operator named another source. */
function keySourceOf(): KeySource {
  const { config } = surroundings;
  if (config.SENTINEL_MASTER_KEY || config.SENTINEL_MASTER_KEY_FILE) {
    return chooseKeySource(config, config.SENTINEL_HOME);
  }
  return keychainSource(safeStorage, join(config.SENTINEL_HOME, "secrets", "master.safe"));
}

const surroundings = surroundProcess(composeEngine);
let supervisorProcess: UtilityProcess | undefined;

async function startSupervisor(directory: string, token: string): Promise<SupervisorClient> {
  // SECURITY: no secret of the environment reaches the process that starts foreign programs.
  supervisorProcess = utilityProcess.fork(supervisorEntry, [], { env: {}, serviceName: "Sentinel supervisor" });
  return await connectSupervisor(
    utilityChannel(supervisorProcess),
    directory,
    token,
    surroundings.config.SENTINEL_SANDBOXES,
    surroundings.config.SENTINEL_HOME,
    wishesOf(surroundings.config),
  );
}

function protectSession(): void {
  const current = session.defaultSession;
  // SECURITY: no camera, no place, no device: see isPermitted.
  current.setPermissionRequestHandler((contents, permission, answer) =>
    answer(isPermitted(permission, contents.getURL())),
  );
  current.setPermissionCheckHandler((_contents, permission, origin) => isPermitted(permission, `${origin}/`));
  current.setDevicePermissionHandler(() => false);
  // SECURITY: nothing is fetched from anywhere, whatever evidence a page shows.
  current.webRequest.onBeforeRequest(({ url }, answer) => answer({ cancel: !isLoadable(url, null) }));
  // SECURITY: words of evidence go to no spelling service.
  current.setSpellCheckerEnabled(false);
}

app.on("web-contents-created", (_event, contents) => {
  // SECURITY: no window goes elsewhere, opens another, or holds a guest.
  contents.on("will-navigate", (event) => {
    if (!isOwnUrl(event.url)) event.preventDefault();
  });
  contents.on("will-frame-navigate", (event) => {
    if (!isOwnUrl(event.url)) event.preventDefault();
  });
  contents.setWindowOpenHandler(() => ({ action: "deny" }));
  contents.on("will-attach-webview", (event) => event.preventDefault());
});

function openWindow(): BrowserWindow {
  const window = new BrowserWindow(windowOptions(preloadEntry, nativeTheme.shouldUseDarkColors));
  window.once("ready-to-show", () => window.show());
  window.webContents.on("will-prevent-unload", (event) => {
    // Asked to end from outside: nobody may be there to answer.
    if (surroundings.stop.aborted) return event.preventDefault();
    // Electron would stay without a word.
    const answer = dialog.showMessageBoxSync(window, { ...leaveQuestion, buttons: [...leaveQuestion.buttons] });
    if (leaveQuestion.buttons[answer] === "Leave") event.preventDefault();
  });
  window.webContents.on("did-finish-load", () => {
    if (supervisorProcess === undefined) return;
    // The window's own way to the supervisor, past this process.
    const { port1, port2 } = new MessageChannelMain();
    supervisorProcess.postMessage({ type: "window" }, [port1]);
    window.webContents.postMessage("panic-port", null, [port2]);
  });
  void window.loadURL(`${appOrigin}/`);
  return window;
}

async function openDesktop(): Promise<void> {
  const { log } = surroundings;
  const host = await serveHost(
    { ...surroundings, keySource: keySourceOf(), host: "desktop application", checkOutput: false },
    { startSupervisor },
  );
  const files = createStaticFiles({ directory: rendererDirectory, headers: pageHeaders({ connect: [] }) });
  protocol.handle(sentinelScheme.scheme, answerScheme({ router: host.router, files }));
  protectSession();
  let window = openWindow();
  const show = () => {
    if (window.isDestroyed()) window = openWindow();
    if (window.isMinimized()) window.restore();
    window.show();
    window.focus();
  };
  const actions: ShellActions = {
    show,
    importEvidence: () => void importEvidence(window, host).catch((error: unknown) => report(error)),
    panic: (way) => {
      const pulled = host.engine.panic({ reason: `Pulled by the ${way}.` }, desktopPrincipal);
      pulled.then(panicProblem).then((problem) => {
        if (problem !== null) dialog.showErrorBox("Sentinel", problem);
      }, report);
    },
    quit: () => app.quit(),
  };
  const openTray = () => new Tray(nativeImage.createFromPath(join(resourcesDirectory, "icons", "tray.png")));
  const { platform } = process;
  const ways = openWays({ menu: Menu, openTray, shortcuts: globalShortcut, platform, log }, actions);
  ipcMain.on("badge", (event, wanted: unknown) => {
    const count = readBadge(event.senderFrame?.url, wanted);
    if (count === null) return;
    app.setBadgeCount(count);
    ways.showCount(count);
  });
  if ("problem" in host.external) log.warn(host.external.problem);
  const open = ({ files, screen }: Opening) => {
    show();
    if (screen !== null) void window.loadURL(screen);
    void bring(files, host).catch((error: unknown) => report(error));
  };
  app.on("second-instance", (_event, argv, directory) => open(readOpening(argv.slice(1), directory)));
  const ofSystem = (event: { preventDefault(): void }, given: string) => {
    event.preventDefault();
    open(readOpening([given], process.cwd()));
  };
  app.on("open-url", ofSystem);
  app.on("open-file", ofSystem);
  const first = readOpening([...args, ...earlier.splice(0)], process.cwd());
  if (first.files.length > 0 || first.screen !== null) open(first);
  app.on("activate", show);
  app.on("window-all-closed", () => app.quit());
  closeAtQuit(host, ways);
}

/** Refused files that a message names. */
const mostTold = 20;

/** Files chosen in the system's dialog become evidence; their progress is on the import screen. */
async function importEvidence(window: BrowserWindow, host: ServingHost): Promise<void> {
  const { filePaths } = await dialog.showOpenDialog(window, {
    title: "Import evidence",
    properties: ["openFile", "multiSelections"],
  });
  await bring(filePaths, host);
}

/** Imports files, and says which were refused. */
async function bring(paths: readonly string[], host: ServingHost): Promise<void> {
  const refused = await importFiles(paths, host.engine.evidence, desktopPrincipal, surroundings.stop);
  if (refused.length > 0) dialog.showErrorBox("Not imported", refused.slice(0, mostTold).join("\n"));
}

/** The engine is closed before the application ends: nothing that was acknowledged is lost. */
function closeAtQuit(host: ServingHost, ways: Ways): void {
  let isClosed = false;
  app.on("will-quit", (event) => {
    if (isClosed) return;
    event.preventDefault();
    ways.close();
    void host
      .close()
      .catch((error: unknown) => surroundings.log.error({ err: error }, "The engine did not close cleanly"))
      .finally(() => {
        isClosed = true;
        app.quit();
      });
  });
  surroundings.stop.addEventListener("abort", () => app.quit());
}

function report(error: unknown): void {
  const message = error instanceof SentinelError ? error.toJSON().message : "Something unexpected happened.";
  if (!(error instanceof SentinelError)) surroundings.log.error({ err: error }, "An action of the shell failed");
  dialog.showErrorBox("Sentinel", message);
}

/** `sentinel COMMAND`: the packaged program cannot be run as Node, so that it answers the command line itself. */
const args = process.argv.slice(app.isPackaged ? 1 : 2);
/** What macOS asks to open before the application is ready. */
const earlier: string[] = [];
for (const name of ["open-url", "open-file"] as const) {
  app.once(name as "open-url", (event, given) => {
    event.preventDefault();
    earlier.push(given);
  });
}
const isCommand =
  args[0] !== undefined && (commands.some(({ name }) => name === args[0]) || args[0].startsWith("--help"));

if (isCommand) {
  app.dock?.hide();
  await app.whenReady();
  const around = () => ({ ...surroundings, keySource: keySourceOf() });
  app.exit(await runCommandLine(args, productVersion, { write: writeOut, tell }, around));
} else if (!app.requestSingleInstanceLock()) {
  app.exit(0);
} else {
  await app.whenReady();
  await openDesktop().catch((error: unknown) => {
    report(error);
    app.exit(1);
  });
}
