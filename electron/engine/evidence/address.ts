import ipaddr from "ipaddr.js";

/** Class of a network address. `reserved` are all ranges that no visitor of a public site can come from. */
export const addressClasses = ["public", "private", "loopback", "link_local", "multicast", "reserved"] as const;
export type AddressClass = (typeof addressClasses)[number];

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** An address, IPv4-mapped ones as IPv4, without port or zone; null when the text is none. Octal and short forms are refused. */
export function parseAddress(text: string): Address | null {
  const bare = text
    .trim()
    .replace(/^\[|\]$/g, "")
    .replace(/%.*$/, "");
  if (bare.length > 45) return null;
  // SECURITY: "0177.0.0.1" or "127.1" mean different addresses to different programs.
  if (ipaddr.IPv4.isValidFourPartDecimal(bare)) return ipaddr.IPv4.parse(bare);
  return ipaddr.IPv6.isValid(bare) && bare.includes(":") ? ipaddr.process(bare) : null;
}

const byRange: Record<string, AddressClass> = {
  unicast: "public",
  private: "private",
  uniqueLocal: "private",
  carrierGradeNat: "private",
  loopback: "loopback",
  linkLocal: "link_local",
  multicast: "multicast",
  broadcast: "multicast",
};

/** Class of an address by the IANA special-purpose registries; null when the text is no address. */
export function classifyAddress(text: string | null): AddressClass | null {
  const address = text === null ? null : parseAddress(text);
  return address === null ? null : (byRange[address.range()] ?? "reserved");
}

/** Fast membership in a list of networks. */
export interface NetworkList {
  has(address: string): boolean;
  /** Networks that could be read. */
  readonly size: number;
  /** Entries that are no network, at most 100 of them. */
  readonly refused: readonly string[];
}

/**
 * Compiles CIDR networks (or single addresses) into sorted, merged ranges; a look-up is one binary search. IPv4 and IPv6 are
 * both held as 128-bit numbers, IPv4 in its mapped form.
 */
export function compileNetworks(entries: readonly string[]): NetworkList {
  const ranges: { from: bigint; to: bigint }[] = [];
  const refused: string[] = [];
  for (const entry of entries) {
    const range = parseNetwork(entry);
    if (range !== null) ranges.push(range);
    else if (refused.length < 100) refused.push(entry.slice(0, 60));
  }
  const size = ranges.length;
  ranges.sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0));
  const starts: bigint[] = [];
  const ends: bigint[] = [];
  for (const { from, to } of ranges) {
    const last = ends.length - 1;
    if (last >= 0 && from <= ends[last]! + 1n) {
      if (to > ends[last]!) ends[last] = to;
    } else {
      starts.push(from);
      ends.push(to);
    }
  }
  return {
    size,
    refused,
    has(text) {
      const address = parseAddress(text);
      if (address === null) return false;
      const value = toNumber(address);
      let low = 0;
      let high = starts.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (starts[middle]! <= value) low = middle + 1;
        else high = middle;
      }
      return low > 0 && value <= ends[low - 1]!;
    },
  };
}

function parseNetwork(entry: string): { from: bigint; to: bigint } | null {
  const [text = "", prefix, more] = entry.trim().split("/");
  const address = parseAddress(text);
  if (address === null || more !== undefined || (prefix !== undefined && !/^\d{1,3}$/.test(prefix))) return null;
  const bits = address.kind() === "ipv4" ? 32 : 128;
  const length = prefix === undefined ? bits : Number(prefix);
  if (length > bits) return null;
  const hostBits = BigInt(bits - length);
  const from = (toNumber(address) >> hostBits) << hostBits;
  return { from, to: from + (1n << hostBits) - 1n };
}

function toNumber(address: Address): bigint {
  let value = address.kind() === "ipv4" ? 0xffffn : 0n;
  for (const byte of address.toByteArray()) value = (value << 8n) | BigInt(byte);
  return value;
}
