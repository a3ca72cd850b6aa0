import { SentinelError } from "../shared/errors.ts";
import type { ComponentHealth } from "../shared/health.ts";
import { createNetworkAccess, type NetworkAccess } from "./api/network-access.ts";
import { listenNetwork, type NetworkListener, type NetworkOptions } from "./api/network-listener.ts";
import { systemClock, toInstant } from "./engine/base/clock.ts";
import type { Config } from "./engine/base/config.ts";
import type { Logger } from "./engine/base/logging.ts";
import type { Metrics } from "./engine/base/metrics.ts";

/** How long before its end a certificate is told of, milliseconds: 14 days. */
const noticeMs = 14 * 86_400_000;

/** @returns null where nothing is to listen on the network. @throws SentinelError SETTING_INVALID */
export function openNetworkAccess(config: Config, log: Logger, metrics: Metrics): NetworkAccess | null {
  if (config.SENTINEL_TLS_PORT === undefined) return null;
  const { SENTINEL_TLS_TOKENS_FILE: tokens, SENTINEL_TLS_CLIENT_CA_FILE: authority } = config;
  if (tokens === undefined && authority === undefined) {
    const why = "nobody could come in: set SENTINEL_TLS_CLIENT_CA_FILE, SENTINEL_TLS_TOKENS_FILE or both";
    throw new SentinelError("SETTING_INVALID", `SENTINEL_TLS_PORT: ${why}.`);
  }
  return createNetworkAccess({
    tokensFile: tokens ?? null,
    revokedFile: config.SENTINEL_TLS_REVOKED_FILE ?? null,
    ...{ clock: systemClock, log, metrics },
  });
}

type Wanted = Pick<NetworkOptions, "access" | "router" | "documents" | "mcp" | "live" | "rendererDirectory" | "log">;

/**
 * The network's listener by the settings. A port that another program has is told and does not stop the engine.
 * @throws SentinelError SETTING_INVALID
 */
export async function serveNetwork(config: Config, wanted: Wanted) {
  const pathOf = (name: "SENTINEL_TLS_CERT_FILE" | "SENTINEL_TLS_KEY_FILE") => {
    const path = config[name];
    if (path !== undefined) return path;
    throw new SentinelError(
      "SETTING_INVALID",
      `${name}: it is needed with SENTINEL_TLS_PORT; sentinel certificates makes one.`,
    );
  };
  const options: NetworkOptions = {
    ...wanted,
    address: config.SENTINEL_TLS_ADDRESS,
    port: config.SENTINEL_TLS_PORT!,
    redirectPort: config.SENTINEL_REDIRECT_PORT === "off" ? null : config.SENTINEL_REDIRECT_PORT,
    certificateFile: pathOf("SENTINEL_TLS_CERT_FILE"),
    keyFile: pathOf("SENTINEL_TLS_KEY_FILE"),
    clientAuthorityFile: config.SENTINEL_TLS_CLIENT_CA_FILE ?? null,
    clock: systemClock,
  };
  const started: NetworkListener | SentinelError = await listenNetwork(options).catch((error: unknown) => {
    if (error instanceof SentinelError && error.code === "PORT_BUSY") return error;
    throw error;
  });
  if (started instanceof SentinelError) {
    const problem = started.toJSON().message;
    return {
      state: { problem },
      health: (): ComponentHealth => ({ status: "down", detail: problem }),
      close: async () => {},
    };
  }
  return {
    state: { origin: started.origin },
    health: () => healthOf(started.endsAt()),
    close: started.close,
  };
}

function healthOf(end: number): ComponentHealth {
  const left = end - systemClock.now();
  if (left > noticeMs) return { status: "healthy" };
  const says = left < 0 ? "ended" : "ends";
  const detail = `Its certificate ${says} at ${toInstant(end)}: sentinel certificates FOLDER renews it.`;
  return { status: left < 0 ? "down" : "degraded", detail };
}
