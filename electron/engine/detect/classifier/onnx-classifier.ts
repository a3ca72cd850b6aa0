import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import { SentinelError } from "../../../../shared/errors.ts";
import { unpackError } from "../../store/store-errors.ts";
import type { ClassifierOutput, RemoteClassifier } from "../payload.ts";
import type { OnnxAnswer, OnnxQuestion, OnnxThreadData } from "./onnx-messages.ts";

export interface OnnxOptions {
  /** Entry file of the thread that runs the model. */
  readonly entry: URL;
  /** Folder with model.onnx, tokenizer.json and config.json. */
  readonly folder: string;
  /** What the folder must be, when that is known already. */
  readonly hash?: string;
  /** Longest time for one text, waiting for others included, milliseconds. */
  readonly deadlineMs?: number;
  /** Longest time to load the model, milliseconds. */
  readonly loadWithinMs?: number;
}

export interface OnnxClassifier extends RemoteClassifier {
  /** What computes: "cpu", "cuda", "coreml", "dml". */
  readonly provider: string;
  /** Quicker ones that could not be used, each with why; null: none. */
  readonly passedOver: string | null;
}

type Ready = Pick<OnnxClassifier, "hash" | "provider" | "passedOver">;

/** A question under way. */
interface Pending {
  resolve(output: ClassifierOutput): void;
  reject(error: Error): void;
}

/** One start of the thread; a hung or crashed one is followed by another. */
interface Run {
  readonly worker: Worker;
  readonly port: MessagePort;
  readonly signal: Int32Array<SharedArrayBuffer>;
  readonly pending: Map<number, Pending>;
  state: "loading" | "ready" | "gone";
  /** When it last said anything, monotonic milliseconds. */
  heardAt: number;
  hasExited: boolean;
}

const unavailable = (what: string) => new SentinelError("UNAVAILABLE", `The payload model ${what}.`);

/**
 * A fine-tuned transformer in a thread of its own. A call that is late fails; when the thread says nothing for as long as that, it is ended and
 * started again with the next call: a hung or crashed model costs some calls, never the caller.
 *
 * @throws SentinelError SETTING_INVALID naming the file of the folder and what to do; UNAVAILABLE when loading takes too long
 */
export async function openOnnxClassifier(options: OnnxOptions): Promise<OnnxClassifier> {
  const { deadlineMs = 1000, loadWithinMs = 120_000 } = options;
  let nextId = 1;
  let isClosed = false;
  let loading: { resolve(ready: Ready): void; reject(error: Error): void } | null = null;

  function start(): Run {
    const { port1, port2 } = new MessageChannel();
    const signal = new Int32Array(new SharedArrayBuffer(4));
    const workerData: OnnxThreadData = { folder: options.folder, port: port2, signal };
    const worker = new Worker(options.entry, { workerData, transferList: [port2], name: "onnx" });
    const run: Run = {
      worker,
      port: port1,
      signal,
      pending: new Map(),
      state: "loading",
      heardAt: 0,
      hasExited: false,
    };
    port1.on("message", (answer: OnnxAnswer) => hear(run, answer));
    worker.on("error", () => lose(run, "crashed"));
    worker.on("exit", () => {
      run.hasExited = true;
      // Why it ended may come later than that it did.
      if (run.state !== "gone") drain(run);
      lose(run, "ended");
    });
    return run;
  }

  function lose(run: Run, how: string): void {
    if (run.state === "gone") return;
    run.state = "gone";
    run.port.close();
    void run.worker.terminate();
    for (const { reject } of run.pending.values()) reject(unavailable(how));
    run.pending.clear();
    loading?.reject(unavailable(how));
  }

  function hear(run: Run, answer: OnnxAnswer): void {
    if (run.state === "gone") return;
    run.heardAt = performance.now();
    if (answer.kind === "ready") {
      run.state = "ready";
      if (answer.hash !== expected && expected !== undefined) lose(run, "is not the one that was chosen");
      loading?.resolve(answer);
      return;
    }
    if (answer.kind === "unusable") {
      loading?.reject(unpackError(answer.error));
      lose(run, "cannot be loaded any more");
      return;
    }
    const waiting = run.pending.get(answer.id);
    run.pending.delete(answer.id);
    if (answer.kind === "output") waiting?.resolve(answer.output);
    else waiting?.reject(unavailable(`failed (${answer.error})`));
  }

  /** The thread, ready to be asked. @throws SentinelError UNAVAILABLE */
  function ready(): Run {
    if (isClosed) throw unavailable("is closed");
    // The next start waits for the end of the last: a model stuck in native code must not be joined by another each time.
    if (current.state === "gone" && current.hasExited) current = start();
    const run = current;
    if (run.state === "loading") drain(run);
    if (run.state !== "ready") throw unavailable("is being started");
    return run;
  }

  function drain(run: Run): void {
    for (let got = receiveMessageOnPort(run.port); got !== undefined; got = receiveMessageOnPort(run.port)) {
      hear(run, got.message as OnnxAnswer);
      if (run.state === "gone") return;
    }
  }

  function late(run: Run, id: number, sentAt: number): SentinelError {
    run.pending.delete(id);
    // Still answering others: too much is asked of it. Silent since: it hangs.
    if (run.heardAt < sentAt) lose(run, "hangs");
    return unavailable("did not answer in time");
  }

  function ask(run: Run, text: string): { id: number; sentAt: number } {
    const question: OnnxQuestion = { id: nextId++, text };
    run.port.postMessage(question);
    return { id: question.id, sentAt: performance.now() };
  }

  function score(text: string): ClassifierOutput {
    const run = ready();
    const { id, sentAt } = ask(run, text);
    let output: ClassifierOutput | null = null;
    let failure: Error | null = null;
    run.pending.set(id, {
      resolve: (given) => {
        output = given;
      },
      reject: (error) => {
        failure = error;
      },
    });
    for (;;) {
      const seen = Atomics.load(run.signal, 0);
      drain(run);
      if (output !== null) return output;
      if (failure !== null) throw failure;
      const left = deadlineMs - (performance.now() - sentAt);
      if (left <= 0) throw late(run, id, sentAt);
      Atomics.wait(run.signal, 0, seen, left);
    }
  }

  let expected = options.hash;
  let current: Run;
  const opened = new Promise<Ready>((resolve, reject) => {
    loading = { resolve, reject };
    current = start();
  });
  const timer = setTimeout(() => lose(current, "took too long to load"), loadWithinMs);
  const { hash, provider, passedOver } = await opened.finally(() => {
    clearTimeout(timer);
    loading = null;
  });
  expected = hash;

  return {
    hash,
    provider,
    passedOver,
    score,
    classify: score,
    async classifyLater(text) {
      const run = ready();
      const { id, sentAt } = ask(run, text);
      return await new Promise<ClassifierOutput>((resolve, reject) => {
        const timeout = setTimeout(() => reject(late(run, id, sentAt)), deadlineMs);
        const end = () => clearTimeout(timeout);
        run.pending.set(id, {
          resolve: (output) => {
            end();
            resolve(output);
          },
          reject: (error) => {
            end();
            reject(error);
          },
        });
      });
    },
    async close() {
      isClosed = true;
      lose(current, "is closed");
      await current.worker.terminate();
    },
  };
}
