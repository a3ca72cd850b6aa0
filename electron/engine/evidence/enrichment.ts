import { constants } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { type AsnResponse, type CountryResponse, Reader } from "maxmind";
import { SentinelError } from "../../../shared/errors.ts";
import type { Settings } from "../../../shared/settings.ts";
import { sha256 } from "../base/ids.ts";
import { type AddressClass, classifyAddress, compileNetworks, type NetworkList, parseAddress } from "./address.ts";
import type { Header } from "./exchange.ts";

/** What is known of a client's address besides the evidence. */
export interface ClientFacts {
  /** Null: the evidence tells no address. */
  readonly addressClass: AddressClass | null;
  /** Whether there is a database that tells countries. */
  readonly countries: boolean;
  /** ISO 3166-1 code; null without a database, or where it does not say. */
  readonly country: string | null;
  /** Autonomous system number; null without a database that has it. */
  readonly network: number | null;
  /** In a network of bad reputation; null: no list is configured, or no address is known. */
  readonly badReputation: boolean | null;
}

export interface Enrichment {
  describe(address: string | null): ClientFacts;
  /** SHA-256 over the data that decides: part of every verdict's provenance. */
  readonly hash: string;
  /** What could not be used, in words. */
  readonly problems: readonly string[];
}

/** Largest database that is loaded, bytes. */
const maxDatabaseBytes = 1024 ** 3;
const maxCached = 50_000;

/**
 * Loads the operator's own data: a MaxMind database (GeoLite2 or GeoIP2 country, city or ASN) and networks of bad reputation. A
 * file that cannot be used is a problem to be shown, never a reason to stop.
 */
export async function openEnrichment(settings: Pick<Settings, "maxmind_file" | "bad_networks">): Promise<Enrichment> {
  const problems: string[] = [];
  const networks = compileNetworks(settings.bad_networks);
  problems.push(...refusedNetworks(networks));
  const database = settings.maxmind_file === "" ? null : await loadDatabase(settings.maxmind_file, problems);
  const hash = sha256(
    JSON.stringify(["enrichment", 1, database?.hash ?? null, [...new Set(settings.bad_networks)].sort()]),
  );
  const cache = new Map<string, ClientFacts>();
  const nothing: ClientFacts = {
    addressClass: null,
    countries: database?.countries ?? false,
    country: null,
    network: null,
    badReputation: null,
  };

  function lookUp(address: string): ClientFacts {
    const addressClass = classifyAddress(address);
    if (addressClass === null) return nothing;
    const found = addressClass === "public" ? (database?.find(address) ?? null) : null;
    return {
      addressClass,
      countries: nothing.countries,
      country: found?.country?.iso_code ?? found?.registered_country?.iso_code ?? null,
      network: found?.autonomous_system_number ?? null,
      badReputation: networks.size === 0 ? null : networks.has(address),
    };
  }

  function describe(address: string | null): ClientFacts {
    if (address === null) return nothing;
    let facts = cache.get(address);
    if (facts === undefined) {
      facts = lookUp(address);
      if (cache.size >= maxCached) cache.clear();
      cache.set(address, facts);
    }
    return facts;
  }

  return { hash, problems, describe };
}

function refusedNetworks({ refused }: Pick<NetworkList, "refused">): string[] {
  if (refused.length === 0) return [];
  const count = refused.length === 1 ? "1 entry is" : `${refused.length} entries are`;
  return [`bad_networks: ${count} no network, the first one ${JSON.stringify(refused[0])}.`];
}

/** Stands before the metadata at a database's end, which is at most 128 KiB long (MaxMind DB file format, version 2.0). */
const metadataMark = Buffer.from("abcdef4d61784d696e642e636f6d", "hex");
const metadataBytes = 128 * 1024;

/** What of the operator's own data surely cannot be used, in words: looks at a database's end alone, since it may be large. */
export async function checkEnrichment(settings: Pick<Settings, "maxmind_file" | "bad_networks">): Promise<string[]> {
  const problems = refusedNetworks(compileNetworks(settings.bad_networks));
  if (settings.maxmind_file === "") return problems;
  try {
    const file = await open(settings.maxmind_file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const { size } = await file.stat();
      const from = Math.max(0, size - metadataBytes);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(metadataBytes), 0, metadataBytes, from);
      if (!buffer.subarray(0, bytesRead).includes(metadataMark))
        problems.push("maxmind_file: it is no MaxMind database.");
    } finally {
      await file.close();
    }
  } catch (error) {
    problems.push(`maxmind_file: ${whyUnusable(error)}`);
  }
  return problems;
}

/** SECURITY: without its path: health is open to every program on this machine. */
function whyUnusable(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT") return "there is no such file.";
  if (code === "EACCES" || code === "EPERM") return "this account may not read the file.";
  if (typeof code === "string" && !(error instanceof SentinelError)) return `it cannot be read (${code}).`;
  return `it cannot be used (${error instanceof Error ? error.message : String(error)}).`;
}

type DatabaseRecord = Partial<CountryResponse> & Partial<AsnResponse>;

async function loadDatabase(path: string, problems: string[]) {
  try {
    const bytes = await readFile(path);
    if (bytes.length > maxDatabaseBytes) throw new SentinelError("INPUT_TOO_LARGE", "The file is larger than 1 GiB.");
    const reader = new Reader<CountryResponse & AsnResponse>(bytes);
    const find = (address: string): DatabaseRecord | null => {
      try {
        const parsed = parseAddress(address);
        return parsed === null ? null : reader.get(parsed.toString());
      } catch {
        // A database without IPv6 throws for such addresses: it does not tell.
        return null;
      }
    };
    // Databases of networks, domains and connections hold no countries.
    const countries = !/asn|isp|domain|connection|anonymous/i.test(reader.metadata.databaseType);
    return { find, countries, hash: sha256(bytes) };
  } catch (error) {
    problems.push(`maxmind_file: ${whyUnusable(error)}`);
    return null;
  }
}

/**
 * Addresses that a request claims to come from, nearest hop last (X-Forwarded-For, X-Real-IP, Forwarded; RFC 7239). Anybody can
 * write anything into these headers: they never choose the session, the address class, the country or the reputation. They are
 * only shown, and counted where they contradict each other or name an inner address.
 */
export function claimedAddresses(headers: readonly Header[] | null): string[] {
  const claimed: string[] = [];
  for (const [name, value] of headers ?? []) {
    const lower = name.toLowerCase();
    const parts =
      lower === "x-forwarded-for" || lower === "x-real-ip" || lower === "true-client-ip" || lower === "cf-connecting-ip"
        ? value.slice(0, 4000).split(",", 50)
        : lower === "forwarded"
          ? [...value.slice(0, 4000).matchAll(/for=\s*"?([^;,"\s]+)/gi)].slice(0, 50).map((match) => match[1]!)
          : [];
    for (const part of parts) {
      const bare = part.trim().replace(/^(\[.*\]|[\d.]+):\d+$/, "$1");
      const address = parseAddress(bare);
      if (address !== null) claimed.push(address.toString());
    }
  }
  return claimed;
}
