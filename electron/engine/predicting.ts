import { setImmediate } from "node:timers/promises";
import type { PayloadPrediction } from "../../shared/payload.ts";
import type { PayloadServing } from "./payload-serving.ts";
import { toPrediction } from "./verdict-views.ts";

/** A list of payloads is judged for so long before others get their turn, milliseconds. */
const longestTurnMs = 5;

/** What one model says of each text, in order: all of a list by the same, whatever is promoted meanwhile. */
export async function predictAll(
  serving: Pick<PayloadServing, "borrow">,
  texts: readonly string[],
): Promise<PayloadPrediction[]> {
  const model = await serving.borrow();
  const predictions: PayloadPrediction[] = [];
  try {
    let since = performance.now();
    for (const text of texts) {
      const output = await model.classify(text);
      // Where the rules answered in its place it is not the model's word.
      predictions.push({ ...toPrediction(output), ...(output.degraded ? {} : { model_hash: model.hash }) });
      // Awaiting what is there already lets nobody in: an analyst's input must not wait for a long list.
      if (performance.now() - since < longestTurnMs) continue;
      await setImmediate();
      since = performance.now();
    }
  } finally {
    model.giveBack();
  }
  return predictions;
}
