/**
 * One line of a CSV file (RFC 4180), with CRLF.
 * SECURITY: a cell that a spreadsheet would run as a formula begins with an apostrophe there, also where the sign is full-width, or
 * stands behind blanks and marks that some programs take off. A cell with a separator of any country's is quoted: it stays one cell.
 * Source: OWASP, "CSV Injection".
 */
export function csvLine(cells: readonly (string | number | boolean | null)[]): string {
  return `${cells.map(toCell).join(",")}\r\n`;
}

/** Tab, line feed and carriage return begin a cell of their own in some programs; the others begin a formula. */
const runs = /^(?:[\t\n\r]|[\s\p{Cf}\p{Cc}]*[=+\-@＝＋－＠])/u;
const separates = /[",;|\t\r\n]/;

function toCell(cell: string | number | boolean | null): string {
  if (cell === null) return "";
  if (typeof cell !== "string") return String(cell);
  const isRun = runs.test(cell);
  const safe = isRun ? `'${cell}` : cell;
  return isRun || separates.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
