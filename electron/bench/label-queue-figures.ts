import { join } from "node:path";
import { benchPrincipal, openBenchEngine, temporaryFolder } from "./bench-engine.ts";
import type { Report } from "./figure.ts";
import { seedVerdicts } from "./seed-verdicts.ts";

const valuesOfSession = 3;
const labelled = 12;

/** How long a labeller waits for the first page, one that is made anew since labels came, and one of an order that stands. */
export async function measureQueue(report: Report, stored = 100_000): Promise<void> {
  const folder = temporaryFolder();
  try {
    const home = join(folder.path, "home");
    await seedVerdicts(home, stored, 0.1, valuesOfSession);
    const engine = await openBenchEngine(home);
    try {
      for (const queue of ["payloads", "sessions"] as const) {
        let cursor: string | null = null;
        const read = async (what: string) => {
          const from = performance.now();
          const page = await engine.labels.next({ queue, limit: 20, ...(cursor === null ? {} : { cursor }) });
          const ms = performance.now() - from;
          report(`${what} of ${queue} to label, ${stored.toLocaleString("en-US")} sessions stored`, ms, "ms", "< 2000");
          cursor = page.next;
          return page.items;
        };
        const tasks = await read("first page");
        await read("next page");
        for (const { sample_id, verdict_id, finding } of tasks.slice(0, labelled)) {
          const where = { verdict_id: verdict_id!, ...(finding === null ? {} : { finding }) };
          const word = { sample_id, ...where, label: "benign", flagged: false, resolves: false } as const;
          await engine.labels.set(word, benchPrincipal);
        }
        await read(`page after ${labelled} labels`);
      }
    } finally {
      await engine.close();
    }
  } finally {
    folder.remove();
  }
}
