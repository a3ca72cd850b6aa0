import { join } from "node:path";
import { checkFiles } from "./deploy/check-files.ts";
import { outsideChecks } from "./deploy/outside-tools.ts";

// `npm run check:deploy`: every file that deploys the engine, by our own rules and by the programs that will read it, where those are here.

const root = join(import.meta.dirname, "..", "..");
const say = (line: string) => process.stdout.write(`${line}\n`);

for (const [name, problems] of Object.entries(checkFiles(root))) report(name, problems);
for (const { name, missing, run } of outsideChecks(root)) {
  if (missing === null) report(name, run());
  else say(`SKIPPED  ${name}: ${missing}`);
}

function report(name: string, problems: readonly string[]): void {
  say(problems.length === 0 ? `ok  ${name}` : `FAILED  ${name}`);
  for (const problem of problems) say(`        ${problem}`);
  if (problems.length > 0) process.exitCode = 1;
}
