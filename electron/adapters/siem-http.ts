import { SentinelError } from "../../shared/errors.ts";
import type { SiemAnswer } from "../engine/fleet/siem/sender.ts";
import { createEgress } from "./egress.ts";

/** How long a server may take for the whole of an answer, milliseconds. */
const answerMs = 30_000;
/** Largest answer that is read, bytes: one for 200 documents is a tenth of that. */
const mostBytes = 4 * 1024 ** 2;
/** Documents that are under way at once where each goes by a request of its own. */
const atOnce = 4;

export interface Reply {
  readonly status: number;
  /** Null: the body is no JSON. */
  readonly json: unknown;
}

/** The one connection of an output: to its own origin and nowhere else. */
export interface SiemHttp {
  /** @throws SentinelError UNAVAILABLE */
  call(
    url: string,
    request: { method: "GET" | "POST"; headers: Record<string, string>; body?: string },
  ): Promise<Reply>;
  /** The server's clock minus this machine's by its last answer, seconds; null: it does not say. */
  clockSkewSeconds(): number | null;
  close(): void;
}

export function createSiemHttp(address: string, onLeave: (origin: string) => void): SiemHttp {
  const { origin } = new URL(address);
  const egress = createEgress([{ purpose: "siem", origin, addresses: null }], (to) => onLeave(to.origin));
  const send = egress.fetchFor("siem");
  const closing = new AbortController();
  let skew: number | null = null;
  return {
    async call(url, request) {
      const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(answerMs)]);
      try {
        // Connections are kept open by `fetch`; certificates are checked as everywhere.
        const response = await send(url, { ...request, signal });
        const said = Date.parse(response.headers.get("date") ?? "");
        if (!Number.isNaN(said)) skew = Math.round((said - Date.now()) / 1000);
        return { status: response.status, json: await readJson(response) };
      } catch (error) {
        if (error instanceof SentinelError) throw error;
        throw new SentinelError("UNAVAILABLE", `${origin} cannot be reached: ${wordsOf(error)}.`, undefined, error);
      }
    },
    clockSkewSeconds: () => skew,
    close: () => closing.abort(),
  };
}

async function readJson(response: Response): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // SECURITY: a server that never ends its answer must not fill the memory.
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > mostBytes) throw new Error("its answer is too large");
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    return null;
  }
}

/** What went wrong with a call, as the end of a sentence. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return "it fails";
  if (error.name === "TimeoutError" || error.name === "AbortError") return "it takes too long to answer";
  const { cause } = error;
  return (cause instanceof Error ? cause.message || ((cause as { code?: string }).code ?? "") : error.message).slice(
    0,
    200,
  );
}

export const taken: SiemAnswer = { state: "taken" };
/** SECURITY: what a server says of a document may repeat the document: only its codes go on. */
export const refused = (reason: string): SiemAnswer => ({ state: "refused", reason });
export const later = (reason: string): SiemAnswer => ({ state: "later", reason });

/** What a status means where nothing else does: a document that is wrong stays wrong; all else may be set right. */
export function judgeStatus(status: number): SiemAnswer {
  if (status >= 200 && status < 300) return taken;
  const reason = `status ${status}`;
  return status === 400 || status === 413 || status === 422 ? refused(reason) : later(`it answers with ${reason}.`);
}

/** Sends documents by requests of their own, a few at once. After a failure of the connection the rest waits. */
export async function sendEach<T>(
  documents: readonly T[],
  send: (document: T) => Promise<SiemAnswer>,
): Promise<SiemAnswer[]> {
  const answers: SiemAnswer[] = documents.map(() => later("it was not tried."));
  let next = 0;
  let broken: SentinelError | null = null;
  const work = async () => {
    while (broken === null && next < documents.length) {
      const i = next++;
      try {
        answers[i] = await send(documents[i]!);
      } catch (error) {
        if (!(error instanceof SentinelError)) throw error;
        broken = error;
        answers[i] = later(error.message);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return answers;
}

export function unavailable(message: string): SentinelError {
  return new SentinelError("UNAVAILABLE", message);
}
