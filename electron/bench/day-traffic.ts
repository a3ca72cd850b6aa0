import { createRandom, type Random } from "../engine/detect/anomaly/random.ts";

/**
 * A day of an invented shop as combined log lines, for what a cache is worth. Visitors arrive evenly over the day; each asks for
 * a geometric number of pages (12 on average) with one of 300 user agents (Zipf, s = 1.1). Pages are 4,000 articles in 60 categories (Zipf, s = 1);
 * 12 of 100 requests search for one or two of 1,500 words (Zipf, s = 1.1); 5 of 100 carry a campaign's parameters with a click id of their own;
 * the referer is the visitor's last page. 3 of 1,000 visitors are scanners, whose every request has a new attack in it.
 */
export function dayOfTraffic(requests: number): string[] {
  const shop = openShop();
  const lines: string[] = [];
  for (let n = 0; lines.length < requests; n++) {
    const visitor = shop.visitor(n);
    let second = Math.floor(shop.random.next() * 82_000);
    do {
      lines.push(visitor.ask(second));
      second += visitor.pause();
    } while (visitor.stays() && lines.length < requests);
  }
  return lines;
}

/** The same traffic in the order of time, second by second, as a server writes its log. */
export function* dayLog(requests: number): Generator<string> {
  const shop = openShop();
  const aVisit = 12;
  const perSecond = requests / aVisit / lastSecond;
  /** Visitors by the second in which they ask next; nobody waits for longer than there are places. */
  const waiting = Array.from({ length: 64 }, (): Visitor[] => []);
  let [written, visitors] = [0, 0];
  for (let second = 0; written < requests; second++) {
    while (visitors < perSecond * (second + 1)) waiting[second % waiting.length]!.push(shop.visitor(visitors++));
    for (const visitor of waiting[second % waiting.length]!.splice(0)) {
      if (written++ < requests) yield visitor.ask(Math.min(second, 86_399));
      if (visitor.stays()) waiting[(second + visitor.pause()) % waiting.length]!.push(visitor);
    }
  }
}

/** Nobody comes later in the day. */
const lastSecond = 82_000;

interface Visitor {
  /** A log line of the next request. */
  ask(second: number): string;
  /** Seconds until the next one. */
  pause(): number;
  /** Whether there is a next one. */
  stays(): boolean;
}

function openShop(): { random: Random; visitor(n: number): Visitor } {
  const random = createRandom(2026);
  const pages = zipf(4000, 1);
  const words = zipf(1500, 1.1);
  const agents = zipf(300, 1.1);
  return {
    random,
    visitor(n) {
      const isScanner = n % 333 === 332;
      const address = `${198 + (n >> 24)}.${51 + ((n >> 16) & 127)}.${(n >> 8) & 255}.${n & 255}`;
      const agent = userAgent(draw(random, agents));
      let referer = "https://search.example/";
      return {
        ask(second) {
          const target = isScanner ? attackTarget(random) : pageTarget(random, draw(random, pages), words);
          const line = logLine(address, second, target, referer, agent);
          referer = `https://shop.example${target.split("?")[0]}`;
          return line;
        },
        pause: () => 1 + Math.floor(random.next() * 40),
        stays: () => random.next() < 11 / 12,
      };
    },
  };
}

function pageTarget(random: Random, page: number, words: Float64Array): string {
  const roll = random.next();
  if (roll < 0.12) {
    const query = Array.from({ length: 1 + random.integer(2) }, () => word(draw(random, words))).join("+");
    return `/search?q=${query}&page=${1 + Math.floor(random.next() ** 4 * 5)}`;
  }
  const path = `/${word(page % 60)}/article-${page}`;
  if (roll < 0.17) return `${path}?utm_source=mail&utm_campaign=week-${1 + random.integer(4)}&click=${hex(random)}`;
  return roll < 0.4 ? `${path}?colour=${word(random.integer(12))}&size=${36 + random.integer(10)}` : path;
}

function attackTarget(random: Random): string {
  const id = random.integer(2 ** 31);
  return `/search?q=${encodeURIComponent(`${id}' UNION SELECT ${id},password FROM users-- -`)}`;
}

function logLine(address: string, second: number, target: string, referer: string, agent: string): string {
  const time = [second / 3600, (second / 60) % 60, second % 60].map((n) => String(Math.floor(n)).padStart(2, "0"));
  const instant = `05/Jan/2026:${time.join(":")} +0000`;
  return `${address} - - [${instant}] "GET ${target} HTTP/1.1" 200 5123 "${referer}" "${agent}"`;
}

function userAgent(n: number): string {
  const version = `${120 + (n % 25)}.0.${6000 + n * 7}.${n % 200}`;
  return `Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version} Safari/537.36`;
}

const syllables = ["ba", "con", "de", "fi", "gar", "hel", "lo", "mi", "nor", "pe", "ru", "sta", "ti", "vel"];

function word(n: number): string {
  let rest = n + 14;
  let text = "";
  for (; rest > 0; rest = Math.floor(rest / 14)) text += syllables[rest % 14];
  return text;
}

function hex(random: Random): string {
  return Array.from({ length: 4 }, () => random.integer(65_536).toString(16).padStart(4, "0")).join("");
}

/** Cumulated shares of ranks 1 to `count`, falling as 1/rank^s. */
function zipf(count: number, s: number): Float64Array {
  const shares = Float64Array.from({ length: count }, (_, i) => 1 / (i + 1) ** s);
  const total = shares.reduce((sum, share) => sum + share, 0);
  let sum = 0;
  return shares.map((share) => {
    sum += share / total;
    return sum;
  });
}

function draw(random: Random, cumulated: Float64Array): number {
  const at = random.next();
  let low = 0;
  let high = cumulated.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cumulated[middle]! < at) low = middle + 1;
    else high = middle;
  }
  return low;
}
