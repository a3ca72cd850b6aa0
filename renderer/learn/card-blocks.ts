/** A part of a model's card: a table, or the Markdown between tables. */
export type CardBlock =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "table"; readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] };

/** Takes the tables out of a card: react-markdown reads none. Cells keep their Markdown. */
export function splitCard(markdown: string): CardBlock[] {
  const blocks: CardBlock[] = [];
  let text: string[] = [];
  let table: string[] = [];
  const flush = () => {
    if (text.join("").trim() !== "") blocks.push({ kind: "text", text: text.join("\n") });
    const [head, , ...rows] = table.map(cellsOf);
    if (head !== undefined) blocks.push({ kind: "table", head, rows });
    text = [];
    table = [];
  };
  for (const line of markdown.split("\n")) {
    const isTable = line.startsWith("| ");
    if (isTable !== table.length > 0) flush();
    (isTable ? table : text).push(line);
  }
  flush();
  return blocks;
}

/** Cells of a line; a bar behind a backslash is one of the text. */
function cellsOf(line: string): string[] {
  return line
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());
}
