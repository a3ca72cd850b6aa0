import { SentinelError } from "../../../shared/errors.ts";
import { topics } from "../../../shared/fleet.ts";
import { sha256 } from "../base/ids.ts";

/**
 * Sees that the topic of decisions is the one that was read before, and whole: what is missing there, or was written anew under the same
 * offsets, would be passed over, and this engine would come to something else than the others.
 */
export function createTopicWatch() {
  /** Offset of the next message; null: reading begins, with the last one that was judged. */
  let next: bigint | null = null;
  return {
    begin(): void {
      next = null;
    },
    /** @param last what was judged last; @throws SentinelError UNAVAILABLE, for as long as the topic is another one */
    check(last: { readonly offset: number; readonly hash: string }, offset: bigint, value: Buffer): void {
      const first = BigInt(Math.max(0, last.offset));
      // A message that could not be taken comes again.
      const isExpected = next === null ? offset === first : offset === next || offset === next - 1n;
      const isKnown = offset !== BigInt(last.offset) || last.hash === "" || sha256(value) === last.hash;
      if (!isExpected || !isKnown) {
        throw new SentinelError(
          "UNAVAILABLE",
          `The topic ${topics.decisions} is not as it was read before: message ${offset} ${isExpected ? "is another one" : `came where ${next ?? first} was next`}. It was made anew, or messages were removed. Put it back as it was; until then nothing is decided together.`,
        );
      }
      next = offset + 1n;
    },
  };
}
