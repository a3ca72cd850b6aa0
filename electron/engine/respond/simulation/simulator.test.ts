import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { SinkEvent, SinkKind } from "../../../../shared/simulator.ts";
import { openBubblewrap } from "../../sandbox/bubblewrap.ts";
import { exploitScore, judgeSimulation } from "./exploit-score.ts";
import { files, planOf, playIn, readSample } from "./fixture-samples.ts";
import { missingFile } from "./simulator-files.ts";

const driver = existsSync("/usr/bin/bwrap") ? openBubblewrap({ groups: undefined }) : undefined;
if (driver === undefined) console.warn("SKIPPED: simulations in real sandboxes: bubblewrap is not installed");
const slowMs = 180_000;

test("everything that a simulation needs is part of this installation", () => {
  expect(missingFile(files)).toBeNull();
});

async function simulate(file: string, variant: "vulnerable" | "patched") {
  const plan = planOf(await readSample(file), { kind: "shop", variant });
  const { results, exit, messages, errors } = await playIn(driver!, plan);
  const failed = messages.find(({ type }) => type === "failed");
  expect([failed, exit.reason, exit.code, errors]).toEqual([undefined, "exit", 0, ""]);
  const ready = messages.find(({ type }) => type === "ready");
  const byText = results.map(({ n, sinks }) => ({ finding: plan.payloads[n]!.finding, sinks }));
  return { results, byText, ready, verdict: judgeSimulation(results.map(({ sinks }) => exploitScore(sinks))).verdict };
}

/** A sample, and for each sink one of its payloads that only this sink tells of in this way. */
const cases: readonly {
  readonly file: string;
  readonly payloads: number;
  readonly sinks: readonly (readonly [sink: SinkKind, part: string, evidence: RegExp])[];
}[] = [
  {
    file: "attack-sql-injection.har",
    payloads: 5,
    sinks: [
      ["sql_structure", "UNION+SELECT+id", /UNION SELECT id,name,'x',1,1,password_hash FROM customers/],
      ["sql_structure", "admin", /name = 'admin' -- '/],
      ["error_trace", "ORDER+BY", /better-sqlite3/],
    ],
  },
  {
    file: "attack-xss.har",
    payloads: 4,
    sinks: [
      ["active_markup", "document.title", /^document\.title=document\.cookie$/],
      ["active_markup", "onerror", /^alert\(document\.domain\)$/],
      ["active_markup", "Lovely", /^fetch\('\/account'\)/],
    ],
  },
  {
    file: "attack-command-injection.har",
    payloads: 5,
    sinks: [
      ["process", "id", /127\.0\.0\.1; id$/],
      ["process", "whoami", /\$\(whoami\)$/],
      ["file_read", "passwd", /^\/etc\/passwd: teahouse-decoy/],
      ["delay", "sleep", / ms, .*; with 2 s in place of 1 s: /],
    ],
  },
  {
    file: "attack-files.har",
    payloads: 5,
    sinks: [
      ["file_read", "..%2Fsettings.ini", /\/tmp\/home\/settings\.ini$/],
      ["file_read", "..%2f..%2f", /^\/etc\/passwd$/],
      ["external_entity", '"settings.ini"', /\/tmp\/home\/settings\.ini$/],
      ["external_entity", "file:///etc/passwd", /^\/etc\/passwd$/],
    ],
  },
  { file: "attack-csrf.har", payloads: 1, sinks: [["state_change", "localhost", /^UPDATE customers SET email/]] },
];

describe.skipIf(driver === undefined)("shipped attacks in a sandbox of their own", () => {
  test.each(cases)(
    "$file works against the vulnerable shop, and each sink says so",
    async ({ file, payloads, sinks }) => {
      const { results, byText, verdict, ready } = await simulate(file, "vulnerable");
      expect(results).toHaveLength(payloads);
      expect(verdict).toBe("exploit_possible");
      expect(ready).toMatchObject({ sinks: expect.arrayContaining(["sql_structure", "file_read", "process"]) });
      for (const [sink, part, evidence] of sinks) {
        const found = byText.find(({ finding }) => finding.text.includes(part))?.sinks ?? [];
        const mine = found.filter((one: SinkEvent) => one.sink === sink && evidence.test(one.evidence));
        expect([sink, part, mine.map(({ done }) => done)]).toEqual([sink, part, [true]]);
      }
      // What it did while it answered, in order.
      for (const { clean, attack } of results) {
        expect(Math.min(clean.calls, attack.calls)).toBeGreaterThan(0);
        const times = attack.trace.map(({ at_ms }) => at_ms!);
        expect(times).toEqual([...times].sort((a, b) => a - b));
        expect(times.at(-1)).toBeLessThanOrEqual(60_000);
      }
    },
    slowMs,
  );

  test.each(cases)(
    "$file does not work against the patched shop",
    async ({ file, payloads }) => {
      const { results, verdict } = await simulate(file, "patched");
      expect(results).toHaveLength(payloads);
      expect(results.flatMap(({ sinks }) => sinks)).toEqual([]);
      expect(verdict).toBe("exploit_improbable");
    },
    slowMs,
  );

  test(
    "eight at once end as one does",
    async () => {
      const all = await Promise.all(Array.from({ length: 8 }, () => simulate("attack-csrf.har", "vulnerable")));
      expect(all.map(({ results, verdict }) => [results.length, verdict])).toEqual(
        Array(8).fill([1, "exploit_possible"]),
      );
    },
    slowMs,
  );
});
