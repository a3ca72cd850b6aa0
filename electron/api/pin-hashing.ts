import { Piscina } from "piscina";
import type { PinDerivation } from "../engine/base/derive-pin.ts";
import { onDemand } from "../engine/base/on-demand.ts";

/** A thread that has had nothing to do for so long is ended, milliseconds. */
const idleMs = 10_000;

/** Derives hashes from PINs. */
export interface PinHashing {
  derive(pin: string, made: PinDerivation): Promise<Uint8Array>;
  close(): Promise<void>;
}

/**
 * Argon2id in a thread of its own that starts with the first PIN, one after the other: whoever guesses holds up nobody but other PINs.
 * @param entry the worker's file
 */
export function createPinHashing(entry: URL): PinHashing {
  const pool = new Piscina({ filename: entry.href, ...onDemand, idleTimeout: idleMs });
  return {
    derive: (pin, made) => pool.run({ pin, made }, { name: "derivePin" }) as Promise<Uint8Array>,
    close: () => pool.close({ force: true }),
  };
}
