import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener, request } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  GateAnswer,
  type GateCommand,
  type GateMessage,
  type GateResult,
  type GateRule,
  gatePath,
  gateProtocol,
  SignedText,
} from "../../shared/gatekeeper-protocol.ts";
import type { RuleDefinition, RuleMatch, RuleScope } from "../../shared/rule.ts";
import { type Clock, systemClock, toInstant } from "../engine/base/clock.ts";
import { gateKey, signText } from "../engine/respond/gatekeeper/signed-text.ts";
import { type Gatekeeper, type GatekeeperOptions, startGatekeeper } from "./gatekeeper.ts";

export const engineSeed = Buffer.alloc(32, 1);

/** A rule of the stage block, unless told otherwise. */
export function gateRule(
  id: string,
  match: RuleMatch,
  change: Partial<GateRule> & { scope?: Partial<RuleScope>; action?: RuleDefinition["action"] } = {},
): GateRule {
  const { scope, action = "block", ...rest } = change;
  return {
    id,
    version: 1,
    number: 1,
    name: `Rule ${id}`,
    stage: "block",
    exclusions: [],
    definition: {
      class: "sql_injection",
      family: null,
      match,
      scope: { method: null, path: null, place: null, parameter: null, ...scope },
      action,
      expires_at: null,
    },
    ...rest,
  };
}

/** A program with a port of its own on 127.0.0.1. */
export async function openServer(answer: RequestListener): Promise<{ origin: string; close(): Promise<void> }> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export interface TestGatekeeper extends Gatekeeper {
  readonly folder: string;
  /** Says something as the engine would. */
  ask(command: GateCommand, as?: { seed?: Uint8Array; seq?: number; at?: number }): Promise<GateResult | number>;
  /** The same bytes once more. */
  repeat(): Promise<GateResult | number>;
  push(...rules: GateRule[]): Promise<void>;
}

/** A gatekeeper over a folder of its own, which goes with it unless it was given. */
export async function openGatekeeper(
  upstream: string,
  options: Partial<GatekeeperOptions> & { clock?: Clock } = {},
): Promise<TestGatekeeper> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), "sentinel-gatekeeper-"));
  const gatekeeper = await startGatekeeper({
    folder,
    upstream: new URL(upstream),
    port: 0,
    controlPort: 0,
    engine: gateKey(engineSeed),
    version: "0.0.0",
    clock: systemClock,
    tell: () => {},
    ...options,
  });
  const clock = options.clock ?? systemClock;
  let seq = 0;
  let last = { method: "", path: "", body: "" };

  async function send({ method, path, body }: typeof last): Promise<GateResult | number> {
    last = { method, path, body };
    const reply = await fetch(gatekeeper.control + path, { method, body });
    if (reply.status !== 200) return reply.status;
    return GateAnswer.parse(JSON.parse(SignedText.parse(await reply.json()).text)).result;
  }

  const opened: TestGatekeeper = {
    ...gatekeeper,
    folder,
    async ask(command, { seed = engineSeed, seq: given, at = clock.now() } = {}) {
      seq = given ?? seq + 1;
      const message: GateMessage = {
        protocol: gateProtocol,
        engine: gateKey(seed),
        gatekeeper: gatekeeper.key,
        seq,
        nonce: Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("base64url"),
        at: toInstant(at),
        command,
      };
      const body = JSON.stringify(signText(seed, "engine", JSON.stringify(message)));
      return await send({ ...gatePath(command), body });
    },
    repeat: () => send(last),
    async push(...rules) {
      const result = await opened.ask({ kind: "rules", rules });
      if (typeof result === "number" || result.kind !== "taken") throw new Error(JSON.stringify(result));
    },
    async close() {
      await gatekeeper.close();
      if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
  return opened;
}

/** Sends bytes as they are, and reads until the other side ends. @returns what came back, as Latin-1 */
export async function sendRaw(origin: string, bytes: Uint8Array | string): Promise<string> {
  const { port } = new URL(origin);
  const socket = connect(Number(port), "127.0.0.1");
  socket.write(bytes);
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of socket as AsyncIterable<Buffer>) chunks.push(chunk);
  } catch {
    // Cut off: what came before it counts.
  }
  return Buffer.concat(chunks).toString("latin1");
}

/** One request, as a visitor. */
export async function visit(
  origin: string,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string | Uint8Array } = {},
): Promise<{ status: number; headers: IncomingMessage["headers"]; text: string }> {
  return await new Promise((resolve, reject) => {
    const { method = "GET", headers = {} } = options;
    const asked = request(origin, { path, method, headers, agent: false }, async (reply) => {
      const chunks: Buffer[] = [];
      for await (const chunk of reply as AsyncIterable<Buffer>) chunks.push(chunk);
      resolve({ status: reply.statusCode!, headers: reply.headers, text: Buffer.concat(chunks).toString() });
    });
    asked.once("error", reject);
    asked.end(options.body);
  });
}
