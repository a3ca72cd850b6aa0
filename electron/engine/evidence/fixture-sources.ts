import type { EvidenceKind, EvidenceProblem } from "../../../shared/evidence.ts";
import type { Exchange } from "./exchange.ts";
import { readExchanges } from "./readers.ts";
import type { ReadLimits, Recorder } from "./reading.ts";

/** One request of a made-up visit, before a recorder writes it down. */
export interface Visited {
  readonly at: number;
  readonly client: string;
  readonly method: string;
  readonly host: string;
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
  readonly status: number;
  readonly reply: string;
}

const shopper = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0";
const intruder = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:142.0) Gecko/20100101 Firefox/142.0";

function visit(client: string, agent: string, targets: readonly string[], seconds: number): Visited[] {
  return targets.map((target, i) => ({
    at: Date.UTC(2026, 0, 5, 8) + (seconds + i * 17) * 1000,
    client,
    method: "GET",
    host: "shop.example",
    target,
    headers: [
      ["Host", "shop.example"],
      ["User-Agent", agent],
      ["Accept", "text/html"],
      ["Accept-Language", "en"],
      ["Cookie", `sid=${client.replaceAll(".", "a")}9f3c77e1b2d4`],
    ],
    body: "",
    status: 200,
    reply: "<p>Hello</p>",
  }));
}

export const injection = "1' UNION SELECT name, password FROM users -- ";

/** A shopper, and somebody who tries an injection; in the order of time. */
export const visits: readonly Visited[] = [
  ...visit("198.51.100.7", shopper, ["/", "/search?q=green+tea", "/product/17", "/search?q=tea+pots", "/about"], 0),
  ...visit(
    "203.0.113.66",
    intruder,
    ["/", "/product/4", `/search?q=${encodeURIComponent(injection)}`, `/product/4?id=${encodeURIComponent(injection)}`],
    5,
  ),
].sort((a, b) => a.at - b.at);

const instant = (at: number) => new Date(at).toISOString();

function requestMessage({ method, target, headers, body }: Visited): string {
  return `${method} ${target} HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${body}`;
}

function responseMessage({ status, reply }: Visited): string {
  return `HTTP/1.1 ${status} OK\r\nContent-Type: text/html\r\nContent-Length: ${reply.length}\r\n\r\n${reply}`;
}

/** `Mon Jan 05 08:00:00 UTC 2026`, as Java writes it. */
export function javaDate(at: number): string {
  const [, day, month, date, time] = /^(\w+), (\d+) (\w+) \d+ ([\d:]+)/.exec(new Date(at).toUTCString())!;
  return `${day} ${date} ${month} ${time} UTC ${new Date(at).getUTCFullYear()}`;
}

/** The document type that Burp Suite begins an export with, in short. */
export const burpHead = `<?xml version="1.0"?>
<!DOCTYPE items [
<!ELEMENT items (item*)>
<!ATTLIST items burpVersion CDATA "">
<!ELEMENT item (time, url, host, request, status, response, comment)>
<!ELEMENT time (#PCDATA)>
<!ATTLIST request base64 (true|false) "false">
]>
<items burpVersion="2026.1.1" exportTime="Mon Jan 05 09:00:00 UTC 2026">
`;

export function burpItem(visited: Visited, base64 = true): string {
  const coded = (text: string) => `<![CDATA[${base64 ? Buffer.from(text).toString("base64") : text}]]>`;
  const path = visited.target.split("?")[0]!;
  return `  <item>
    <time>${javaDate(visited.at)}</time>
    <url><![CDATA[https://${visited.host}${visited.target}]]></url>
    <host ip="192.0.2.1">${visited.host}</host>
    <port>443</port>
    <protocol>https</protocol>
    <method><![CDATA[${visited.method}]]></method>
    <path><![CDATA[${path}]]></path>
    <extension>null</extension>
    <request base64="${base64}">${coded(requestMessage(visited))}</request>
    <status>${visited.status}</status>
    <responselength>${responseMessage(visited).length}</responselength>
    <mimetype>HTML</mimetype>
    <response base64="${base64}">${coded(responseMessage(visited))}</response>
    <comment>seen &amp; kept</comment>
  </item>
`;
}

function modSecurityLine(visited: Visited, i: number): string {
  const second = Math.floor(visited.at / 1000);
  return JSON.stringify({
    transaction: {
      client_ip: visited.client,
      time_stamp: javaDate(visited.at).replace(" UTC", ""),
      server_id: "57f0",
      client_port: 40_000 + i,
      host_ip: "192.0.2.1",
      host_port: 443,
      unique_id: `${second}78.48697${i}`,
      request: {
        method: visited.method,
        http_version: 1.1,
        uri: visited.target,
        body: visited.body,
        headers: Object.fromEntries(visited.headers),
      },
      response: {
        body: visited.reply,
        http_code: visited.status,
        headers: { "Content-Type": "text/html", "Content-Length": String(visited.reply.length) },
      },
      producer: { modsecurity: "ModSecurity v3.0.14 (Linux)", secrules_engine: "DetectionOnly" },
      messages: [],
    },
  });
}

function awsLine(visited: Visited, i: number): string {
  const [uri, args = ""] = visited.target.split("?");
  return JSON.stringify({
    timestamp: visited.at,
    formatVersion: 1,
    webaclId: "arn:aws:wafv2:eu-central-1:000000000000:regional/webacl/shop/0",
    terminatingRuleId: "Default_Action",
    action: "ALLOW",
    httpSourceName: "ALB",
    responseCodeSent: null,
    httpRequest: {
      clientIp: visited.client,
      country: "DE",
      headers: visited.headers.map(([name, value]) => ({ name, value })),
      uri,
      args,
      httpVersion: "HTTP/1.1",
      httpMethod: visited.method,
      requestId: `r-${i}`,
    },
  });
}

function cloudflareLine(visited: Visited, i: number): string {
  return JSON.stringify({
    ClientIP: visited.client,
    ClientRequestHost: visited.host,
    ClientRequestMethod: visited.method,
    ClientRequestProtocol: "HTTP/2",
    ClientRequestReferer: "",
    ClientRequestScheme: "https",
    ClientRequestURI: visited.target,
    ClientRequestUserAgent: visited.headers.find(([name]) => name === "User-Agent")![1],
    EdgeStartTimestamp: instant(visited.at).replace(/\.\d+/, ""),
    EdgeEndTimestamp: instant(visited.at).replace(/\.\d+/, ""),
    EdgeResponseBytes: 800,
    EdgeResponseBodyBytes: visited.reply.length,
    EdgeResponseStatus: visited.status,
    EdgeTimeToFirstByteMs: 28,
    RayID: `7a1f00000000000${i}`,
  });
}

const linesOf = (write: (visited: Visited, i: number) => string) => `${visits.map(write).join("\n")}\n`;

/** The same visits as each source writes them down, and how the place of an entry is called. */
export const sources: readonly { readonly kind: EvidenceKind; readonly name: string; readonly text: string }[] = [
  { kind: "burp_xml", name: "items.xml", text: `${burpHead}${visits.map((one) => burpItem(one)).join("")}</items>\n` },
  { kind: "modsecurity_log", name: "modsec_audit.json", text: linesOf(modSecurityLine) },
  { kind: "aws_waf_log", name: "aws-waf-logs.json", text: linesOf(awsLine) },
  { kind: "cloudflare_log", name: "http_requests.log", text: linesOf(cloudflareLine) },
];

export async function* chunksOf(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Everything that reading gives. */
export async function readWhole(
  kind: EvidenceKind,
  content: string | Buffer | AsyncIterable<Uint8Array>,
  options: { readonly limits?: Partial<ReadLimits>; readonly chunk?: number } = {},
): Promise<{ exchanges: Exchange[]; problems: EvidenceProblem[]; recorder: Recorder | null }> {
  const { limits = {}, chunk = 1000 } = options;
  const exchanges: Exchange[] = [];
  const problems: EvidenceProblem[] = [];
  let recorder: Recorder | null = null;
  const bytes =
    typeof content === "string" || Buffer.isBuffer(content) ? chunksOf(Buffer.from(content as string), chunk) : content;
  const batches = readExchanges(kind, bytes, {
    limits,
    onProblem: (problem) => problems.push(problem),
    onRecorder: (told) => {
      recorder = told;
    },
  });
  for await (const batch of batches) exchanges.push(...batch);
  return { exchanges, problems, recorder };
}
