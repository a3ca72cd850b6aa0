import { createRandom } from "../engine/detect/anomaly/random.ts";
import type { Exchange, ExchangeResponse, Header } from "../engine/evidence/exchange.ts";
import { generateAttacks } from "../engine/learn/training/generated/generate.ts";
import { createRandom as createNamedRandom } from "../engine/learn/training/random.ts";

const requests = 200;
/** Values of the queries and forms that differ from each other; eight more stand in headers and cookies. */
const distinctValues = 292;
/** Of them, attacks. */
const attackValues = 5;

/**
 * A session of 200 requests with 3,000 values, 300 of them distinct, a few of them attacks, every third answer a page: what a busy
 * application with a visitor who tries something sends. Deterministic; another number shares no value with it.
 */
export function sampleSession(number: number): Exchange[] {
  const random = createRandom(7 + number);
  const words = "order basket invoice product review price colour stock customer address payment search".split(" ");
  const word = () => words[random.integer(words.length)]!;
  const attacks = generateAttacks(createNamedRandom(`session ${number}`), 60).filter(({ text }) => text.length < 200);
  const values = Array.from({ length: distinctValues }, (_, i) =>
    i < attackValues
      ? `${attacks[i]!.text} ${number}`
      : `${word()} ${word()} ${number}.${i} ${word()}-${random.integer(9999)}`,
  );
  const headers: Header[] = [
    ["Host", "shop.example"],
    ["User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"],
    ["Accept", "application/json"],
    ["Cookie", `session=4f0c6a52b8d94b2c8a1e6f3d${number.toString(16).padStart(8, "0")}; theme=light`],
    ["Content-Type", "application/x-www-form-urlencoded"],
  ];
  return Array.from({ length: requests }, (_, index) => {
    const valueAt = (k: number) => values[(index * 12 + k) % values.length]!;
    const pair = (k: number) => `${word()}${k}=${encodeURIComponent(valueAt(k).toWellFormed())}`;
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
      response: index % 3 === 0 ? page(valueAt(0), word) : json,
    };
  });
}

const json: ExchangeResponse = {
  status: 200,
  headers: [["Content-Type", "application/json"]],
  size: 900,
  body: "{}",
  bodyCut: false,
};

/** A page of about 4 KB that says, escaped, what was looked for. */
function page(asked: string, word: () => string): ExchangeResponse {
  const items = Array.from(
    { length: 60 },
    (_, i) => `<li class="item"><a href="/product/${i}">${word()} ${word()}</a></li>`,
  );
  const heading = asked.replace(/[<>&"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
  const body = `<!doctype html><html><body><h1>${heading}</h1><ul>${items.join("\n")}</ul></body></html>`;
  return {
    status: 200,
    headers: [["Content-Type", "text/html; charset=utf-8"]],
    size: body.length,
    body,
    bodyCut: false,
  };
}
