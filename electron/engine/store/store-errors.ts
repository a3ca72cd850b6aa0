import { type ErrorCode, errorCodes, SentinelError } from "../../../shared/errors.ts";

/** An error as it travels between threads: coded ones keep their code, bugs their message and stack. */
export interface WireError {
  readonly code: ErrorCode | null;
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly details: Record<string, unknown> | undefined;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

/** Whether the system said that there is no room: disk, quota or file size limit. */
export function isDiskFull(error: unknown): boolean {
  return ["SQLITE_FULL", "ENOSPC", "EDQUOT", "EFBIG"].includes(codeOf(error));
}

/** Failures of the disk, the file or another process become coded errors; anything else is a bug and stays as it is. */
export function toStoreError(error: unknown): unknown {
  if (error instanceof SentinelError) return error;
  if (isDiskFull(error)) {
    return new SentinelError(
      "DISK_FULL",
      "The disk of the data directory is full; nothing was stored.",
      undefined,
      error,
    );
  }
  const code = codeOf(error);
  if (code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED")) {
    return new SentinelError("BUSY", "The database is in use.", undefined, error);
  }
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) {
    return new SentinelError("UNAVAILABLE", "The database file is damaged.", { sqlite: code }, error);
  }
  if (/^SQLITE_(IOERR|CANTOPEN|READONLY|PERM)/.test(code)) {
    return new SentinelError("UNAVAILABLE", "The database file cannot be read or written.", { sqlite: code }, error);
  }
  return error;
}

export function packError(thrown: unknown): WireError {
  const error = toStoreError(thrown);
  if (error instanceof SentinelError) {
    const { code, name, message, stack, details } = error;
    return { code, name, message, stack, details };
  }
  if (error instanceof Error) {
    return { code: null, name: error.name, message: error.message, stack: error.stack, details: undefined };
  }
  return { code: null, name: "Error", message: String(error), stack: undefined, details: undefined };
}

export function unpackError(wire: WireError): Error {
  if (wire.code !== null && wire.code in errorCodes) return new SentinelError(wire.code, wire.message, wire.details);
  const error = new Error(wire.message);
  error.name = wire.name;
  if (wire.stack !== undefined) error.stack = wire.stack;
  return error;
}
