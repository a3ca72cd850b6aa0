/** A delay that a payload names: `sleep 5`, `pg_sleep(5)`, `WAITFOR DELAY '0:0:5'`, percent-encoded or not. */
const delay =
  /(?:(?<![a-z_])(?:pg_)?sleep(?:\s|\+|%20|%09|\$\{IFS\}|\$IFS|\(|%28){1,5}|(?<![a-z_])waitfor(?:\s|\+|%20){1,5}delay(?:\s|\+|%20){0,5}(?:'|%27)0{1,2}(?::|%3a)0{1,2}(?::|%3a)0?)(\d{1,3}(?:\.\d{1,3})?)/i;

/** The payload with its delay set to another length; null: it names none. */
export function scaleDelay(
  raw: string,
): { readonly text: string; readonly fromSeconds: number; readonly toSeconds: number } | null {
  const match = delay.exec(raw);
  if (match === null) return null;
  const fromSeconds = Number(match[1]);
  if (!(fromSeconds > 0)) return null;
  // Shorter where that can be told apart: a repeat that waits costs the analyst's time.
  const toSeconds = fromSeconds >= 2 ? Math.round(fromSeconds / 2) : fromSeconds + 1;
  const at = match.index + match[0].length - match[1]!.length;
  const text = raw.slice(0, at) + String(toSeconds) + raw.slice(at + match[1]!.length);
  return { text, fromSeconds, toSeconds };
}
