import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout } from "node:timers/promises";
import { dataFolder, loadPayloadLists } from "../dev/train/payload-lists.ts";
import { families, familyIndex } from "../engine/detect/classifier/families.ts";
import type { Engine } from "../engine/engine-interface.ts";
import { generateAttacks, generateBenign } from "../engine/learn/training/generated/generate.ts";
import { createRandom } from "../engine/learn/training/random.ts";
import { benchPrincipal, openBenchEngine, temporaryFolder } from "./bench-engine.ts";
import type { Report } from "./figure.ts";

/** Labelled rows as a file: of the public lists, and where those are too few, generated ones. */
export function* linesOf(count: number): Generator<string> {
  const random = createRandom(`bench ${count}`);
  const listed = random.shuffle(loadPayloadLists(dataFolder()));
  const more = count - listed.length;
  const generated =
    more <= 0 ? [] : [...generateAttacks(random, Math.ceil(more / 2)), ...generateBenign(random, Math.ceil(more / 2))];
  for (const { text, family } of [...listed, ...generated].slice(0, count)) {
    if (text !== "" && text.length <= 8192)
      yield `${JSON.stringify({ text, label: families[familyIndex(family)]!.class })}\n`;
  }
}

/** In pieces, as an upload comes. */
async function* piecesOf(file: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < file.length; at += 65_536) yield file.subarray(at, at + 65_536);
}

async function train(engine: Engine, file: Buffer, start: "champion" | "scratch") {
  const input = { file_name: "rows.jsonl", seed: "bench", start };
  const { job_id } = await engine.models.trainRows(piecesOf(file), input, benchPrincipal);
  for (;;) {
    const job = (await engine.jobs.list()).find(({ id }) => id === job_id);
    if (job?.state === "done") break;
    if (job?.state !== "queued" && job?.state !== "running")
      throw new Error(job?.error?.message ?? "No model came of it.");
    await setTimeout(20);
  }
  const { models } = await engine.models.list();
  return models[0]!.metadata.training!;
}

/** Trainings as a user starts them: cross-validation of five folds (three from 20,000 rows on), the model, its calibration. */
export async function measureTraining(report: Report): Promise<void> {
  const folder = temporaryFolder();
  const engine = await openBenchEngine(folder.path);
  const delay = monitorEventLoopDelay({ resolution: 5 });
  try {
    const [few, many] = [1000, 50_000].map((count) => Buffer.from([...linesOf(count)].join("")));
    const small = await train(engine, few!, "champion");
    report("1,000 payloads, cross-validated and fitted", small.seconds, "s", "< 3");
    delay.enable();
    const large = await train(engine, many!, "champion");
    delay.disable();
    report("50,000 payloads, cross-validated and fitted", large.seconds, "s", "< 60");
    report("the same from scratch", (await train(engine, many!, "scratch")).seconds, "s", "< 60");
    report("longest block of the host's main thread meanwhile", delay.max / 1e6, "ms");
    report("the same, p99", delay.percentile(99) / 1e6, "ms");
    report("peak memory of engine and training", process.resourceUsage().maxRSS / 1024, "MB", "< 1000");
    report("F1 out of fold, 50,000 payloads", large.cross_validation.f1.value ?? Number.NaN, "");
  } finally {
    await engine.close();
    folder.remove();
  }
}
