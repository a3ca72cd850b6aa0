import { z } from "zod";

/**
 * Every expected error: its HTTP status and what the caller can do. A bug is not listed here: it throws, and answers INTERNAL.
 * The message that goes with a code says what was wrong and where.
 */
export const errorCodes = {
  INPUT_INVALID: { status: 400, remedy: "Correct what is named, and try again." },
  MEDIA_TYPE_UNSUPPORTED: { status: 415, remedy: "Send the body as application/json." },
  INPUT_TOO_LARGE: { status: 413, remedy: "Send less at once, or split the file." },
  EVIDENCE_UNREADABLE: { status: 422, remedy: "Export the evidence again from the tool that recorded it." },
  EVIDENCE_UNKNOWN_FORMAT: {
    status: 415,
    remedy: "Give a HAR file, an evidence package, an access or WAF log, Burp items or one raw HTTP request.",
  },
  EVIDENCE_HASH_MISMATCH: {
    status: 422,
    remedy: "The content was changed after it was hashed: ask the sender for the original.",
  },
  EVIDENCE_SIGNATURE_INVALID: {
    status: 422,
    remedy: "Do not rely on this evidence: ask the sender to sign it again with a known key.",
  },
  EVIDENCE_KEY_UNKNOWN: {
    status: 422,
    remedy: "Add the sender's key to the key ring in the settings, then import again.",
  },
  EVIDENCE_KEY_REVOKED: {
    status: 422,
    remedy: "Have it signed with a key that is in force, or look at who still signs with this one.",
  },
  EVIDENCE_GONE: { status: 410, remedy: "The file vanished while it was read: import it again." },
  EVIDENCE_CORRUPT: { status: 422, remedy: "The stored copy fails its hash check: restore it from a backup." },
  EVIDENCE_ELSEWHERE: { status: 409, remedy: "Look at it at the engine that judged it." },
  EVIDENCE_ERASED: { status: 410, remedy: "What was erased is not taken in again." },
  BACKUP_REFUSED: {
    status: 422,
    remedy: "Nothing was changed.",
  },
  NOT_FOUND: { status: 404, remedy: "Check the identifier; the item may have been removed." },
  CONFLICT: { status: 409, remedy: "Look at how it stands now, then decide whether to repeat the action." },
  OBJECT_HELD: {
    status: 409,
    remedy: "Remove it again once its retention has ended and nobody holds it.",
  },
  NOT_UNDOABLE: { status: 409, remedy: "This action has no inverse." },
  UNAUTHENTICATED: { status: 401, remedy: "Send a credential that is valid here." },
  FORBIDDEN: { status: 403, remedy: "Ask somebody whose role permits this." },
  HOST_REFUSED: { status: 403, remedy: "Call the server by its loopback address and from its own pages." },
  METHOD_NOT_ALLOWED: { status: 405, remedy: "Use the method that the documentation names." },
  RATE_LIMITED: { status: 429, remedy: "Wait for the time in Retry-After." },
  CANCELLED: { status: 409, remedy: "Start it again, or resume it where the job says that it can be resumed." },
  BUSY: { status: 503, remedy: "Wait for the running job to end." },
  DISK_FULL: { status: 507, remedy: "Free space on the data directory's disk, then resume." },
  LOCKED: { status: 423, remedy: "Another process owns the data directory: use that one, or end it." },
  KEY_UNAVAILABLE: {
    status: 503,
    remedy: "Start the host that created this data directory, or provide its master key.",
  },
  DATA_NEWER: {
    status: 503,
    remedy: "Install the version that wrote this data directory, or a newer one.",
  },
  LOG_TAMPERED: { status: 500, remedy: "Keep the files as they are and compare with a checkpoint kept elsewhere." },
  MODEL_UNREADABLE: { status: 500, remedy: "Install the application again: its model file is damaged." },
  NOT_EXPLAINABLE: {
    status: 409,
    remedy: "Look at what it says of each value; time travel shows what the built-in model would have said.",
  },
  MODEL_REFUSED: {
    status: 422,
    remedy: "Nothing was changed. Ask for the file again, from the engine that exported it.",
  },
  MODEL_KEY_UNKNOWN: {
    status: 422,
    remedy: "Compare the fingerprint with whoever exported it, then add the key to trusted_model_keys in the settings.",
  },
  UPDATE_REFUSED: {
    status: 422,
    remedy: "Nothing was changed. Ask for another file, from the engine that made it.",
  },
  RELEASE_REFUSED: {
    status: 422,
    remedy: "Install nothing of it; ask whoever runs the update server, or gave you the files.",
  },
  PRIVACY_BUDGET_SPENT: {
    status: 409,
    remedy:
      "Ask for a smaller ε, or let an admin raise federated_epsilon in the settings, which tells others more of your data.",
  },
  GATES_FAILED: {
    status: 409,
    remedy:
      "Bring about what is missing. A model: label more, train again, or let an admin override the gates with a reason.",
  },
  PATH_DENIED: { status: 403, remedy: "Use a path within the workspace; details name the rule." },
  COMMAND_DENIED: { status: 403, remedy: "Use one of the allowed commands; details name the rule." },
  APPROVAL_REFUSED: {
    status: 409,
    remedy: "Nothing was done. Look at what it has become, and ask for a new approval.",
  },
  SETTING_INVALID: { status: 400, remedy: "Correct the named setting." },
  PORT_BUSY: { status: 503, remedy: "End the program that uses the port, or set SENTINEL_PORT." },
  UNAVAILABLE: { status: 503, remedy: "See the health page for the component that is down." },
  INTERNAL: { status: 500, remedy: "This is a defect: the log names it by the request id." },
} as const satisfies Record<string, { status: number; remedy: string }>;

export type ErrorCode = keyof typeof errorCodes;

/** The one error shape on every route. */
export const ApiError = z.object({
  code: z.string(),
  message: z.string(),
  details: z.record(z.string(), z.unknown()).optional(),
});
export type ApiError = z.infer<typeof ApiError>;

/** An expected failure. `message` names what and where; `details` are structured (file, line, field), never payload text. */
export class SentinelError extends Error {
  readonly code: ErrorCode;
  readonly details: Record<string, unknown> | undefined;

  constructor(code: ErrorCode, message: string, details?: Record<string, unknown>, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "SentinelError";
    this.code = code;
    this.details = details;
  }

  get status(): number {
    return errorCodes[this.code].status;
  }

  toJSON(): ApiError {
    const message = `${this.message} ${errorCodes[this.code].remedy}`;
    return this.details === undefined
      ? { code: this.code, message }
      : { code: this.code, message, details: this.details };
  }
}

/**
 * What was thrown where this was told: without the remedy, which `toJSON` says again.
 * @returns null: nothing was told, or the code is none of this version
 */
export function errorTold(told: ApiError | null | undefined): SentinelError | null {
  if (told == null || !Object.hasOwn(errorCodes, told.code)) return null;
  const { code, message, details } = told;
  const known = code as ErrorCode;
  const remedy = ` ${errorCodes[known].remedy}`;
  return new SentinelError(known, message.endsWith(remedy) ? message.slice(0, -remedy.length) : message, details);
}
