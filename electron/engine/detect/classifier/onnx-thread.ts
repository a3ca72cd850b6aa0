import { packError } from "../../store/store-errors.ts";
import { readOnnxFolder } from "./onnx-folder.ts";
import type { OnnxAnswer, OnnxQuestion, OnnxThreadData } from "./onnx-messages.ts";
import { type OnnxSession, openOnnxSession } from "./onnx-session.ts";

/** Runs a model in this thread: one text after another, in the order they come. */
export async function runOnnxThread({ folder, port, signal }: OnnxThreadData): Promise<void> {
  function tell(answer: OnnxAnswer): void {
    port.postMessage(answer);
    Atomics.add(signal, 0, 1);
    Atomics.notify(signal, 0);
  }

  let session: OnnxSession;
  try {
    const read = await readOnnxFolder(folder);
    session = await openOnnxSession(read);
    const { provider, passedOver } = session;
    tell({ kind: "ready", hash: read.hash, provider, passedOver });
  } catch (error) {
    tell({ kind: "unusable", error: packError(error) });
    port.close();
    return;
  }

  let last: Promise<void> = Promise.resolve();
  async function answer({ id, text }: OnnxQuestion): Promise<void> {
    try {
      tell({ kind: "output", id, output: await session.judge(text) });
    } catch (error) {
      tell({ kind: "failed", id, error: error instanceof Error ? error.name : "Error" });
    }
  }
  port.on("message", (question: OnnxQuestion) => {
    last = last.then(() => answer(question));
  });
}
