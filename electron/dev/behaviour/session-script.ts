import { createRandom, type Random } from "../../engine/detect/anomaly/random.ts";
import type { Exchange, Header } from "../../engine/evidence/exchange.ts";

/** One request as a persona sends it; what is left out is ordinary. */
export interface ScriptedRequest {
  readonly method?: string;
  readonly target: string;
  readonly headers?: readonly Header[];
  readonly body?: string;
  readonly status?: number;
  /** Decoded bytes of the response body. */
  readonly size?: number;
  readonly durationMs?: number;
}

/** A session being written. */
export interface SessionScript {
  /** Sends a request `afterS` seconds after the one before. */
  send(afterS: number, request: ScriptedRequest): void;
}

/** Random things that sessions are made of. */
export function createDraws(random: Random) {
  const between = (low: number, high: number) => low + random.next() * (high - low);
  return {
    chance: (p: number) => random.next() < p,
    between,
    /** Skewed to the low end, as think times, sizes and counts are. */
    skewed: (low: number, high: number) => low * (high / low) ** (random.next() ** 1.6),
    integer: (low: number, high: number) => low + random.integer(high - low + 1),
    pick: <T>(items: readonly T[]): T => items[random.integer(items.length)]!,
    token: (length: number) => Array.from({ length }, () => "0123456789abcdef"[random.integer(16)]!).join(""),
  };
}
export type Draws = ReturnType<typeof createDraws>;

/** What the evidence of a session tells; the rest becomes "not available". */
export type Recording = "har" | "access_log" | "package_without_clock";

/**
 * Writes a session and returns its exchanges, as far as the kind of evidence tells.
 * @param seed the same seed and persona give the same session
 */
export function playSession(
  seed: number,
  recording: Recording,
  persona: {
    /** Headers that stay the same within the session. */
    readonly client: (draws: Draws) => readonly Header[];
    readonly play: (script: SessionScript, draws: Draws) => void;
  },
): Exchange[] {
  const random = createRandom(seed);
  const draws = createDraws(random);
  const clientHeaders = persona.client(draws);
  const exchanges: Exchange[] = [];
  let time = Date.UTC(2026, 0, 1) + random.integer(86_400_000);
  const clientAddress = recording === "har" ? null : `10.1.${random.integer(200)}.${1 + random.integer(250)}`;
  const send = (afterS: number, request: ScriptedRequest) => {
    time += Math.max(0, Math.round(afterS * 1000));
    const isLog = recording === "access_log";
    const headers = [["Host", "app.example.com"] as const, ...clientHeaders, ...(request.headers ?? [])];
    exchanges.push({
      index: exchanges.length,
      offset: 0,
      length: 0,
      startedAt: recording === "package_without_clock" ? null : time,
      durationMs: recording === "har" ? (request.durationMs ?? draws.skewed(5, 900)) : null,
      clientAddress,
      method: request.method ?? "GET",
      scheme: isLog ? null : "https",
      host: isLog ? null : "app.example.com",
      target: request.target,
      httpVersion: "HTTP/1.1",
      headers: isLog ? headers.filter(([name]) => name === "User-Agent" || name === "Referer") : headers,
      ...(isLog ? { headersPartial: true as const } : {}),
      body: isLog ? null : (request.body ?? ""),
      bodyCut: false,
      response: {
        status: request.status ?? 200,
        headers: null,
        size: request.size ?? Math.round(draws.skewed(200, 90_000)),
        body: null,
        bodyCut: false,
      },
    });
  };
  persona.play({ send }, draws);
  return exchanges;
}
