/** How often screens hear of one that runs, milliseconds. */
const everyMs = 250;

/** Tells of changed things together, four times a second at most. */
export function createSlowTeller(tell: (id: string) => void): (id: string) => void {
  const changed = new Set<string>();
  let told = 0;
  let later: NodeJS.Timeout | null = null;
  const flush = () => {
    later = null;
    told = performance.now();
    for (const id of changed) tell(id);
    changed.clear();
  };
  return (id) => {
    changed.add(id);
    if (later === null) later = setTimeout(flush, Math.max(0, told + everyMs - performance.now())).unref();
  };
}
