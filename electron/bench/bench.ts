import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type BenchGroup, type Figure, formatFigure, meetsTarget } from "./figure.ts";

const suffix = ".bench.ts";

// `npm run -s bench -- [--json] [GROUP…]`: measures the groups named, or all, and prints each figure as it is known. Groups are
// the files NAME.bench.ts beside this one. Exit code 2 for an unknown group, 1 when a group could not be measured.

/** Read when its turn comes: what the others need is no part of its memory. */
async function loadGroup(name: string): Promise<BenchGroup> {
  const module: { group: BenchGroup } = await import(pathToFileURL(join(import.meta.dirname, `${name}${suffix}`)).href);
  return module.group;
}

const args = process.argv.slice(2);
const asJson = args.includes("--json");
const wanted = args.filter((arg) => arg !== "--json");
const names = readdirSync(import.meta.dirname).flatMap((file) =>
  file.endsWith(suffix) ? [file.slice(0, -suffix.length)] : [],
);
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`There is no group ${unknown.join(", ")}. Groups: ${names.join(", ")}.`);
  process.exit(2);
}
for (const each of names.filter((name) => wanted.length === 0 || wanted.includes(name))) {
  try {
    const group = await loadGroup(each);
    await group.run((name, value, unit, target) => {
      const met = target === undefined ? null : meetsTarget(value, target);
      const figure = { group: group.name, name, value, unit, target: target ?? null, met } satisfies Figure;
      console.log(asJson ? JSON.stringify(figure) : formatFigure(figure));
    });
  } catch (error) {
    console.error(`${each} could not be measured:`, error);
    process.exitCode = 1;
  }
}
