import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

/** A span as the collector has read it. */
export interface CollectedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly kind: number;
  readonly milliseconds: number;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly status: { readonly code?: number; readonly message?: string };
}

export interface Collector {
  readonly origin: string;
  /** All spans that were taken. @throws Error when something was sent that is no OTLP over HTTP with JSON */
  spans(): CollectedSpan[];
  /** Everything that was sent: headers and bodies. */
  text(): string;
  requests(): readonly { readonly method: string; readonly path: string; readonly headers: IncomingHttpHeaders }[];
  close(): Promise<void>;
}

type Any = { stringValue?: string; intValue?: number | string; doubleValue?: number };

/**
 * An OTLP collector that reads what it is sent as the protocol has it (opentelemetry.io/docs/specs/otlp, "OTLP/HTTP", JSON).
 * @param answer status, or null: it takes the request and never answers
 */
export async function openCollector(answer: () => number | null = () => 200): Promise<Collector> {
  const taken: CollectedSpan[] = [];
  const seen: { method: string; path: string; headers: IncomingHttpHeaders }[] = [];
  const wrong: string[] = [];
  let text = "";
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => void chunks.push(chunk));
    request.on("end", () => {
      const { method = "", url: path = "", headers } = request;
      const body = Buffer.concat(chunks).toString();
      seen.push({ method, path, headers });
      text += `${path} ${JSON.stringify(headers)} ${body}\n`;
      const status = answer();
      if (status === null) return;
      if (status === 200) {
        try {
          if (method !== "POST" || path !== "/v1/traces") throw new Error(`${method} ${path}`);
          if (headers["content-type"] !== "application/json") throw new Error(String(headers["content-type"]));
          taken.push(...readSpans(body));
        } catch (error) {
          wrong.push(String(error));
        }
      }
      response.writeHead(status, { "Content-Type": "application/json" }).end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans() {
      if (wrong.length > 0) throw new Error(wrong.join("; "));
      return taken;
    },
    text: () => text,
    requests: () => seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function readSpans(body: string): CollectedSpan[] {
  const { resourceSpans } = JSON.parse(body);
  return resourceSpans.flatMap((resource: { resource: { attributes: never }; scopeSpans: { spans: never[] }[] }) => {
    const { "service.name": service } = readAttributes(resource.resource.attributes);
    if (service !== "sentinel") throw new Error(`service ${service}`);
    return resource.scopeSpans.flatMap(({ spans }) => spans.map(readSpan));
  });
}

function readSpan(span: {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: never;
  status: CollectedSpan["status"];
}): CollectedSpan {
  const { name, traceId, spanId, parentSpanId, kind, status } = span;
  if (!/^[0-9a-f]{32}$/.test(traceId) || !/^[0-9a-f]{16}$/.test(spanId)) throw new Error(`ids ${traceId} ${spanId}`);
  const milliseconds = Number(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)) / 1e6;
  if (!(milliseconds >= 0)) throw new Error(`${name} ends before it begins`);
  const parent = parentSpanId === undefined || parentSpanId === "" ? {} : { parentSpanId };
  return { name, traceId, spanId, ...parent, kind, milliseconds, attributes: readAttributes(span.attributes), status };
}

function readAttributes(list: readonly { key: string; value: Any }[]): Record<string, string | number> {
  return Object.fromEntries(
    list.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue ?? value.doubleValue)]),
  );
}
