import { isUtf8 } from "node:buffer";
import { SentinelError } from "../../../shared/errors.ts";
import type { Exchange } from "./exchange.ts";
import { asFields, readHarEntry } from "./har-entry.ts";
import { type ArrayElement, createJsonArrayScanner } from "./json-array-scanner.ts";
import { type Complain, complainAt, defaultLimits, type ReadLimits, type ReadOptions, readPieces } from "./reading.ts";
import { decodeBytes } from "./text.ts";

/**
 * Reads the entries of a HAR file while it streams; no more than one entry and one chunk are held. A broken entry is complained
 * of and the next one read. Source: HAR 1.2.
 *
 * @returns batches of exchanges, in file order
 * @throws SentinelError CANCELLED; whatever the source throws. Never for what the file holds.
 */
export async function* readHar(
  bytes: AsyncIterable<Uint8Array>,
  options: ReadOptions = {},
): AsyncGenerator<Exchange[]> {
  const limits = { ...defaultLimits, ...options.limits };
  const scanner = createJsonArrayScanner({
    path: ["log", "entries"],
    maxElementBytes: limits.entryBytes,
    maxDepth: limits.depth,
    maxContainers: limits.containers,
    beside: ["creator"],
    onBeside: (_name, json) => reportRecorder(json, options),
  });
  for await (const piece of readPieces(bytes, options)) {
    const batch: Exchange[] = [];
    for (const element of scanner.push(piece)) {
      const complain = complainAt(`entry ${element.index + 1}`, options.onProblem);
      const exchange = await readElement(element, limits, complain, options.onPassedOver);
      if (exchange !== null) batch.push(exchange);
    }
    if (batch.length > 0) yield batch;
  }
  reportEnd(scanner.end(), options);
}

function reportRecorder(json: string, options: ReadOptions): void {
  try {
    const creator = asFields(JSON.parse(json));
    if (typeof creator?.name !== "string") return;
    const version = typeof creator.version === "string" ? creator.version : "";
    options.onRecorder?.({ name: creator.name.slice(0, 200), version: version.slice(0, 100) });
  } catch {
    options.onProblem?.({
      code: "EVIDENCE_UNREADABLE",
      place: "log.creator",
      message: "The recorder's name is no JSON.",
    });
  }
}

function reportEnd(end: ReturnType<ReturnType<typeof createJsonArrayScanner>["end"]>, options: ReadOptions): void {
  if (end.cut || end.cutElement !== null) {
    const place = end.cutElement === null ? "end of file" : `entry ${end.cutElement + 1}`;
    complainAt(place, options.onProblem)(
      "EVIDENCE_UNREADABLE",
      "The file ends in the middle; what came before was read.",
    );
  }
  if (!end.found) {
    complainAt("whole file", options.onProblem)("EVIDENCE_UNREADABLE", "There is no list log.entries.");
  }
  if (end.trailing) {
    complainAt("end of file", options.onProblem)("EVIDENCE_UNREADABLE", "Something stands outside the JSON document.");
  }
}

const faults = {
  too_large: ["INPUT_TOO_LARGE", "The entry is larger than the limit and is left out."],
  too_deep: ["INPUT_TOO_LARGE", "The entry is nested deeper than the limit and is left out."],
  too_many_parts: ["INPUT_TOO_LARGE", "The entry has more parts than the limit and is left out."],
  no_object: ["EVIDENCE_UNREADABLE", "The entry is no object and is left out."],
} as const;

/** Parses one element's bytes, complaining of what is wrong with it. */
export function parseElement(element: ArrayElement, complain: Complain): Record<string, unknown> | null {
  if (element.fault !== null) {
    const [code, message] = faults[element.fault];
    complain(code, message);
    return null;
  }
  const bytes = element.bytes!;
  let text: string;
  if (isUtf8(bytes)) {
    text = bytes.toString("utf8");
  } else {
    complain("EVIDENCE_UNREADABLE", "The entry holds bytes that are no UTF-8; they are read as Latin-1.");
    text = decodeBytes(bytes);
  }
  try {
    return asFields(JSON.parse(text));
  } catch {
    // V8's message quotes the text: evidence content must not get into messages.
    complain("EVIDENCE_UNREADABLE", "The entry is no JSON and is left out.");
    return null;
  }
}

async function readElement(
  element: ArrayElement,
  limits: ReadLimits,
  complain: Complain,
  passOver?: ReadOptions["onPassedOver"],
): Promise<Exchange | null> {
  const entry = parseElement(element, complain);
  if (entry === null) return null;
  const { index, offset, length } = element;
  return readHarEntry(entry, { index, offset, length }, limits, complain, passOver);
}

/**
 * Reads one entry again from its own bytes.
 * @throws SentinelError EVIDENCE_UNREADABLE when the bytes are no such entry
 */
export async function readHarEntryAt(
  bytes: Buffer,
  place: { index: number; offset: number },
  limits = defaultLimits,
): Promise<Exchange> {
  const element = { ...place, length: bytes.length, bytes, fault: null };
  const exchange = await readElement(element, limits, () => {});
  if (exchange === null) throw new SentinelError("EVIDENCE_UNREADABLE", `Entry ${place.index} cannot be read again.`);
  return exchange;
}
