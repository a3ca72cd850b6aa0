import type { BurpField, BurpItem } from "./burp-scanner.ts";
import { type Exchange, headerOf } from "./exchange.ts";
import { readRequestMessage, readResponseMessage } from "./http-message.ts";
import type { Complain, ReadLimits } from "./reading.ts";
import { splitTarget, splitUrl } from "./target.ts";
import { decodeBytes } from "./text.ts";
import { readWrittenDate } from "./written-date.ts";

function bytesOf(field: BurpField | undefined): Buffer {
  return Buffer.from(field?.bytes ?? "", field?.base64 ? "base64" : "latin1");
}

const textOf = (item: BurpItem, name: string) => decodeBytes(bytesOf(item.fields.get(name))).trim();

/**
 * One saved item as an exchange: the request and the response are the messages as they went over the wire. Where a request cannot
 * be read, method and URL stand in for it.
 *
 * @param onZone hears of a time zone that is not known: the time is taken as UTC
 * @returns null when there is no request to speak of, which `complain` hears
 */
export async function readBurpItem(
  item: BurpItem,
  limits: ReadLimits,
  complain: Complain,
  onZone: (zone: string) => void,
): Promise<Exchange | null> {
  const raw = bytesOf(item.fields.get("request"));
  const request = raw.length === 0 ? null : await readRequestMessage(raw, limits, complain);
  const url = splitUrl(textOf(item, "url"));
  const method = request?.method ?? textOf(item, "method");
  if (method === "" || (request === null && url === null)) {
    complain("EVIDENCE_UNREADABLE", "The item is left out: it has no request.");
    return null;
  }
  if (raw.length === 0)
    complain("EVIDENCE_UNREADABLE", "The item has no request message; its method and URL are read.");
  const sent = request === null ? null : splitTarget(request.target);
  const protocol = textOf(item, "protocol").toLowerCase();
  const { index, offset, length } = item;
  return {
    index,
    offset,
    length,
    startedAt: readTime(textOf(item, "time"), complain, onZone),
    durationMs: null,
    clientAddress: null,
    method: method.slice(0, 200),
    scheme: protocol === "http" || protocol === "https" ? protocol : (url?.scheme ?? sent?.scheme ?? null),
    host: url?.host ?? sent?.host ?? headerOf(request?.headers, "host"),
    target: sent?.target ?? url!.target,
    httpVersion: request?.version ?? null,
    headers: request?.headers ?? null,
    body: request?.body.text ?? null,
    bodyCut: request?.body.cut ?? false,
    response: await readResponse(item, limits, complain),
  };
}

function readTime(text: string, complain: Complain, onZone: (zone: string) => void): number | null {
  if (text === "") return null;
  const date = readWrittenDate(text);
  if (date === null) complain("EVIDENCE_UNREADABLE", "The item's time is no time.");
  else if (!date.zoneKnown) onZone(date.zone ?? "");
  return date?.ms ?? null;
}

async function readResponse(item: BurpItem, limits: ReadLimits, complain: Complain): Promise<Exchange["response"]> {
  const raw = bytesOf(item.fields.get("response"));
  const told = textOf(item, "status");
  const status = /^[1-9]\d{2}$/.test(told) ? Number(told) : null;
  if (raw.length > 0) return readResponseMessage(raw, status, limits, complain);
  return status === null ? null : { status, headers: null, size: null, body: null, bodyCut: false };
}
