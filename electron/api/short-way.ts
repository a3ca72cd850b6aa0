import type { IncomingMessage, ServerResponse } from "node:http";
import type { Route } from "../../shared/route.ts";
import type { Principal } from "../engine/base/principals.ts";
import { ownHosts } from "./guard.ts";
import type { Router } from "./router.ts";

/** Headers that decide about who calls, or how the body comes: with one of them a request goes the long way. */
const deciding = [
  "origin",
  "sec-fetch-site",
  "authorization",
  "x-sentinel-pin",
  "transfer-encoding",
  "expect",
] as const;

/** @returns whether it took the request */
export type ShortWay = (incoming: IncomingMessage, outgoing: ServerResponse, port: number) => boolean;

/**
 * A way past `Request` and `Response` for one open JSON route that programs call for each of their own requests: making those objects
 * takes several times as long as the answer. Takes only a plain request of a program without credentials, and answers it by the same
 * binding, limits and schema; everything else goes the long way, where it is refused or answered.
 */
export function createShortWay(options: {
  readonly router: Router;
  readonly route: Route;
  /** Who a caller without credentials is. */
  readonly principal: Principal;
}): ShortWay {
  const { router, route, principal } = options;
  const limit = route.maxBytes ?? 0;
  let own: { port: number; hosts: readonly string[] } = { port: -1, hosts: [] };
  return (incoming, outgoing, port) => {
    const { headers } = incoming;
    if (incoming.url !== route.path || incoming.method !== route.method) return false;
    if (own.port !== port) own = { port, hosts: ownHosts(port) };
    // SECURITY: the same conditions as guardRequest and the listener's credentials, in their strictest form.
    if (!own.hosts.includes(headers.host ?? "") || deciding.some((name) => headers[name] !== undefined)) return false;
    if (headers["content-type"] !== "application/json") return false;
    const length = Number(headers["content-length"] ?? Number.NaN);
    if (!(length <= limit)) return false;
    const chunks: Buffer[] = [];
    // SECURITY: no more comes than Content-Length says, which is bounded above.
    incoming.on("data", (chunk: Buffer) => void chunks.push(chunk));
    incoming.once("end", () => {
      const body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
      const {
        status,
        headers: replyHeaders,
        text,
        requestId,
      } = router.answerWhole(
        route,
        body,
        principal,
        typeof headers.traceparent === "string" ? headers.traceparent : null,
      );
      outgoing.writeHead(status, {
        ...replyHeaders,
        "X-Request-Id": requestId,
        "Content-Length": Buffer.byteLength(text),
      });
      outgoing.end(text);
    });
    return true;
  };
}
