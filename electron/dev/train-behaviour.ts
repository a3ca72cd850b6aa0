/**
 * Fits the shipped behaviour model.
 *
 *     node electron/dev/train-behaviour.ts [VECTORS.jsonl …] [--invented N] [--out FILE] [--seed N]
 *
 * Each line of a vectors file is one honest session: an object of named features, null where not available. `--invented`
 * adds that many invented honest sessions (behaviour/honest-sessions.ts), 1,500 where no file is given: recordings of browsers
 * alone know no programs and no access logs. The same input and seed give the same bytes.
 */
import { createReadStream, writeFileSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import { z } from "zod";
import { SentinelError } from "../../shared/errors.ts";
import { serializeBehaviour } from "../engine/detect/anomaly/behaviour-file.ts";
import { defaultBehaviourOptions } from "../engine/detect/anomaly/behaviour-forest.ts";
import { fitBehaviour } from "../engine/detect/anomaly/fit-behaviour.ts";
import { quantileOf } from "../engine/detect/anomaly/reference.ts";
import { sessionSuspicions } from "../engine/detect/anomaly/session-suspicions.ts";
import { featureSchema } from "../engine/detect/features/session-features.ts";
import { drawHonestSessions } from "./behaviour/honest-sessions.ts";

const inventedSessions = 1500;
const NamedFeatures = z.record(z.string(), z.number().nullable());

/**
 * Reads session vectors in the order of a schema; a feature that a line does not name is not available.
 * @throws SentinelError INPUT_INVALID naming file, line and feature
 */
export async function readVectors(file: string, schema: readonly string[]): Promise<Float64Array[]> {
  const known = new Map(schema.map((name, i) => [name, i]));
  const rows: Float64Array[] = [];
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(file) })) {
    line++;
    if (text.trim() === "") continue;
    const row = new Float64Array(schema.length).fill(Number.NaN);
    for (const [name, value] of Object.entries(parseLine(text, `${file}, line ${line}`))) {
      const at = known.get(name);
      if (at === undefined) throw new SentinelError("INPUT_INVALID", `${file}, line ${line}: no feature ${name}.`);
      if (value !== null) row[at] = value;
    }
    rows.push(row);
  }
  return rows;
}

function parseLine(text: string, place: string): z.output<typeof NamedFeatures> {
  try {
    return NamedFeatures.parse(JSON.parse(text));
  } catch (error) {
    throw new SentinelError("INPUT_INVALID", `${place}: not an object of numbers.`, undefined, error);
  }
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      out: { type: "string", default: "resources/model/behaviour.json" },
      invented: { type: "string" },
      seed: { type: "string", default: "1" },
    },
  });
  const seed = Number(values.seed);
  const schema = featureSchema.map(({ name }) => name);
  const rows: Float64Array[] = [];
  for (const file of positionals) rows.push(...(await readVectors(file, schema)));
  const recorded = rows.length;
  const invented = Number(values.invented ?? (positionals.length === 0 ? inventedSessions : 0));
  rows.push(...drawHonestSessions(invented, seed));
  const model = fitBehaviour(rows, schema, sessionSuspicions, { ...defaultBehaviourOptions, seed });
  const bytes = serializeBehaviour(model);
  writeFileSync(values.out, bytes);
  const scores = Float64Array.from(rows, (row) => model.score(row)).sort();
  const at = (q: number) => quantileOf(scores, q).toFixed(3);
  console.log(
    `${recorded} recorded and ${invented} invented sessions; behaviour score p50 ${at(0.5)}, p95 ${at(0.95)}, ` +
      `p99 ${at(0.99)}, max ${at(1)}; ${values.out}: ${bytes.length} bytes, model ${model.hash}`,
  );
}

if (import.meta.main) await main();
