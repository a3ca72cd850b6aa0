import { closeSync, existsSync, openSync, readdirSync, readSync } from "node:fs";
import { basename, extname, join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Place } from "../../../shared/payload.ts";
import { createRandom } from "../../engine/learn/training/random.ts";
import { partsOf, pasted } from "./documents.ts";
import type { Sample } from "./sample.ts";

/**
 * Honest text that stands on the machine and is not shipped: documentation and source of installed packages. It is read when a
 * model is fitted or judged, and never copied into the project.
 */
const kindOfExtension: Record<string, string> = {
  ".md": "markdown",
  ".rst": "markup text",
  ".txt": "plain text",
  ".html": "html",
  ".htm": "html",
  ".js": "javascript",
  ".mjs": "javascript",
  ".ts": "typescript",
  ".jsx": "javascript",
  ".py": "python",
  ".go": "go",
  ".rb": "ruby",
  ".php": "php",
  ".pl": "perl",
  ".pm": "perl",
  ".pod": "perl",
  ".c": "c",
  ".h": "c",
  ".cpp": "c",
  ".java": "java",
  ".rs": "rust",
  ".css": "css",
  ".json": "json",
  ".yml": "config",
  ".yaml": "config",
  ".toml": "config",
  ".ini": "config",
  ".cfg": "config",
  ".conf": "config",
  ".xml": "xml",
  ".svg": "xml",
  ".sql": "sql",
  ".sh": "shell",
  ".csv": "tables",
  ".mo": "interface texts",
  ".po": "interface texts",
  ".1": "manual",
  ".5": "manual",
  ".7": "manual",
  ".8": "manual",
  ".3": "manual",
};
const manyPlaces: readonly Place[] = ["form", "json", "json", "body", "multipart", "query"];
const largestRead = 200_000;

export interface TextFolderOptions {
  /** Values taken from one folder at most. */
  readonly count: number;
  readonly seed: string;
}

/** The folders of a setting: separated by colons; those that are not there are left out. */
export function foldersOf(setting: string | undefined): string[] {
  return (setting ?? "")
    .split(":")
    .filter((folder) => folder !== "" && existsSync(folder))
    .map((folder) => resolve(folder));
}

/** Pieces of text files under a folder, as one would paste them into a field. Deterministic for the same files. */
export function readTextFolder(folder: string, options: TextFolderOptions): Sample[] {
  const random = createRandom(`${options.seed}/${basename(folder)}`);
  const byKind = new Map<string, string[]>();
  const stack = [folder];
  let visited = 0;
  while (stack.length > 0 && visited < 200_000) {
    const directory = stack.pop()!;
    let entries: import("node:fs").Dirent[];
    try {
      entries = readdirSync(directory, { withFileTypes: true });
    } catch {
      continue;
    }
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      visited++;
      const path = join(directory, entry.name);
      if (entry.isDirectory()) stack.push(path);
      else if (entry.isFile()) {
        const kind = kindOf(entry.name);
        if (kind === null) continue;
        const list = byKind.get(kind) ?? [];
        list.push(path);
        byKind.set(kind, list);
      }
    }
  }
  const source = `text ${basename(folder)}`;
  const samples: Sample[] = [];
  const kinds = [...byKind.keys()].sort();
  const seen = new Set<string>();
  const quota = Math.ceil(options.count / Math.max(1, kinds.length));
  for (const kind of kinds) {
    const files = random.shuffle(byKind.get(kind)!).slice(0, quota);
    const perFile = Math.max(1, Math.ceil(quota / Math.max(1, files.length)));
    let taken = 0;
    for (const file of files) {
      const text = readText(file);
      if (text === null) continue;
      const parts = partsOf(text, kind);
      for (let n = Math.min(perFile, 40); n > 0 && taken < quota; n--) {
        const piece = pasted(parts, random);
        if (piece === null || seen.has(piece)) continue;
        seen.add(piece);
        taken++;
        samples.push({ text: piece, family: "benign", source, kind, place: random.pick(manyPlaces), name: "" });
      }
      if (taken >= quota) break;
    }
  }
  return samples;
}

function kindOf(name: string): string | null {
  const plain = name.endsWith(".gz") ? name.slice(0, -3) : name;
  if (/^(README|CHANGELOG|HISTORY|NEWS|AUTHORS|TODO|copyright)/i.test(plain)) return "plain text";
  return kindOfExtension[extname(plain).toLowerCase()] ?? null;
}

function readText(file: string): string | null {
  try {
    const buffer = Buffer.alloc(largestRead);
    const descriptor = openSync(file, "r");
    const length = readSync(descriptor, buffer, 0, largestRead, 0);
    closeSync(descriptor);
    let bytes: Buffer = buffer.subarray(0, length);
    if (file.endsWith(".gz")) bytes = gunzipSync(bytes, { finishFlush: 2 });
    if (file.endsWith(".mo")) return bytes.toString("utf8").replaceAll("\0", "\n");
    return bytes.toString("utf8");
  } catch {
    return null;
  }
}
