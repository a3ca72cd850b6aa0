const part =
  /(?<substitution>\$\(|`|\$\{|<\(|>\()|(?<operator>\|\||&&|;;|>>|<<|[;|&<>()\n])|(?<space>[ \t]+)|(?<quoted>'[^']*'|\\[\s\S])|(?<double>")|(?<text>[^\s;|&<>()$`'"\\]+|[\s\S])/gy;

/**
 * What a shell makes of a command line, values taken out: words, operators and substitutions in their order. Two lines that differ in
 * a word only have the same.
 * Source: POSIX.1-2024, Shell Command Language, 2.3 Token Recognition, as far as structure needs it.
 */
export function shellStructure(line: string): string {
  const parts: string[] = [];
  let inWord = false;
  let inDouble = false;
  const word = () => {
    if (!inWord) parts.push("word");
    inWord = true;
  };
  for (const { groups } of line.matchAll(part)) {
    const { substitution, operator, space, double } = groups!;
    if (double !== undefined) {
      inDouble = !inDouble;
      word();
    } else if (substitution !== undefined) {
      word();
      parts.push(substitution);
    } else if (inDouble) word();
    else if (operator !== undefined) {
      parts.push(operator);
      inWord = false;
    } else if (space !== undefined) inWord = false;
    else word();
  }
  return parts.join(" ");
}
