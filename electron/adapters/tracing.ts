import { isIP } from "node:net";
import { SentinelError } from "../../shared/errors.ts";
import type { Config } from "../engine/base/config.ts";
import type { Logger } from "../engine/base/logging.ts";
import { noTracing, type Tracing } from "../engine/base/tracing.ts";
import { readMountedSecret, readSecretFile } from "./secrets.ts";

/**
 * Traces to the collector that is set.
 * @returns what does nothing where none is
 * @throws SentinelError SETTING_INVALID naming the setting
 */
export async function openTracing(config: Config, version: string, log: Logger): Promise<Tracing> {
  const { SENTINEL_OTLP_ENDPOINT: endpoint, SENTINEL_OTLP_TOKEN_FILE: file } = config;
  if (endpoint === undefined) return noTracing;
  const refuse = (why: string) => new SentinelError("SETTING_INVALID", `SENTINEL_OTLP_ENDPOINT: ${why}.`);
  const url = new URL(endpoint);
  if (url.protocol !== "http:" && url.protocol !== "https:") throw refuse("it is no http or https address");
  // SECURITY: an address is shown and logged; a password does not belong there.
  if (url.username !== "" || url.password !== "") throw refuse("it may hold no user or password");
  if (url.search !== "" || url.hash !== "") throw refuse("it ends with its path");
  const token =
    file === undefined
      ? readMountedSecret(config.SENTINEL_SECRETS, "otlp_token")
      : readSecretFile("SENTINEL_OTLP_TOKEN_FILE", file, true);
  // SECURITY: the token would be readable on the way.
  if (token !== null && url.protocol === "http:" && !isLoopback(url.hostname)) {
    throw refuse("with a token it has to be https, unless it is on this machine");
  }
  // Loaded here: who traces nothing starts without it.
  const { createOtlpTracing } = await import("./otlp.ts");
  return createOtlpTracing({
    url: `${url.href.replace(/\/+$/, "")}/v1/traces`,
    token,
    ratio: config.SENTINEL_OTLP_RATIO,
    version,
    log,
  });
}

const isLoopback = (host: string) =>
  host === "localhost" || host === "[::1]" || (isIP(host) === 4 && host.startsWith("127."));
