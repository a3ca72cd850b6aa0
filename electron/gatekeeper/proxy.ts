import {
  Agent,
  createServer,
  type IncomingMessage,
  request as openRequest,
  type Server,
  type ServerResponse,
} from "node:http";
import { pipeline } from "node:stream/promises";
import type { GateCounters, GateDeed } from "../../shared/gatekeeper-protocol.ts";
import type { Clock } from "../engine/base/clock.ts";
import { type MatchWatch, matchedBody } from "../engine/detect/waf/match-request.ts";
import { measuredRoute } from "../engine/detect/waf/measured-route.ts";
import type { Exchange } from "../engine/evidence/exchange.ts";
import { type Challenge, challengePath } from "./challenge.ts";
import { backwardHeaders, findUnclean, forwardHeaders } from "./clean-request.ts";
import { type Decision, decide, type Finding, type RuleSet } from "./decide.ts";
import type { HitLog } from "./hit-log.ts";
import type { MeasureLog } from "./measure-log.ts";
import { readExchange } from "./read-exchange.ts";
import { createTurns } from "./turns.ts";

const upstreamTimeoutMs = 60_000;
const mostConnections = 2000;
/** Compressed bodies that are decoded at a time; Node has four threads for them. */
const mostDecoders = 4;
const mostFormBytes = 10_000;
const safeMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

export interface ProxyOptions {
  /** The application: `http://host:port`. */
  readonly upstream: URL;
  readonly clock: Clock;
  readonly rules: () => RuleSet;
  readonly hits: HitLog;
  readonly measures: MeasureLog;
  readonly challenge: Challenge;
  readonly counters: { -readonly [Name in keyof GateCounters]: number };
  /** Hears why a request went through without a look. */
  readonly onFailure: (error: unknown) => void;
}

/** The reverse proxy: every request is looked at, and passed, marked, challenged or blocked. */
export function serveProxy(options: ProxyOptions): Server {
  const { counters, challenge } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: 512, timeout: upstreamTimeoutMs });
  // SECURITY: a few bytes of Brotli take 16 MiB of a decoder: of many at once, few are decoded at a time.
  const inTurn = createTurns(mostDecoders);
  const server = createServer(
    {
      // SECURITY: the strict parser: what it does not understand to the letter is answered 400 and goes no further.
      insecureHTTPParser: false,
      requireHostHeader: true,
      maxHeaderSize: 32 * 1024,
      headersTimeout: 10_000,
      requestTimeout: 120_000,
      keepAliveTimeout: 5_000,
    },
    (request, response) => {
      counters.requests++;
      answer(request, response).catch(() => response.destroy());
    },
  );
  // One more than is taken, so that too many are seen.
  server.maxHeadersCount = 1002;
  server.maxConnections = mostConnections;
  // A tunnel could not be looked at.
  server.on("connect", (_request, socket) =>
    socket.end("HTTP/1.1 405 Method Not Allowed\r\nConnection: close\r\n\r\n"),
  );
  server.on("close", () => agent.destroy());

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const unclean = findUnclean(request);
    if (unclean !== null) {
      counters.refused++;
      say(response, unclean.status, unclean.words, true);
      return;
    }
    const client = request.socket.remoteAddress ?? "";
    if (request.method === "POST" && request.url === challengePath) {
      await takeForm(request, response, client);
      return;
    }
    const read = await readBody(request, createBodyMeasure(request));
    // SECURITY: trailers come after the look, and an application may join them to its headers.
    if (!read.isCut && request.rawTrailers.length > 0) {
      counters.refused++;
      say(response, 400, "Trailers are not passed.", true);
      return;
    }
    const from = performance.now();
    const looked = await look(request, response, read, client);
    if (read.isCut || looked?.exchange.bodyCut === true) counters.passed_cut++;
    const lookMs = options.rules().compiled.length === 0 ? null : performance.now() - from;
    const isLetIn = looked?.decision.deed === "challenged" && challenge.isPassed(request.headers.cookie, client);
    const deed: GateDeed | null = isLetIn ? "tagged" : (looked?.decision.deed ?? null);
    if (looked !== null) note(looked, deed);
    measure(request, looked, deed, lookMs);
    // Who went away while it was looked at is answered nothing, and the application hears nothing of it.
    if (response.destroyed) return;
    if (deed === "blocked") {
      say(response, 403, "This request was stopped by a rule.", read.isCut);
      return;
    }
    if (deed === "challenged") {
      const page = challenge.page(client, request.method === "GET" ? (request.url ?? "/") : "/");
      response.writeHead(403, {
        "content-type": "text/html; charset=utf-8",
        "cache-control": "no-store",
        "content-security-policy":
          "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
        "referrer-policy": "no-referrer",
        ...(read.isCut ? { connection: "close" } : {}),
      });
      response.end(page);
      return;
    }
    await pass(request, response, read, deed === "tagged" ? tagOf(looked!.decision) : null);
  }

  /** SECURITY: a check that fails lets the request through, and is counted and told: the application stays up. */
  async function look(
    request: IncomingMessage,
    response: ServerResponse,
    read: ReadBody,
    client: string,
  ): Promise<Looked | null> {
    const rules = options.rules();
    if (rules.compiled.length === 0) return null;
    try {
      const now = options.clock.now();
      const received = { message: request, body: Buffer.concat(read.chunks), isCut: read.isCut, client, at: now };
      const isCoded = request.headers["content-encoding"] !== undefined;
      // SECURITY: nobody makes others wait for a turn by what is sent and left.
      const decode = async () => (response.destroyed ? null : await readExchange(received));
      const exchange = await (isCoded ? inTurn(decode) : readExchange(received));
      if (exchange === null) return null;
      const watch = watchRules(options.measures.times(now));
      return { exchange, now, decision: decide(rules, exchange, now, watch), watch };
    } catch (error) {
      counters.passed_unchecked++;
      options.onFailure(error);
      return null;
    }
  }

  function note({ exchange, now, decision }: Looked, deed: GateDeed | null): void {
    if (deed === null) return;
    counters[deed]++;
    for (const finding of decision.findings) options.hits.note(finding, didOf(finding, deed), exchange, now);
  }

  function measure(
    request: IncomingMessage,
    looked: Looked | null,
    deed: GateDeed | null,
    lookMs: number | null,
  ): void {
    try {
      const rules: RuleWatch["rules"] = looked?.watch.rules ?? new Map();
      for (const finding of looked?.decision.findings ?? []) {
        const seen = rules.get(finding.rule.id);
        if (seen !== undefined) seen.deed = didOf(finding, deed);
      }
      const route = measuredRoute(request.url ?? "/");
      options.measures.note({ route, deed, lookMs, rules }, options.clock.now());
    } catch {
      // SECURITY: a figure may be missing; the request must not.
    }
  }

  async function takeForm(request: IncomingMessage, response: ServerResponse, client: string): Promise<void> {
    const { chunks, isCut } = await readBody(request, byLength(mostFormBytes));
    const passed = isCut ? null : challenge.answer(Buffer.concat(chunks).toString("utf8"), client);
    if (passed === null) say(response, 403, "This page is too old: go back and try again.", true);
    else
      response
        .writeHead(303, { location: passed.location, "set-cookie": passed.cookie, "cache-control": "no-store" })
        .end();
  }

  /** Sends the request on. @returns the reply, its body still to come */
  function ask(request: IncomingMessage, response: ServerResponse, read: ReadBody, tag: string | null) {
    const upstream = openRequest({
      agent,
      host: options.upstream.hostname.replace(/^\[|\]$/g, ""),
      port: options.upstream.port === "" ? 80 : Number(options.upstream.port),
      method: request.method,
      path: request.url,
      headers: forwardHeaders(request, tag),
      setHost: false,
      timeout: upstreamTimeoutMs,
    });
    upstream.on("timeout", () => upstream.destroy(new Error("the application does not answer")));
    const replied = new Promise<IncomingMessage>((resolve, reject) => {
      upstream.once("response", resolve);
      upstream.on("error", reject);
    });
    // A visitor who goes away ends what was asked for.
    response.once("close", () => {
      if (!response.writableFinished) upstream.destroy();
    });
    // Heard by whoever waits for the reply; an application may also answer before it has read all.
    sendBody(request, upstream, read).catch((error: Error) => upstream.destroy(error));
    return { replied, isReused: () => upstream.reusedSocket };
  }

  async function pass(
    request: IncomingMessage,
    response: ServerResponse,
    read: ReadBody,
    tag: string | null,
  ): Promise<void> {
    try {
      const first = ask(request, response, read, tag);
      const reply = await first.replied.catch((error: NodeJS.ErrnoException) => {
        // The application closed a connection that was kept for later; what changes nothing may be asked again.
        const mayRepeat = first.isReused() && !read.isCut && safeMethods.has(request.method ?? "");
        if (!mayRepeat || error.code !== "ECONNRESET" || response.destroyed) throw error;
        return ask(request, response, read, tag).replied;
      });
      response.writeHead(reply.statusCode ?? 502, reply.statusMessage, backwardHeaders(reply));
      await pipeline(reply, response);
    } catch {
      if (response.headersSent || response.destroyed) {
        response.destroy();
        return;
      }
      counters.upstream_failures++;
      say(response, 502, "The application does not answer.", true);
    }
  }

  return server;
}

interface Looked {
  readonly exchange: Exchange;
  readonly now: number;
  readonly decision: Decision;
  readonly watch: RuleWatch;
}

/** Of a challenge that was passed the request goes through with a mark, whatever the rule asked for. */
const didOf = ({ deed }: Finding, all: GateDeed | null): GateDeed =>
  deed === "challenged" && all === "tagged" ? "tagged" : deed;

interface RuleWatch extends MatchWatch {
  readonly rules: Map<string, { deed: GateDeed | null; ms: number | null }>;
}

/** Hears which rules look at a request. @param isTimed and how long each takes */
function watchRules(isTimed: boolean): RuleWatch {
  const rules: RuleWatch["rules"] = new Map();
  return {
    rules,
    looks: (rule) => void rules.set(rule, { deed: null, ms: isTimed ? 0 : null }),
    took: isTimed
      ? (rule, ms) => {
          rules.get(rule)!.ms! += ms;
        }
      : null,
  };
}

interface ReadBody {
  readonly chunks: Buffer[];
  /** True when there is more to come from the request. */
  readonly isCut: boolean;
}

/** Is told of each chunk of a body. @returns whether that is enough */
type Measure = (chunk: Buffer) => boolean;

function byLength(limit: number): Measure {
  let length = 0;
  return (chunk) => {
    length += chunk.length;
    return length > limit;
  };
}

/**
 * Enough to have more text than rules look at, which is more bytes the more of them a character takes; of a compressed body it is not
 * known, and as much is read as its text could take.
 */
function createBodyMeasure(request: IncomingMessage): Measure {
  const isEnough = byLength(4 * matchedBody);
  if (request.headers["content-encoding"] !== undefined) return isEnough;
  let characters = 0;
  return (chunk) => {
    // Bytes that continue a character in UTF-8 are left out.
    for (const byte of chunk) if ((byte & 0xc0) !== 0x80) characters++;
    return characters > matchedBody || isEnough(chunk);
  };
}

/** Reads a body until it is enough, and leaves the rest in the request. */
function readBody(request: IncomingMessage, isEnough: Measure): Promise<ReadBody> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const stop = (isCut: boolean) => {
      request.off("data", take).off("end", end).off("error", reject).off("close", gone);
      if (isCut) request.pause();
      resolve({ chunks, isCut });
    };
    const take = (chunk: Buffer) => {
      chunks.push(chunk);
      if (isEnough(chunk)) stop(true);
    };
    const end = () => stop(false);
    const gone = () => reject(new Error("the visitor went away"));
    request.on("data", take).on("end", end).on("error", reject).on("close", gone);
  });
}

async function sendBody(request: IncomingMessage, upstream: NodeJS.WritableStream, read: ReadBody): Promise<void> {
  for (const chunk of read.chunks) {
    if (!upstream.write(chunk)) await new Promise((resolve) => upstream.once("drain", resolve));
  }
  if (read.isCut) await pipeline(request, upstream);
  else upstream.end();
}

const tagOf = ({ findings }: Decision) =>
  findings
    .filter(({ deed }) => deed !== "logged")
    .slice(0, 10)
    .map(({ rule }) => rule.id)
    .join(",");

function say(response: ServerResponse, status: number, words: string, close: boolean): void {
  response.writeHead(status, {
    "content-type": "text/plain; charset=utf-8",
    "cache-control": "no-store",
    ...(close ? { connection: "close" } : {}),
  });
  response.end(`${words}\n`);
}
