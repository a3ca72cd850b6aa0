import { SentinelError } from "../../shared/errors.ts";
import { errorReply, plainHeaders } from "./error-reply.ts";
import { type Listener, serveHttp } from "./serve-http.ts";

export interface RedirectOptions {
  readonly address: string;
  readonly port: number;
  readonly tlsPort: number;
  /** Whether a Host header names this server. */
  readonly isOwn: (host: string, port: number) => boolean;
  /** A credential came unencrypted. */
  readonly onCredential: (address: string) => void;
}

/** Plain HTTP that sends browsers on to TLS and does nothing else. */
export async function listenRedirect(options: RedirectOptions): Promise<Listener> {
  return await serveHttp({
    port: options.port,
    address: options.address,
    requestTimeoutMs: 10_000,
    answer: async (request, port, incoming) => {
      const host = request.headers.get("host")?.toLowerCase() ?? "";
      const url = new URL(request.url);
      // SECURITY: sent to names of the own certificate alone: no other site is reached through this one.
      if (!options.isOwn(host, port) || url.host.toLowerCase() !== host) {
        return errorReply(new SentinelError("HOST_REFUSED", "The Host header is not this server's."));
      }
      // SECURITY: what came here was read by the network: a redirect would hide that.
      if (request.headers.has("authorization") || request.headers.has("x-sentinel-pin")) {
        options.onCredential(incoming.socket.remoteAddress ?? "unknown");
        return errorReply(
          new SentinelError("UNAUTHENTICATED", "This port is not encrypted: revoke what was sent, and use https."),
        );
      }
      // SECURITY: no body is sent twice, first in clear.
      if (request.method !== "GET" && request.method !== "HEAD") {
        const error = new SentinelError("METHOD_NOT_ALLOWED", "This port only leads to https.");
        return errorReply(error, { Allow: "GET, HEAD" });
      }
      url.protocol = "https:";
      url.port = String(options.tlsPort);
      return new Response(null, { status: 307, headers: { ...plainHeaders, Location: url.href } });
    },
  });
}
