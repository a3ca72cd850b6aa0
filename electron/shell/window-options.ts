import type { BrowserWindowConstructorOptions, MessageBoxSyncOptions, WebPreferences } from "electron";

/** Origin of the user interface in Electron: a scheme of its own, answered in this process. */
export const appOrigin = "sentinel://app";

/** Asked when a window is closed while its page still sends files. */
export const leaveQuestion = {
  type: "question",
  message: "Files are still being sent.",
  detail: "What has not reached the engine would have to be brought again.",
  buttons: ["Stay", "Leave"],
  defaultId: 0,
  cancelId: 0,
} as const satisfies Omit<MessageBoxSyncOptions, "buttons"> & { buttons: readonly string[] };

/** Options of every window. */
export function windowOptions(preload: string, isDark: boolean): BrowserWindowConstructorOptions {
  const webPreferences: WebPreferences = {
    preload,
    // SECURITY: the page never sees Electron's or Node's objects.
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    // SECURITY: the renderer is confined by the operating system.
    sandbox: true,
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    webviewTag: false,
    // SECURITY: no navigation by a dropped file; evidence is read as data.
    navigateOnDragDrop: false,
    // SECURITY: words of evidence are not sent to a spelling service.
    spellcheck: false,
    autoplayPolicy: "user-gesture-required",
    enableWebSQL: false,
  };
  return {
    width: 1440,
    height: 900,
    minWidth: 1024,
    minHeight: 640,
    show: false,
    title: "Sentinel",
    // The page's own background, so that nothing flashes while it loads.
    backgroundColor: isDark ? "#12161c" : "#ffffff",
    webPreferences,
  };
}

/** Whether a window may go there: only to the application itself. */
export function isOwnUrl(url: string): boolean {
  // SECURITY: compared part by part; "sentinel://app.evil" and "sentinel://app@evil" are not it. The scheme's `origin` is opaque
  // to URL in Node, so that it cannot be asked.
  const parsed = URL.parse(url);
  return parsed?.protocol === "sentinel:" && parsed.host === "app" && parsed.username === "" && parsed.password === "";
}

/** What a page may use of the machine: copying to the clipboard and notifications, from its own origin. */
export function isPermitted(permission: string, url: string): boolean {
  // SECURITY: everything else is denied, also what later versions add. Notifications hold counts and severities only.
  return ["clipboard-sanitized-write", "notifications"].includes(permission) && isOwnUrl(url);
}

/** Addresses that the session may load from. Evidence is full of foreign ones; none is ever contacted. */
export function isLoadable(url: string, panicOrigin: string | null): boolean {
  if (isOwnUrl(url)) return true;
  const parsed = URL.parse(url);
  if (parsed === null) return false;
  // SECURITY: developer tools and blobs stay inside; the panic door is this machine's.
  if (parsed.protocol === "blob:") return isOwnUrl(parsed.pathname);
  return parsed.protocol === "devtools:" || (panicOrigin !== null && parsed.origin === panicOrigin);
}
