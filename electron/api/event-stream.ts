import type { Logger } from "../engine/base/logging.ts";
import type { StreamItem } from "./binding.ts";
import { plainHeaders } from "./error-reply.ts";

/** A comment line is sent after this much silence, so that both ends notice a dead connection. */
const heartbeatMs = 15_000;

/**
 * Server-sent events (HTML Living Standard, section 9.2) from a source that is read only as fast as the client reads.
 * The source ends when `controller` is aborted; cancelling the body aborts it.
 */
export function streamEvents(source: AsyncIterable<StreamItem>, controller: AbortController, log: Logger): Response {
  const iterator = source[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  let pending: Promise<IteratorResult<StreamItem>> | undefined;
  const body = new ReadableStream<Uint8Array>(
    {
      start: (sink) => sink.enqueue(encoder.encode(": connected\n\n")),
      async pull(sink) {
        pending ??= iterator.next();
        let timer: NodeJS.Timeout | undefined;
        const silence = new Promise<"silence">((resolve) => {
          timer = setTimeout(resolve, heartbeatMs, "silence");
        });
        try {
          const next = await Promise.race([pending, silence]);
          // The reader went away meanwhile: there is nobody to write to, and closing may come second.
          if (controller.signal.aborted) return closeQuietly(sink);
          if (next === "silence") {
            sink.enqueue(encoder.encode(": heartbeat\n\n"));
            return;
          }
          pending = undefined;
          if (next.done) {
            sink.close();
            return;
          }
          sink.enqueue(encoder.encode(formatEvent(next.value)));
        } catch (error) {
          log.warn({ err: error }, "An event stream ended early");
          sink.error(error);
        } finally {
          clearTimeout(timer);
        }
      },
      cancel: () => controller.abort(),
    },
    { highWaterMark: 1 },
  );
  return new Response(body, { headers: { ...plainHeaders, "Content-Type": "text/event-stream; charset=utf-8" } });
}

function closeQuietly(sink: ReadableStreamDefaultController): void {
  try {
    sink.close();
  } catch {
    // Cancelled, hence closed.
  }
}

function formatEvent(item: StreamItem): string {
  const id = `id: ${item.id}\n`;
  // JSON has no raw line breaks, so that one data line always holds it.
  return item.data === undefined ? `${id}\n` : `${id}data: ${JSON.stringify(item.data)}\n\n`;
}
