import { argon2id } from "hash-wasm";

/** What an argon2id hash is made of (RFC 9106). */
export interface PinDerivation {
  readonly salt: Uint8Array;
  /** KiB. */
  readonly memorySize: number;
  readonly iterations: number;
  readonly parallelism: number;
  /** Bytes. */
  readonly hashLength: number;
}

/** Some fifty milliseconds of computing with the usual parameters, seconds with the most that are taken: not for a thread that others wait for. */
export async function derivePin({ pin, made }: { pin: string; made: PinDerivation }): Promise<Uint8Array> {
  return await argon2id({ ...made, password: pin, outputType: "binary" });
}
