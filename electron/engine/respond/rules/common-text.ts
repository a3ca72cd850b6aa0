/** Characters of a text that are compared. */
const longestCompared = 4096;

/** The longest text that stands in every one of some texts; the first of them in the first. Empty: they share none. */
export function commonText(texts: readonly string[]): string {
  const [first = "", ...others] = texts.map((text) => text.slice(0, longestCompared));
  let low = 0;
  let high = Math.min(first.length, ...others.map((text) => text.length));
  let found = "";
  // Every part of a common text is common: halving finds the length.
  while (low < high) {
    const length = Math.ceil((low + high) / 2);
    const text = commonOfLength(first, others, length);
    if (text === null) high = length - 1;
    else {
      found = text;
      low = length;
    }
  }
  return found;
}

function commonOfLength(first: string, others: readonly string[], length: number): string | null {
  const sets = others.map((text) => {
    const parts = new Set<string>();
    for (let i = 0; i + length <= text.length; i++) parts.add(text.slice(i, i + length));
    return parts;
  });
  for (let i = 0; i + length <= first.length; i++) {
    const part = first.slice(i, i + length);
    if (sets.every((set) => set.has(part))) return part;
  }
  return null;
}
