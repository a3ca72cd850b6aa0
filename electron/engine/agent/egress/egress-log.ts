import type { EgressEntry, EgressPurpose, getEgress } from "../../../../shared/agent-egress.ts";
import { SentinelError } from "../../../../shared/errors.ts";
import type { Output } from "../../../../shared/route.ts";
import { type Clock, toInstant } from "../../base/clock.ts";
import { sha256, uuidv7 } from "../../base/ids.ts";
import { enginePrincipal } from "../../base/principals.ts";
import type { Sealer } from "../../store/seal.ts";
import type { Store } from "../../store/store.ts";
import { taskSubject } from "../tasks/task-subject.ts";
import {
  type EgressRow,
  type Ended,
  egressById,
  egressText,
  keepEgressText,
  latestEgress,
  noteEnded,
  noteSent,
} from "./egress-table.ts";

/** Characters of a part that is sealed by itself. */
const partLength = 200_000;

/** Something that is about to leave for a task. */
export interface Leaving {
  readonly task: string;
  readonly purpose: EgressPurpose;
  /** Origin of the planner; server and tool of an MCP call. */
  readonly to: string;
  /** Exactly what is sent. */
  readonly text: string;
}

export interface Tokens {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** What left this machine. The log names each text by its hash; the text is sealed with its task's key, and erased with it. */
export interface EgressLog {
  /**
   * Writes down what is sent, then sends it, then writes down whether an answer came.
   * @throws whatever `send` throws; nothing is sent that could not be written down
   */
  record<T>(leaving: Leaving, send: () => Promise<T>, tokensOf?: (answer: T) => Tokens): Promise<T>;
  list(input: { task_id?: string | undefined; limit: number }): Promise<EgressEntry[]>;
  /** @throws SentinelError NOT_FOUND */
  get(id: string): Promise<Output<typeof getEgress>>;
}

export function createEgressLog({ store, sealer, clock }: { store: Store; sealer: Sealer; clock: Clock }): EgressLog {
  async function begin({ task, purpose, to, text }: Leaving): Promise<string> {
    const id = uuidv7(clock);
    const parts: string[] = [];
    for (let at = 0; at < text.length; at += partLength)
      parts.push(await sealer.seal(taskSubject(task), text.slice(at, at + partLength)));
    await store.write(keepEgressText, { id, parts });
    const sent = { task_id: task, purpose, to, characters: text.length, sha256: sha256(text), at: clock.now() };
    await store.append([noteSent(id, sent)], enginePrincipal);
    return id;
  }

  async function end(id: string, ended: Ended): Promise<void> {
    await store.append([noteEnded(id, ended)], enginePrincipal);
  }

  return {
    async record(leaving, send, tokensOf) {
      // SECURITY: first the log, then the network: nothing leaves without a trace.
      const id = await begin(leaving);
      const none = { input_tokens: null, output_tokens: null };
      let answer: Awaited<ReturnType<typeof send>>;
      try {
        answer = await send();
      } catch (error) {
        await end(id, { ...none, outcome: "failed" });
        throw error;
      }
      const tokens = tokensOf?.(answer);
      const counted =
        tokens === undefined ? none : { input_tokens: tokens.inputTokens, output_tokens: tokens.outputTokens };
      await end(id, { ...counted, outcome: "answered" });
      return answer;
    },
    async list({ task_id = null, limit }) {
      return (await store.read(latestEgress, { task: task_id, limit })).map(toEntry);
    },
    async get(id) {
      const row = await store.read(egressById, id);
      if (row === null) throw new SentinelError("NOT_FOUND", "Nothing of this id has left.");
      const texts = await Promise.all((await store.read(egressText, id)).map((part) => sealer.unseal(part)));
      return { ...toEntry(row), text: texts.length === 0 || texts.includes(null) ? null : texts.join("") };
    },
  };
}

function toEntry({ at, ...row }: EgressRow): EgressEntry {
  return { ...row, at: toInstant(at) };
}
