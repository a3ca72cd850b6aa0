/**
 * Writes what the shipped payload model says of ordinary sessions that it was not fitted to, for the watch on drift.
 *
 *     node electron/dev/payload-reference.ts FOLDER_OR_HAR … [--source TEXT] [--out FILE]
 *
 * Of folders of recordings those of honest sessions are read (`APP/honest/*.har`), and of these the ones that the product calls benign,
 * as it does with live ones. What the sets hold is counted on the test rows of the public lists. The same input gives the same bytes.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { sep } from "node:path";
import { parseArgs } from "node:util";
import { payloadClasses } from "../../shared/payload.ts";
import { readModel } from "../engine/detect/classifier/model-file.ts";
import {
  describePayloadReference,
  type PayloadReference,
  writePayloadReference,
} from "../engine/learn/drift/payload-reference.ts";
import { classOf } from "../engine/learn/training/calibrate.ts";
import { analyseRecording, findRecordings, shippedInputs } from "./session-vectors.ts";
import { dataFolder, isListNoise, loadPayloadLists } from "./train/payload-lists.ts";

const model = readFileSync(new URL("../../resources/model/payload.bin", import.meta.url));
const inputs = shippedInputs();

/** How many test rows of each class the sets of the model hold. */
function countCoverage(): PayloadReference["coverage"] {
  const rows = loadPayloadLists(dataFolder()).filter((row) => row.split === "test" && !isListNoise(row));
  return payloadClasses.flatMap((name, c) => {
    const own = rows.filter((row) => classOf(row) === c);
    const held = own.filter(({ text }) => inputs.classifier.score(text).set.includes(name)).length;
    return own.length === 0 ? [] : [{ class: name, rows: own.length, held }];
  });
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      source: { type: "string", default: "honest sessions of applications that were recorded and not fitted to" },
      out: { type: "string", default: "resources/model/payload-reference.json" },
    },
  });
  const vectors: Float64Array[] = [];
  let flagged = 0;
  for (const file of positionals.flatMap(findRecordings)) {
    if (file.includes(sep) && !file.includes(`${sep}honest${sep}`)) continue;
    for await (const { verdicts } of analyseRecording(file, inputs)) {
      for (const { verdict, features } of verdicts) {
        if (verdict === "benign") vectors.push(features);
        else flagged++;
      }
    }
  }
  const reference = describePayloadReference(vectors, {
    model: inputs.classifier.hash,
    source: values.source,
    setErrorRate: readModel(model).header.set_error_rate,
    coverage: countCoverage(),
  });
  const bytes = writePayloadReference(reference);
  writeFileSync(values.out, bytes);
  console.log(`${vectors.length} sessions, ${flagged} flagged ones left out; ${values.out}: ${bytes.length} bytes`);
  console.log(reference.coverage);
}

await main();
