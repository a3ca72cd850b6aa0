import type { Header } from "../../engine/evidence/exchange.ts";
import type { Draws, SessionScript } from "./session-script.ts";

/** An honest kind of client: how often it is met, how it introduces itself, what it does. */
export interface Persona {
  readonly name: string;
  readonly weight: number;
  readonly client: (draws: Draws) => readonly Header[];
  readonly play: (script: SessionScript, draws: Draws) => void;
}

const words = (
  "garden invoice summer delivery quarterly report blue shoes Müller O'Brien café naïve order status refund select a size " +
  "union station drop-off where to buy C++ rock & roll 50% off (new) John's first-class e-mail résumé Straße 北京 Москва"
).split(" ");
const nouns = [
  "products",
  "orders",
  "users",
  "articles",
  "tickets",
  "invoices",
  "projects",
  "files",
  "comments",
  "tags",
];
const browsers = [
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
  "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/131.0.0.0 Safari/537.36",
];
const programs = [
  "python-requests/2.32.3",
  "okhttp/4.12.0",
  "curl/8.5.0",
  "Go-http-client/2.0",
  "axios/1.7.9",
  "billing-sync/3.1",
];
const crawlers = [
  "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
  "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
  "Uptime-Monitor/2.0",
];

const phrase = (draws: Draws, most: number) =>
  Array.from({ length: draws.integer(1, most) }, () => draws.pick(words)).join(" ");
const encoded = (draws: Draws, most: number) => encodeURIComponent(phrase(draws, most)).replaceAll("%20", "+");
const form: Header = ["Content-Type", "application/x-www-form-urlencoded"];
const json: Header = ["Content-Type", "application/json"];

const browser = (draws: Draws): Header[] => [
  ["User-Agent", draws.pick(browsers)],
  ["Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"],
  ["Accept-Language", "en-GB,en;q=0.7"],
  ["Accept-Encoding", "gzip, deflate, br"],
  ["Cookie", `session=${draws.token(32)}; theme=dark; _ga=GA1.1.${draws.integer(1e8, 9e8)}.1735689600`],
];
const program = (draws: Draws): Header[] => [
  ["User-Agent", draws.pick(programs)],
  ["Accept", draws.chance(0.7) ? "*/*" : "application/json"],
  ...(draws.chance(0.8) ? [["Authorization", `Bearer ${draws.token(40)}`] as const] : []),
];
const crawler = (draws: Draws): Header[] => [
  ["User-Agent", draws.pick(crawlers)],
  ["Accept", "*/*"],
];

/** A page and what it loads, after the reader's think time. */
function openPage({ send }: SessionScript, draws: Draws, target: string): void {
  const status = draws.chance(0.02) ? 404 : draws.chance(0.08) ? 302 : draws.chance(0.003) ? 500 : 200;
  send(draws.skewed(1, 180), { target, status });
  const warm = draws.chance(0.7);
  for (let left = warm ? draws.integer(0, 6) : draws.integer(5, 90); left > 0; left--) {
    const missing = draws.chance(0.01);
    send(draws.skewed(0.001, 0.15), {
      target: `/assets/${draws.token(8)}.${draws.pick(["js", "css", "png", "woff2", "svg", "webp"])}`,
      status: missing ? 404 : warm && draws.chance(0.5) ? 304 : 200,
      headers: [["Referer", "https://app.example.com/"]],
    });
  }
}

function browsePages(script: SessionScript, draws: Draws, pages: number): void {
  for (let page = 0; page < pages; page++) {
    const noun = draws.pick(nouns);
    openPage(
      script,
      draws,
      draws.pick([
        `/${noun}`,
        `/${noun}/${draws.integer(1, 9000)}`,
        `/${noun}?page=${draws.integer(1, 40)}&sort=${draws.pick(["name", "-date", "price"])}`,
        `/search?q=${encoded(draws, 4)}`,
        `/${noun}?filter[status]=open&from=2026-01-01&utm_source=newsletter&ref=${draws.token(16)}`,
      ]),
    );
  }
}

function logIn({ send }: SessionScript, draws: Draws): void {
  send(draws.skewed(1, 30), { target: "/login" });
  for (let tries = draws.chance(0.25) ? draws.integer(1, 3) : 0; tries >= 0; tries--) {
    send(draws.skewed(4, 40), {
      method: "POST",
      target: "/login",
      headers: [form, ["Origin", "https://app.example.com"]],
      body: `email=anna.${draws.pick(nouns)}%40example.com&password=${encodeURIComponent(`${draws.token(5)}!${draws.pick(words)}#`)}&csrf=${draws.token(24)}`,
      status: tries > 0 ? draws.pick([401, 403, 422]) : 302,
    });
  }
}

/** Honest personas; the mixture is judgement: people, programs, crawlers and monitors, most sessions short. */
export const personas: readonly Persona[] = [
  {
    name: "one request of a program",
    weight: 12,
    client: program,
    play: ({ send }, draws) => {
      const missing = draws.chance(0.06);
      send(0, {
        target: `/api/v2/${draws.pick(nouns)}/${draws.token(8)}`,
        status: missing ? 404 : 200,
        size: draws.integer(20, 5000),
      });
    },
  },
  {
    name: "a look at a page",
    weight: 12,
    client: browser,
    play: (script, draws) => browsePages(script, draws, draws.integer(1, 3)),
  },
  {
    name: "browsing",
    weight: 18,
    client: browser,
    play: (script, draws) => browsePages(script, draws, draws.integer(4, 25)),
  },
  {
    name: "a long day",
    weight: 4,
    client: browser,
    play: (script, draws) => {
      logIn(script, draws);
      browsePages(script, draws, draws.integer(40, 120));
    },
  },
  {
    name: "logging in",
    weight: 10,
    client: browser,
    play: (script, draws) => {
      logIn(script, draws);
      browsePages(script, draws, draws.integer(1, 6));
    },
  },
  {
    name: "an application in the browser",
    weight: 12,
    client: browser,
    play: (script, draws) => {
      openPage(script, draws, "/app");
      for (let calls = draws.integer(10, 200); calls > 0; calls--) {
        const expired = draws.chance(0.02);
        script.send(draws.skewed(0.02, 40), {
          method: draws.pick(["GET", "GET", "GET", "POST", "PATCH"]),
          target: `/api/${draws.pick(nouns)}?limit=50&cursor=${draws.token(20)}`,
          headers: [json, ["Referer", "https://app.example.com/app"]],
          body: JSON.stringify({
            id: draws.token(12),
            title: phrase(draws, 6),
            tags: [draws.pick(words)],
            done: draws.chance(0.5),
          }),
          status: expired ? 401 : draws.chance(0.015) ? draws.pick([404, 409, 422]) : 200,
        });
      }
    },
  },
  {
    name: "a bulk job",
    weight: 6,
    client: program,
    play: ({ send }, draws) => {
      const paceS = draws.skewed(0.05, 2);
      const missing = draws.between(0, 0.06);
      for (let calls = draws.integer(60, 500); calls > 0; calls--) {
        send(draws.between(0.7, 1.4) * paceS, {
          method: draws.pick(["GET", "POST", "PUT"]),
          target: `/api/v2/${draws.pick(nouns)}/${draws.integer(1, 100_000)}`,
          headers: [json],
          body: JSON.stringify({ sku: draws.token(10), name: phrase(draws, 5), price: draws.integer(1, 90_000) / 100 }),
          status: draws.chance(missing) ? draws.pick([404, 404, 409, 429]) : 200,
          size: draws.integer(20, 3000),
        });
      }
    },
  },
  {
    name: "writing",
    weight: 8,
    client: browser,
    play: (script, draws) => {
      logIn(script, draws);
      for (let saves = draws.integer(2, 15); saves > 0; saves--) {
        openPage(script, draws, `/articles/${draws.integer(1, 500)}/edit`);
        const text = Array.from({ length: draws.integer(2, 12) }, () => `<p>${phrase(draws, 25)}</p>`).join("\n");
        script.send(draws.skewed(10, 600), {
          method: "POST",
          target: "/articles",
          headers: [form, ["Origin", "https://app.example.com"]],
          body: `title=${encoded(draws, 6)}&csrf=${draws.token(24)}&body=${encodeURIComponent(`<h2>${phrase(draws, 4)}</h2>${text}<a href="/x?a=1&b=2">link</a>`)}`,
          status: draws.chance(0.05) ? 422 : 302,
        });
      }
    },
  },
  {
    name: "a crawler",
    weight: 6,
    client: crawler,
    play: ({ send }, draws) => {
      const gone = draws.between(0, 0.12);
      send(0, { target: "/robots.txt", status: draws.chance(0.3) ? 404 : 200 });
      for (let pages = draws.integer(20, 250); pages > 0; pages--) {
        const missing = draws.chance(gone);
        send(draws.skewed(0.5, 20), {
          target: `/${draws.pick(nouns)}/${draws.integer(1, 1e6)}-${draws.pick(nouns)}`,
          status: missing ? 404 : 200,
        });
      }
    },
  },
  {
    name: "a monitor",
    weight: 4,
    client: crawler,
    play: ({ send }, draws) => {
      for (let calls = draws.integer(5, 60); calls > 0; calls--) {
        send(60 + draws.between(0, 0.2), {
          method: draws.pick(["HEAD", "GET"]),
          target: "/health",
          size: 15,
          durationMs: draws.between(3, 20),
        });
      }
    },
  },
  {
    name: "a synchronised folder",
    weight: 3,
    client: (draws) => [["User-Agent", "desktop-sync/4.2"], ...program(draws).slice(1)],
    play: ({ send }, draws) => {
      for (let calls = draws.integer(10, 150); calls > 0; calls--) {
        const missing = draws.chance(0.04);
        send(draws.skewed(0.05, 60), {
          method: draws.pick(["PROPFIND", "GET", "PUT", "MKCOL", "REPORT"]),
          target: `/dav/files/${encodeURIComponent(phrase(draws, 3))}.odt`,
          status: missing ? 404 : draws.pick([200, 201, 207]),
        });
      }
    },
  },
  {
    name: "a bad day of the server",
    weight: 2,
    client: browser,
    play: (script, draws) => {
      browsePages(script, draws, draws.integer(2, 8));
      for (let calls = draws.integer(1, 6); calls > 0; calls--) {
        script.send(draws.skewed(2, 30), { target: `/${draws.pick(nouns)}`, status: draws.pick([500, 502, 503]) });
      }
      browsePages(script, draws, draws.integer(2, 8));
    },
  },
];
