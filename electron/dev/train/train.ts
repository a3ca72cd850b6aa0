import { mkdirSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { writeModel } from "../../engine/detect/classifier/model-file.ts";
import { type Corpus, fullSizes, loadCorpus, placeFor } from "./corpus.ts";
import { type FitOptions, fit, fitDefaults } from "./fit.ts";
import { createPreparer, type Prepared } from "./prepare.ts";
import { createRandom } from "./random.ts";
import type { Sample } from "./sample.ts";

/** Rows of the public lists that a model may see: never `test`, and `validation` only for thresholds. */
export function fittingSamples(corpus: Corpus): Sample[] {
  return [
    ...corpus.lists.filter((row) => row.split === "train"),
    ...corpus.attacks,
    ...corpus.benign,
    ...corpus.texts,
    ...corpus.recorded,
  ];
}

export function prepareAll(samples: readonly Sample[], seed: string): Prepared[] {
  const random = createRandom(`${seed}/places`);
  const prepare = createPreparer();
  return samples.map((sample) => prepare(sample, placeFor(random, sample)));
}

function main(): void {
  const { values } = parseArgs({
    options: { out: { type: "string", default: "resources/model" }, epochs: { type: "string" } },
  });
  const seed = "sentinel-1";
  let since = performance.now();
  const lap = (what: string) => {
    console.log(`${what}: ${((performance.now() - since) / 1000).toFixed(1)} s`);
    since = performance.now();
  };
  const corpus = loadCorpus(seed, fullSizes);
  lap("corpus");
  console.log({
    lists: corpus.lists.length,
    attacks: corpus.attacks.length,
    benign: corpus.benign.length,
    texts: corpus.texts.length,
    recorded: corpus.recorded.length,
  });
  const samples = fittingSamples(corpus);
  const prepared = prepareAll(samples, seed);
  lap("features");
  const options: FitOptions = {
    ...fitDefaults,
    seed,
    epochs: Number(values.epochs ?? fitDefaults.epochs),
    onEpoch: (epoch, loss) => lap(`epoch ${epoch} loss ${loss.toFixed(4)}`),
  };
  const fitted = fit(prepared, options);
  mkdirSync(values.out, { recursive: true });
  const bytes = writeModel({
    header: {
      version: "1",
      temperature: 1,
      benign_shift: 0,
      set_error_rate: 0.05,
      set_thresholds: [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1],
    },
    ...fitted,
  });
  writeFileSync(`${values.out}/payload.bin`, bytes);
  lap(`wrote ${bytes.length} bytes`);
}

if (import.meta.main) main();
