import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { AlertChange } from "../../shared/alert.ts";
import type { Job } from "../../shared/job.ts";
import { toInstant } from "../engine/base/clock.ts";
import type { Engine } from "../engine/engine-interface.ts";
import { benchPrincipal, openBenchEngine, quantile, temporaryFolder } from "./bench-engine.ts";
import { openBrowser } from "./browser.ts";
import { build, start } from "./built-host.ts";
import { reportDayLog } from "./day-log-figures.ts";
import type { BenchGroup, Report } from "./figure.ts";
import { reportLiveAlerts } from "./live-alert-figures.ts";
import { reportSearch } from "./search-figures.ts";
import { seedVerdicts } from "./seed-verdicts.ts";

const stored = 1_000_000;
const closed = 100_000;

/** Five filters that each leave many, put together. */
const together = 'class:sql_injection path:/catalogue/4 score>0.8 after:2026-01-06 "UNION"';
/** What an analyst asks of the queue: each filter, some beside what is open, and many together. */
const queries = [
  "",
  "is:open",
  "status:closed",
  "status:new",
  "severity:critical",
  "severity>=high is:open",
  "class:xss",
  "class:xxe is:open",
  "assignee:me",
  "is:unassigned",
  "is:snoozed",
  "tag:seen",
  "client:198.51.7.49",
  "client:198.51.7.*",
  "host:shop.example",
  "path:/catalogue/77",
  "score>0.95",
  "sessions>1",
  "outcome:succeeded",
  "param:id",
  "is:suppressed",
  "is:watched",
  "is:reopened",
  "reason:false_positive",
  "payload:onerror",
  "-class:sql_injection is:open",
  "after:2026-01-10",
  "before:2026-01-06 is:open",
  '"alert("',
  '"no such text"',
  together,
];

/** What analysts and settings say of some thousands of them, so that no filter is timed on nothing. */
async function work(engine: Engine): Promise<void> {
  const { alerts } = engine;
  const matching = async (q: string, change: AlertChange) => {
    const { job_id } = await alerts.changeMatching({ q, change }, benchPrincipal);
    const job = await ended(engine, job_id);
    if (!(Number(job.result?.changed) > 0)) throw new Error(`Nothing was changed: ${q}`);
  };
  await matching("client:198.51.1.*", { status: "closed", reason: "false_positive" });
  await matching("client:198.51.2.*", { status: "closed", reason: "duplicate" });
  await matching("client:198.51.2.*", { status: "new" });
  await matching("client:198.51.7.*", { assignee: "bench" });
  await matching("client:198.51.20.*", { add_tags: ["seen"] });
  const until = toInstant(Date.now() + 7 * 24 * 3_600_000);
  await matching("client:198.51.30.*", { snoozed_until: until });
  const queries = [
    { kind: "suppress", name: "known", q: "class:xss client:198.51.40.*", until, up_to: "critical" },
    { kind: "watch", name: "shelf", q: "path:/catalogue/77" },
  ] as const;
  for (const query of queries) await alerts.saveQuery({ base_version: 0, query }, benchPrincipal);
}

async function time(ask: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await ask();
  return performance.now() - from;
}

async function ended(engine: Engine, id: string): Promise<Job> {
  for (;;) {
    const job = (await engine.jobs.list()).find((one) => one.id === id);
    if (job !== undefined && job.state !== "running" && job.state !== "queued") return job;
    await sleep(50);
  }
}

/** How long a question takes each time, asked again and again while something goes on. */
async function whileRunning(work: Promise<unknown>, ask: () => Promise<unknown>): Promise<number[]> {
  let going = true;
  const end = () => {
    going = false;
  };
  work.then(end, end);
  const times: number[] = [];
  while (going) {
    times.push(await time(ask));
    await sleep(20);
  }
  return times;
}

/** Each question three times, as an analyst comes back to it; the median counts. */
async function medians(ask: (q: string) => Promise<unknown>): Promise<{ q: string; ms: number }[]> {
  const all: { q: string; ms: number }[] = [];
  for (const q of queries) {
    const times = [await time(() => ask(q)), await time(() => ask(q)), await time(() => ask(q))];
    all.push({ q, ms: quantile(times, 0.5) });
  }
  return all.sort((a, b) => b.ms - a.ms);
}

/** What the slowest filter takes, and what many together do. @param times the slowest first */
function reportSlowest(report: Report, what: string, times: readonly { q: string; ms: number }[], most: string): void {
  const [slowest] = times.filter(({ q }) => q !== together);
  report(`${what}, slowest of ${times.length - 1} filters (${slowest!.q})`, slowest!.ms, "ms", most);
  report(`${what}, five filters together`, times.find(({ q }) => q === together)!.ms, "ms", most);
}

/** The queue over a million alerts, and a hundred thousand closed at once; the search; and a day's access log. */
export const group: BenchGroup = {
  name: "triage",
  async run(report) {
    const folder = temporaryFolder();
    try {
      const home = join(folder.path, "home");
      const seeding = await time(() => seedVerdicts(home, stored, 1));
      report("alerts opened, one a session", stored / (seeding / 1000), "alerts/s");
      const engine = await openBenchEngine(home);
      const list = (q: string, cursor?: string, order: "newest" | "worst" = "newest") =>
        engine.alerts.list({ q, order, limit: 100, ...(cursor === undefined ? {} : { cursor }) }, benchPrincipal);
      const counts = (q: string) => engine.alerts.counts({ q }, benchPrincipal);
      await work(engine);
      await list("");

      const first = await medians((q) => list(q));
      reportSlowest(report, "first page", first, "< 50");
      report(
        "first page, median of the queries",
        quantile(
          first.map(({ ms }) => ms),
          0.5,
        ),
        "ms",
        "< 50",
      );
      const cursors = new Map<string, string>();
      for (const q of queries) {
        const { next } = await list(q);
        if (next !== null) cursors.set(q, next);
      }
      const next = await medians(async (q) => {
        const cursor = cursors.get(q);
        if (cursor !== undefined) await list(q, cursor);
      });
      reportSlowest(report, "next page", next, "< 50");
      const worst = await medians((q) => list(q, undefined, "worst"));
      reportSlowest(report, "first page, worst first", worst, "< 50");
      const counted = await medians(counts);
      reportSlowest(report, "counts", counted, "< 500");
      report(
        "counts, median of the queries",
        quantile(
          counted.map(({ ms }) => ms),
          0.5,
        ),
        "ms",
        "< 500",
      );
      const during = await whileRunning(counts("param:id"), () => list("is:open"));
      report("first page while counts are read, slowest", Math.max(...during), "ms", "< 50");

      const change = { status: "closed", reason: "false_positive" } as const;
      const few = `score<${await scoreBelow(engine, closed)}`;
      const from = performance.now();
      const { job_id } = await engine.alerts.changeMatching({ q: few, change }, benchPrincipal);
      const closing = ended(engine, job_id);
      const waits = await whileRunning(closing, () => list("is:open"));
      const seconds = (performance.now() - from) / 1000;
      const { result } = await closing;
      report(`closing ${String(result?.changed)} alerts at once`, seconds, "s", "< 10");
      report("first page meanwhile, p95", quantile(waits, 0.95), "ms", "< 50");
      const undone = await time(async () =>
        ended(engine, (await engine.alerts.undoBatch({ batch_id: job_id }, benchPrincipal)).job_id),
      );
      report("taking that back", undone / 1000, "s");
      await engine.close();
      await reportLive(report, home);
      await reportSearch(report, join(folder.path, "search"));
      await reportDayLog(report);
    } finally {
      folder.remove();
    }
  },
};

/** The built application over them, with new ones coming in. */
async function reportLive(report: Report, home: string): Promise<void> {
  build();
  const browser = await openBrowser();
  try {
    const { page, stop } = await start(home, browser);
    await reportLiveAlerts(report, page, home).finally(stop);
  } finally {
    await browser.close();
  }
}

/** The score that about so many alerts lie below. */
async function scoreBelow(engine: Engine, wanted: number): Promise<string> {
  let [low, high] = [0.5, 1];
  for (let i = 0; i < 12; i++) {
    const middle = (low + high) / 2;
    const { total } = await engine.alerts.counts({ q: `score<${middle.toFixed(5)}` }, benchPrincipal);
    if (total < wanted) low = middle;
    else high = middle;
  }
  return high.toFixed(5);
}
