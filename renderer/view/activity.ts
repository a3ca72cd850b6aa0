/** What of a request the activity chart needs. */
export interface ActivityRequest {
  readonly started_at: string | null;
  readonly status: number | null;
}

/** Requests of one stretch of a session, by the kind of their answer. */
export interface ActivityBucket {
  readonly start: string;
  readonly width_ms: number;
  readonly answered: number;
  readonly refused: number;
  readonly failed: number;
  readonly unknown: number;
}

export const activityKinds = ["answered", "refused", "failed", "unknown"] as const;
export type ActivityKind = (typeof activityKinds)[number];

/** Widths that people read easily, in milliseconds: from a tenth of a second to a day. */
const widths = [
  0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400,
].map((seconds) => seconds * 1000);
const mostBuckets = 60;

function kindOf(status: number | null): ActivityKind {
  if (status === null) return "unknown";
  if (status >= 500) return "failed";
  return status >= 400 ? "refused" : "answered";
}

/** Counts a session's requests over time, gaps included; nothing when the evidence has no clock. */
export function countActivity(requests: readonly ActivityRequest[]): ActivityBucket[] {
  const timed = requests.flatMap(({ started_at, status }) =>
    started_at === null ? [] : [{ at: Date.parse(started_at), kind: kindOf(status) }],
  );
  if (timed.length === 0) return [];
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const { at } of timed) {
    first = Math.min(first, at);
    last = Math.max(last, at);
  }
  const width = widths.find((w) => (last - first) / w < mostBuckets - 1) ?? Math.ceil((last - first + 1) / mostBuckets);
  const origin = Math.floor(first / width) * width;
  const buckets = Array.from({ length: Math.floor((last - origin) / width) + 1 }, (_, i) => ({
    start: new Date(origin + i * width).toISOString(),
    width_ms: width,
    answered: 0,
    refused: 0,
    failed: 0,
    unknown: 0,
  }));
  for (const { at, kind } of timed) {
    const bucket = buckets[Math.floor((at - origin) / width)];
    if (bucket !== undefined) bucket[kind]++;
  }
  return buckets;
}
