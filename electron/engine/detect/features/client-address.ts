import ipaddr from "ipaddr.js";

const addressClasses = new Map<string, string>([
  ["unicast", "public"],
  ["private", "private"],
  ["uniqueLocal", "private"],
  ["linkLocal", "private"],
  ["carrierGradeNat", "private"],
  ["loopback", "loopback"],
]);

/** "public", "private", "loopback", "reserved" (RFC 6890), or null for what is no address. */
export function classifyAddress(address: string): "public" | "private" | "loopback" | "reserved" | null {
  if (!ipaddr.isValid(address)) return null;
  const kind = addressClasses.get(ipaddr.process(address).range());
  return kind === "public" || kind === "private" || kind === "loopback" ? kind : "reserved";
}
