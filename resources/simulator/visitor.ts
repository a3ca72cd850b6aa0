import http from "node:http";
import type { PlanPayload, PlanRequest, SimulatorPlan } from "../../shared/simulator.ts";
import type { Application } from "./application.ts";
import { stepHeader } from "./hook-events.ts";

/** One response, as far as it is read. */
export interface Reply {
  /** 0: none came, see `problem`. */
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
  readonly size: number;
  readonly tookMs: number;
  readonly problem: string;
}

/** Somebody who visits an application as the recorded session did, with the cookies and tokens that this application gives out. */
export interface Visitor {
  /** @param step number that the application's hooks know the request by */
  send(request: PlanRequest, step: string, payloads: readonly PlanPayload[], withoutCookies?: boolean): Promise<Reply>;
  /** Follows a redirection within the application. */
  follow(reply: Reply, step: string): Promise<Reply | null>;
}

const longestBody = 512 * 1024;
/** Set by the client itself, or of a connection that is not this one. */
const ownHeaders =
  /^(?::|host$|content-length$|connection$|keep-alive$|proxy-|te$|trailer$|transfer-encoding$|upgrade$|expect$|accept-encoding$|if-none-match$|if-modified-since$|cookie$)/i;
const tokenName =
  /csrf|xsrf|authenticity_token|requestverificationtoken|form_?key|form_?token|sesskey|^_?token$|formhash|viewstate/i;

export function createVisitor(application: Application, plan: SimulatorPlan): Visitor {
  const jar = new Map<string, string>();
  const hidden = new Map<string, string>();

  function cookieHeader(request: PlanRequest, payloads: readonly PlanPayload[]): string {
    const recorded = request.headers.filter(([name]) => name.toLowerCase() === "cookie").map(([, value]) => value);
    if (!plan.hasCookies) return [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const pairs = recorded.flatMap((value) => value.split(";")).map((pair) => pair.trim());
    return pairs
      .map((pair) => {
        const name = pair.split("=", 1)[0] ?? "";
        const isPayload = payloads.some((one) => one.place === "cookie" && one.name === name);
        return jar.has(name) && !isPayload ? `${name}=${jar.get(name)}` : pair;
      })
      .filter((pair) => pair !== "")
      .join("; ");
  }

  /** A form's tokens against forgery are this application's, where it gave one out and the request had one. */
  function withTokens(body: string, payloads: readonly PlanPayload[]): string {
    if (hidden.size === 0 || !/^[^\s{<[]{1,200}=/.test(body) || body.includes("\r\n")) return body;
    return body
      .split("&")
      .map((pair) => {
        const name = decodeURIComponent(pair.split("=", 1)[0]!.replace(/%(?![0-9a-f]{2})/gi, "%25"));
        const known = tokenName.test(name) && payloads.every((one) => one.name !== name) ? hidden.get(name) : undefined;
        return known === undefined ? pair : `${encodeURIComponent(name)}=${encodeURIComponent(known)}`;
      })
      .join("&");
  }

  function prepare(request: PlanRequest, step: string, payloads: readonly PlanPayload[], withoutCookies: boolean) {
    const headers: Record<string, string | string[]> = { ...application.key, [stepHeader]: step };
    for (const [name, value] of request.headers) {
      // What cannot stand in a header is no request that an application would see.
      if (ownHeaders.test(name) || !/^[\w!#$%&'*+.^`|~-]+$/.test(name) || /[\r\n\0]/.test(value)) continue;
      const text = /^(?:origin|referer)$/i.test(name) ? toOwn(value, plan.host, application.origin) : value;
      headers[name] = Buffer.from(text, "utf8").toString("latin1");
    }
    const cookies = withoutCookies ? "" : cookieHeader(request, payloads);
    if (cookies !== "") headers.cookie = Buffer.from(cookies, "utf8").toString("latin1");
    const body = request.body === null ? null : Buffer.from(withTokens(request.body, payloads), "utf8");
    if (body !== null) headers["content-length"] = String(body.length);
    return { headers, body };
  }

  /** @param sent the cookies that the request had */
  function learn(reply: Reply, sent: string): void {
    for (const [name, value] of reply.headers) {
      if (name.toLowerCase() !== "set-cookie") continue;
      const pair = value.split(";", 1)[0] ?? "";
      const at = pair.indexOf("=");
      const cookie = pair.slice(0, at).trim();
      // Who came without a cookie is somebody new to the application: the session that goes on is the other one.
      const isOther = jar.has(cookie) && !sent.split("; ").some((one) => one.startsWith(`${cookie}=`));
      if (at > 0 && !isOther) jar.set(cookie, pair.slice(at + 1).trim());
    }
    for (const [input] of reply.body.matchAll(/<input\b[^>]{1,600}>/gi)) {
      const name = /\bname=["']?([^"'\s>]{1,100})/i.exec(input)?.[1];
      const value = /\bvalue=["']?([^"'\s>]{1,400})/i.exec(input)?.[1];
      if (name !== undefined && value !== undefined && tokenName.test(name)) hidden.set(name, value);
    }
  }

  async function send(
    request: PlanRequest,
    step: string,
    payloads: readonly PlanPayload[],
    withoutCookies = false,
  ): Promise<Reply> {
    const { headers, body } = prepare(request, step, payloads, withoutCookies);
    const reply = await call(application.origin, request, headers, body, plan.requestTimeoutMs);
    if (!withoutCookies) learn(reply, String(headers.cookie ?? ""));
    return reply;
  }

  return {
    send,
    async follow(reply, step) {
      const location = reply.headers.find(([name]) => name.toLowerCase() === "location")?.[1];
      if (reply.status < 300 || reply.status > 399 || location === undefined) return null;
      const url = URL.parse(location, application.origin);
      if (url === null || url.origin !== application.origin) return null;
      const headers = jar.size === 0 ? [] : [["cookie", [...jar].map((pair) => pair.join("=")).join("; ")] as const];
      return await send({ method: "GET", target: url.pathname + url.search, headers, body: null }, step, []);
    },
  };
}

/** The application's own address in the place of the recorded one; another site's stays. */
function toOwn(value: string, host: string | null, origin: string): string {
  const url = URL.parse(value);
  if (url === null || host === null || url.host !== host) return value;
  return value.replace(url.origin, origin);
}

/** Characters that Node's client refuses in a target are sent percent-encoded. */
function toTarget(target: string): string {
  const path = target.startsWith("/") ? target : `/${target.replace(/^[a-z]+:\/\/[^/]*\/?/i, "")}`;
  return path.replace(/[^\x21-\x7e]/gu, (c) => encodeURIComponent(c.isWellFormed() ? c : "\ufffd"));
}

function call(
  origin: string,
  { method, target }: PlanRequest,
  headers: Record<string, string | string[]>,
  body: Buffer | null,
  timeoutMs: number,
): Promise<Reply> {
  const started = performance.now();
  return new Promise((resolve) => {
    const fail = (problem: string) =>
      resolve({ status: 0, headers: [], body: "", size: 0, tookMs: performance.now() - started, problem });
    let request: http.ClientRequest;
    try {
      const { hostname, port } = new URL(origin);
      request = http.request({ hostname, port, method, path: toTarget(target), headers, agent: false });
    } catch (error) {
      fail(`It cannot be sent: ${(error as Error).message}`.slice(0, 300));
      return;
    }
    const timer = setTimeout(() => {
      request.destroy();
      fail(`No answer within ${timeoutMs / 1000} s.`);
    }, timeoutMs);
    request.on("error", (error) => {
      clearTimeout(timer);
      fail(`No answer: ${error.message}`.slice(0, 300));
    });
    request.on("response", (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        if (size < longestBody) chunks.push(chunk.subarray(0, longestBody - size));
        size += chunk.length;
        // SECURITY: an application that never stops answering is not read to an end that never comes.
        if (size > 8 * longestBody) response.destroy();
      });
      response.on("error", () => undefined);
      response.on("close", () => {
        clearTimeout(timer);
        const raw = response.rawHeaders;
        const pairs = raw.flatMap((name, i) => (i % 2 === 0 ? [[name, raw[i + 1] ?? ""] as const] : []));
        resolve({
          status: response.statusCode ?? 0,
          headers: pairs,
          body: Buffer.concat(chunks).toString("utf8"),
          size,
          tookMs: performance.now() - started,
          problem: "",
        });
      });
    });
    request.end(body ?? undefined);
  });
}
