import { setTimeout as sleep } from "node:timers/promises";
import { BacktestQuestion } from "../../shared/backtest.ts";
import { SampleSource } from "../../shared/rule-record.ts";
import type { Engine } from "../engine/engine-interface.ts";
import { benchPrincipal, openBenchEngine, temporaryFolder } from "./bench-engine.ts";
import { dayLog } from "./day-traffic.ts";
import type { Report } from "./figure.ts";

const requests = 1_000_000;
const files = 8;

async function* pieces(from: number, to: number): AsyncGenerator<Uint8Array> {
  let lines: string[] = [];
  let n = 0;
  // Of one day: what two files both have counts once.
  for (const line of dayLog(requests)) {
    if (n++ < from) continue;
    if (n > to) break;
    lines.push(line);
    if (lines.length < 5000) continue;
    yield Buffer.from(`${lines.join("\n")}\n`);
    lines = [];
  }
  if (lines.length > 0) yield Buffer.from(`${lines.join("\n")}\n`);
}

async function ended(engine: Engine, id: string) {
  for (;;) {
    const job = (await engine.jobs.list()).find((each) => each.id === id);
    if (job !== undefined && job.state !== "running" && job.state !== "queued") {
      if (job.state !== "done") throw new Error(`The job ended as ${job.state}: ${job.error?.message}`);
      return;
    }
    await sleep(50);
  }
}

/** A million stored requests that a rule is tried on: one that looks everywhere, and one that its samples scope. */
export async function measureBacktest(report: Report): Promise<void> {
  const folder = temporaryFolder();
  try {
    const engine = await openBenchEngine(folder.path);
    for (let i = 0; i < files; i++) {
      const source = pieces((requests / files) * i, (requests / files) * (i + 1));
      const meta = { file_name: `part-${i}.log`, channel: "dialog" } as const;
      const { job_id } = await engine.evidence.import(source, meta, benchPrincipal, new AbortController().signal);
      await ended(engine, job_id);
    }
    // A day that is over counts wherever the calendar stands.
    const { version } = await engine.settings.get();
    await engine.settings.change({ changes: { backtest_days: 3650 }, base_version: version }, benchPrincipal);
    const { items } = await engine.alerts.list({ q: "class:sql_injection", order: "worst", limit: 20 }, benchPrincipal);
    const alerts = items.map((alert) => ({ id: alert.id, base_version: alert.version }));
    const change = { status: "closed", reason: "true_positive" } as const;
    await engine.alerts.change({ alerts, change }, benchPrincipal);
    const source = SampleSource.parse({ alerts: alerts.map(({ id }) => id) });
    const { groups } = await engine.rules.generate(source);
    const offer = groups[0]?.[0];
    if (offer === undefined) throw new Error("The traffic makes no rule.");
    const samples = offer.samples.map(({ id }) => id);
    const everywhere = { method: null, path: null, place: null, parameter: null };
    for (const [what, scope] of [
      ["a rule that looks everywhere", everywhere],
      ["a rule with the scope of its samples", offer.definition.scope],
    ] as const) {
      const definition = { ...offer.definition, scope };
      const { id } = await engine.rules.create({ name: what, definition, source, samples }, benchPrincipal);
      const from = performance.now();
      const { job_id } = await engine.rules.backtest(BacktestQuestion.parse({ id }), benchPrincipal);
      await ended(engine, job_id);
      const seconds = (performance.now() - from) / 1000;
      const { backtests } = await engine.rules.get({ id });
      const { summary } = backtests.find((each) => each.id === job_id)!;
      report(`${what}, over ${summary.requests.toLocaleString("en")} stored requests`, seconds, "s", "< 30");
      report(
        "of it, requests hit",
        summary.days.reduce((sum, day) => sum + day.attack + day.undecided + day.false, 0),
        "",
      );
    }
    await engine.close();
  } finally {
    folder.remove();
  }
}
