import { packError } from "../../../store/store-errors.ts";
import type { GuardAnswer, GuardQuestion, GuardThreadData } from "./guard-messages.ts";
import { type GuardSession, openGuardSession } from "./guard-session.ts";

/** Runs a Prompt Guard model in this thread: one text after another, in the order they come. */
export async function runGuardThread({ folder, port }: GuardThreadData): Promise<void> {
  const tell = (answer: GuardAnswer) => port.postMessage(answer);
  let session: GuardSession;
  try {
    session = await openGuardSession(folder);
    tell({ kind: "ready", provider: session.provider, passedOver: session.passedOver });
  } catch (error) {
    tell({ kind: "unusable", error: packError(error) });
    port.close();
    return;
  }
  const cancelled = new Set<number>();
  let last: Promise<void> = Promise.resolve();
  async function answer(id: number, text: string): Promise<void> {
    try {
      tell({ kind: "hits", id, hits: await session.judge(text, () => cancelled.has(id)) });
    } catch (error) {
      tell({ kind: "failed", id, error: error instanceof Error ? error.name : "Error" });
    }
    cancelled.delete(id);
  }
  port.on("message", (question: GuardQuestion) => {
    if (question.kind === "cancel") cancelled.add(question.id);
    else last = last.then(() => answer(question.id, question.text));
  });
}
