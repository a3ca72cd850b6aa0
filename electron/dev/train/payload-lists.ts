import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { z } from "zod";
import { SentinelError } from "../../../shared/errors.ts";
import { type Family, familyIndex } from "../../engine/detect/classifier/families.ts";
import type { Sample } from "./sample.ts";

const Row = z.object({
  payload: z.string(),
  label: z.string(),
  source: z.string(),
  split: z.enum(["train", "validation", "test"]),
});

export type Split = z.infer<typeof Row>["split"];
export interface ListedPayload extends Sample {
  readonly split: Split;
  /** The label of the list, where it differs from the family's name. */
  readonly label: string;
}

/** Folder with the public payload lists: the setting SENTINEL_DATA, by default ../shared/data. */
export function dataFolder(): string {
  return resolve(process.env.SENTINEL_DATA ?? "../shared/data");
}

/** @throws SentinelError NOT_FOUND when the folder or the file is not there, EVIDENCE_UNREADABLE naming a bad line */
export function loadPayloadLists(folder: string): ListedPayload[] {
  const file = join(folder, "payloads.jsonl.gz");
  if (!existsSync(file)) {
    throw new SentinelError("NOT_FOUND", `The payload lists are not at ${file}; set SENTINEL_DATA to their folder.`);
  }
  const rows: ListedPayload[] = [];
  const lines = gunzipSync(readFileSync(file)).toString("utf8").split("\n");
  lines.forEach((line, index) => {
    if (line === "") return;
    const row = Row.safeParse(JSON.parse(line));
    if (!row.success || familyIndex(row.data.label) < 0) {
      throw new SentinelError("EVIDENCE_UNREADABLE", `${file}, line ${index + 1}: unexpected row.`);
    }
    const { payload, label, source, split } = row.data;
    rows.push({ text: payload, family: label as Family, label, source, kind: label, place: null, name: "", split });
  });
  return rows;
}

/**
 * Rows of the attack lists that are no attack by themselves: the lists' own comments and headings, bare words, one harmless tag, a
 * line out of a longer document. A model fitted to them flags ordinary text. They stay in every evaluation.
 */
export function isListNoise(row: ListedPayload): boolean {
  if (row.family === "benign" || row.source === "HttpParamsDataset") return false;
  const text = row.text.trim();
  return (
    /^[#*] +\w/.test(text) ||
    /^[\w\s.:,-]*$/.test(text) ||
    /^<\/?[a-z:]+( [a-z]+="[\w/.-]*")*\s*\/?>(\w+( \w+)*)?(<\/[a-z:]+>)?$/i.test(text) ||
    /^<\?xml[^>]*\?>$/.test(text) ||
    text.length < 3
  );
}
