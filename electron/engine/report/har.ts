/** One request of a session, told as an entry of a HAR file; null where it cannot be. */
export type ReadEntry = (verdictId: string, request: number) => Promise<string | null>;

export interface HarSource {
  /** The sessions, in their order: a verdict's id, and the indexes of its requests. */
  readonly sessions: AsyncIterable<{ readonly verdictId: string; readonly requests: readonly number[] }>;
  readonly entry: ReadEntry;
  /** Name and version of what writes it. */
  readonly creator: { readonly name: string; readonly version: string };
  /** Entries at most; what is left out is said. */
  readonly most: number;
}

/**
 * Requests and responses as one HAR file, piece by piece. A request that cannot be read is left out and counted in the comment at the end.
 * Source: HAR 1.2 specification, "log".
 */
export async function* writeHar({ sessions, entry, creator, most }: HarSource): AsyncGenerator<Uint8Array> {
  const encode = (text: string) => new TextEncoder().encode(text);
  yield encode(`{"log":{"version":"1.2","creator":${JSON.stringify(creator)},"pages":[],"entries":[`);
  let [written, unreadable, left] = [0, 0, 0];
  for await (const { verdictId, requests } of sessions) {
    for (const request of requests) {
      if (written >= most) {
        left++;
        continue;
      }
      const text = await entry(verdictId, request);
      if (text === null) unreadable++;
      else yield encode(`${written++ === 0 ? "\n" : ",\n"}${text}`);
    }
  }
  const comment = [
    "Secrets are masked.",
    ...(unreadable === 0 ? [] : [`${unreadable} requests could not be read.`]),
    ...(left === 0 ? [] : [`The first ${most} requests; ${left} more were left out.`]),
  ].join(" ");
  yield encode(`\n],"comment":${JSON.stringify(comment)}}}\n`);
}
