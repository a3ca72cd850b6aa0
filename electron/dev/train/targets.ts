/** A figure of a table that does not reach what the table says it should, in words. */
export interface MissedTarget {
  readonly section: string;
  readonly figure: string;
  readonly value: string;
  readonly target: string;
}

/**
 * Figures of a printed section that miss the target in their row: tables whose last column is `target`, with cells such as `≥ 0.999`
 * or `≤ 15 µs`. The value is the column before, its first number. What is printed is what is checked.
 */
export function missedTargets(section: string): MissedTarget[] {
  const lines = section.split("\n");
  const title = lines.find((line) => line.startsWith("### "))?.slice(4) ?? "";
  const rows = lines.filter((line) => line.startsWith("| ")).map((line) => line.slice(2, -2).split(" | "));
  if (rows[0]?.at(-1) !== "target") return [];
  return rows.slice(2).flatMap((cells) => {
    const [figure = "", value = "", target = ""] = [cells[0], cells.at(-2), cells.at(-1)];
    const [, sign, bound] = /^([≤≥]) (\d+(?:\.\d+)?)/.exec(target) ?? [];
    if (sign === undefined) return [];
    const measured = Number.parseFloat(value);
    // What is no number was not measured, and reaches nothing.
    const isMet = sign === "≥" ? measured >= Number(bound) : measured <= Number(bound);
    return isMet ? [] : [{ section: title, figure, value, target }];
  });
}
