import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import { SentinelError } from "../../../../../shared/errors.ts";
import type { ComponentHealth } from "../../../../../shared/health.ts";
import { unpackError } from "../../../store/store-errors.ts";
import type { InjectionClassifier } from "../injection/injection-scanner.ts";
import type { Finding } from "../scanner.ts";
import type { GuardAnswer, GuardHit, GuardQuestion, GuardThreadData } from "./guard-messages.ts";

export interface PromptGuard extends InjectionClassifier {
  /** Whether it judges, and on what it computes. */
  health(): ComponentHealth;
  close(): Promise<void>;
}

interface Pending {
  resolve(hits: readonly GuardHit[]): void;
  reject(error: Error): void;
}

/** One start of the thread; after a crash the next question makes another. */
interface Run {
  readonly worker: Worker;
  readonly port: MessagePort;
  readonly pending: Map<number, Pending>;
  readonly ready: Promise<void>;
  isGone: boolean;
}

const unavailable = (what: string) => new SentinelError("UNAVAILABLE", `The Prompt Guard model ${what}.`);

/**
 * A Prompt Guard model (a text classifier of honest and injected text, as Meta publishes for Llama) that an operator supplies, in a
 * thread of its own, which starts with the first text. What it cannot judge, it throws for.
 */
export function openPromptGuard(options: { readonly folder: string; readonly entry: URL }): PromptGuard {
  let current: Run | null = null;
  let health: ComponentHealth = {
    status: "healthy",
    detail: "Nothing was judged yet; it is loaded for the first text",
  };
  let nextId = 1;
  let isClosed = false;

  function start(): Run {
    const { port1, port2 } = new MessageChannel();
    const workerData: GuardThreadData = { folder: options.folder, port: port2 };
    const worker = new Worker(options.entry, { workerData, transferList: [port2], name: "prompt-guard" });
    const { promise: ready, resolve, reject } = Promise.withResolvers<void>();
    // Heard by whoever asks; that nobody does is no failure of its own.
    ready.catch(() => {});
    const run: Run = { worker, port: port1, pending: new Map(), ready, isGone: false };
    const lose = (error: Error) => {
      if (run.isGone) return;
      run.isGone = true;
      if (!isClosed) health = { status: "degraded", detail: `What it should judge is held back: ${error.message}` };
      port1.close();
      void worker.terminate();
      reject(error);
      for (const waiting of run.pending.values()) waiting.reject(error);
      run.pending.clear();
    };
    const hear = (answer: GuardAnswer) => {
      if (answer.kind === "ready") {
        const { provider, passedOver } = answer;
        const slower = passedOver === null ? "" : `; what is quicker could not be used: ${passedOver}`;
        health = { status: "healthy", detail: `Computes on ${provider}${slower}` };
        return resolve();
      }
      if (answer.kind === "unusable") return lose(unpackError(answer.error));
      const waiting = run.pending.get(answer.id);
      run.pending.delete(answer.id);
      if (answer.kind === "hits") waiting?.resolve(answer.hits);
      else waiting?.reject(unavailable(`failed (${answer.error})`));
    };
    port1.on("message", hear);
    worker.on("error", () => lose(unavailable("crashed")));
    worker.on("exit", () => {
      // Why it ended may come later than that it did.
      for (let last = receiveMessageOnPort(port1); last !== undefined; last = receiveMessageOnPort(port1)) {
        hear(last.message as GuardAnswer);
      }
      lose(unavailable("ended"));
    });
    return run;
  }

  return {
    health: () => health,
    async classify(text, signal): Promise<readonly Finding[]> {
      if (isClosed) throw unavailable("is closed");
      if (current === null || current.isGone) current = start();
      const run = current;
      await run.ready;
      signal.throwIfAborted();
      const id = nextId++;
      const { promise, resolve, reject } = Promise.withResolvers<readonly GuardHit[]>();
      const tell = (question: GuardQuestion) => run.port.postMessage(question);
      const cancel = () => {
        run.pending.delete(id);
        if (!run.isGone) tell({ kind: "cancel", id });
        reject(signal.reason);
      };
      signal.addEventListener("abort", cancel, { once: true });
      run.pending.set(id, { resolve, reject });
      if (run.isGone) reject(unavailable("ended"));
      else tell({ kind: "judge", id, text });
      try {
        const hits = await promise;
        return hits.map(({ start, end, score }) => ({
          rule: "prompt_guard",
          why: "The Prompt Guard model takes this for an attack.",
          start,
          end,
          score,
        }));
      } finally {
        signal.removeEventListener("abort", cancel);
      }
    },
    async close() {
      isClosed = true;
      await current?.worker.terminate();
    },
  };
}
