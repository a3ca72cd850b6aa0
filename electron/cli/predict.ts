import { join } from "node:path";
import { z } from "zod";
import { type PayloadPrediction, predictPayload } from "../../shared/payload.ts";
import { createCachedClassifier } from "../engine/detect/classifier/cached-classifier.ts";
import { loadPayloadModel } from "../engine/models.ts";
import { toPrediction } from "../engine/verdict-views.ts";
import { resourcesDirectory } from "../entries.ts";
import { readRunFile } from "../run-file.ts";
import { openClient } from "./client.ts";
import { type Command, exitCodes, type Surroundings } from "./command.ts";

const Line = z.object(
  { id: z.union([z.string(), z.number()], "a string or a number is expected"), payload: z.string().max(1_048_576) },
  "no object {id, payload}",
);
type Line = z.infer<typeof Line>;

/** Longest line that is read, in characters: the largest payload, escaped. */
const maxLine = 8 * 1_048_576;
const maxBatch = 256;
const maxBatchCharacters = 2 * 1_048_576;

export const predict: Command = {
  name: "predict",
  summary: "Classify payloads from standard input",
  usage: "",
  details: `Reads JSON lines {id, payload} and prints {id, class, confidence, probabilities, set} for each, in order and as they
come. "set" holds the classes that it can be at the model's error rate: anything but the class alone needs an analyst. Beside them, where there is more to say: "family", finer than
the class; "truncated": true, only a part of the value was judged; "degraded": true, rules answered in place of the model. Needs no data directory, and works beside a running engine. A line that is none of these is named on standard error, and the others go on (exit code 3).`,
  options: {},
  operands: [0, 0],
  async run({ around }) {
    const predictor = await openPredictor(around);
    let isRefused = false;
    try {
      let number = 0;
      for await (const lines of lineBatches(around.stdin)) {
        const batch: Line[] = [];
        for (const text of lines) {
          number += 1;
          const line = parseLine(text);
          if (typeof line !== "string") batch.push(line);
          else if (line !== "") {
            isRefused = true;
            around.tell(`line ${number}: ${line}`);
          }
        }
        await answer(predictor, batch, around);
      }
    } finally {
      await predictor.close();
    }
    return isRefused ? exitCodes.refused : exitCodes.done;
  },
};

/** A parsed line, or why it is none; empty for a blank one. Payload text is not repeated. */
function parseLine(text: string): Line | string {
  if (text.trim() === "") return "";
  if (text.length > maxLine) return "longer than 8 MiB.";
  try {
    const parsed = Line.safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0]!;
    return `${[...issue.path, issue.message].join(": ")}.`;
  } catch {
    return "not JSON.";
  }
}

interface Predictor {
  predict(payloads: string[]): Promise<PayloadPrediction[]>;
  close(): Promise<void>;
}

/**
 * The running engine where there is one, since it knows which model is deployed; else the shipped model alone: no data directory
 * is opened or locked for it.
 */
async function openPredictor(around: Surroundings): Promise<Predictor> {
  if (readRunFile(around.config.SENTINEL_HOME) !== undefined) {
    const client = await openClient(around);
    return {
      predict: async (payloads) => (await client.call(predictPayload, { payloads })) as PayloadPrediction[],
      close: client.close,
    };
  }
  const { classifier: model } = await loadPayloadModel(join(resourcesDirectory, "model"));
  const classifier = createCachedClassifier(model);
  return {
    predict: async (payloads) => payloads.map((text) => toPrediction(classifier.classify(text))),
    close: () => Promise.resolve(),
  };
}

async function answer(predictor: Predictor, lines: readonly Line[], around: Surroundings): Promise<void> {
  for (let start = 0; start < lines.length; ) {
    let end = start;
    for (let size = 0; end < lines.length && end - start < maxBatch && size < maxBatchCharacters; end++) {
      size += lines[end]!.payload.length;
    }
    const batch = lines.slice(start, end);
    start = end;
    const predictions = await predictor.predict(batch.map((line) => line.payload));
    const out = batch.map(({ id }, index) => {
      const { class: payloadClass, confidence, probabilities, set, family, truncated, degraded } = predictions[index]!;
      return `${JSON.stringify({ id, class: payloadClass, confidence, probabilities, set, family, truncated, degraded })}\n`;
    });
    await around.write(out.join(""));
  }
}

/** The complete lines of each piece of input: what is there is answered before more is read. Too long ones come cut. */
async function* lineBatches(input: AsyncIterable<Uint8Array>): AsyncGenerator<string[]> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of input) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop()!;
    // A line without end must not be held; its rest is dropped up to the next line break.
    if (rest.length > maxLine) rest = rest.slice(0, maxLine + 1);
    if (lines.length > 0) yield lines;
  }
  rest += decoder.decode();
  if (rest !== "") yield [rest];
}
