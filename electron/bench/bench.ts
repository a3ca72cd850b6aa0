import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { startsWith } from "../dev/prepare.mjs";
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
const isChild = args.includes("--here");
const wanted = args.filter((arg) => !arg.startsWith("--"));
const names = readdirSync(import.meta.dirname).flatMap((file) =>
  file.endsWith(suffix) ? [file.slice(0, -suffix.length)] : [],
);
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`There is no group ${unknown.join(", ")}. Groups: ${names.join(", ")}.`);
  process.exit(2);
}
const chosen = names.filter((name) => wanted.length === 0 || wanted.includes(name));
// Each in a process of its own, started as the application is: what one leaves in memory is no part of the next one's figures.
for (const name of chosen) {
  if (isChild) await measure(name);
  else {
    const { status } = spawnSync(
      process.execPath,
      [import.meta.filename, "--here", ...(asJson ? ["--json"] : []), name],
      {
        stdio: "inherit",
        env: { ...process.env, ...startsWith },
      },
    );
    if (status !== 0) process.exitCode = 1;
  }
}

async function measure(name: string): Promise<void> {
  try {
    const group = await loadGroup(name);
    await group.run((what, value, unit, target) => {
      const met = target === undefined ? null : meetsTarget(value, target);
      const figure = { group: name, name: what, value, unit, target: target ?? null, met } satisfies Figure;
      console.log(asJson ? JSON.stringify(figure) : formatFigure(figure));
    });
  } catch (error) {
    console.error(`${name} could not be measured:`, error);
    process.exitCode = 1;
  }
}
