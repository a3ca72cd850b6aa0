import type { RequestStep } from "./request-step.ts";
import { type SequenceModel, start } from "./sequence-model.ts";

/** Fewer requests than this say nothing about a sequence. */
export const leastRequests = 5;
/** Requests over which the worst stretch is looked for. */
export const stretch = 5;

/** Of the requests that succeeded, the share whose routes the model must know: of an application that it does not know it can say nothing. */
const leastKnown = 0.8;

/** Both in bits per request; NaN below `leastRequests`, and where the model does not know the application. */
export interface SessionSurprise {
  readonly mean: number;
  /** Of the most surprising stretch of five requests in a row. */
  readonly peak: number;
}

/** Follows one session through the model, in constant memory. */
export function followSession(model: SequenceModel): { add(step: RequestStep): void; finish(): SessionSurprise } {
  const before: number[] = [start];
  const recent: number[] = [];
  let count = 0;
  let total = 0;
  let peak = 0;
  let succeeded = 0;
  let known = 0;
  return {
    add(step) {
      const symbol = model.symbolOf(step);
      const bits = model.surprise(before, symbol);
      count++;
      if (step.succeeded) {
        succeeded++;
        if (model.knowsRoute(step)) known++;
      }
      total += bits;
      recent.push(bits);
      if (recent.length > stretch) recent.shift();
      if (recent.length === stretch) peak = Math.max(peak, recent.reduce((sum, value) => sum + value, 0) / stretch);
      before.push(symbol);
      if (before.length > model.order) before.shift();
    },
    finish() {
      const isKnown = known > 0 && known >= succeeded * leastKnown;
      return count < leastRequests || !isKnown ? { mean: Number.NaN, peak: Number.NaN } : { mean: total / count, peak };
    },
  };
}
