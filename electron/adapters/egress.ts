import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import ipaddr from "ipaddr.js";
import { SentinelError } from "../../shared/errors.ts";
import type { Destination } from "../engine/agent/assistant-ports.ts";

/** The one way out of the agent, and of alerts: only to what the operator configured. */
export interface Egress<Purpose extends string = Destination["purpose"]> {
  readonly destinations: readonly Destination<Purpose>[];
  /** `fetch` to the destinations of one purpose. It follows no redirection. */
  fetchFor(purpose: Purpose): typeof fetch;
}

/**
 * @param onLeave hears of every call that leaves, before it does
 * @throws SentinelError SETTING_INVALID for a worker that is neither on this machine nor in a private network
 */
export function createEgress<Purpose extends string = Destination["purpose"]>(
  destinations: readonly Destination<Purpose>[],
  onLeave: (to: Destination<Purpose>) => void,
): Egress<Purpose> {
  return {
    destinations,
    fetchFor: (purpose) => async (input, init) => {
      const url = new URL(input instanceof Request ? input.url : input);
      const to = destinations.find((one) => one.purpose === purpose && one.origin === url.origin);
      // SECURITY: deny by default; what a tool or model names is no destination.
      if (to === undefined)
        throw new SentinelError("FORBIDDEN", `${url.origin} is not among the hosts that may be called.`);
      const settled = to.addresses === null ? url : await settle(url, to.addresses);
      onLeave(to);
      // SECURITY: a redirection could lead anywhere.
      return await fetch(input instanceof Request ? new Request(settled, input) : settled, {
        ...init,
        redirect: "error",
      });
    },
  };
}

/**
 * The URL with the address that was looked at in place of its name, looked up for each call.
 * SECURITY: the connection goes to that address, so that the name cannot lead elsewhere meanwhile (DNS rebinding). Over TLS the
 * certificate sees to that, which needs the name.
 */
async function settle(url: URL, allowed: readonly string[]): Promise<URL> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const found = isIP(host) === 0 ? (await lookup(host, { all: true })).map(({ address }) => address) : [host];
  const [first] = found;
  if (first === undefined || !found.every((address) => isLoopback(address) || allowed.includes(address))) {
    throw new SentinelError("FORBIDDEN", `${host} is neither this machine nor among SENTINEL_OLLAMA_ADDRESSES.`);
  }
  const settled = new URL(url);
  if (url.protocol === "http:") settled.hostname = isIP(first) === 6 ? `[${first}]` : first;
  return settled;
}

const isLoopback = (address: string) => ipaddr.process(address).range() === "loopback";
