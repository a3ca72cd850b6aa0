import type { EvidenceKind } from "../../../shared/evidence.ts";
import { type Exchange, renderRequest } from "../evidence/exchange.ts";
import { mask } from "../evidence/secrets.ts";
import type { KeyRing } from "../store/key-store.ts";
import type { WireError } from "../store/store-errors.ts";
import { asSent } from "./as-sent.ts";

/** Tells whether a text stands anywhere in an exchange: request line, headers, bodies; upper and lower case are the same. */
export function createExchangeScan(text: string): (exchange: Exchange) => boolean {
  const sought = asSent(text).map((each) => each.toLowerCase());
  const stands = (where: string) => {
    const lower = where.toLowerCase();
    return sought.some((each) => lower.includes(each));
  };
  // SECURITY: what stands in a secret is not found, or a search would be a way to guess it letter by letter. Masking costs a
  // hundred times as much as looking, so only what would be found is masked.
  const standsUnmasked = (where: string) => stands(where) && stands(mask(where));
  return (exchange) => {
    if (standsUnmasked(renderRequest(exchange).text)) return true;
    const { response } = exchange;
    if (response === null) return false;
    const head = (response.headers ?? []).map(([name, value]) => `${name}: ${value}\r\n`).join("");
    // As a whole message: a cookie is a secret by its header alone.
    return standsUnmasked(`HTTP/1.1 ${response.status ?? ""}\r\n${head}\r\n${response.body ?? ""}`);
  };
}

/** What a worker needs to look through one piece of stored evidence. Plain data: it crosses a thread boundary. */
export interface ScanTask {
  readonly text: string;
  readonly evidence: { readonly kind: EvidenceKind; readonly sha256: string };
  readonly blobsPath: string;
  readonly keysPath: string;
  readonly ring: KeyRing;
  readonly entryBytes: number;
  /** Hits after which it stops. */
  readonly most: number;
}

/** How a task ended, as it crosses the thread boundary: thrown errors would lose their code there. */
export type ScanAnswer = { readonly hits: readonly number[] } | { readonly error: WireError };
