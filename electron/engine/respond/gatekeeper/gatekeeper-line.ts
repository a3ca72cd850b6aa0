import { randomBytes } from "node:crypto";
import { SentinelError } from "../../../../shared/errors.ts";
import {
  GateAnswer,
  type GateCommand,
  type GateMessage,
  type GateResult,
  gatePath,
  gateProtocol,
  SignedText,
} from "../../../../shared/gatekeeper-protocol.ts";
import { type Clock, toInstant } from "../../base/clock.ts";
import type { Store } from "../../store/store.ts";
import type { StoredGatekeeper } from "./gatekeeper-state.ts";
import { linkOf, saveLink } from "./link-table.ts";
import { gateKey, isSaidBy, signText } from "./signed-text.ts";

/**
 * Calls a gatekeeper's control listener: the body it answers with, as text. Only goes where the address may lead.
 * @throws SentinelError UNAVAILABLE in words
 */
export type CallGatekeeper = (
  to: Pick<StoredGatekeeper, "address" | "is_public">,
  request: { readonly method: "PUT" | "POST"; readonly path: string; readonly body: string },
) => Promise<string>;

/** Speaks with gatekeepers. One command at a time for each: numbers rise in the order in which they are sent. */
export interface GatekeeperLine {
  /** @throws SentinelError UNAVAILABLE when it does not answer, or its answer is not signed by its key */
  ask(gatekeeper: StoredGatekeeper, command: GateCommand): Promise<GateResult>;
}

/** @param seed of the key that messages are signed with */
export function createGatekeeperLine(options: {
  readonly store: Store;
  readonly clock: Clock;
  readonly seed: Uint8Array;
  readonly call: CallGatekeeper;
}): GatekeeperLine {
  const { store, clock, seed, call } = options;
  const engine = gateKey(seed);

  async function send(gatekeeper: StoredGatekeeper, command: GateCommand): Promise<GateAnswer> {
    const link = await store.read(linkOf, gatekeeper.id);
    const seq = link.seq + 1;
    // On the disk before it is sent: after a restart no number is used again.
    await store.write(saveLink, { gatekeeper: gatekeeper.id, link: { ...link, seq } });
    const message: GateMessage = {
      protocol: gateProtocol,
      engine,
      gatekeeper: gatekeeper.key,
      seq,
      nonce: randomBytes(16).toString("base64url"),
      at: toInstant(clock.now() + link.offset_ms),
      command,
    };
    const body = JSON.stringify(signText(seed, "engine", JSON.stringify(message)));
    const text = await call(gatekeeper, { ...gatePath(command), body });
    const answer = readAnswer(text, gatekeeper.key);
    // SECURITY: an answer is good for the message whose nonce it names: an older one proves nothing.
    if (answer === null || answer.nonce !== message.nonce) {
      throw new SentinelError(
        "UNAVAILABLE",
        "What answers there does not hold the gatekeeper's key: nothing it says counts.",
      );
    }
    return answer;
  }

  async function adjust(gatekeeper: string, change: { seq?: number; offset_ms?: number }): Promise<void> {
    const link = await store.read(linkOf, gatekeeper);
    await store.write(saveLink, { gatekeeper, link: { ...link, ...change, seq: Math.max(link.seq, change.seq ?? 0) } });
  }

  return {
    async ask(gatekeeper, command) {
      let answer = await send(gatekeeper, command);
      // Its clock and its count are its own: the message is sent again by them. Both come signed, with the nonce of a moment ago.
      for (let again = 0; again < 2 && answer.result.kind === "refused"; again++) {
        const { why, last_seq } = answer.result;
        if (why === "clock") {
          await adjust(gatekeeper.id, { offset_ms: Date.parse(answer.at) - clock.now() });
        } else if (why === "old") await adjust(gatekeeper.id, { seq: last_seq });
        else break;
        answer = await send(gatekeeper, command);
      }
      return answer.result;
    },
  };
}

function readAnswer(text: string, key: string): GateAnswer | null {
  try {
    const signed = SignedText.parse(JSON.parse(text));
    if (!isSaidBy(key, "gatekeeper", signed)) return null;
    const answer = GateAnswer.parse(JSON.parse(signed.text));
    return answer.gatekeeper === key ? answer : null;
  } catch {
    return null;
  }
}
