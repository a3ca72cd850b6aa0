import { SentinelError } from "../../../../shared/errors.ts";

/**
 * Where a gatekeeper is called: `http://host:port` or `https://host:port`, and nothing behind it.
 * @throws SentinelError INPUT_INVALID
 */
export function parseGatekeeperAddress(address: string): { readonly url: URL; readonly isTls: boolean } {
  const url = URL.canParse(address) ? new URL(address) : null;
  const isHttp = url !== null && (url.protocol === "http:" || url.protocol === "https:");
  if (!isHttp || url.href !== `${url.origin}/` || address.includes("?") || address.includes("#")) {
    throw new SentinelError("INPUT_INVALID", "address: it is written as http://127.0.0.1:8082 or https://host:port.");
  }
  return { url, isTls: url.protocol === "https:" };
}
