/**
 * Fits the shipped model of request sequences.
 *
 *     node electron/dev/train-sequence.ts FOLDER_OR_HAR … [--judge FOLDER_OR_HAR …] [--out FILE]
 *
 * Fits it to the sessions of recordings that the shipped models find benign, and says how surprising the sessions of the folders
 * behind `--judge` are. Folders named `attack`, `heldout…` or with a leading dot are never fitted to. The same input gives the same bytes.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { AnalysisInputs } from "../engine/detect/analysis/session-analysis.ts";
import { quantileOf } from "../engine/detect/anomaly/reference.ts";
import { fitSequence } from "../engine/detect/sequence/fit-sequence.ts";
import { type RequestStep, toStep } from "../engine/detect/sequence/request-step.ts";
import { parseSequence, serializeSequence } from "../engine/detect/sequence/sequence-file.ts";
import { followSession, leastRequests } from "../engine/detect/sequence/session-surprise.ts";
import { analyseRecording, findRecordings, shippedInputs } from "./session-vectors.ts";

/** The steps of every session of a HAR file that is found benign, in the order of its requests; all sessions if `any`. */
export async function readSteps(file: string, inputs: AnalysisInputs, any = false): Promise<RequestStep[][]> {
  const steps = new Map<string, RequestStep[]>();
  const benign: string[] = [];
  for await (const { requests, verdicts } of analyseRecording(file, inputs)) {
    for (const { session, method, path, status } of requests) {
      const name = `s${session}`;
      const own = steps.get(name) ?? [];
      steps.set(name, own);
      own.push(toStep(method, path, status));
    }
    for (const { session, verdict } of verdicts) if (any || verdict === "benign") benign.push(session);
  }
  return benign.map((session) => steps.get(session) ?? []).filter(({ length }) => length >= leastRequests);
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      out: { type: "string", default: "resources/model/sequence.json" },
      judge: { type: "string", multiple: true, default: [] },
    },
  });
  const inputs = shippedInputs();
  const sessions: RequestStep[][] = [];
  for (const file of positionals.flatMap(findRecordings)) {
    if (!/(?:^|[\\/])(?:attack|heldout[^\\/]*|\.[^\\/.][^\\/]*)[\\/]/.test(file))
      sessions.push(...(await readSteps(file, inputs)));
  }
  const bytes = serializeSequence(fitSequence(sessions));
  writeFileSync(values.out, bytes);
  const model = parseSequence(bytes);
  console.log(`${sessions.length} benign sessions; ${values.out}: ${bytes.length} bytes, model ${model.hash}`);
  for (const { name, quantiles } of model.reference) {
    const at = (i: number) => quantiles?.[i]?.toFixed(2);
    console.log(`${name}, bits per request, sessions not fitted to: p50 ${at(50)}, p95 ${at(95)}, max ${at(100)}`);
  }
  for (const folder of values.judge) {
    const surprises: { mean: number; peak: number }[] = [];
    let foreign = 0;
    for (const file of findRecordings(folder)) {
      for (const steps of await readSteps(file, inputs, true)) {
        const session = followSession(model);
        for (const step of steps) session.add(step);
        const surprise = session.finish();
        if (Number.isNaN(surprise.mean)) foreign++;
        else surprises.push(surprise);
      }
    }
    const of = (key: "mean" | "peak") => {
      const sorted = surprises.map((each) => each[key]).sort((a, b) => a - b);
      return `${key} p50 ${quantileOf(sorted, 0.5).toFixed(2)}, p95 ${quantileOf(sorted, 0.95).toFixed(2)}`;
    };
    const told = surprises.length === 0 ? "" : `, ${of("mean")}; ${of("peak")}`;
    console.log(`${folder}: ${surprises.length} sessions, ${foreign} of unknown applications${told}`);
  }
}

if (import.meta.main) await main();
