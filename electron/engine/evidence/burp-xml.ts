import { SentinelError } from "../../../shared/errors.ts";
import { readBurpItem } from "./burp-item.ts";
import { type BurpItem, createBurpScanner } from "./burp-scanner.ts";
import type { Exchange } from "./exchange.ts";
import { type Complain, complainAt, defaultLimits, type ReadLimits, type ReadOptions, readPieces } from "./reading.ts";

const stops = {
  entities: ["EVIDENCE_UNREADABLE", "The document declares entities or refers to another file: it is not read."],
  too_long: ["INPUT_TOO_LARGE", "The document type is longer than any export's: the document is not read."],
} as const;

function complainOfStop(stop: keyof typeof stops, complain: Complain): void {
  const [code, message] = stops[stop];
  complain(code, message);
}

/**
 * Reads the items that Burp Suite saved ("Save items") while the file streams; no more than one item and one chunk are held. A
 * broken item is complained of and the next one read.
 *
 * @returns batches of exchanges, in file order
 * @throws SentinelError CANCELLED; whatever the source throws. Never for what the file holds.
 */
export async function* readBurp(
  bytes: AsyncIterable<Uint8Array>,
  options: ReadOptions = {},
): AsyncGenerator<Exchange[]> {
  const limits = { ...defaultLimits, ...options.limits };
  const complain = (place: string) => complainAt(place, options.onProblem);
  const scanner = createBurpScanner({
    maxItemBytes: limits.entryBytes,
    maxDepth: limits.depth,
    onItems: (attributes) => {
      const version = attributes.get("burpVersion") ?? "";
      options.onRecorder?.({ name: "Burp Suite", version: version.slice(0, 100) });
    },
  });
  let zoneTold = false;
  const readAll = async (items: readonly BurpItem[]): Promise<Exchange[]> => {
    const exchanges: Exchange[] = [];
    for (const item of items) {
      const place = `item ${item.index + 1}`;
      const onZone = () => {
        if (zoneTold) return;
        zoneTold = true;
        const message = "The time zone's name does not say one zone; times are read as if they were UTC.";
        complain(place)("EVIDENCE_UNREADABLE", message);
      };
      const exchange = await readItem(item, limits, complain(place), onZone);
      if (exchange !== null) exchanges.push(exchange);
    }
    return exchanges;
  };
  for await (const piece of readPieces(bytes, options)) {
    const batch = await readAll(scanner.push(piece));
    if (batch.length > 0) yield batch;
    if (scanner.stopped !== null) break;
  }
  const end = scanner.end();
  const last = await readAll(end.items);
  if (last.length > 0) yield last;
  if (scanner.outside > 0) complain("between items")("EVIDENCE_UNREADABLE", "The file is no well-formed XML there.");
  if (scanner.stopped !== null) complainOfStop(scanner.stopped, complain("whole file"));
  else if (!end.found) complain("whole file")("EVIDENCE_UNREADABLE", "There is no list of items.");
  else if (end.cut && end.items.length === 0)
    complain("end of file")("EVIDENCE_UNREADABLE", "The file ends in the middle; what came before was read.");
}

const faults = {
  too_large: ["INPUT_TOO_LARGE", "The item is larger than the limit and is left out."],
  malformed: ["EVIDENCE_UNREADABLE", "The item is no well-formed XML of Burp Suite and is left out."],
  cut: ["EVIDENCE_UNREADABLE", "The file ends in the middle of this item; what came before was read."],
} as const;

async function readItem(
  item: BurpItem,
  limits: ReadLimits,
  complain: Complain,
  onZone: (zone: string) => void,
): Promise<Exchange | null> {
  if (item.fault !== null) {
    const [code, message] = faults[item.fault];
    complain(code, message);
    return null;
  }
  try {
    return await readBurpItem(item, limits, complain, onZone);
  } catch (error) {
    if (!(error instanceof SentinelError)) throw error;
    complain(error.code, `The item is left out: ${error.message}`);
    return null;
  }
}

/** Reads one item again from its own bytes. @throws SentinelError EVIDENCE_UNREADABLE when the bytes are no such item */
export async function readBurpItemAt(
  bytes: Buffer,
  place: { index: number; offset: number },
  limits = defaultLimits,
): Promise<Exchange> {
  const scanner = createBurpScanner({ maxItemBytes: limits.entryBytes, maxDepth: limits.depth });
  const [item] = scanner.push(bytes);
  const ignore = () => {};
  const exchange =
    item === undefined ? null : await readItem({ ...item, ...place, length: bytes.length }, limits, ignore, ignore);
  if (exchange === null) throw new SentinelError("EVIDENCE_UNREADABLE", `Item ${place.index} cannot be read again.`);
  return exchange;
}
