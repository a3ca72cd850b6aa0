/** A payload as far as its response may repeat it. */
interface Repeatable {
  /** As it was sent. */
  readonly text: string;
  /** Decoded. */
  readonly canonical: string;
}

/** A stretch of a response. */
export interface Stretch {
  /** Where it begins, UTF-16. */
  readonly start: number;
  readonly text: string;
  /** Index of the payload that stands there; null: none. */
  readonly payload: number | null;
}

/** What is shorter stands anywhere by chance. */
const shortest = 4;
/** Marks that are drawn: a page may repeat a value in every line. */
const mostMarks = 200;

/** What most applications read of a value, where the detector decoded it further. */
function readAsForm(text: string): string[] {
  try {
    return [decodeURIComponent(text.replaceAll("+", " "))];
  } catch {
    // A lone percent sign is no coding.
    return [];
  }
}

/**
 * Where a response repeats payloads of its request, letter by letter, as they were sent, read, or decoded. Of those that overlap the one that
 * begins first is marked, of equal ones the longest.
 */
export function markReflected(response: string, payloads: readonly Repeatable[]): Stretch[] {
  const sought = payloads
    .flatMap(({ text, canonical }, payload) =>
      [...new Set([text, canonical, ...readAsForm(text)])].map((each) => ({
        payload,
        text: each,
        at: response.indexOf(each),
      })),
    )
    .filter(({ text }) => text.trim().length >= shortest)
    .toSorted((a, b) => b.text.length - a.text.length);
  const stretches: Stretch[] = [];
  let from = 0;
  for (let marks = 0; marks < mostMarks; marks++) {
    let first: (typeof sought)[number] | undefined;
    for (const each of sought) {
      if (each.at !== -1 && each.at < from) each.at = response.indexOf(each.text, from);
      if (each.at !== -1 && (first === undefined || each.at < first.at)) first = each;
    }
    if (first === undefined) break;
    if (first.at > from) stretches.push({ start: from, text: response.slice(from, first.at), payload: null });
    stretches.push({ start: first.at, text: first.text, payload: first.payload });
    from = first.at + first.text.length;
  }
  if (from < response.length) stretches.push({ start: from, text: response.slice(from), payload: null });
  return stretches;
}
