import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "There is no such file.",
  EACCES: "This account may not read it: check its permissions.",
  ENAMETOOLONG: "There is no such file: its name is too long.",
};

/** Why a file that was named on the command line cannot be read, in a sentence; null: it can. */
export async function whyUnreadable(path: string): Promise<string | null> {
  try {
    if ((await stat(path)).isDirectory()) return "It is a folder: name the files in it.";
    await access(path, constants.R_OK);
    return null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return reasons[code ?? ""] ?? `It cannot be read (${code}).`;
  }
}
