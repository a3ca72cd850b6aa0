import { SentinelError } from "../../../shared/errors.ts";
import type { Header } from "./exchange.ts";
import { splitUrl } from "./target.ts";

/** The request that a curl command would send. */
export interface CurlRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly Header[];
  readonly body: string | null;
}

/**
 * Splits a command line as bash would, without expanding anything: quotes, `$'…'`, backslashes, line continuations.
 * @throws SentinelError EVIDENCE_UNREADABLE for an open quote
 */
function splitWords(command: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  let i = 0;
  const until = (mark: string, from: number): number => {
    const end = command.indexOf(mark, from);
    if (end < 0) throw new SentinelError("EVIDENCE_UNREADABLE", "The command has a quote that is not closed.");
    return end;
  };
  while (i < command.length) {
    const char = command[i]!;
    if (char === "'") {
      const end = until("'", i + 1);
      word = (word ?? "") + command.slice(i + 1, end);
      i = end + 1;
    } else if (char === "$" && command[i + 1] === "'") {
      const [text, end] = readAnsiC(command, i + 2);
      word = (word ?? "") + text;
      i = end;
    } else if (char === '"') {
      word ??= "";
      i++;
      while (command[i] !== '"') {
        if (i >= command.length) until('"', i);
        if (command[i] === "\\" && /["\\$`\n]/.test(command[i + 1] ?? "")) i++;
        if (command[i] !== "\n" || command[i - 1] !== "\\") word += command[i];
        i++;
      }
      i++;
    } else if (char === "\\") {
      const next = command[i + 1] ?? "";
      if (next === "\r" && command[i + 2] === "\n") i++;
      else if (next !== "\n") word = (word ?? "") + next;
      i += 2;
    } else if (/\s/.test(char)) {
      if (word !== null) words.push(word);
      word = null;
      i++;
    } else {
      word = (word ?? "") + char;
      i++;
    }
  }
  if (word !== null) words.push(word);
  return words;
}

const ansiC: Record<string, string> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f", v: "\v", a: "\x07", e: "\x1b" };

/** The text of `$'…'` from behind its opening quote, and the position after its closing one. */
function readAnsiC(command: string, from: number): [string, number] {
  let text = "";
  let i = from;
  while (i < command.length && command[i] !== "'") {
    if (command[i] !== "\\") {
      text += command[i++];
      continue;
    }
    const known = /^(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|([0-7]{1,3}))/.exec(
      command.slice(i + 1, i + 10),
    );
    if (known !== null) {
      const code =
        known[4] === undefined ? Number.parseInt(known[1] ?? known[2] ?? known[3]!, 16) : Number.parseInt(known[4], 8);
      text += code <= 0x10ffff ? String.fromCodePoint(code) : "\ufffd";
      i += 1 + known[0].length;
    } else {
      const next = command[i + 1] ?? "";
      text += ansiC[next] ?? next;
      i += 2;
    }
  }
  if (i >= command.length)
    throw new SentinelError("EVIDENCE_UNREADABLE", "The command has a quote that is not closed.");
  return [text, i + 1];
}

/** Options that take a value and say nothing about the request's content. */
const skippedWithValue = new Set(
  "-o --output -x --proxy -m --max-time --connect-timeout --resolve --cacert --cert --key -w --write-out -c --cookie-jar --retry -T --upload-file --interface -K --config -D --dump-header -E --limit-rate -Y -y -z -C -t -r --range -u --user -P -Q".split(
    " ",
  ),
);

/**
 * Reads a curl command line ("Copy as cURL") into the request it would send. Nothing is executed and no file is read: `@file`
 * stays as it is written.
 * @throws SentinelError EVIDENCE_UNREADABLE when there is no URL
 */
export function parseCurl(command: string): CurlRequest {
  const words = splitWords(command);
  const headers: Header[] = [];
  const data: string[] = [];
  const parts: string[] = [];
  let url: string | null = null;
  let method: string | null = null;
  let get = false;
  for (let i = 1; i < words.length; i++) {
    let option = words[i]!;
    if (!option.startsWith("-") || option === "-") {
      url ??= option;
      continue;
    }
    let attached: string | null = null;
    if (/^-[XHdbAeFu]./.test(option)) {
      attached = option.slice(2);
      option = option.slice(0, 2);
    }
    const value = () => attached ?? words[++i] ?? "";
    switch (option) {
      case "-X":
      case "--request":
        method = value();
        break;
      case "-H":
      case "--header": {
        const header = /^([^:]+):\s*([\s\S]*)$/.exec(value());
        if (header !== null) headers.push([header[1]!.trim(), header[2]!]);
        break;
      }
      case "-d":
      case "--data":
      case "--data-ascii":
      case "--data-raw":
      case "--data-binary":
        data.push(value());
        break;
      case "--data-urlencode": {
        const [, name, text] = /^([^=@]*=)?([\s\S]*)$/.exec(value())!;
        data.push(`${name ?? ""}${encodeURIComponent((text ?? "").toWellFormed())}`);
        break;
      }
      case "--json":
        data.push(value());
        headers.push(["Content-Type", "application/json"], ["Accept", "application/json"]);
        break;
      case "-F":
      case "--form":
      case "--form-string":
        parts.push(value());
        break;
      case "-b":
      case "--cookie":
        headers.push(["Cookie", value()]);
        break;
      case "-A":
      case "--user-agent":
        headers.push(["User-Agent", value()]);
        break;
      case "-e":
      case "--referer":
        headers.push(["Referer", value()]);
        break;
      case "-G":
      case "--get":
        get = true;
        break;
      case "-I":
      case "--head":
        method = "HEAD";
        break;
      case "--url":
        url = value();
        break;
      default:
        if (skippedWithValue.has(option) && attached === null) i++;
    }
  }
  if (url === null) throw new SentinelError("EVIDENCE_UNREADABLE", "The curl command names no URL.");
  return build(url, method, get, headers, data, parts);
}

function build(
  url: string,
  method: string | null,
  get: boolean,
  headers: Header[],
  data: readonly string[],
  parts: readonly string[],
): CurlRequest {
  const full = splitUrl(url)?.host === null ? `http://${url}` : url;
  if (parts.length > 0) {
    const boundary = "----------------------sentinel";
    const fields = parts.map((part) => {
      const [, name, text] = /^([^=]*)=?([\s\S]*)$/.exec(part)!;
      const file = text!.startsWith("@") ? `; filename="${text!.slice(1).split(";")[0]}"` : "";
      return `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n${file === "" ? text : ""}\r\n`;
    });
    headers.push(["Content-Type", `multipart/form-data; boundary=${boundary}`]);
    return { method: method ?? "POST", url: full, headers, body: `${fields.join("")}--${boundary}--\r\n` };
  }
  if (data.length === 0) return { method: method ?? "GET", url: full, headers, body: null };
  const joined = data.join("&");
  if (get) {
    return { method: method ?? "GET", url: `${full}${full.includes("?") ? "&" : "?"}${joined}`, headers, body: null };
  }
  if (!headers.some(([name]) => name.toLowerCase() === "content-type")) {
    headers.push(["Content-Type", "application/x-www-form-urlencoded"]);
  }
  return { method: method ?? "POST", url: full, headers, body: joined };
}
