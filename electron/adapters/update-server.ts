import { SentinelError } from "../../shared/errors.ts";
import type { Logger } from "../engine/base/logging.ts";
import type { OpenUpdateServer } from "../engine/base/update-server.ts";
import { createEgress } from "./egress.ts";
import { wordsOf } from "./siem-http.ts";

/** How long the server may take until its answer begins, milliseconds. How long it goes on is the reader's to end. */
const answerMs = 30_000;

/** Opens the way to the folder that newer versions are looked for in: to its origin and nowhere else. */
export function createUpdateServerOpener(log: Pick<Logger, "debug">): OpenUpdateServer {
  return (address) => {
    const folder = new URL(address.endsWith("/") ? address : `${address}/`);
    const { origin } = folder;
    const egress = createEgress([{ purpose: "update", origin, addresses: null }], ({ purpose }) =>
      log.debug({ purpose, origin }, "A call leaves."),
    );
    const get = egress.fetchFor("update");
    const unavailable = (why: string, cause?: unknown) =>
      new SentinelError("UNAVAILABLE", `${origin}: ${why}.`, undefined, cause);
    return {
      origin,
      async read(name, signal) {
        const slow = new AbortController();
        const timer = setTimeout(() => slow.abort(new DOMException("slow", "TimeoutError")), answerMs);
        try {
          const url = new URL(encodeURIComponent(name), folder);
          const response = await get(url, { signal: AbortSignal.any([signal, slow.signal]) });
          if (response.status !== 200) {
            await response.body?.cancel();
            throw unavailable(`it answers with status ${response.status}`);
          }
          return bodyOf(response, (error) => (signal.aborted ? error : unavailable(wordsOf(error), error)));
        } catch (error) {
          if (error instanceof SentinelError || signal.aborted) throw error;
          throw unavailable(wordsOf(error), error);
        } finally {
          clearTimeout(timer);
        }
      },
    };
  };
}

async function* bodyOf({ body }: Response, told: (error: unknown) => unknown): AsyncGenerator<Uint8Array> {
  try {
    yield* body ?? [];
  } catch (error) {
    throw told(error);
  }
}
