import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { SentinelError } from "../../../shared/errors.ts";

const pieceBytes = 1024 ** 2;

/**
 * A file's bytes, read once. It must stay as it is while it is read.
 *
 * @throws SentinelError EVIDENCE_GONE when the file vanishes, shrinks or grows meanwhile; EVIDENCE_UNREADABLE for a link, a folder
 *   or a file without permission
 */
export async function* readFileSource(path: string): AsyncGenerator<Uint8Array> {
  const file = await openFile(path);
  try {
    const before = await file.stat();
    if (!before.isFile()) throw new SentinelError("EVIDENCE_UNREADABLE", "Only ordinary files are read.");
    let size = 0;
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(pieceBytes), 0, pieceBytes, size);
      if (bytesRead === 0) break;
      size += bytesRead;
      if (size > before.size) throw changed();
      yield buffer.subarray(0, bytesRead);
    }
    const after = await file.stat();
    if (size !== before.size || after.mtimeMs !== before.mtimeMs || after.nlink === 0) {
      throw changed();
    }
  } catch (error) {
    throw toSourceError(error);
  } finally {
    await file.close();
  }
}

const changed = () => new SentinelError("EVIDENCE_GONE", "The file changed or vanished while it was read.");

async function openFile(path: string): Promise<FileHandle> {
  try {
    // SECURITY: a symbolic link in a folder that others can write to could point at any file this account can read; a named
    // pipe would never end (O_NONBLOCK opens it without waiting, and it is refused as no ordinary file).
    return await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    throw toSourceError(error);
  }
}

/** Errors of reading a file that somebody brought; what is no such error stays as it is. */
export function toSourceError(error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  switch (code) {
    case "ENOENT":
    case "ESTALE":
    case "EIO":
    case "ENODEV":
      return new SentinelError("EVIDENCE_GONE", "The file vanished before it was read whole.", undefined, error);
    case "ELOOP":
      return new SentinelError(
        "EVIDENCE_UNREADABLE",
        "The file is a symbolic link; links are not followed.",
        undefined,
        error,
      );
    case "EACCES":
    case "EPERM":
      return new SentinelError("EVIDENCE_UNREADABLE", "This account may not read the file.", undefined, error);
    case "EISDIR":
      return new SentinelError("EVIDENCE_UNREADABLE", "Only ordinary files are read.", undefined, error);
    default:
      return error;
  }
}
