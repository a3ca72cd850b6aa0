import { type LookupAddress, lookup } from "node:dns";
import { request as openPlain } from "node:http";
import { request as openTls } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import ipaddr from "ipaddr.js";
import { SentinelError } from "../../shared/errors.ts";
import { parseGatekeeperAddress } from "../engine/respond/gatekeeper/gatekeeper-address.ts";
import type { CallGatekeeper } from "../engine/respond/gatekeeper/gatekeeper-line.ts";

/** How long a gatekeeper may take for the whole of an answer, milliseconds. */
const answerMs = 10_000;
/** Largest answer, bytes. */
const mostBytes = 8 * 1024 ** 2;

/**
 * Whether an address is one of this machine or of a private network.
 * SECURITY: link-local addresses are none: behind them stand the metadata services of clouds.
 */
export function isPrivateAddress(address: string): boolean {
  if (isIP(address) === 0) return false;
  return ["loopback", "private", "uniqueLocal"].includes(ipaddr.process(address).range());
}

/** Calls gatekeepers over HTTP. @param timeoutMs for the whole of an answer */
export function createGatekeeperCaller(timeoutMs = answerMs): CallGatekeeper {
  return async ({ address, is_public }, { method, path, body }) => {
    const { url, isTls } = parseGatekeeperAddress(address);
    const host = url.hostname.replace(/^\[|\]$/g, "");
    if (!is_public && isIP(host) !== 0 && !isPrivateAddress(host)) throw refusal(host);
    const open = isTls ? openTls : openPlain;
    return await new Promise<string>((resolve, reject) => {
      const request = open(
        {
          host,
          port: url.port === "" ? (isTls ? 443 : 80) : Number(url.port),
          method,
          path,
          // SECURITY: looked at when the connection is made, so that a name cannot lead elsewhere later (DNS rebinding).
          lookup: is_public ? lookup : privateLookup,
          // A connection of its own: what was kept open may lead to what was there before.
          agent: false,
          headers: { "content-type": "application/json", "content-length": Buffer.byteLength(body) },
          signal: AbortSignal.timeout(timeoutMs),
        },
        (reply) => {
          const chunks: Buffer[] = [];
          let length = 0;
          reply.on("data", (chunk: Buffer) => {
            length += chunk.length;
            if (length > mostBytes) request.destroy(new Error("its answer is too large"));
            else chunks.push(chunk);
          });
          reply.once("error", reject);
          reply.once("end", () => {
            if (reply.statusCode === 200) resolve(Buffer.concat(chunks).toString("utf8"));
            else if (reply.statusCode === 403) reject(new Error("it does not obey this engine: compare the keys"));
            // SECURITY: a redirection is not followed: it could lead anywhere.
            else reject(new Error(`it answers with status ${reply.statusCode}`));
          });
        },
      );
      request.once("error", reject);
      request.end(body);
    }).catch((error: unknown) => {
      if (error instanceof SentinelError) throw error;
      throw new SentinelError("UNAVAILABLE", `The gatekeeper cannot be reached: ${wordsOf(error)}.`, undefined, error);
    });
  };
}

const refusal = (host: string) =>
  new SentinelError(
    "UNAVAILABLE",
    `${host} is no address of this machine or a private network, and it is not allowed to be another.`,
  );

const privateLookup: LookupFunction = (host, options, done) => {
  lookup(host, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    if (error !== null) done(error, [], 0);
    else if (addresses.length === 0 || addresses.some(({ address }) => !isPrivateAddress(address))) {
      done(refusal(host), [], 0);
    } else if (options.all === true) done(null, addresses);
    else done(null, addresses[0]!.address, addresses[0]!.family);
  });
};

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return "it fails";
  if (error.name === "TimeoutError" || error.name === "AbortError") return "it takes too long to answer";
  return error.message.slice(0, 200);
}
