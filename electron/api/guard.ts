import { SentinelError } from "../../shared/errors.ts";

/** What a listener knows of its own address and of who may call it from a browser. */
export interface Door {
  readonly scheme: "http" | "https";
  /** Whether a Host header, in lower case, names this listener. */
  readonly isOwn: (host: string) => boolean;
  /** Further origins whose pages may call, as the operator lists them. */
  readonly allowedOrigins: readonly string[];
}

/** A listener that this machine alone reaches. */
export function loopbackDoor(port: number, allowedOrigins: readonly string[]): Door {
  const hosts = ownHosts(port);
  return { scheme: "http", isOwn: (host) => hosts.includes(host), allowedOrigins };
}

/** What Host may say on loopback. */
export function ownHosts(port: number): string[] {
  const names = ["127.0.0.1", "localhost", "[::1]"];
  return port === 80 ? names.flatMap((name) => [name, `${name}:80`]) : names.map((name) => `${name}:${port}`);
}

/**
 * Refuses what a browser page of another site, or a name that was re-bound to this machine, could send. Passing says nothing
 * about who calls: that takes a credential.
 * @throws SentinelError HOST_REFUSED
 */
export function guardRequest(request: Request, door: Door): void {
  const host = request.headers.get("host")?.toLowerCase();
  // SECURITY: DNS rebinding: a foreign name that resolves to 127.0.0.1 arrives with its own name in Host.
  if (host === undefined || !door.isOwn(host)) throw refused("The Host header is not this server's.");
  // SECURITY: an absolute request target may name another host than the header does.
  if (!door.isOwn(new URL(request.url).host.toLowerCase())) throw refused("The request target is another server's.");
  const origin = request.headers.get("origin");
  // SECURITY: pages of other sites; "null" (sandboxed frames, files) is one of them.
  if (origin !== null && !isAllowedOrigin(origin, door)) throw refused("The page's origin may not call this server.");
  // SECURITY: what carries no Origin still tells that another site asked for it. Documents are exempt: the redirect file arrives
  // as cross-site, and a document shows nothing without the token.
  // Another port of this machine is "same-site", and just as foreign.
  const site = request.headers.get("sec-fetch-site");
  if ((site === "cross-site" || site === "same-site") && origin === null && !isDocument(request)) {
    throw refused("Another site asked for this.");
  }
}

export function isAllowedOrigin(origin: string, door: Door): boolean {
  const own = `${door.scheme}://`;
  return (origin.startsWith(own) && door.isOwn(origin.slice(own.length))) || door.allowedOrigins.includes(origin);
}

/** A page that a person opens, as browsers mark it. */
export function isDocument(request: Request): boolean {
  return (
    request.method === "GET" &&
    request.headers.get("sec-fetch-mode") === "navigate" &&
    request.headers.get("sec-fetch-dest") === "document"
  );
}

/** The reply to a browser's question whether a listed origin may call; undefined when it is no such question. */
export function answerPreflight(request: Request, door: Door): Response | undefined {
  const origin = request.headers.get("origin");
  if (request.method !== "OPTIONS" || origin === null || !door.allowedOrigins.includes(origin)) return undefined;
  return new Response(null, {
    status: 204,
    headers: {
      ...corsHeaders(request, door),
      "Access-Control-Allow-Methods": "GET, POST, PUT, DELETE",
      "Access-Control-Allow-Headers": "authorization, content-type, x-sentinel-pin",
      "Access-Control-Max-Age": "600",
    },
  });
}

/** Lets pages of a listed origin read the reply; nothing for everybody else. */
export function corsHeaders(request: Request, door: Door): Record<string, string> {
  const origin = request.headers.get("origin");
  // SECURITY: never "*", and never an origin that the operator did not list.
  if (origin === null || !door.allowedOrigins.includes(origin)) return {};
  return { "Access-Control-Allow-Origin": origin, Vary: "Origin" };
}

/** `SENTINEL_ALLOWED_ORIGINS` as a list. @throws SentinelError SETTING_INVALID for what is no origin */
export function parseOrigins(setting: string): string[] {
  return setting
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "")
    .map((entry) => {
      const url = URL.canParse(entry) ? new URL(entry) : undefined;
      if (url === undefined || url.origin === "null" || url.origin !== entry.replace(/\/$/, "")) {
        throw new SentinelError("SETTING_INVALID", `SENTINEL_ALLOWED_ORIGINS: "${entry}" is not an origin.`);
      }
      return url.origin;
    });
}

function refused(message: string): SentinelError {
  return new SentinelError("HOST_REFUSED", message);
}
