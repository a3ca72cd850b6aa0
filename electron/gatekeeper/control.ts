import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import {
  type GateAnswer,
  type GateCounters,
  GateMessage,
  type GateResult,
  gatePath,
  gateProtocol,
  SignedText,
} from "../../shared/gatekeeper-protocol.ts";
import { type Clock, toInstant } from "../engine/base/clock.ts";
import { gateRuleHash } from "../engine/respond/gatekeeper/rule-difference.ts";
import { gateKey, isSaidBy, signText } from "../engine/respond/gatekeeper/signed-text.ts";
import type { HitLog } from "./hit-log.ts";
import type { MeasureLog } from "./measure-log.ts";
import type { RuleStore } from "./rule-store.ts";

/** How far the times of engine and gatekeeper may lie apart, milliseconds, for a message that is not older than it says. */
export const clockToleranceMs = 120_000;
/** Bytes of one message. */
const mostBytes = 32 * 1024 ** 2;
const mostNonces = 100_000;

export interface ControlOptions {
  readonly seed: Uint8Array;
  /** Key of the engine that is obeyed. */
  readonly engine: string;
  readonly clock: Clock;
  readonly version: string;
  readonly startedAt: number;
  readonly rules: RuleStore;
  readonly hits: HitLog;
  readonly measures: MeasureLog;
  readonly counters: () => GateCounters;
  readonly problem: () => string | null;
}

/** Answers one signed message. @returns null: it is not from the engine, and not worth an answer */
export function createControl(options: ControlOptions): (given: unknown, route: string) => Promise<SignedText | null> {
  const { seed, engine, clock, rules, hits } = options;
  const own = gateKey(seed);
  /** Nonces of the time in which a message is good, so that none is heard twice. */
  const heard = new Map<string, number>();

  function refuse(why: Extract<GateResult, { kind: "refused" }>["why"], message: string): GateResult {
    return { kind: "refused", why, message, last_seq: rules.lastSeq() };
  }

  async function obey(message: GateMessage, as: SignedText): Promise<GateResult> {
    const now = clock.now();
    const { command, nonce } = message;
    if (Math.abs(Date.parse(message.at) - now) > clockToleranceMs) {
      return refuse("clock", "The times of engine and gatekeeper lie more than two minutes apart.");
    }
    // SECURITY: a message that somebody recorded is not obeyed again: neither soon (nonce) nor later (time, number).
    if (heard.has(nonce)) return refuse("replayed", "This message was heard before.");
    for (const [known, at] of heard) {
      if (now - at <= 2 * clockToleranceMs && heard.size < mostNonces) break;
      heard.delete(known);
    }
    heard.set(nonce, now);
    switch (command.kind) {
      case "rule":
      case "rules":
        return await rules.take({ ...message, command }, as).catch((): GateResult => {
          return refuse("failed", "The rules cannot be written to the disk.");
        });
      case "state":
        return {
          kind: "state",
          version: options.version,
          started_at: toInstant(options.startedAt),
          last_seq: rules.lastSeq(),
          rules: rules.all().map((rule) => ({
            id: rule.id,
            version: rule.version,
            stage: rule.stage,
            hash: gateRuleHash(rule),
          })),
          counters: options.counters(),
          problem: options.problem(),
        };
      case "hits":
        return { kind: "hits", ...hits.take(command.after, command.limit), counters: options.counters() };
      case "measures":
        return { kind: "measures", ...options.measures.take(command.after, command.limit) };
    }
  }

  return async (given, route) => {
    const signed = SignedText.safeParse(given);
    // SECURITY: the signature comes before anything is read of the text.
    if (!signed.success || !isSaidBy(engine, "engine", signed.data)) return null;
    const message = GateMessage.safeParse(readJson(signed.data.text));
    if (!message.success || message.data.engine !== engine || message.data.gatekeeper !== own) return null;
    const { method, path } = gatePath(message.data.command);
    if (route !== `${method} ${path}`) return null;
    const answer: GateAnswer = {
      protocol: gateProtocol,
      gatekeeper: own,
      nonce: message.data.nonce,
      at: toInstant(clock.now()),
      result: await obey(message.data, signed.data),
    };
    return signText(seed, "gatekeeper", JSON.stringify(answer));
  };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The listener that the engine calls, and `GET /health` for whoever watches. */
export function serveControl(options: ControlOptions): Server {
  const control = createControl(options);
  return createServer({ requestTimeout: 30_000, headersTimeout: 10_000 }, (request, response) => {
    answer(request, response).catch(() => response.destroy());
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === "GET" && request.url === "/health") {
      send(response, 200, healthOf(options));
      return;
    }
    const body = await readBody(request);
    const given = body === null ? null : readJson(body);
    const answered = await control(given, `${request.method} ${request.url}`);
    if (answered === null) send(response, 403, { message: "This is no message of the engine that is obeyed here." });
    else send(response, 200, answered);
  }
}

/** Open: numbers only, and what a watcher needs. */
function healthOf({ rules, counters, problem, hits }: ControlOptions) {
  const now = counters();
  const words = problem();
  return {
    status: words === null && now.passed_unchecked === 0 ? "healthy" : "degraded",
    rules: rules.inForce().rules.size,
    hits_waiting: hits.kept().hits.length,
    counters: now,
    problem: words,
  };
}

async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > mostBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  response.end(text);
}
