import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { dayLog } from "./day-traffic.ts";

const linesAtOnce = 5000;

function* pieces(requests: number): Generator<string> {
  let lines: string[] = [];
  for (const line of dayLog(requests)) {
    lines.push(line);
    if (lines.length < linesAtOnce) continue;
    yield `${lines.join("\n")}\n`;
    lines = [];
  }
  if (lines.length > 0) yield `${lines.join("\n")}\n`;
}

/** Writes a day of an invented shop as one access log. */
export async function writeDayLog(path: string, requests: number): Promise<void> {
  await pipeline(Readable.from(pieces(requests)), createWriteStream(path));
}
