import type { Canonical, ClassifierOutput, Layer } from "../payload.ts";

/** A drive, a variable of the system or a way up before a backslash: there it separates folders, as Windows writes them. */
const windowsPath = /(?:\b[a-z]:|%|\.\.)\\/i;

/**
 * The reading that tells an analyst best what a value says: the deepest, but the one that a shell would make only of what was
 * judged to be for a shell. It drops backslashes and doubled quotes, which in any other value are folders and texts.
 *
 * @param judged null where nothing was judged
 */
export function shownReading({ layers }: Canonical, judged: Pick<ClassifierOutput, "class" | "family"> | null): Layer {
  const deepest = layers.at(-1)!;
  const before = layers.at(-2);
  if (before === undefined || deepest.decodings.at(-1) !== "shell") return deepest;
  const isForShell = judged?.class === "command_injection" && judged.family === null;
  return isForShell && !windowsPath.test(before.text) ? deepest : before;
}
