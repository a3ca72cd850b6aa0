/** One request of a session, told as an entry of a HAR file; null where it cannot be. */
export type ReadEntry = (verdictId: string, request: number) => Promise<string | null>;

interface HarSession {
  readonly verdictId: string;
  /** Indexes of its requests. */
  readonly requests: readonly number[];
  /** Requests that it has beside them. */
  readonly left: number;
  /** True when it can no longer be read. */
  readonly isGone: boolean;
}

export interface HarSource {
  /** In their order. */
  readonly sessions: AsyncIterable<HarSession>;
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
  let [written, unreadable, left, gone, isFull] = [0, 0, 0, 0, false];
  for await (const session of sessions) {
    left += session.left;
    if (session.isGone) gone++;
    for (const request of session.requests) {
      if (written >= most) {
        isFull = true;
        break;
      }
      const { verdictId } = session;
      const text = await entry(verdictId, request);
      if (text === null) unreadable++;
      else yield encode(`${written++ === 0 ? "\n" : ",\n"}${text}`);
    }
    if (isFull) break;
  }
  const comment = [
    "Secrets are masked.",
    ...(unreadable === 0 ? [] : [`${unreadable} requests could not be read.`]),
    ...(gone === 0 ? [] : [`${gone} sessions could not be read.`]),
    ...(left === 0 ? [] : [`${left} requests of long sessions were left out.`]),
    ...(isFull ? [`These are the first ${most} requests; there are more.`] : []),
  ].join(" ");
  yield encode(`\n],"comment":${JSON.stringify(comment)}}}\n`);
}
