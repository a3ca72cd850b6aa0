import { setTimeout } from "node:timers/promises";
import { z } from "zod";
import { SentinelError } from "../../../shared/errors.ts";
import { SubjectKey, topics } from "../../../shared/fleet.ts";
import type { Clock } from "../base/clock.ts";
import { sha256 } from "../base/ids.ts";
import type { Logger } from "../base/logging.ts";
import { findSealed, type Sealer } from "../store/seal.ts";
import type { Store } from "../store/store.ts";
import { SubjectTag } from "../store/tombstones.ts";
import { forgetKeys, keyPlace, keysTold, noteKeys, setKeyPlace, tagsTold } from "./key-table.ts";
import type { BusMessage, MessageBus, OutgoingMessage, Subscription } from "./message-bus.ts";
import { messageHead } from "./message-head.ts";
import { parseJson } from "./parse-json.ts";
import type { Boxes } from "./sealed-box.ts";

export interface SubjectKeysOptions {
  readonly bus: MessageBus;
  readonly store: Store;
  readonly sealer: Pick<Sealer, "keysOf" | "learn" | "eraseTag" | "unseal">;
  readonly boxes: Boxes;
  readonly nodeId: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Whether a subject's texts were erased here, by its hash. */
  readonly isErased: (tag: string) => Promise<boolean>;
}

/** What stands in a box, by the message's own key. */
const Told = z.strictObject({ tag: SubjectTag, key: z.string().regex(/^[A-Za-z0-9+/]{43}=$/) });

/** How often it is looked whether keys have come, and how long they are waited for, milliseconds. */
const lookMs = 50;
const longestMs = 10_000;

const nameOf = (tag: string, key: Uint8Array) => `${tag}.${sha256(key).slice(0, 16)}`;

/**
 * The keys by which engines sealed the texts in their decisions. They travel apart from the decisions, on a compacted topic: what is
 * decided is kept for ever, and a text in it can be read until its subject is erased.
 */
export function createSubjectKeys(options: SubjectKeysOptions) {
  const { bus, store, sealer, boxes, nodeId, clock, log } = options;
  let subscription: Subscription | null = null;
  /** Keys did not come in time: they are waited for no more until the topic is read again. */
  let isLate = false;

  const about = (name: string, node: string) => [topics.subjectKeys, name, node];

  async function take({ key: name, value }: BusMessage): Promise<void> {
    if (name === null) return;
    // Only the broker is told by this: who may erase says so by a decision, which carries the fleet's key.
    if (value.length === 0) return;
    const message = SubjectKey.safeParse(parseJson(value));
    const told = message.success
      ? Told.safeParse(boxes.open(about(name, message.data.node_id), message.data.box))
      : null;
    if (!told?.success) return log.warn({ name }, "A key that this fleet did not tell was left where it is.");
    const { tag } = told.data;
    const key = Buffer.from(told.data.key, "base64");
    await store.write(noteKeys, [{ name, tag }]);
    // SECURITY: what was erased here is not brought back by another engine's copy.
    if (await options.isErased(tag)) return await forget(tag);
    await sealer.learn(tag, key);
    // Erased while it was learned.
    if (await options.isErased(tag)) await sealer.eraseTag(tag);
  }

  /** Whether every text within a text can be read here, or was erased. */
  async function canRead(text: string): Promise<boolean> {
    for (const { sealed, tag } of findSealed(text)) {
      const isRead = await sealer.unseal(sealed).then(
        (clear) => clear !== null,
        (error: unknown) => {
          if (error instanceof SentinelError && error.code === "EVIDENCE_CORRUPT") return false;
          throw error;
        },
      );
      if (!isRead && !(await options.isErased(tag))) return false;
    }
    return true;
  }

  /** Has the broker forget every key that was told of a subject. @throws SentinelError UNAVAILABLE */
  async function forget(tag: string): Promise<void> {
    const names = await store.read(keysTold, tag);
    await bus.send(names.map((name) => ({ topic: topics.subjectKeys, key: name, value: null })));
    await store.write(forgetKeys, names);
  }

  function messageOf(name: string, tag: string, key: Uint8Array): OutgoingMessage {
    const box = boxes.close(about(name, nodeId), { tag, key: Buffer.from(key).toString("base64") });
    const value: SubjectKey = { ...messageHead(nodeId, clock), kind: "subject_key", box };
    return { topic: topics.subjectKeys, key: name, value: JSON.stringify(value) };
  }

  return {
    start() {
      subscription = bus.subscribe({
        topic: topics.subjectKeys,
        group: `sentinel-keys-${nodeId}`,
        concurrency: 1,
        // Keys go back to what they were where a backup is restored, and so does the place.
        from: { at: async () => BigInt(await store.read(keyPlace, null)), orElse: "start" },
        async take(message) {
          await take(message);
          await store.write(setKeyPlace, Number(message.offset) + 1);
        },
      });
    },
    /** Tells the keys of all texts within a text that were not told yet. @throws SentinelError UNAVAILABLE */
    async tell(text: string): Promise<void> {
      const messages: OutgoingMessage[] = [];
      const told: { name: string; tag: string }[] = [];
      for (const tag of new Set(findSealed(text).map((one) => one.tag))) {
        const known = new Set(await store.read(keysTold, tag));
        for (const key of await sealer.keysOf(tag)) {
          const name = nameOf(tag, key);
          if (known.has(name)) continue;
          messages.push(messageOf(name, tag, key));
          told.push({ name, tag });
        }
      }
      await bus.send(messages);
      await store.write(noteKeys, told);
    },
    /** Tells every key anew that was told: on the topic it takes the place of one that another fleet key closed. @throws SentinelError UNAVAILABLE */
    async tellAgain(): Promise<void> {
      for (const tag of await store.read(tagsTold, null)) {
        const told = new Set(await store.read(keysTold, tag));
        const keys = (await sealer.keysOf(tag)).map((key) => ({ key, name: nameOf(tag, key) }));
        await bus.send(keys.filter(({ name }) => told.has(name)).map(({ name, key }) => messageOf(name, tag, key)));
      }
    },
    /**
     * Waits until the keys of all texts within a text are here, if they were told before: what is decided travels on another topic, and may
     * come first. What cannot be read when all that was told is read, or after ten seconds, was erased elsewhere, or comes later.
     */
    async arrived(text: string, signal: AbortSignal): Promise<void> {
      const end = performance.now() + longestMs;
      while (!(await canRead(text))) {
        const isSettled = (await subscription?.lag()) === 0;
        if (isSettled) isLate = false;
        // It may have come while that was asked.
        if (isSettled || isLate) return;
        if (performance.now() > end) {
          isLate = true;
          return log.warn("Keys of texts in a decision have not come; it is judged without them.");
        }
        await setTimeout(lookMs, undefined, { signal });
      }
    },
    forget,
    /** Subjects of which keys were told. */
    tags: () => store.read(tagsTold, null),
    problem: () => subscription?.problem() ?? null,
    close: async () => await subscription?.close(),
  };
}
