import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import ipaddr from "ipaddr.js";
import { SentinelError } from "../../shared/errors.ts";
import type { Destination } from "../engine/agent/assistant-ports.ts";

/** The one way out of the agent: only to what the operator configured. */
export interface Egress {
  readonly destinations: readonly Destination[];
  /** `fetch` to the destinations of one purpose. It follows no redirection. */
  fetchFor(purpose: Destination["purpose"]): typeof fetch;
}

/**
 * @param onLeave hears of every call that leaves, before it does
 * @throws SentinelError SETTING_INVALID for a worker that is neither on this machine nor in a private network
 */
export function createEgress(destinations: readonly Destination[], onLeave: (to: Destination) => void): Egress {
  return {
    destinations,
    fetchFor: (purpose) => async (input, init) => {
      const url = new URL(input instanceof Request ? input.url : input);
      const to = destinations.find((one) => one.purpose === purpose && one.origin === url.origin);
      // SECURITY: deny by default; what a tool or model names is no destination.
      if (to === undefined)
        throw new SentinelError("FORBIDDEN", `${url.origin} is not among the hosts that may be called.`);
      if (to.addresses !== null) await requireAddress(url.hostname.replace(/^\[|\]$/g, ""), to.addresses);
      onLeave(to);
      // SECURITY: a redirection could lead anywhere.
      return await fetch(input, { ...init, redirect: "error" });
    },
  };
}

/** SECURITY: looked at for each call, since a name can come to mean another address. */
async function requireAddress(host: string, allowed: readonly string[]): Promise<void> {
  const found = isIP(host) === 0 ? (await lookup(host, { all: true })).map(({ address }) => address) : [host];
  if (found.length > 0 && found.every((address) => isLoopback(address) || allowed.includes(address))) return;
  throw new SentinelError("FORBIDDEN", `${host} is neither this machine nor among SENTINEL_OLLAMA_ADDRESSES.`);
}

const isLoopback = (address: string) => ipaddr.process(address).range() === "loopback";
