import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A piece of documentation or source that is installed beside the project: read when the model is fitted or judged, never copied. */
export interface HonestDocument {
  readonly package: string;
  readonly text: string;
}

const largestFile = 200_000;
const pieceLength = 3000;
const mostPieces = 40;

/** Pieces of the Markdown files, and of some sources, of all installed packages; the same for the same lock file. */
export function readHonestDocuments(root: string): HonestDocument[] {
  const documents: HonestDocument[] = [];
  const modules = join(root, "node_modules");
  if (!existsSync(modules)) return documents;
  for (const name of packagesIn(modules)) {
    const files = filesIn(join(modules, name), 3);
    const sources = files.filter(
      (file) => /\.(?:js|cjs|mjs|ts|css|json|yml)$/.test(file) && !/\.min\.|bundle/.test(file),
    );
    for (const file of [
      ...files.filter((one) => /\.(?:md|markdown|txt)$|LICEN[CS]E/i.test(one)),
      ...sources.slice(0, 6),
    ]) {
      const text = readFileSync(file, "utf8").slice(0, largestFile);
      for (let i = 0; i < mostPieces && i * pieceLength < text.length; i++) {
        const piece = text.slice(i * pieceLength, (i + 1) * pieceLength);
        if (piece.trim().length > 80) documents.push({ package: name, text: piece });
      }
    }
  }
  const seen = new Set<string>();
  return documents.filter(({ text }) => {
    const isNew = !seen.has(text);
    seen.add(text);
    return isNew;
  });
}

function packagesIn(modules: string): string[] {
  return readdirSync(modules)
    .filter((name) => !name.startsWith("."))
    .sort()
    .flatMap((name) =>
      name.startsWith("@")
        ? readdirSync(join(modules, name))
            .sort()
            .map((inner) => `${name}/${inner}`)
        : [name],
    );
}

function filesIn(folder: string, depth: number): string[] {
  const files: string[] = [];
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.isDirectory() && depth > 0 && entry.name !== "node_modules")
      files.push(...filesIn(join(folder, entry.name), depth - 1));
    else if (entry.isFile()) files.push(join(folder, entry.name));
  }
  return files;
}
