import { SentinelError } from "../../shared/errors.ts";
import type { Clock } from "./base/clock.ts";
import type { GatekeeperLine } from "./respond/gatekeeper/gatekeeper-line.ts";
import type { StoredGatekeeper } from "./respond/gatekeeper/gatekeeper-state.ts";
import { addMeasures, measureCursor } from "./respond/gatekeeper/measure-table.ts";
import type { Store } from "./store/store.ts";

/** How often a gatekeeper is asked what it measured, and how soon again after it did not say, milliseconds. */
const collectMs = 15_000;
const refusedMs = 60_000;
const atOnce = 500;
const mostRounds = 20;

/**
 * Fetches what gatekeepers measured. One that does not know the question is an older one, or is gone: its rules and hits are served
 * as before, and nothing is measured there.
 *
 * @returns fetches from one gatekeeper, if it is due, and tells whether anything came
 */
export function createMeasureRounds(options: {
  readonly store: Store;
  readonly clock: Clock;
  readonly line: GatekeeperLine;
}): (gatekeeper: StoredGatekeeper) => Promise<boolean> {
  const { store, clock, line } = options;
  const nextAt = new Map<string, number>();

  async function collect(gatekeeper: StoredGatekeeper): Promise<boolean> {
    let came = false;
    for (let rounds = 0; rounds < mostRounds; rounds++) {
      const after = await store.read(measureCursor, gatekeeper.id);
      const result = await line.ask(gatekeeper, { kind: "measures", after: after ?? 0, limit: atOnce });
      if (result.kind !== "measures")
        throw new SentinelError("UNAVAILABLE", "The gatekeeper does not say what it measured.");
      const { measures, more } = result;
      // The first time also nothing is noted: it measures.
      if (measures.length > 0 || after === null) {
        await store.write(addMeasures, { gatekeeper: gatekeeper.id, measures, now: clock.now() });
        came = true;
      }
      // SECURITY: a gatekeeper that gives the same again would keep this going.
      if (!more || !measures.some(({ seq }) => seq > (after ?? 0))) break;
    }
    return came;
  }

  return async (gatekeeper) => {
    const now = clock.now();
    if (now < (nextAt.get(gatekeeper.id) ?? 0)) return false;
    nextAt.set(gatekeeper.id, now + collectMs);
    try {
      return await collect(gatekeeper);
    } catch (error) {
      if (!(error instanceof SentinelError)) throw error;
      nextAt.set(gatekeeper.id, now + refusedMs);
      return false;
    }
  };
}
