import { createRandom } from "../engine/detect/anomaly/random.ts";
import type { Exchange, Header } from "../engine/evidence/exchange.ts";

/**
 * A session of 200 requests with 3,000 values, 300 of them distinct: what a busy single-page application sends. Deterministic.
 */
export function sampleSession(): Exchange[] {
  const random = createRandom(7);
  const words = "order basket invoice product review price colour stock customer address payment search".split(" ");
  const word = () => words[random.integer(words.length)]!;
  const values = Array.from({ length: 292 }, (_, i) => `${word()} ${word()} ${i} ${word()}-${random.integer(9999)}`);
  const headers: Header[] = [
    ["Host", "shop.example"],
    ["User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"],
    ["Accept", "application/json"],
    ["Cookie", "session=4f0c6a52b8d94b2c8a1e6f3d7c5b9a01; theme=light"],
    ["Content-Type", "application/x-www-form-urlencoded"],
  ];
  return Array.from({ length: 200 }, (_, index) => {
    const pair = (k: number) => `${word()}${k}=${encodeURIComponent(values[(index * 12 + k) % values.length]!)}`;
    const target = `/api/search?${Array.from({ length: 6 }, (_, k) => pair(k)).join("&")}`;
    const body = Array.from({ length: 6 }, (_, k) => pair(k + 6)).join("&");
    return {
      index,
      offset: 0,
      length: 0,
      startedAt: Date.UTC(2026, 0, 5) + index * 700,
      durationMs: 20,
      clientAddress: "198.51.100.7",
      method: "POST",
      scheme: "https",
      host: "shop.example",
      target,
      httpVersion: "HTTP/1.1",
      headers,
      body,
      bodyCut: false,
      response: { status: 200, headers: [["Content-Type", "application/json"]], size: 900, body: "{}", bodyCut: false },
    };
  });
}
