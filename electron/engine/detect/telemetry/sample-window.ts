import type { FlowWindow } from "./flow-model.ts";

/** The newest validated samples, in memory only: at most `capacity`, the oldest leave first. */
export interface SampleWindow {
  readonly size: number;
  /** @param values shape [nFeatures], copied @returns how many samples had to leave */
  add(values: Float64Array, template: string): number;
  /** Lets the oldest leave until `size` are left. @returns how many left */
  shrink(size: number): number;
  /** A copy of the newest samples, at most `limit`, oldest first. */
  newest(limit: number): FlowWindow;
}

/** Rows at once: memory follows use, not the largest history that is allowed. */
const blockRows = 256;

export function createSampleWindow(nFeatures: number, capacity: number): SampleWindow {
  let blocks: { values: Float64Array; templates: string[] }[] = [];
  /** Running number of the oldest sample, and of the one to come; the first block begins at `base`. */
  let oldest = 0;
  let next = 0;
  let base = 0;

  function shrink(size: number): number {
    const leaving = Math.max(0, next - oldest - size);
    oldest += leaving;
    const empty = Math.floor((oldest - base) / blockRows);
    if (empty > 0) {
      blocks = blocks.slice(empty);
      base += empty * blockRows;
    }
    return leaving;
  }

  return {
    get size() {
      return next - oldest;
    },
    add(values, template) {
      const block = Math.floor((next - base) / blockRows);
      if (blocks[block] === undefined) {
        blocks.push({ values: new Float64Array(blockRows * nFeatures), templates: [] });
      }
      blocks[block]!.values.set(values, ((next - base) % blockRows) * nFeatures);
      blocks[block]!.templates.push(template);
      next++;
      return shrink(capacity);
    },
    shrink,
    newest(limit) {
      const first = Math.max(oldest, next - limit);
      const values = new Float64Array((next - first) * nFeatures);
      const routes = new Int32Array(next - first);
      const known = new Map<string, number>();
      for (let i = first; i < next; i++) {
        const block = blocks[Math.floor((i - base) / blockRows)]!;
        const row = (i - base) % blockRows;
        values.set(block.values.subarray(row * nFeatures, (row + 1) * nFeatures), (i - first) * nFeatures);
        const template = block.templates[row]!;
        if (!known.has(template)) known.set(template, known.size);
        routes[i - first] = known.get(template)!;
      }
      return { values, routes, templates: [...known.keys()], first };
    },
  };
}
