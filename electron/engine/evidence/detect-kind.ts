import { constants, gunzipSync } from "node:zlib";
import { SentinelError } from "../../../shared/errors.ts";
import type { EvidenceKind } from "../../../shared/evidence.ts";
import { parseLogLine } from "./access-log.ts";
import { isGzip } from "./inflate.ts";
import { namesOfLog } from "./json-log-line.ts";
import { parseCommonLine } from "./log-line.ts";
import { looksLikeRawRequest } from "./raw-request.ts";
import { decodeBytes } from "./text.ts";

/** How much of a file is looked at. */
export const headBytes = 64 * 1024;

/** How many lines of that are tried: a server says much as it starts, and hostile lines cost their exceptions. */
const mostLines = 1000;

export interface DetectedKind {
  readonly kind: EvidenceKind;
  /** Whether the file is gzip around that kind. */
  readonly gzip: boolean;
}

const signatures: readonly [bytes: string, what: string][] = [
  ["504b0304", "a ZIP archive"],
  ["89504e47", "a PNG image"],
  ["ffd8ff", "a JPEG image"],
  ["47494638", "a GIF image"],
  ["25504446", "a PDF document"],
  ["d4c3b2a1", "a packet capture (pcap)"],
  ["a1b2c3d4", "a packet capture (pcap)"],
  ["0a0d0d0a", "a packet capture (pcapng)"],
  ["7f454c46", "a program (ELF)"],
  ["4d5a", "a program (Windows)"],
  ["fd377a585a00", "an xz archive"],
  ["28b52ffd", "a Zstandard archive"],
  ["425a68", "a bzip2 archive"],
  ["53514c69746520666f726d6174", "an SQLite database"],
  ["fffe", "text in UTF-16; save it as UTF-8"],
  ["feff", "text in UTF-16; save it as UTF-8"],
];

/**
 * Tells the kind of evidence by its content alone; file names are what the sender chose.
 *
 * @param head the file's first bytes, up to `headBytes`
 * @throws SentinelError EVIDENCE_UNKNOWN_FORMAT saying what was found
 */
export function detectKind(head: Buffer): DetectedKind {
  const gzip = isGzip(head);
  const bytes = gzip ? gunzipHead(head) : head;
  const text = headText(bytes);
  const kind = kindOfText(text, bytes.length >= headBytes);
  if (gzip && (kind === "package" || kind === "raw_request"))
    throw unknown(`a gzip file around ${kind.replace("_", " ")}`);
  return { kind, gzip };
}

/** SECURITY: bounded output, however far the bytes would expand. */
function gunzipHead(head: Buffer): Buffer {
  for (let length = head.length; length > 16; length >>= 1) {
    try {
      const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 4 * 1024 ** 2 };
      return gunzipSync(head.subarray(0, length), options).subarray(0, headBytes);
    } catch (error) {
      if ((error as { code?: unknown }).code !== "ERR_BUFFER_TOO_LARGE") break;
    }
  }
  throw unknown("a damaged gzip file");
}

function headText(head: Buffer): string {
  const bytes = head.subarray(0, headBytes);
  const hex = bytes.toString("hex", 0, 16);
  const found = signatures.find(([signature]) => hex.startsWith(signature));
  if (found !== undefined) throw unknown(found[1]);
  if (bytes.includes(0)) throw unknown("binary data");
  const text = decodeBytes(bytes)
    .replace(/^\ufeff/, "")
    .trimStart();
  if (text === "") throw unknown(head.length === 0 ? "empty" : "nothing but white space");
  return text;
}

/** @param isCut whether the file goes on, so that the last line is perhaps not all there */
function kindOfText(text: string, isCut: boolean): EvidenceKind {
  if (text.startsWith("{")) return kindOfJson(text, isCut);
  if (text.startsWith("<") && rootName(text) === "items") return "burp_xml";
  const lines = text
    .split("\n", mostLines)
    .map((line) => line.replace(/\r$/, ""))
    .filter((line) => line !== "" && line[0] !== "#");
  if (lines.slice(0, 10).some((line) => parseLogLine(line) !== null)) return "access_log";
  const known = kindOfLines(lines);
  if (known !== null) return known;
  if (looksLikeRawRequest(text)) return "raw_request";
  // After what a server prints as it starts, and where one hostile line fills the head.
  if (lines.some((line) => parseLogLine(line) !== null)) return "access_log";
  if (isCut && beginsLogLine(lines.at(-1) ?? "")) return "access_log";
  if (text.startsWith("[")) throw unknown("a JSON list");
  if (text.startsWith("<")) throw unknown("markup (HTML or XML)");
  throw unknown("text that begins with neither a log line nor a request line");
}

/** Whether a line whose end is not known begins as one of an access log. */
function beginsLogLine(line: string): boolean {
  return line.startsWith("{")
    ? namesOfLog(topLevelNames(line).keys()) >= 2
    : parseCommonLine(`${line.slice(0, 4096)}" 200 0`) !== null;
}

function kindOfJson(text: string, isCut: boolean): EvidenceKind {
  const names = topLevelNames(text);
  if (names.get("log") === "{") return "har";
  const isPackage = (names.has("har") || names.has("requests")) && names.has("sha256");
  if (isPackage || names.get("har") === "{" || names.get("requests") === "[") return "package";
  const known = kindOfLog(text, names) ?? kindOfLines(text.split("\n", 10));
  if (known !== null) return known;
  const lines = text.split("\n", mostLines).filter((line) => line.trim() !== "");
  if (lines.some((line) => parseLogLine(line.trim()) !== null)) return "access_log";
  // A package may begin with long metadata.
  if (names.has("metadata") || (names.has("sha256") && names.has("signature"))) return "package";
  if (isCut && !text.includes("\n") && beginsLogLine(text)) return "access_log";
  const list = [...names.keys()].slice(0, 5).map((name) => JSON.stringify(name.slice(0, 40)));
  throw unknown(`JSON with ${list.length === 0 ? "no members" : `the members ${list.join(", ")}`}`);
}

/** The kind of the first lines that begin an object: what comes before may be the end of a line that was cut off. */
function kindOfLines(lines: readonly string[]): EvidenceKind | null {
  for (const line of lines.slice(0, 10)) {
    const kind = line.startsWith("{") ? kindOfLog(line, topLevelNames(line)) : null;
    if (kind !== null) return kind;
  }
  return null;
}

/** Members of an audit log's `transaction`; other logs have one too, with other members. */
const auditMembers = ["client_ip", "remote_address", "time_stamp", "unix_timestamp", "transaction_id", "host_ip"];

/** Logs whose entries are told by their names alone. */
function kindOfLog(text: string, names: ReadonlyMap<string, string>): EvidenceKind | null {
  if (names.get("transaction") === "{") {
    const at = text.search(/"transaction"\s*:/);
    const inside = topLevelNames(text.slice(text.indexOf("{", at)));
    if (auditMembers.some((name) => inside.has(name))) return "modsecurity_log";
  }
  if (names.get("httpRequest") === "{" && (names.has("webaclId") || names.has("terminatingRuleId")))
    return "aws_waf_log";
  if (names.get("ClientRequestMethod") === '"' && (names.has("ClientRequestURI") || names.has("ClientRequestPath"))) {
    return "cloudflare_log";
  }
  return null;
}

/** Name of an XML document's root, or of the one that its document type names. Null as far as the text does not say. */
function rootName(text: string): string | null {
  let at = 0;
  for (;;) {
    at = text.indexOf("<", at);
    if (at < 0) return null;
    const end = text.startsWith("<!--", at) ? "-->" : text.startsWith("<?", at) ? "?>" : null;
    if (end === null) return /^<(?:!DOCTYPE\s{1,100})?([\w.:-]{1,100})/.exec(text.slice(at, at + 220))?.[1] ?? null;
    at = text.indexOf(end, at);
    if (at < 0) return null;
  }
}

/** Names of the outermost object and the first character of each value, as far as the text goes. */
function topLevelNames(text: string): Map<string, string> {
  const names = new Map<string, string>();
  let depth = 0;
  let name: string | null = null;
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (char === '"') {
      const start = i++;
      while (i < text.length && text[i] !== '"') i += text[i] === "\\" ? 2 : 1;
      const colon = /^\s*:\s*(\S)/.exec(text.slice(i + 1, i + 100));
      if (depth === 1 && colon !== null && names.size < 200) {
        name = text.slice(start + 1, i);
        names.set(name, colon[1]!);
      }
    } else if (char === "{" || char === "[") {
      depth++;
    } else if ((char === "}" || char === "]") && --depth === 0) {
      break;
    }
  }
  return names;
}

/** Of a file or of pasted text. */
const unknown = (what: string) => new SentinelError("EVIDENCE_UNKNOWN_FORMAT", `It is ${what}.`);
