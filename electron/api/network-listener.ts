import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import type { Server as TlsServer } from "node:https";
import { isIP } from "node:net";
import { createSecureContext, type TLSSocket } from "node:tls";
import { agentSocketPath } from "../../shared/agent-channel.ts";
import { SentinelError } from "../../shared/errors.ts";
import { type Clock, toInstant } from "../engine/base/clock.ts";
import type { Logger } from "../engine/base/logging.ts";
import { hasRole, type Principal } from "../engine/base/principals.ts";
import { bearerToken } from "./credentials.ts";
import type { Door } from "./guard.ts";
import { answerGuarded, type DocumentPages, pageOf, upgrade } from "./listeners.ts";
import type { Live } from "./live.ts";
import { createLiveSocket, liveSocketPath } from "./live-socket.ts";
import { isMcpPath, type McpDoor } from "./mcp-door.ts";
import type { NetworkAccess } from "./network-access.ts";
import { watchFile } from "./network-files.ts";
import { pageHeaders } from "./page-headers.ts";
import { listenRedirect } from "./redirect.ts";
import type { Router } from "./router.ts";
import { type Listener, serveHttp } from "./serve-http.ts";
import { createStaticFiles } from "./static-files.ts";
import { createTaskSocket } from "./task-socket.ts";

export interface NetworkOptions {
  readonly address: string;
  readonly port: number;
  /** Where plain HTTP is sent on to TLS; null: nowhere. */
  readonly redirectPort: number | null;
  /** PEM; the key with mode 0600. */
  readonly certificateFile: string;
  readonly keyFile: string;
  /** Authority of client certificates, PEM; null: bearer tokens alone. */
  readonly clientAuthorityFile: string | null;
  readonly access: NetworkAccess;
  readonly router: Router;
  readonly documents: DocumentPages;
  readonly live: Live;
  /** Absent: MCP is off. */
  readonly mcp?: McpDoor;
  /** The built renderer; null: no page is served. */
  readonly rendererDirectory: string | null;
  readonly clock: Clock;
  readonly log: Logger;
  /** How often it is looked whether somebody was revoked, and whether the certificate was renewed, milliseconds. */
  readonly lookMs?: number;
}

export interface NetworkListener extends Listener {
  readonly redirect: Listener | null;
  /** When the server's certificate ends. */
  endsAt(): number;
}

/**
 * The user interface and its routes over the network: TLS 1.3 alone, each caller known by a client certificate or a bearer token.
 * @throws SentinelError SETTING_INVALID for certificates that cannot be used, PORT_BUSY
 */
export async function listenNetwork(options: NetworkOptions): Promise<NetworkListener> {
  const { access, router, log } = options;
  const readMaterial = materialReader(options);
  let material = readMaterial();
  const doorOf = (port: number): Door => ({
    scheme: "https",
    // SECURITY: DNS rebinding: a name that the certificate does not hold is not this server's.
    isOwn: (host) => isNameOf(material.certificate, host, port, 443),
    allowedOrigins: [],
  });
  const identify = ({ socket }: IncomingMessage, token: string | null) =>
    access.identify({ socket: socket as TLSSocket, token });
  const tasks = createTaskSocket({ router, log, identify: ({ token }, request) => identify(request, token) });
  const live = createLiveSocket({
    live: options.live,
    principalOf: (token, request) => {
      try {
        return identify(request, token);
      } catch {
        // Counted and logged where it was refused.
        return undefined;
      }
    },
  });
  const { rendererDirectory } = options;
  const files =
    rendererDirectory === null
      ? undefined
      : createStaticFiles({ directory: rendererDirectory, headers: pageHeaders({ connect: [] }) });

  let server: TlsServer | undefined;
  const listener = await serveHttp({
    port: options.port,
    address: options.address,
    requestTimeoutMs: 30 * 60_000,
    tls: {
      options: {
        ...material.context,
        // SECURITY: nothing older is spoken.
        minVersion: "TLSv1.3",
        requestCert: options.clientAuthorityFile !== null,
        // Bearer tokens come without a certificate; one that is shown and wrong is refused with each request, in words.
        rejectUnauthorized: false,
        // SECURITY: a peer that does not finish its handshake does not hold a connection.
        handshakeTimeout: 10_000,
      },
      onServer: (made) => {
        server = made;
      },
    },
    answer: (request, port, incoming) =>
      answerGuarded(request, doorOf(port), options, async (path, route) => {
        access.checkCertificate(incoming.socket as TLSSocket);
        const isCall = path.startsWith("/api/") || isMcpPath(path) || route !== undefined;
        const site = request.headers.get("sec-fetch-site");
        // SECURITY: browsers show certificates by themselves: another site may open a page here, and no route.
        if (isCall && (site === "cross-site" || site === "same-site")) {
          throw new SentinelError("HOST_REFUSED", "Another site asked for this.");
        }
        const page = await pageOf(request, path, route, options.documents, files);
        if (page !== undefined) return page;
        const by = identify(incoming, bearerToken(request));
        if (options.mcp !== undefined && isMcpPath(path)) return await options.mcp(request, mcpPrincipal(request, by));
        return await router.handle(request, by);
      }),
    upgrade: (incoming, duplex, head, port) =>
      upgrade(incoming, duplex, head, doorOf(port), { [liveSocketPath]: live, [agentSocketPath]: tasks }),
  });
  const timer = setInterval(() => {
    access.sweep();
    try {
      const renewed = readMaterial();
      if (renewed === material) return;
      material = renewed;
      server?.setSecureContext({ ...renewed.context, minVersion: "TLSv1.3" });
      log.info({ ends_at: toInstant(endOf(renewed.certificate)) }, "The certificate was renewed");
    } catch (error) {
      log.error({ err: error }, "The certificate's files cannot be used; the ones before stay");
    }
  }, options.lookMs ?? 1_000);
  timer.unref();
  const close = async () => {
    clearInterval(timer);
    live.close();
    tasks.close();
    await listener.close();
  };
  try {
    const redirect =
      options.redirectPort === null
        ? null
        : await listenRedirect({
            address: options.address,
            port: options.redirectPort,
            tlsPort: listener.port,
            isOwn: (host, port) => isNameOf(material.certificate, host, port, 80),
            onCredential: access.noteCleartext,
          });
    return {
      ...listener,
      redirect,
      endsAt: () => endOf(material.certificate),
      close: async () => {
        await Promise.all([redirect?.close(), close()]);
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** SECURITY: MCP over the network takes a bearer token, as on loopback, and never more than an analyst's rights. */
function mcpPrincipal(request: Request, { actor, role }: Principal): Principal {
  if (bearerToken(request) === null) throw new SentinelError("UNAUTHENTICATED", "MCP needs a bearer token.");
  const isMore = hasRole({ actor, role, caller: "mcp" }, "analyst");
  return { actor: `MCP (${actor})`, role: isMore ? "analyst" : role, caller: "mcp" };
}

function endOf(certificate: X509Certificate): number {
  return Date.parse(certificate.validTo);
}

/** Whether a Host header names a server by its certificate and port. */
function isNameOf(certificate: X509Certificate, host: string, port: number, usual: number): boolean {
  const [, name = "", given] = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::(\d{1,5}))?$/i.exec(host) ?? [];
  if (name === "" || Number(given ?? usual) !== port) return false;
  const address = name.replace(/^\[|\]$/g, "");
  return (isIP(address) ? certificate.checkIP(address) : certificate.checkHost(name)) !== undefined;
}

interface Material {
  readonly certificate: X509Certificate;
  readonly context: { readonly cert: string; readonly key: string; readonly ca?: string };
}

/** @returns what reads certificate, key and authority; the same object for as long as none of them changes */
function materialReader({ certificateFile, keyFile, clientAuthorityFile, clock }: NetworkOptions): () => Material {
  const key = watchFile(keyFile, (text) => ({ text }));
  let known: { parts: readonly unknown[]; material: Material } | undefined;
  return () => {
    const cert = readPem("SENTINEL_TLS_CERT_FILE", certificateFile);
    const ca = clientAuthorityFile === null ? null : readPem("SENTINEL_TLS_CLIENT_CA_FILE", clientAuthorityFile);
    const { text } = key();
    const parts = [cert, ca, text];
    if (known?.parts.every((part, i) => part === parts[i])) return known.material;
    const context = { cert, key: text, ...(ca === null ? {} : { ca }) };
    const material = { certificate: readCertificate(certificateFile, cert, context), context };
    const end = endOf(material.certificate);
    if (end < clock.now()) {
      throw new SentinelError(
        "SETTING_INVALID",
        `SENTINEL_TLS_CERT_FILE: ${certificateFile} ended at ${toInstant(end)}; sentinel certificates FOLDER renews it.`,
      );
    }
    known = { parts, material };
    return material;
  };
}

function readPem(setting: string, path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new SentinelError("SETTING_INVALID", `${setting}: ${path} cannot be read.`, undefined, error);
  }
}

function readCertificate(path: string, pem: string, context: Material["context"]): X509Certificate {
  try {
    createSecureContext(context);
    return new X509Certificate(pem);
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? "it is no certificate";
    throw new SentinelError(
      "SETTING_INVALID",
      `SENTINEL_TLS_CERT_FILE: ${path} cannot be used with its key and authority (${why}).`,
      undefined,
      error,
    );
  }
}
