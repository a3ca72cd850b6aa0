import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type BenchGroup, type Figure, formatFigure, meetsTarget } from "./figure.ts";

// `npm run -s bench -- [--json] [GROUP…]`: measures the groups named, or all, and prints each figure as it is known. Groups are
// the files NAME.bench.ts beside this one. Exit code 2 for an unknown group, 1 when a group could not be measured.

async function loadGroups(): Promise<BenchGroup[]> {
  const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith(".bench.ts"));
  const modules = await Promise.all(files.map((name) => import(pathToFileURL(join(import.meta.dirname, name)).href)));
  return modules.map((module: { group: BenchGroup }) => module.group);
}

const args = process.argv.slice(2);
const asJson = args.includes("--json");
const wanted = args.filter((arg) => arg !== "--json");
const groups = await loadGroups();
const unknown = wanted.filter((name) => !groups.some((group) => group.name === name));
if (unknown.length > 0) {
  console.error(`There is no group ${unknown.join(", ")}. Groups: ${groups.map((group) => group.name).join(", ")}.`);
  process.exit(2);
}
for (const group of groups.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  try {
    await group.run((name, value, unit, target) => {
      const met = target === undefined ? null : meetsTarget(value, target);
      const figure = { group: group.name, name, value, unit, target: target ?? null, met } satisfies Figure;
      console.log(asJson ? JSON.stringify(figure) : formatFigure(figure));
    });
  } catch (error) {
    console.error(`${group.name} could not be measured:`, error);
    process.exitCode = 1;
  }
}
