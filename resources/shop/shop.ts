import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { openDatabase } from "./database.ts";
import { escapeMarkup } from "./html.ts";
import { formatLogLine, page, type Reply, readRequest } from "./http.ts";
import { type Operations, Refusal, type Variant } from "./operations.ts";
import { accountRoutes } from "./pages/account-pages.ts";
import { catalogueRoutes } from "./pages/catalogue-pages.ts";
import { orderRoutes } from "./pages/order-pages.ts";
import { serviceRoutes } from "./pages/service-pages.ts";
import { patched } from "./patched.ts";
import { createSession, currentCustomer, render, type Session, type Visit } from "./visit.ts";
import { vulnerable } from "./vulnerable.ts";

export interface ShopOptions {
  readonly variant: Variant;
  /** Folder of its own: database, manuals, and a settings file worth stealing. Made when missing. */
  readonly directory: string;
  /** 0: any free port. */
  readonly port: number;
  /** Takes each line of the access log (combined format). */
  readonly log?: (line: string) => void;
}

export interface Shop {
  readonly origin: string;
  /** What every request must show, in `x-shop-key` or in the cookie that `/?shop_key=…` sets. */
  readonly key: string;
  close(): Promise<void>;
}

const routes = [...catalogueRoutes, ...accountRoutes, ...orderRoutes, ...serviceRoutes];

/**
 * Starts the shop on 127.0.0.1. Never expose it: the vulnerable form runs what visitors write.
 *
 * @throws the system's error when the port is taken
 */
export async function createShop(options: ShopOptions): Promise<Shop> {
  const operations: Operations = options.variant === "vulnerable" ? vulnerable : patched;
  const database = openDatabase(options.directory);
  const sessions = new Map<string, Session>();
  const key = randomBytes(16).toString("hex");
  const server = createServer((message, response) => {
    answer(message, response).catch(() => response.destroy());
  });

  async function answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const at = new Date();
    const refusal = refuseVisitor(message, key);
    if (refusal !== null) {
      message.resume();
      send(response, refusal, {});
      return;
    }
    const request = await readRequest(message).catch((error: unknown) => {
      if (error instanceof Refusal) return error;
      throw error;
    });
    if (request instanceof Refusal) {
      send(response, page(escapeMarkup(request.message), request.status), {});
      return;
    }
    const known = sessions.get(request.cookies.get("sid") ?? "");
    const session = known ?? createSession();
    const visit: Visit = { request, session, directory: options.directory, database, operations };
    const reply = await handle(visit);
    const cookies: string[] = [];
    if (request.query.get("shop_key") === key) cookies.push(`shop_key=${key}; Path=/; HttpOnly; SameSite=Strict`);
    if (known === undefined) cookies.push(`sid=${keepSession(session)}; Path=/; HttpOnly`);
    const size = send(response, reply, {
      ...operations.headers,
      ...(cookies.length > 0 ? { "set-cookie": cookies } : {}),
    });
    options.log?.(formatLogLine(message, { status: reply.status, size, user: currentCustomer(visit)?.name ?? "", at }));
  }

  function keepSession(session: Session): string {
    const id = randomBytes(12).toString("hex");
    // A shop that runs for long forgets its oldest visitors.
    if (sessions.size >= 5000) sessions.delete(sessions.keys().next().value ?? "");
    sessions.set(id, session);
    return id;
  }

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    // SECURITY: loopback only, with no option for anything else; a vulnerable shop on the network is an open door.
    server.listen(options.port, "127.0.0.1", resolve);
  }).catch((error: unknown) => {
    database.close();
    throw error;
  });
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    key,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      database.close();
    },
  };
}

/** Who may not even enter. */
function refuseVisitor(message: IncomingMessage, key: string): Reply | null {
  // SECURITY: a name that resolves to loopback is no entry (DNS rebinding).
  const host = (message.headers.host ?? "").replace(/:\d+$/, "");
  if (host !== "127.0.0.1" && host !== "localhost") return page("Call the shop by its loopback address.", 403);
  // SECURITY: without the key nothing runs, so that no web page open on this machine can send it a command blindly.
  const inCookie = /(?:^|;\s*)shop_key=([0-9a-f]+)/.exec(message.headers.cookie ?? "")?.[1];
  const inQuery = /^\/\?shop_key=([0-9a-f]+)$/.exec(message.url ?? "")?.[1];
  const shown = Buffer.from(String(message.headers["x-shop-key"] ?? inCookie ?? inQuery ?? ""));
  const wanted = Buffer.from(key);
  return shown.length === wanted.length && timingSafeEqual(shown, wanted) ? null : page("The shop is closed.", 403);
}

async function handle(visit: Visit): Promise<Reply> {
  try {
    const matching = routes.filter(([, path]) => path.test(visit.request.path));
    const method = visit.request.method === "HEAD" ? "GET" : visit.request.method;
    const route = matching.find(([wanted]) => wanted === method);
    if (route !== undefined) return await route[2](visit, route[1].exec(visit.request.path)?.slice(1) ?? []);
    throw matching.length > 0 ? new Refusal(405, "Not like this.") : new Refusal(404, "There is no such page.");
  } catch (error) {
    if (error instanceof Refusal)
      return render(visit, "Sorry", `<p class="error">${escapeMarkup(error.message)}</p>`, error.status);
    const words = escapeMarkup(visit.operations.describeFailure(error));
    return render(visit, "Something went wrong", `<pre class="error">${words}</pre>`, 500);
  }
}

/** @returns bytes of the body */
function send(response: ServerResponse, reply: Reply, headers: Record<string, string | string[]>): number {
  const body = Buffer.isBuffer(reply.body) ? reply.body : Buffer.from(reply.body);
  response.writeHead(reply.status, { ...headers, ...reply.headers, "content-length": body.length });
  response.end(response.req.method === "HEAD" ? undefined : body);
  return body.length;
}
