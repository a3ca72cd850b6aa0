import { SentinelError } from "../../shared/errors.ts";
import type { Destination } from "../engine/agent/assistant-ports.ts";
import type { Config } from "../engine/base/config.ts";
import { isPrivateAddress } from "./gatekeeper.ts";

/** Where Ollama listens unless it is told otherwise. */
const ownPort = 11434;

/**
 * Ollama, as the process was told. `OLLAMA_HOST` is written with or without scheme and port.
 * @returns null when it is not to be used
 * @throws SentinelError SETTING_INVALID for a URL that is none, or an allowed address that is not private
 */
export function ollamaOf(
  config: Pick<Config, "SENTINEL_OLLAMA_URL" | "OLLAMA_HOST" | "SENTINEL_OLLAMA_ADDRESSES">,
): Destination | null {
  const setting = config.SENTINEL_OLLAMA_URL === undefined ? "OLLAMA_HOST" : "SENTINEL_OLLAMA_URL";
  const given = config[setting] ?? `127.0.0.1:${ownPort}`;
  if (given === "off" || given === "") return null;
  const text = /^https?:\/\//.test(given) ? given : `http://${given}`;
  const url = URL.parse(text);
  if (url === null || `${url.username}${url.password}` !== "" || `${url.pathname}${url.search}${url.hash}` !== "/") {
    throw new SentinelError("SETTING_INVALID", `${setting}: it is no address such as http://127.0.0.1:${ownPort}.`);
  }
  // What listens on all addresses is called on this machine's own.
  if (url.hostname === "0.0.0.0") url.hostname = "127.0.0.1";
  // The scheme's own port is left out of a URL, so the text tells whether it was meant.
  const hasPort = /:\d+\/?$/.test(text) || url.protocol === "https:";
  if (!hasPort) url.port = String(ownPort);
  const addresses = config.SENTINEL_OLLAMA_ADDRESSES.split(",").flatMap((one) =>
    one.trim() === "" ? [] : [one.trim()],
  );
  for (const address of addresses) {
    // SECURITY: texts of cases go there; what is not private is not the operator's own network.
    if (isPrivateAddress(address)) continue;
    throw new SentinelError("SETTING_INVALID", `SENTINEL_OLLAMA_ADDRESSES: ${address} is no private address.`);
  }
  return { purpose: "worker", origin: url.origin, addresses };
}
