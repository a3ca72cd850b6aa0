import { type AddressClass, classifyAddress } from "../../evidence/address.ts";
import type { Exchange, Header } from "../../evidence/exchange.ts";
import { addBounded, distinctLimit, type FeatureGroup, share } from "./feature-group.ts";
import { readUserAgent } from "./user-agent.ts";

/** Headers that may stand more than once. */
const repeatable = new Set([
  "cookie",
  "accept",
  "accept-encoding",
  "accept-language",
  "cache-control",
  "via",
  "x-forwarded-for",
  "forwarded",
]);

/** Classes that are counted together. */
const countedAs = {
  public: "public",
  private: "private",
  link_local: "private",
  loopback: "loopback",
  multicast: "reserved",
  reserved: "reserved",
} as const satisfies Record<AddressClass, string>;

interface HeaderFacts {
  host: boolean;
  accept: boolean;
  acceptLanguage: boolean;
  referer: boolean;
  cookie: boolean;
  duplicate: boolean;
  /** User-Agent stands before Host: libraries that write headers by hand do so, browsers never. */
  oddOrder: boolean;
  userAgent: string | null;
}

function readHeaders(headers: readonly Header[]): HeaderFacts {
  const facts: HeaderFacts = {
    host: false,
    accept: false,
    acceptLanguage: false,
    referer: false,
    cookie: false,
    duplicate: false,
    oddOrder: false,
    userAgent: null,
  };
  const seen = new Set<string>();
  let host = -1;
  let agent = -1;
  for (let i = 0; i < headers.length; i++) {
    const name = headers[i]![0].toLowerCase();
    if (seen.has(name)) facts.duplicate ||= !repeatable.has(name);
    else if (seen.size < 500) seen.add(name);
    if (name === "user-agent" && facts.userAgent === null) {
      facts.userAgent = headers[i]![1];
      agent = i;
    } else if (name === "host") host = i;
  }
  facts.host = host >= 0 || seen.has(":authority");
  facts.accept = seen.has("accept");
  facts.acceptLanguage = seen.has("accept-language");
  facts.referer = seen.has("referer");
  facts.cookie = seen.has("cookie");
  facts.oddOrder = agent >= 0 && host > agent;
  return facts;
}

/** HTTP/1.0 needs no Host; HTTP/2 and 3 have `:authority`, which recorders often leave out. */
function mustNameHost(exchange: Exchange): boolean {
  return exchange.httpVersion !== null && /^http\/1\.1$/i.test(exchange.httpVersion);
}

/** Header oddities, user agents, client addresses. */
export const clientFeatures = {
  descriptions: {
    mean_header_count: {
      label: "Mean number of headers",
      unit: "headers",
      range: [0, null],
      availability: "all headers",
      meaning: "Browsers send ten and more, tools a few",
    },
    missing_host_ratio: {
      label: "Share without Host",
      unit: "1",
      range: [0, 1],
      availability: "all headers",
      meaning: "HTTP/1.1 requests without the Host header, which the protocol demands",
    },
    missing_accept_ratio: {
      label: "Share without Accept",
      unit: "1",
      range: [0, 1],
      availability: "all headers",
      meaning: "Requests without an Accept header: browsers always send one",
    },
    missing_language_ratio: {
      label: "Share without Accept-Language",
      unit: "1",
      range: [0, 1],
      availability: "all headers",
      meaning: "Requests without an Accept-Language header: browsers send one, tools seldom do",
    },
    missing_user_agent_ratio: {
      label: "Share without User-Agent",
      unit: "1",
      range: [0, 1],
      availability: "all headers",
      meaning: "Requests without a User-Agent header",
    },
    missing_referer_ratio: {
      label: "Share without Referer",
      unit: "1",
      range: [0, 1],
      availability: "all headers",
      meaning: "Requests without a Referer header: page loads carry it from the second request on",
    },
    cookie_ratio: {
      label: "Share with cookies",
      unit: "1",
      range: [0, 1],
      availability: "all headers",
      meaning: "Requests that carry a Cookie header",
    },
    duplicate_header_ratio: {
      label: "Share with repeated headers",
      unit: "1",
      range: [0, 1],
      availability: "all headers",
      meaning: "Requests in which a header stands twice that may stand once",
    },
    odd_header_order_ratio: {
      label: "Share with unusual header order",
      unit: "1",
      range: [0, 1],
      availability: "all headers",
      meaning: "Requests in which User-Agent precedes Host, as hand-written clients do",
    },
    n_user_agents: {
      label: "User agents",
      unit: "user agents",
      range: [0, distinctLimit],
      availability: "user agents",
      meaning: "Different User-Agent headers: one for a browser, many for a tool that hides",
    },
    browser_ratio: {
      label: "Share of browsers",
      unit: "1",
      range: [0, 1],
      availability: "user agents",
      meaning: "Requests whose User-Agent names a known browser and no automation",
    },
    automation_ratio: {
      label: "Share of automation",
      unit: "1",
      range: [0, 1],
      availability: "user agents",
      meaning: "Requests whose User-Agent names a crawler, library or command-line client",
    },
    scanner_ratio: {
      label: "Share of scanners",
      unit: "1",
      range: [0, 1],
      availability: "user agents",
      meaning: "Requests whose User-Agent names a security scanner or attack tool",
    },
    headless_ratio: {
      label: "Share of headless browsers",
      unit: "1",
      range: [0, 1],
      availability: "user agents",
      meaning: "Requests whose User-Agent names a browser that is driven by a program",
    },
    n_client_addresses: {
      label: "Client addresses",
      unit: "addresses",
      range: [0, distinctLimit],
      availability: "client address",
      meaning: "Different client addresses in the session",
    },
    client_public: {
      label: "Public address",
      unit: "1",
      range: [0, 1],
      availability: "client address",
      meaning: "Share of requests from globally routed addresses",
    },
    client_private: {
      label: "Private address",
      unit: "1",
      range: [0, 1],
      availability: "client address",
      meaning: "Share of requests from private, link-local or carrier-grade NAT addresses",
    },
    client_loopback: {
      label: "Loopback address",
      unit: "1",
      range: [0, 1],
      availability: "client address",
      meaning: "Share of requests from the machine itself",
    },
    client_reserved: {
      label: "Reserved address",
      unit: "1",
      range: [0, 1],
      availability: "client address",
      meaning: "Share of requests from reserved, documentation, multicast or broadcast addresses",
    },
    bad_reputation: {
      label: "Bad reputation",
      unit: "1",
      range: [0, 1],
      availability: "reputation list",
      meaning: "1 when a client address stands in the operator's list of bad networks",
    },
  },
  create() {
    const agents = new Set<string>();
    const addresses = new Map<string, AddressClass | null>();
    const classes = { public: 0, private: 0, loopback: 0, reserved: 0 };
    let complete = 0;
    let headerCount = 0;
    let http11 = 0;
    const missing = { host: 0, accept: 0, language: 0, agent: 0, referer: 0 };
    let cookies = 0;
    let duplicates = 0;
    let oddOrder = 0;
    let named = 0;
    let browsers = 0;
    let automated = 0;
    let scanners = 0;
    let headless = 0;
    let addressed = 0;
    let bad = Number.NaN;
    return {
      add({ exchange, client }) {
        const { headers } = exchange;
        const badReputation = client?.badReputation ?? null;
        if (badReputation !== null) bad = Math.max(Number.isNaN(bad) ? 0 : bad, badReputation ? 1 : 0);
        if (exchange.clientAddress !== null) {
          let kind = addresses.get(exchange.clientAddress);
          if (kind === undefined) {
            kind = classifyAddress(exchange.clientAddress);
            if (addresses.size < distinctLimit) addresses.set(exchange.clientAddress, kind);
          }
          if (kind !== null) {
            addressed++;
            classes[countedAs[kind]]++;
          }
        }
        if (headers === null) return;
        const facts = readHeaders(headers);
        const isComplete = exchange.headersPartial !== true;
        if (facts.userAgent !== null || isComplete) {
          named++;
          const agent = readUserAgent(facts.userAgent ?? "");
          if (facts.userAgent !== null) addBounded(agents, facts.userAgent);
          if (agent.browser !== "" && !agent.automated && !agent.headless) browsers++;
          if (agent.automated) automated++;
          if (agent.scanner) scanners++;
          if (agent.headless) headless++;
        }
        if (!isComplete) return;
        complete++;
        headerCount += headers.length;
        if (mustNameHost(exchange)) {
          http11++;
          if (!facts.host) missing.host++;
        }
        if (!facts.accept) missing.accept++;
        if (!facts.acceptLanguage) missing.language++;
        if (facts.userAgent === null) missing.agent++;
        if (!facts.referer) missing.referer++;
        if (facts.cookie) cookies++;
        if (facts.duplicate) duplicates++;
        if (facts.oddOrder) oddOrder++;
      },
      finish() {
        return {
          mean_header_count: share(headerCount, complete),
          missing_host_ratio: share(missing.host, http11),
          missing_accept_ratio: share(missing.accept, complete),
          missing_language_ratio: share(missing.language, complete),
          missing_user_agent_ratio: share(missing.agent, complete),
          missing_referer_ratio: share(missing.referer, complete),
          cookie_ratio: share(cookies, complete),
          duplicate_header_ratio: share(duplicates, complete),
          odd_header_order_ratio: share(oddOrder, complete),
          n_user_agents: named === 0 ? Number.NaN : agents.size,
          browser_ratio: share(browsers, named),
          automation_ratio: share(automated, named),
          scanner_ratio: share(scanners, named),
          headless_ratio: share(headless, named),
          n_client_addresses: addressed === 0 ? Number.NaN : addresses.size,
          client_public: share(classes.public, addressed),
          client_private: share(classes.private, addressed),
          client_loopback: share(classes.loopback, addressed),
          client_reserved: share(classes.reserved, addressed),
          bad_reputation: bad,
        };
      },
    };
  },
} satisfies FeatureGroup<string>;
