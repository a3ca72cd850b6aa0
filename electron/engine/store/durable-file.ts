import { randomBytes } from "node:crypto";
import { link, open, rename, unlink } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Like `writeDurably`, but never replaces: of several writers, in whatever thread, one wins.
 * @returns whether it was this one
 */
export async function createDurably(path: string, content: string | Uint8Array): Promise<boolean> {
  const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  await writeDurably(temporary, content);
  const won = await publish(temporary, path);
  await syncDirectory(dirname(path));
  return won;
}

/** Gives a finished temporary file its name, unless there is a file of that name. @returns whether there was none */
export async function publish(temporary: string, path: string): Promise<boolean> {
  try {
    await link(temporary, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return false;
  } finally {
    await unlink(temporary);
  }
}

/**
 * Writes a small file whole or not at all: temporary file, fsync, rename, fsync of the folder. After it returns, the content
 * survives a power cut; before that, readers see the former content.
 *
 * @param content the new content; mode 0600
 */
export async function writeDurably(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  // SECURITY: "wx" makes a new file or fails, so a link planted under the name is not followed; nobody else may read it.
  const file = await open(temporary, "wx", 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
    await file.close();
    await rename(temporary, path);
  } catch (error) {
    await file.close().catch(() => {});
    await unlink(temporary).catch(() => {});
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** Makes renames and removals in a folder survive a power cut. Windows does so by itself and cannot open folders. */
export async function syncDirectory(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
