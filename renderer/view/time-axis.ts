import { formatInstant } from "./format.ts";
import type { TimeZone } from "./view.ts";

/** Labels that fit under a timeline. */
const mostLabels = 7;
const day = 86_400_000;

/** The next round number at or above the highest bar: 1, 2, 5 times a power of ten. At least 1. */
export function topOfAxis(highest: number): number {
  if (highest <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(highest));
  const step = [1, 2, 3, 5, 10].find((factor) => factor * power >= highest) ?? 10;
  return step * power;
}

/** A few labels with their place from 0 to 1; none so far right that it would run out. */
export function axisLabels(
  buckets: readonly { readonly start: string; readonly width_ms: number }[],
  zone: TimeZone,
): { share: number; text: string }[] {
  const every = Math.max(1, Math.ceil(buckets.length / mostLabels));
  return buckets.flatMap(({ start, width_ms }, i) => {
    const share = i / buckets.length;
    if (i % every !== 0 || share > 0.9) return [];
    const text = formatInstant(start, zone);
    return [
      { share, text: width_ms >= day ? text.slice(0, 10) : width_ms < 60_000 ? text.slice(11) : text.slice(5, 16) },
    ];
  });
}
