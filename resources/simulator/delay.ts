import type { PlanPayload, SinkEvent } from "../../shared/simulator.ts";
import { event } from "./observation.ts";

/** Difference that is worth a second look, milliseconds. */
const suspiciousMs = 400;
const repeats = 3;

/**
 * Whether the attack makes the application wait. The clean request is repeated for its distribution; the attack has to stay above its
 * median by `suspiciousMs` and by ten times its spread (median absolute deviation) each time it is repeated. Where the payload names a
 * delay, that is set to another length, and the time has to follow it by half of the difference at least: a slow moment of the
 * machine does not.
 *
 * @param timings milliseconds that one request takes
 */
export async function measureDelay(
  payload: PlanPayload,
  first: { readonly cleanMs: number; readonly attackMs: number },
  timings: { clean(): Promise<number>; attack(): Promise<number>; scaled(): Promise<number> },
): Promise<SinkEvent[]> {
  if (first.attackMs - first.cleanMs < suspiciousMs) return [];
  const clean = [first.cleanMs];
  for (let i = 0; i < repeats; i += 1) clean.push(await timings.clean());
  const middle = median(clean);
  const spread = median(clean.map((ms) => Math.abs(ms - middle)));
  const limit = middle + Math.max(suspiciousMs, 10 * spread);
  const attack = [first.attackMs];
  for (let i = 1; i < 2; i += 1) attack.push(await timings.attack());
  if (Math.min(...attack) < limit) return [];
  const ms = (value: number) => `${Math.round(value)} ms`;
  let scaledWords = "";
  if (payload.scaled !== null) {
    const { fromSeconds, toSeconds } = payload.scaled;
    const scaled = await timings.scaled();
    const wanted = (toSeconds - fromSeconds) * 1_000;
    const difference = scaled - median(attack);
    if (Math.sign(difference) !== Math.sign(wanted) || Math.abs(difference) < Math.abs(wanted) / 2) return [];
    scaledWords = `; with ${toSeconds} s in place of ${fromSeconds} s: ${ms(scaled)}`;
  }
  return [
    event("delay", true, {
      where: "response time",
      what: "The application waits for as long as the payload says, each time",
      evidence: attack.map(ms).join(", ") + scaledWords,
      clean: clean.map(ms).join(", "),
    }),
  ];
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
