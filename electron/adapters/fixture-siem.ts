import { createHmac, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";

/** What a stand-in answers. */
export interface StandInReply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

/** A request as it came. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** A server on 127.0.0.1 that breaks nothing but what it is told to, and keeps what it accepted by its id, with how often. */
export interface StandIn {
  readonly origin: string;
  /** Ids that were accepted, in their order: one twice stands twice. */
  readonly accepted: string[];
  /** What was against the protocol, in words. */
  readonly faults: string[];
  /** Requests that were answered with a failure on purpose. */
  rejected: number;
  /** Requests of which something is still to be taken without an answer: the connection is lost instead. */
  drops: number;
  close(): Promise<void>;
}

type Answer = (asked: Asked, self: StandIn) => StandInReply;

async function serve(answer: Answer, port = 0): Promise<StandIn> {
  const server: Server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method = "", url: path = "", headers } = request;
      const before = self.accepted.length;
      const {
        status,
        body,
        headers: more,
      } = answer({ method, path, headers, body: Buffer.concat(chunks).toString("utf8") }, self);
      if (self.accepted.length > before && self.drops > 0) {
        self.drops--;
        request.socket.destroy();
        return;
      }
      response.writeHead(status, { "content-type": "application/json", ...more });
      response.end(body === undefined ? "" : JSON.stringify(body));
    });
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const self: StandIn = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    accepted: [],
    faults: [],
    rejected: 0,
    drops: 0,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return self;
}

/** True for one in ten of the questions, the first among them: what comes again has another number. */
function oneInTen(): () => boolean {
  let n = 0;
  return () => n++ % 10 === 0;
}

type Json = Record<string, unknown>;
function parse(text: string): Json | null {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}

/** A collector of Splunk. @param isBad events that it says are wrong */
export function startCollector(
  token: string,
  isBad: (id: string) => boolean = () => false,
  port = 0,
): Promise<StandIn> {
  const isBusy = oneInTen();
  return serve(({ method, path, headers, body }, self) => {
    if (method !== "POST" || path !== "/services/collector/event") return { status: 404 };
    if (headers.authorization !== `Splunk ${token}`) return { status: 403, body: { text: "Invalid token", code: 4 } };
    if (body === "") return { status: 400, body: { text: "No data", code: 5 } };
    if (isBusy()) {
      self.rejected++;
      return { status: 503, body: { text: "Server is busy", code: 9 } };
    }
    const event = parse(body);
    const inner = event?.event as Json | undefined;
    if (inner === undefined || typeof event?.time !== "number") {
      self.faults.push("no event with a time");
      return { status: 400, body: { text: "Event field is required", code: 12 } };
    }
    if (isBad(String(inner.id)))
      return { status: 400, body: { text: "Invalid data format", code: 6, "invalid-event-number": 0 } };
    self.accepted.push(String(inner.id));
    return { status: 200, body: { text: "Success", code: 0 } };
  }, port);
}

/** Elasticsearch's bulk interface of one index. @param isBad documents that do not fit its mapping */
export function startElastic(key: string, isBad: (id: string) => boolean = () => false, port = 0): Promise<StandIn> {
  const isFull = oneInTen();
  return serve(({ method, path, headers, body }, self) => {
    if (headers.authorization !== `ApiKey ${key}`)
      return { status: 401, body: { error: { type: "security_exception" }, status: 401 } };
    if (method !== "POST" || path !== "/sentinel-alerts/_bulk")
      return { status: 404, body: { error: { type: "not_found" } } };
    if (headers["content-type"] !== "application/x-ndjson") {
      self.faults.push(`content type ${headers["content-type"]}`);
      return { status: 406, body: { error: { type: "media_type_header_exception" } } };
    }
    if (body.trim() === "") return { status: 400, body: { error: { type: "parse_exception" }, status: 400 } };
    const lines = body.split("\n");
    if (lines.pop() !== "" || lines.length % 2 !== 0) {
      self.faults.push("no pairs of lines that end with a line break");
      return { status: 400, body: { error: { type: "illegal_argument_exception" } } };
    }
    const items = Array.from({ length: lines.length / 2 }, (_, i) => {
      const action = parse(lines[2 * i]!)?.index as Json | undefined;
      const document = parse(lines[2 * i + 1]!);
      const id = String(action?._id);
      if (action === undefined || document?.["@timestamp"] === undefined) self.faults.push("no action with a document");
      const index = (status: number, type?: string) => ({
        index: {
          _index: "sentinel-alerts",
          _id: id,
          status,
          ...(type === undefined ? {} : { error: { type, reason: String(lines[2 * i + 1]) } }),
        },
      });
      if (isBad(id)) return index(400, "document_parsing_exception");
      if (isFull()) {
        self.rejected++;
        return index(429, "es_rejected_execution_exception");
      }
      self.accepted.push(id);
      return index(201);
    });
    return { status: 200, body: { took: 1, errors: items.some(({ index }) => index.status >= 300), items } };
  }, port);
}

const taxii = "application/taxii+json;version=2.1";

/** A TAXII 2.1 server with one collection, which works on what comes after it has answered. */
export function startTaxii(token: string, isBad: (id: string) => boolean = () => false, port = 0): Promise<StandIn> {
  const isBusy = oneInTen();
  const done = new Map<string, Json>();
  const reply = (status: number, body: unknown): StandInReply => ({ status, body, headers: { "content-type": taxii } });
  return serve(({ method, path, headers, body }, self) => {
    if (headers.authorization !== `Bearer ${token}`) return reply(401, { title: "Unauthorized" });
    if (headers.accept !== taxii) {
      self.faults.push(`accept ${headers.accept}`);
      return reply(406, { title: "Not acceptable" });
    }
    if (method === "GET" && path === "/api1/collections/c1/") {
      return reply(200, {
        id: "c1",
        title: "Alerts",
        can_read: true,
        can_write: true,
        media_types: ["application/stix+json;version=2.1"],
      });
    }
    const looked = /^\/api1\/status\/([^/]+)\/$/.exec(path)?.[1];
    if (method === "GET" && looked !== undefined) return reply(200, done.get(looked));
    if (method !== "POST" || path !== "/api1/collections/c1/objects/") return reply(404, { title: "Not found" });
    if (headers["content-type"] !== taxii) {
      self.faults.push(`content type ${headers["content-type"]}`);
      return reply(415, { title: "Unsupported media type" });
    }
    if (isBusy()) {
      self.rejected++;
      return reply(503, { title: "Busy" });
    }
    const objects = (parse(body)?.objects ?? []) as Json[];
    if (objects.length === 0) return reply(422, { title: "No envelope" });
    for (const { id, type, spec_version } of objects) {
      if (spec_version !== "2.1" || !String(id).startsWith(`${String(type)}--`))
        self.faults.push(`object ${String(id)}`);
    }
    const observed = objects.find(({ type }) => type === "observed-data");
    const [reference] = (observed?.external_references ?? []) as Json[];
    const alert = String(reference?.external_id);
    const failures = isBad(alert) ? [{ id: String(observed?.id), version: "x", message: "refused" }] : [];
    if (failures.length === 0) self.accepted.push(alert);
    const id = `s${done.size}`;
    const counts = { total_count: objects.length, failure_count: failures.length };
    done.set(id, {
      ...counts,
      id,
      status: "complete",
      success_count: objects.length - failures.length,
      pending_count: 0,
      failures,
    });
    return reply(202, {
      id,
      status: "pending",
      total_count: objects.length,
      success_count: 0,
      failure_count: 0,
      pending_count: objects.length,
    });
  }, port);
}

/** How old a signed message may be, seconds. Source: Standard Webhooks, "Verifying timestamp". */
const tolerance = 5 * 60;

/** A receiver of Standard Webhooks. @param aheadSeconds what its clock is ahead by */
export function startWebhook(
  secret: string,
  {
    isBad = () => false,
    aheadSeconds = 0,
    port = 0,
  }: { isBad?: (id: string) => boolean; aheadSeconds?: number; port?: number } = {},
): Promise<StandIn> {
  const isBusy = oneInTen();
  const seen = new Set<string>();
  return serve(({ method, headers, body }, self) => {
    const now = Date.now() + aheadSeconds * 1000;
    const date = { date: new Date(now).toUTCString() };
    const {
      "webhook-id": id = "",
      "webhook-timestamp": timestamp = "",
      "webhook-signature": signature = "",
    } = headers as Record<string, string>;
    const key = Buffer.from(secret.slice("whsec_".length), "base64");
    const wanted = Buffer.from(`v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`);
    const given = Buffer.from(signature);
    if (method !== "POST" || wanted.length !== given.length || !timingSafeEqual(wanted, given)) {
      self.faults.push("signature");
      return { status: 401, headers: date };
    }
    if (Math.abs(now / 1000 - Number(timestamp)) > tolerance) return { status: 400, headers: date };
    const message = parse(body);
    if (message?.type === "test") return { status: 204, headers: date };
    if (isBusy()) {
      self.rejected++;
      return { status: 503, headers: date };
    }
    const alert = String(
      ((message?.data ?? message?.finding_info) as Json | undefined)?.id ??
        (message?.finding_info as Json | undefined)?.uid,
    );
    if (isBad(alert)) return { status: 422, headers: date };
    if (seen.has(id)) self.faults.push(`message ${id} twice`);
    seen.add(id);
    self.accepted.push(alert);
    return { status: 204, headers: date };
  }, port);
}

/** RFC 5424 section 6, and in it a line of CEF that names its alert. */
const cefMessage = /^<\d{1,3}>1 \S+ \S+ sentinel - CEF - CEF:0\|.*\|(?:.* )?externalId=(\S+)/s;

/** A syslog server: TCP with counted octets (RFC 6587 section 3.4.1). It says nothing, and rejects nothing. */
export async function startSyslog(port = 0): Promise<StandIn> {
  const open = new Set<Socket>();
  const server = createTcpServer((socket) => {
    open.add(socket);
    let waiting = Buffer.alloc(0);
    socket.on("error", () => {});
    socket.on("close", () => open.delete(socket));
    socket.on("data", (chunk: Buffer) => {
      waiting = Buffer.concat([waiting, chunk]);
      for (;;) {
        const space = waiting.indexOf(" ");
        const end = space + 1 + Number(waiting.toString("latin1", 0, Math.max(0, space)));
        if (space < 1 || waiting.length < end) return;
        const message = waiting.toString("utf8", space + 1, end);
        waiting = waiting.subarray(end);
        const alert = cefMessage.exec(message)?.[1];
        if (alert === undefined) self.faults.push(message.slice(0, 100));
        else self.accepted.push(alert);
      }
    });
  }).listen(port, "127.0.0.1");
  await once(server, "listening");
  const self: StandIn = {
    origin: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ accepted: [], faults: [], rejected: 0, drops: 0 },
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
  return self;
}
