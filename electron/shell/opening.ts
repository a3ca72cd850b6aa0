import { statSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { appOrigin, isOwnUrl } from "./window-options.ts";

/** What the application was asked to open: by the system's file manager, or by a link. */
export interface Opening {
  /** Recordings that become evidence. */
  readonly files: readonly string[];
  /** Address of a screen within the application; null: none. */
  readonly screen: string | null;
}

/** Screens are words and ids; `api` is none. */
const screenPath = /^\/(?!api(?:\/|$))[a-z-]+(?:\/[A-Za-z0-9-]{1,64}){0,3}$/;

/**
 * Reads arguments of the system's. Whatever else they hold is left alone.
 * @param directory that relative file names are meant from
 */
export function readOpening(args: readonly string[], directory: string): Opening {
  const files: string[] = [];
  let screen: string | null = null;
  for (const arg of args) {
    if (arg.startsWith("sentinel:")) screen = screenOf(arg) ?? screen;
    // SECURITY: the one kind of file that is associated, read as data; an option or a folder is none.
    else if (!arg.startsWith("-") && arg.toLowerCase().endsWith(".har")) {
      const path = pathOf(arg, directory);
      if (path !== null && statSync(path, { throwIfNoEntry: false })?.isFile()) files.push(path);
    }
  }
  return { files, screen };
}

/** Linux desktops name files by URL. Null: it is one of another machine. */
function pathOf(arg: string, directory: string): string | null {
  if (!/^file:/i.test(arg)) return resolve(directory, arg);
  const url = URL.parse(arg);
  // SECURITY: a host would be a share of somebody's on Windows, which is asked with this account's credentials.
  if (url === null || url.host !== "") return null;
  try {
    return fileURLToPath(url);
  } catch {
    return null;
  }
}

/**
 * SECURITY: any web page may hold such a link. It leads to a screen and does nothing: no query, and no fragment, in which a window is told
 * its token and panic door.
 */
function screenOf(link: string): string | null {
  const path = isOwnUrl(link) ? URL.parse(link)!.pathname : "";
  return screenPath.test(path) ? `${appOrigin}${path}` : null;
}
