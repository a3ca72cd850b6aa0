import { visibleWords } from "../../shared/visible-text.ts";

/** Characters of an engine's name that tell it from others: it begins with the time at which it was set up. */
const told = 8;

/** An engine of the fleet, short enough for a row. */
export function nameEngine(nodeId: string): string {
  return visibleWords(nodeId.slice(-told));
}
