import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { SentinelError } from "../../shared/errors.ts";
import type { SteadyClock } from "../engine/base/clock.ts";
import type { PinDerivation } from "../engine/base/derive-pin.ts";
import type { PinHashing } from "./pin-hashing.ts";

/** Wrong PINs in a row that are free of a penalty. */
const freeAttempts = 5;
const firstPenaltyMs = 1_000;
const maxPenaltyMs = 15 * 60_000;
/** After so long without a wrong PIN one of them is forgotten. */
const forgetMs = 10 * 60_000;
/** A PIN that was right is taken for right without hashing it again for so long. */
const knownMs = 5 * 60_000;
/** Longest PIN, UTF-16 units. */
const longestPin = 500;

export interface PinCheck {
  /** @throws SentinelError UNAUTHENTICATED for a wrong PIN, RATE_LIMITED while locked out, also for the right one */
  check(pin: string): Promise<void>;
}

/** An argon2id hash with what it was made with (RFC 9106). */
interface PinHash {
  readonly made: PinDerivation;
  readonly hash: Uint8Array;
}

/**
 * Compares PINs with one from a file; wrong ones, whoever sends them and through whichever channel, lock everybody out for a time that
 * doubles. A right one does not shorten that: it is forgotten slowly, so that guesses cannot hide behind a program that knows the PIN.
 *
 * SECURITY: by a clock that nobody sets: with the time of day a correction would lock everybody out for years, or leave a right PIN known for as long.
 *
 * @param expected the PIN itself, or an encoded argon2id hash: `$argon2id$v=19$m=19456,t=2,p=1$SALT$HASH`
 * @throws SentinelError SETTING_INVALID for an encoded hash that is none
 */
export async function createPinCheck(
  expected: string,
  { clock, hashing }: { clock: SteadyClock; hashing: Pick<PinHashing, "derive"> },
): Promise<PinCheck> {
  const kept = expected.startsWith("$argon2") ? parseHash(expected) : await hashPin(expected, hashing);
  const key = randomBytes(32);
  /** Right ones of a short time ago, by keyed hash, with when that ends. */
  const known = new Map<string, number>();
  const checking = new Map<string, Promise<void>>();
  let failures = 0;
  let lastFailure = 0;
  let lockedUntil = 0;

  /** Counted before it is known: guesses that are sent at once do not get past the lock-out together. */
  function countAttempt(): void {
    const now = clock.elapsed();
    failures = Math.max(0, failures - Math.floor(Math.max(0, now - lastFailure) / forgetMs)) + 1;
    lastFailure = now;
    if (failures >= freeAttempts) {
      lockedUntil = now + Math.min(maxPenaltyMs, firstPenaltyMs * 2 ** (failures - freeAttempts));
    }
  }

  async function verify(pin: string, digest: string): Promise<void> {
    const before = { failures, lastFailure, lockedUntil };
    countAttempt();
    const counted = failures;
    const isRight = timingSafeEqual(await hashing.derive(pin, kept.made), kept.hash);
    if (!isRight) throw new SentinelError("UNAUTHENTICATED", "The PIN is wrong.");
    // Not counted after all, unless others were meanwhile.
    if (failures === counted) ({ failures, lastFailure, lockedUntil } = before);
    else failures -= 1;
    known.set(digest, clock.elapsed() + knownMs);
  }

  return {
    async check(pin) {
      const wait = lockedUntil - clock.elapsed();
      // SECURITY: a PIN is short; without a lock-out of all callers together it could be tried out in minutes. Nothing is compared
      // while it lasts, also not with PINs that were right: the answer would tell.
      if (wait > 0) {
        throw new SentinelError("RATE_LIMITED", "Too many wrong PINs.", { retry_after_s: Math.ceil(wait / 1000) });
      }
      if (pin === "" || pin.length > longestPin) throw new SentinelError("UNAUTHENTICATED", "The PIN is wrong.");
      // SECURITY: hashing takes its time on purpose; a program that sends the PIN with each call shall not pay it each time.
      const digest = createHmac("sha256", key).update(pin).digest("base64");
      if ((known.get(digest) ?? Number.NEGATIVE_INFINITY) > clock.elapsed()) return;
      known.delete(digest);
      const running = checking.get(digest) ?? verify(pin, digest).finally(() => checking.delete(digest));
      checking.set(digest, running);
      await running;
    },
  };
}

/** OWASP's parameters for argon2id: 19 MiB, two passes. */
async function hashPin(pin: string, { derive }: Pick<PinHashing, "derive">): Promise<PinHash> {
  const made = { salt: randomBytes(16), memorySize: 19_456, iterations: 2, parallelism: 1, hashLength: 32 };
  return { made, hash: await derive(pin, made) };
}

function parseHash(encoded: string): PinHash {
  const found =
    /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/.exec(
      encoded,
    );
  const [memorySize, iterations, parallelism] = (found?.slice(1, 4) ?? []).map(Number) as [number, number, number];
  const isUsable =
    found !== null && parallelism > 0 && iterations > 0 && memorySize >= 8 * parallelism && memorySize <= 1_048_576;
  if (!isUsable) {
    throw new SentinelError("SETTING_INVALID", "SENTINEL_PIN_FILE: the hash is not an argon2id one of version 19.");
  }
  const [salt, hash] = [found[4]!, found[5]!].map((text) => Buffer.from(text, "base64")) as [Buffer, Buffer];
  return { made: { memorySize, iterations, parallelism, salt, hashLength: hash.length }, hash };
}
