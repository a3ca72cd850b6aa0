import { openBenchEngine, quantile } from "./bench-engine.ts";
import type { Report } from "./figure.ts";
import { fillRequests } from "./fill-requests.ts";

const stored = 1_000_000;

/** What an analyst asks of all requests: what many match, few match, and none does. */
const queries = [
  "",
  "rare-needle",
  '"no such text"',
  "shop.example",
  "basket",
  "host:rare.example",
  "status:418",
  "client:203.0.5.5",
  "path:/basket/77",
  "param:page",
  "q=basket%20order host:rare.example",
];

/** The search over a million requests. */
export async function reportSearch(report: Report, home: string): Promise<void> {
  const from = performance.now();
  await fillRequests(home, stored);
  report("requests stored and indexed", stored / ((performance.now() - from) / 1000), "requests/s");
  const engine = await openBenchEngine(home);
  const slowest = async (ask: (q: string) => Promise<unknown>) => {
    const all: { q: string; ms: number }[] = [];
    for (const q of queries) {
      const times: number[] = [];
      for (let i = 0; i < 3; i++) {
        const start = performance.now();
        await ask(q);
        times.push(performance.now() - start);
      }
      all.push({ q, ms: quantile(times, 0.5) });
    }
    return all.sort((a, b) => b.ms - a.ms)[0]!;
  };
  const page = await slowest((q) => engine.search.requests({ q, limit: 100 }));
  report(`search, first page, slowest of ${queries.length} queries (${page.q})`, page.ms, "ms");
  const counts = await slowest((q) => engine.search.counts({ q }));
  report(`search, counts, slowest (${counts.q})`, counts.ms, "ms");
  const start = performance.now();
  for (let cursor: string | undefined; ; ) {
    const { next } = await engine.search.requests({
      q: "method:POST",
      limit: 100,
      ...(cursor === undefined ? {} : { cursor }),
    });
    if (next === null) break;
    cursor = next;
  }
  report("search, looking through every request", (performance.now() - start) / 1000, "s");
  await engine.close();
}
