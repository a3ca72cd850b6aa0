import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { allBenign, writeBenign } from "../dev/injection/injection-samples.ts";
import { createBlobScanner } from "../engine/agent/scan/blobs.ts";
import { createCredentialScanner } from "../engine/agent/scan/credentials.ts";
import { readInjectionModel } from "../engine/agent/scan/injection/injection-model.ts";
import { createInjectionScanner } from "../engine/agent/scan/injection/injection-scanner.ts";
import { createLinkScanner } from "../engine/agent/scan/links.ts";
import { createPersonalDataScanner } from "../engine/agent/scan/personal-data.ts";
import type { Scanner } from "../engine/agent/scan/scanner.ts";
import { createRandom } from "../engine/learn/training/random.ts";
import { resourcesDirectory } from "../entries.ts";
import { quantile } from "./bench-engine.ts";
import type { Report } from "./figure.ts";

const kilobytes = 10;

/** Honest texts of ten kilobytes, of all kinds mixed. */
function longTexts(count: number): string[] {
  const random = createRandom("scan speed");
  return Array.from({ length: count }, () => {
    let text = "";
    while (text.length < kilobytes * 1024) text += `${writeBenign(random.pick(allBenign), random)}\n`;
    return text.slice(0, kilobytes * 1024);
  });
}

/** Each text so often in a row: the clock of processor time ticks in milliseconds. */
const repeats = 20;

/** How fast the agent's scanners of text are, in processor time: the slowest of many is otherwise whichever was interrupted. */
export async function measureTextScanners(report: Report): Promise<void> {
  const model = readInjectionModel(await readFile(join(resourcesDirectory, "model", "injection.bin")));
  const scanners: Scanner[] = [
    createInjectionScanner({ model }),
    createCredentialScanner(),
    createPersonalDataScanner(),
    createLinkScanner(),
    createBlobScanner(),
  ];
  const { signal } = new AbortController();
  const texts = longTexts(60);
  for (const scanner of scanners) {
    const scan = (text: string) => scanner.scan({ text, kind: "input" }, signal);
    for (const text of texts) await scan(text);
    const times: number[] = [];
    for (const text of texts) {
      const from = process.threadCpuUsage();
      for (let i = 0; i < repeats; i++) await scan(text);
      const { user, system } = process.threadCpuUsage(from);
      times.push((user + system) / 1000 / repeats);
    }
    report(`scanner ${scanner.name}, 10 KB, thread time, p50`, quantile(times, 0.5), "ms", "< 5");
    report(`scanner ${scanner.name}, 10 KB, thread time, p95`, quantile(times, 0.95), "ms", "< 5");
  }
}
