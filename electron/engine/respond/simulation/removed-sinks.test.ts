import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type SinkKind, sinkKinds } from "../../../../shared/simulator.ts";
import { openBubblewrap } from "../../sandbox/bubblewrap.ts";
import { exploitScore, judgeSimulation } from "./exploit-score.ts";
import { files, planOf, playIn, readSample } from "./fixture-samples.ts";

const driver = existsSync("/usr/bin/bwrap") ? openBubblewrap({ groups: undefined }) : undefined;
if (driver === undefined) console.warn("SKIPPED: simulations without a sink: bubblewrap is not installed");
const folders: string[] = [];
afterAll(async () => {
  await driver?.close();
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** For each sink an attack, a part of its payload that this sink alone tells of so, and whether its verdict hangs on the sink. */
const attacks: Readonly<Record<SinkKind, { file: string; part: string; isDeciding: boolean }>> = {
  sql_structure: { file: "attack-sql-injection.har", part: "UNION+SELECT+id", isDeciding: true },
  file_read: { file: "attack-files.har", part: "..%2Fsettings.ini", isDeciding: false },
  process: { file: "attack-command-injection.har", part: "whoami", isDeciding: false },
  active_markup: { file: "attack-xss.har", part: "onerror", isDeciding: false },
  external_entity: { file: "attack-files.har", part: '"settings.ini"', isDeciding: false },
  state_change: { file: "attack-csrf.har", part: "localhost", isDeciding: true },
  error_trace: { file: "attack-sql-injection.har", part: "ORDER+BY", isDeciding: false },
  delay: { file: "attack-command-injection.har", part: "sleep", isDeciding: false },
};

/** The simulator as it would be without one of its sinks. */
function without(kind: SinkKind): typeof files {
  const folder = mkdtempSync(join(tmpdir(), "sentinel-without-"));
  folders.push(folder);
  for (const name of ["simulator", "shop"])
    cpSync(join(files.resources, name), join(folder, name), { recursive: true });
  const [name, from, to] =
    kind === "delay"
      ? ["play.ts", "const delays = !isDelaying", "const delays = true"]
      : ["sinks.ts", new RegExp(`^  ${kind}: \\w+Sink,$`, "m"), `  ${kind}: () => [],`];
  const path = join(folder, "simulator", name);
  const before = readFileSync(path, "utf8");
  const after = before.replace(from, to);
  // Else nothing was removed, and the test would say nothing.
  expect(after).not.toBe(before);
  writeFileSync(path, after);
  return { ...files, resources: folder };
}

async function playFile(file: string, installed: typeof files) {
  const plan = planOf(await readSample(file), { kind: "shop", variant: "vulnerable" });
  const { results, exit } = await playIn(driver!, plan, [], installed);
  expect([exit.reason, exit.code, results.length]).toEqual(["exit", 0, plan.payloads.length]);
  return { plan, results };
}

/** What came of a file with all sinks there, played once for all attacks in it. */
const whole = new Map<string, ReturnType<typeof playFile>>();

async function play(kind: SinkKind, installed: typeof files) {
  const { file, part } = attacks[kind];
  if (installed === files && !whole.has(file)) whole.set(file, playFile(file, files));
  const { plan, results } = await (installed === files ? whole.get(file)! : playFile(file, installed));
  const mine = results.filter(({ n }) => plan.payloads[n]!.finding.text.includes(part)).flatMap(({ sinks }) => sinks);
  const { verdict } = judgeSimulation(results.map(({ sinks }) => exploitScore(sinks)));
  return { told: mine.some(({ sink, done }) => sink === kind && done), verdict };
}

describe.skipIf(driver === undefined)("without the sink", () => {
  test.each(sinkKinds)(
    "%s its attack is not told of, and with it it is",
    async (kind) => {
      const { isDeciding } = attacks[kind];
      expect(await play(kind, files)).toEqual({ told: true, verdict: "exploit_possible" });
      const verdict = isDeciding ? "exploit_improbable" : "exploit_possible";
      expect(await play(kind, without(kind))).toEqual({ told: false, verdict });
    },
    300_000,
  );
});
