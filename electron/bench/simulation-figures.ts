import { planOf, playIn, readSample } from "../engine/respond/simulation/fixture-samples.ts";
import { openBubblewrap } from "../engine/sandbox/bubblewrap.ts";
import { quantile } from "./bench-engine.ts";
import type { Report } from "./figure.ts";

const runs = 5;
const payloads = 10;
const atOnce = 8;

/** Ten payloads of the scanner's sample against the shadow shop, from the sandbox's start to its end. */
export async function measureSimulations(report: Report): Promise<void> {
  const driver = openBubblewrap({ groups: undefined });
  try {
    const sample = await readSample("attack-scanner.har");
    const ten = { ...sample, findings: sample.findings.slice(0, payloads) };
    const plan = planOf(ten, { kind: "shop", variant: "vulnerable" });
    const play = async () => {
      const started = performance.now();
      const { results, exit } = await playIn(driver, plan);
      if (results.length !== payloads)
        throw new Error(`Of ${payloads} payloads ${results.length} were played: ${exit.detail}`);
      return performance.now() - started;
    };
    // The files are read once before.
    await play();
    const alone: number[] = [];
    for (let n = 0; n < runs; n += 1) alone.push(await play());
    report("simulation of ten payloads, warm, median", quantile(alone, 0.5) / 1000, "s", "< 5");
    report("simulation of ten payloads, warm, slowest", Math.max(...alone) / 1000, "s");
    const started = performance.now();
    await Promise.all(Array.from({ length: atOnce }, play));
    report("eight simulations at once, all of them", (performance.now() - started) / 1000, "s", "< 20");
  } finally {
    await driver.close();
  }
}
