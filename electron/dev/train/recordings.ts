import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { extractPayloads } from "../../engine/detect/extract/extract-payloads.ts";
import type { PayloadValue } from "../../engine/detect/payload.ts";
import { renderRequest } from "../../engine/evidence/exchange.ts";
import { readHarEntry } from "../../engine/evidence/har-entry.ts";
import { defaultLimits } from "../../engine/evidence/reading.ts";
import type { Sample } from "./sample.ts";

/**
 * Values of recorded sessions of public web applications: `FOLDER/APP/honest/*.har` and `FOLDER/APP/attack/*.har`, read the way
 * evidence is. Applications under `FOLDER/heldout*` are for judging only.
 */
const Har = z.object({ log: z.object({ entries: z.array(z.record(z.string(), z.unknown())) }) });

export type SessionKind = "honest" | "attack";

/** All values of one recorded session, in the order of its requests. */
export interface RecordedSession {
  readonly application: string;
  readonly file: string;
  readonly values: readonly PayloadValue[];
}

export function listApplications(folder: string): string[] {
  return listFolders(folder).filter((name) => !isHeldOut(name));
}

/** Folders beside the applications that {@link listApplications} passes over. */
export function listHeldOut(folder: string): string[] {
  return listFolders(folder).filter(isHeldOut);
}

const isHeldOut = (name: string) => name.startsWith("heldout");

function listFolders(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
    .map((entry) => entry.name)
    .sort();
}

/** Files that do not parse (one that is being written) are left out. */
export async function readSessions(folder: string, application: string, kind: SessionKind): Promise<RecordedSession[]> {
  const directory = join(folder, application, kind);
  if (!existsSync(directory)) return [];
  const sessions: RecordedSession[] = [];
  for (const file of readdirSync(directory).sort()) {
    if (!file.endsWith(".har")) continue;
    let har: z.infer<typeof Har>;
    try {
      har = Har.parse(JSON.parse(readFileSync(join(directory, file), "utf8")));
    } catch {
      continue;
    }
    const values: RecordedSession["values"][number][] = [];
    for (const [index, entry] of har.log.entries.entries()) {
      const exchange = await readHarEntry(entry, { index, offset: 0, length: 0 }, defaultLimits, () => {});
      if (exchange !== null) values.push(...extractPayloads(exchange, renderRequest(exchange)).values);
    }
    sessions.push({ application, file, values });
  }
  return sessions;
}

/** Distinct honest values of one application, in the order in which they occur. */
export async function readHonestValues(folder: string, application: string): Promise<Sample[]> {
  const seen = new Set<string>();
  const out: Sample[] = [];
  for (const session of await readSessions(folder, application, "honest")) {
    for (const { text, place, name } of session.values) {
      const key = `${place} ${name} ${text}`;
      if (text === "" || seen.has(key)) continue;
      seen.add(key);
      out.push({ text, family: "benign", source: `recording ${application}`, kind: place, place, name });
    }
  }
  return out;
}
