/** Files of the sandbox that attacks like to read. Each has a mark that stands nowhere else, so that a response which shows it has read it. */

const marks: readonly (readonly [file: string, mark: string])[] = [
  ["/etc/passwd", "teahouse-decoy:x:4711:"],
  ["/etc/shadow", "teahouse-decoy:$y$"],
  ["/etc/hosts", "teahouse-decoy.invalid"],
  ["/etc/issue", "Teahouse Decoy 4711"],
];

/** The first decoy that a response shows, with the line that does. */
export function findDecoy(body: string): { readonly file: string; readonly line: string } | null {
  for (const [file, mark] of marks) {
    const at = body.indexOf(mark);
    if (at >= 0) return { file, line: body.slice(at, at + 80).split("\n")[0] ?? "" };
  }
  return null;
}
