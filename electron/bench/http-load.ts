import { connect, type Socket } from "node:net";
import { quantile } from "./bench-engine.ts";

/** One run of requests over kept-alive connections. */
export interface LoadResult {
  readonly requestsPerSecond: number;
  /** Time of each answer, milliseconds. */
  readonly latencies: readonly number[];
  /** Answers by status. */
  readonly statuses: ReadonlyMap<number, number>;
}

/** Requests a second, median of the rounds; the first is to warm up. */
export function medianRate(rounds: readonly LoadResult[]): number {
  return quantile(
    rounds.slice(1).map(({ requestsPerSecond }) => requestsPerSecond),
    0.5,
  );
}

/** Time within which 95 % of the answers came, over all rounds but the first, milliseconds. */
export function lateAnswer(rounds: readonly LoadResult[]): number {
  return quantile(
    rounds.slice(1).flatMap(({ latencies }) => latencies),
    0.95,
  );
}

/**
 * Sends requests as fast as they are answered: each connection has one under way. A small client of its own, so that measuring
 * costs the machine less than answering.
 *
 * @param bodyOf body of the i-th request, JSON
 */
export async function loadHttp(options: {
  readonly port: number;
  readonly path: string;
  readonly connections: number;
  readonly seconds: number;
  readonly bodyOf: (i: number) => string;
}): Promise<LoadResult> {
  const { port, path, connections, seconds, bodyOf } = options;
  const latencies: number[] = [];
  const statuses = new Map<number, number>();
  const head = `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\nContent-Length: `;
  let sent = 0;
  const from = performance.now();
  const until = from + seconds * 1000;

  const drive = (socket: Socket) =>
    new Promise<void>((resolve, reject) => {
      let pending = "";
      let sentAt = 0;
      const send = () => {
        const body = bodyOf(sent++);
        sentAt = performance.now();
        socket.write(`${head}${Buffer.byteLength(body)}\r\n\r\n${body}`);
      };
      socket.on("data", (chunk: Buffer) => {
        pending += chunk.toString("latin1");
        const end = pending.indexOf("\r\n\r\n");
        if (end < 0) return;
        const length = Number(/\r\ncontent-length: (\d+)/i.exec(pending)?.[1] ?? Number.NaN);
        if (Number.isNaN(length)) {
          socket.destroy(new Error("An answer does not tell its length."));
          return;
        }
        if (pending.length < end + 4 + length) return;
        const now = performance.now();
        latencies.push(now - sentAt);
        const status = Number(pending.slice(9, 12));
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        pending = "";
        if (now >= until) socket.end();
        else send();
      });
      socket.once("error", reject);
      socket.once("close", () => resolve());
      socket.once("connect", send);
    });

  const sockets = Array.from({ length: connections }, () => connect({ host: "127.0.0.1", port, noDelay: true }));
  try {
    await Promise.all(sockets.map(drive));
  } finally {
    for (const socket of sockets) socket.destroy();
  }
  return { requestsPerSecond: latencies.length / ((performance.now() - from) / 1000), latencies, statuses };
}
