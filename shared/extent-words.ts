import type { VerdictExtent } from "./verdict.ts";

const count = (n: number, one: string, many = `${one}s`) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;

/**
 * What a verdict leaves out, in sentences; empty where that is nothing.
 * @param kept payloads that are kept with the verdict
 */
export function extentWords(extent: VerdictExtent | null, kept: number): string[] {
  if (extent === null) return [];
  const { payloads_found, values_cut, requests_crowded, bodies_cut, bytes_missing } = extent;
  const words: string[] = [];
  if (payloads_found > kept) {
    words.push(
      `${count(payloads_found, "different payload")} were found; ${kept === 1 ? "the worst is" : `the ${kept} worst are`} kept with the verdict.`,
    );
  }
  if (values_cut > 0)
    words.push(`${count(values_cut, "value")} longer or deeper encoded than is read: judged in part.`);
  if (requests_crowded > 0) {
    words.push(
      `${count(requests_crowded, "request")} with more than 2,000 values: what is beyond was not judged value by value.`,
    );
  }
  if (bodies_cut > 0) {
    const missing = bytes_missing > 0 ? `; at least ${count(bytes_missing, "byte")} were not looked at` : "";
    words.push(
      `${count(bodies_cut, "request body", "request bodies")} of which the evidence has only the beginning${missing}.`,
    );
  }
  return words;
}
