import http from "node:http";

/** A request of a program that is no browser, and the HAR entry that it leaves. */
export interface ProgramClient {
  send(path: string, init?: { readonly method?: string; readonly body?: string }): Promise<void>;
  /** Entries so far, oldest first. */
  readonly entries: readonly object[];
}

/** Playwright records what a page sends, not what a program sends: this is the program. It keeps cookies as HTTP libraries do. */
export function createProgramClient(origin: string, headers: Readonly<Record<string, string>>): ProgramClient {
  const entries: object[] = [];
  let cookie = "";
  return {
    entries,
    async send(path, { method = "GET", body } = {}) {
      const started = Date.now();
      const sent: Record<string, string> = {
        Host: new URL(origin).host,
        ...headers,
        "Accept-Encoding": "identity",
        Connection: "keep-alive",
        ...(cookie === "" ? {} : { Cookie: cookie }),
        ...(body === undefined
          ? {}
          : { "Content-Type": "application/json", "Content-Length": String(Buffer.byteLength(body)) }),
      };
      const { reply, text } = await exchange(origin + path, method, sent, body);
      for (const line of reply.headers["set-cookie"] ?? []) cookie = line.split(";")[0] ?? "";
      const time = Date.now() - started;
      const url = origin + path;
      entries.push({
        startedDateTime: new Date(started).toISOString(),
        time,
        request: {
          method,
          url,
          httpVersion: "HTTP/1.1",
          cookies: [],
          headers: Object.entries(sent).map(([name, value]) => ({ name, value })),
          queryString: [...new URL(url).searchParams].map(([name, value]) => ({ name, value })),
          headersSize: -1,
          bodySize: body === undefined ? 0 : Buffer.byteLength(body),
          ...(body === undefined ? {} : { postData: { mimeType: "application/json", text: body } }),
        },
        response: {
          status: reply.statusCode ?? 0,
          statusText: reply.statusMessage ?? "",
          httpVersion: "HTTP/1.1",
          cookies: [],
          headers: pairs(reply.rawHeaders),
          content: { size: Buffer.byteLength(text), mimeType: reply.headers["content-type"] ?? "", text },
          redirectURL: reply.headers.location ?? "",
          headersSize: -1,
          bodySize: Buffer.byteLength(text),
        },
        cache: {},
        timings: { send: 0, wait: time, receive: 0 },
      });
    },
  };
}

function exchange(url: string, method: string, headers: Record<string, string>, body: string | undefined) {
  return new Promise<{ reply: http.IncomingMessage; text: string }>((resolve, reject) => {
    const request = http.request(url, { method, headers, setHost: false }, (reply) => {
      const chunks: Buffer[] = [];
      reply.on("data", (chunk: Buffer) => chunks.push(chunk));
      reply.on("end", () => resolve({ reply, text: Buffer.concat(chunks).toString("utf8") }));
      reply.on("error", reject);
    });
    request.on("error", reject);
    request.end(body);
  });
}

function pairs(raw: readonly string[]): { name: string; value: string }[] {
  return raw.flatMap((name, i) => (i % 2 === 0 ? [{ name, value: raw[i + 1] ?? "" }] : []));
}
