import { quotePattern } from "../../detect/waf/rule-pattern.ts";

/** A stretch of a value. */
interface Stretch {
  readonly kind: "letters" | "figures" | "blanks" | "other";
  readonly text: string;
}

const stretches = /(?<letters>[A-Za-z\u00c0-\u024f]+)|(?<figures>[0-9]+)|(?<blanks>\s+)|(?<other>.)/gsu;

function split(text: string): Stretch[] {
  return [...text.matchAll(stretches)].map(({ 0: stretch, groups }) => {
    const kind =
      groups!.letters !== undefined
        ? "letters"
        : groups!.figures !== undefined
          ? "figures"
          : groups!.blanks !== undefined
            ? "blanks"
            : "other";
    return { kind, text: stretch };
  });
}

const classes = { letters: "[A-Za-z\\x{C0}-\\x{24F}]", figures: "[0-9]", blanks: "\\s" } as const;
const names = { letters: "letters", figures: "figures", blanks: "white space" } as const;

/** The narrowest shape of some values, as an RE2 pattern over a whole value, and in words. */
export interface ValueShape {
  readonly pattern: string;
  readonly words: string;
}

/** Longest pattern that an exclusion may have. */
const longestPattern = 500;

/**
 * The narrowest shape that covers some values that are built alike: what is the same in all stands as it is, what differs by its class
 * and its lengths. Null for values that are not built alike: then they need several shapes.
 *
 * @param values at least one
 */
export function shapeOf(values: readonly string[]): ValueShape | null {
  const split_ = values.map(split);
  const [first, ...others] = split_;
  if (first === undefined || others.some((each) => each.length !== first.length)) return null;
  const parts: string[] = [];
  const words: string[] = [];
  let literal = "";
  const endLiteral = () => {
    if (literal === "") return;
    parts.push(quotePattern(literal));
    words.push(`“${literal}”`);
    literal = "";
  };
  for (const [i, stretch] of first.entries()) {
    const column = split_.map((each) => each[i]!);
    if (column.every((each) => each.text.toLowerCase() === stretch.text.toLowerCase())) {
      literal += stretch.text;
      continue;
    }
    const { kind } = stretch;
    if (kind === "other" || column.some((each) => each.kind !== kind)) return null;
    endLiteral();
    const lengths = column.map((each) => each.text.length);
    const least = Math.min(...lengths);
    const most = Math.max(...lengths);
    const count = least === most ? `${least}` : `${least} to ${most}`;
    parts.push(`${classes[kind]}{${least === most ? least : `${least},${most}`}}`);
    words.push(`${count} ${names[kind]}`);
  }
  endLiteral();
  const pattern = parts.join("");
  if (pattern.length > longestPattern) return null;
  return { pattern, words: words.join(", then ") };
}

/** What values have to share to be covered by one shape: the kinds of their stretches, and what is neither letter nor figure nor blank. */
export function outlineOf(value: string): string {
  return split(value)
    .map(({ kind, text }) => (kind === "other" ? text : kind[0]))
    .join("");
}
