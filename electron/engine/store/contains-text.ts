/** Condition that a text stands in one of the columns, as it is written but for the case of ASCII letters. */
export function containsText(text: string, columns: readonly string[]): { sql: string; args: string[] } {
  const like = `%${text.replace(/[\\%_]/g, "\\$&")}%`;
  return {
    sql: `(${columns.map((column) => `${column} LIKE ? ESCAPE '\\'`).join(" OR ")})`,
    args: columns.map(() => like),
  };
}
