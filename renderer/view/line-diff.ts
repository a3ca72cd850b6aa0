/** A line of two texts: in both, or only in one. */
export interface DiffLine {
  readonly text: string;
  readonly in: "both" | "left" | "right";
}

/** Lines of each text that are compared; what follows is left out, and said. */
const mostLines = 400;

/**
 * The lines of two texts in one order, with what each has alone: a longest common subsequence.
 * Source: Hirschberg 1975, in the plain quadratic form; 400 by 400 lines at most.
 */
export function diffLines(left: string, right: string): DiffLine[] {
  const a = left.split("\n").slice(0, mostLines);
  const b = right.split("\n").slice(0, mostLines);
  const width = b.length + 1;
  const longest = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      longest[i * width + j] =
        a[i] === b[j]
          ? longest[(i + 1) * width + j + 1]! + 1
          : Math.max(longest[(i + 1) * width + j]!, longest[i * width + j + 1]!);
    }
  }
  const lines: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ text: a[i++]!, in: "both" });
      j++;
    } else if (j >= b.length || (i < a.length && longest[(i + 1) * width + j]! >= longest[i * width + j + 1]!)) {
      lines.push({ text: a[i++]!, in: "left" });
    } else lines.push({ text: b[j++]!, in: "right" });
  }
  return lines;
}

/** Only what differs, with so many lines around it; null stands for lines that are left out. */
export function around(lines: readonly DiffLine[], context: number): (DiffLine | null)[] {
  const near = lines.map((_, at) =>
    lines.slice(Math.max(0, at - context), at + context + 1).some((line) => line.in !== "both"),
  );
  return lines.flatMap((line, at) => (near[at] ? [line] : near[at - 1] || at === 0 ? [null] : []));
}
