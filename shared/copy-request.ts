/** A request as text, taken apart: request line, headers, blank line, body. */
interface RequestParts {
  readonly method: string;
  readonly target: string;
  readonly version: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/** What is copied; null: why it cannot be, in words. `notes` say what is missing. */
export type Copied =
  | { readonly text: string; readonly notes: readonly string[] }
  | { readonly text: null; readonly reason: string };

/** @param text as `renderRequest` writes it */
function takeApart(text: string): RequestParts | null {
  const end = text.indexOf("\r\n\r\n");
  const [line = "", ...lines] = (end < 0 ? text : text.slice(0, end)).split("\r\n");
  const [method, version] = [line.slice(0, line.indexOf(" ")), line.slice(line.lastIndexOf(" ") + 1)];
  if (method === "" || line.indexOf(" ") === line.lastIndexOf(" ")) return null;
  const headers = lines.flatMap((each): [string, string][] => {
    const colon = each.indexOf(": ");
    return colon < 0 ? [] : [[each.slice(0, colon), each.slice(colon + 2)]];
  });
  const target = line.slice(method.length + 1, line.length - version.length - 1);
  return { method, target, version, headers, body: end < 0 ? "" : text.slice(end + 4) };
}

/** RFC 9110 section 5.6.2. */
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** What curl writes itself, or what would contradict it. */
const ownHeaders = new Set(["content-length", "transfer-encoding", "connection"]);

/**
 * One argument of a command of bash.
 * SECURITY: in single quotes nothing is read but what ends them. Whatever a terminal or an eye could take for something else
 * (control characters, line ends, anything outside ASCII) and `!` are written as escapes in `$'…'`, so that pasting runs nothing,
 * ends no line and shows what is there.
 */
function quote(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text) && !text.includes("!")) return `'${text.replaceAll("'", "'\\''")}'`;
  let written = "";
  for (const byte of new TextEncoder().encode(text)) {
    const letter = String.fromCharCode(byte);
    if (letter === "'" || letter === "\\") written += `\\${letter}`;
    else if (byte >= 0x20 && byte < 0x7f && letter !== "!") written += letter;
    else written += `\\x${byte.toString(16).padStart(2, "0")}`;
  }
  return `$'${written}'`;
}

/** Where the request went; null: the evidence does not tell the host. */
function hostOf({ headers }: RequestParts): string | null {
  return headers.find(([name]) => name.toLowerCase() === "host")?.[1] ?? null;
}

/**
 * The request as a command of bash that sends it again with curl: one line, without a line end.
 * @param scheme as recorded; https where nothing tells
 */
export function copyAsCurl(text: string, scheme: "http" | "https" = "https"): Copied {
  const parts = takeApart(text);
  if (parts === null) return { text: null, reason: "It has no request line that could be read." };
  if (text.includes("\0")) {
    return {
      text: null,
      reason: "It holds a NUL character, which no argument of a command can. Copy it raw or as HAR.",
    };
  }
  const host = hostOf(parts);
  if (host === null) return { text: null, reason: "The evidence does not tell which host it was sent to." };
  if (!/^[\w.:[\]-]+$/.test(host)) return { text: null, reason: "Its Host header is no host that curl could ask." };
  if (!token.test(parts.method)) return { text: null, reason: "Its method is none that curl could send." };
  const notes: string[] = [];
  // SECURITY: --data-raw reads no file for an @; without globbing and with the path as it is, curl sends what is written.
  const command = ["curl", "--path-as-is", "--globoff", "--request", quote(parts.method)];
  const isPath = parts.target.startsWith("/");
  if (!isPath) command.push("--request-target", quote(parts.target));
  command.push("--url", quote(`${scheme}://${host}${isPath ? parts.target : "/"}`));
  for (const [name, value] of parts.headers) {
    if (ownHeaders.has(name.toLowerCase()) || name.toLowerCase() === "host") continue;
    // SECURITY: a header that begins with @ would have curl read a file of the analyst's.
    if (!token.test(name)) notes.push("A header whose name is none was left out.");
    else command.push("--header", quote(value === "" ? `${name};` : `${name}: ${value}`));
  }
  // What curl would add unasked is taken away again.
  const names = new Set(parts.headers.map(([name]) => name.toLowerCase()));
  for (const name of ["User-Agent", "Accept", ...(parts.body === "" ? [] : ["Content-Type"])]) {
    if (!names.has(name.toLowerCase())) command.push("--header", quote(`${name}:`));
  }
  if (parts.body !== "") command.push("--data-raw", quote(parts.body));
  return { text: command.join(" "), notes: [...new Set(notes)] };
}

/** What stands in place of a secret on the screen, and in what is copied, which may not show dots. */
const [mask, copiedMask] = ["\u2022".repeat(8), "[masked]"];

/** A masked text as it is copied or exported. */
export const nameMasks = (text: string): string => text.replaceAll(mask, copiedMask);

/** What is known of the exchange besides the request's text. */
export interface ExchangeFacts {
  readonly startedAt: string | null;
  readonly durationMs: number | null;
  readonly status: number | null;
  readonly scheme?: "http" | "https";
  /** Masked; null: the evidence has no response. */
  readonly response: { readonly head: string; readonly body: string; readonly body_available: boolean } | null;
}

const toPairs = (headers: RequestParts["headers"]) => headers.map(([name, value]) => ({ name, value }));

/** The exchange as an entry of a HAR 1.2 file. */
export function copyAsHar(text: string, facts: ExchangeFacts): Copied {
  const parts = takeApart(text);
  if (parts === null) return { text: null, reason: "It has no request line that could be read." };
  const { method, target, version, headers, body } = parts;
  const question = target.indexOf("?");
  const query = question < 0 ? [] : [...new URLSearchParams(target.slice(question))];
  const type = headers.find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? "";
  const [, ...lines] = facts.response?.head.split("\r\n") ?? [];
  const responseHeaders = lines.flatMap((line): [string, string][] => {
    const colon = line.indexOf(": ");
    return colon < 0 ? [] : [[line.slice(0, colon), line.slice(colon + 2)]];
  });
  const notes: string[] = [];
  if (facts.startedAt === null) notes.push("The evidence has no clock: the time is that of 1970.");
  if (facts.response !== null) notes.push("Secrets of the response stay masked.");
  const entry = {
    startedDateTime: facts.startedAt ?? "1970-01-01T00:00:00.000Z",
    time: facts.durationMs ?? 0,
    request: {
      method,
      url: target.startsWith("/") ? `${facts.scheme ?? "https"}://${hostOf(parts) ?? ""}${target}` : target,
      httpVersion: version,
      cookies: [],
      headers: toPairs(headers),
      queryString: query.map(([name, value]) => ({ name, value })),
      headersSize: -1,
      bodySize: new TextEncoder().encode(body).length,
      ...(body === "" ? {} : { postData: { mimeType: type, text: body } }),
    },
    response: {
      status: facts.status ?? 0,
      statusText: "",
      httpVersion: "",
      cookies: [],
      headers: toPairs(responseHeaders),
      content: {
        size: -1,
        mimeType: responseHeaders.find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? "",
        ...(facts.response?.body_available === true ? { text: facts.response.body } : {}),
      },
      redirectURL: "",
      headersSize: -1,
      bodySize: -1,
    },
    cache: {},
    timings: { send: 0, wait: facts.durationMs ?? 0, receive: 0 },
  };
  return { text: JSON.stringify(entry, null, 2), notes };
}

/** The request as it stood; without the blank line that ends one without a body. */
export function copyAsRaw(text: string): Copied {
  return { text: text.endsWith("\r\n\r\n") ? text.slice(0, -4) : text, notes: [] };
}
