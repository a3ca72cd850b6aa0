const key = "sentinel.token";
const panicKey = "sentinel.panic";

/**
 * Takes the tab's token (and the supervisor's panic address) out of the URL fragment, where the redirect file put them, and
 * keeps them in sessionStorage.
 */
export function adoptFragment(location: Location, history: History, storage: Storage): void {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const token = fragment.get("token");
  if (token === null) return;
  storage.setItem(key, token);
  const panic = fragment.get("panic");
  if (panic !== null && isLoopback(panic)) storage.setItem(panicKey, panic);
  // SECURITY: the token must not stay in the address bar, in history entries or in what a screenshot shows.
  history.replaceState(null, "", `${location.pathname}${location.search}#/verdicts`);
}

// SECURITY: the token is sent to the panic address, so nothing but this machine is accepted.
function isLoopback(address: string): boolean {
  const url = URL.parse(address);
  return url?.protocol === "http:" && url.hostname === "127.0.0.1";
}

/** The bearer token of this tab; null inside the desktop shell, whose requests need none. */
export function readToken(): string | null {
  return sessionStorage.getItem(key);
}

/** Where the supervisor listens for panic itself; null where the host gave none. */
export function readPanicAddress(): string | null {
  return sessionStorage.getItem(panicKey);
}

/**
 * Whether requests may carry what the browser itself holds: over the network, and without a token, its client certificate says who
 * calls.
 */
export function credentialsMode(token: string | null, protocol = globalThis.location?.protocol): RequestCredentials {
  // SECURITY: never where a token says who calls, and never to another origin. Cookies are not set by any listener.
  return token === null && protocol === "https:" ? "same-origin" : "omit";
}
