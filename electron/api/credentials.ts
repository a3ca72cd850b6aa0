import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { SentinelError } from "../../shared/errors.ts";

/** Whether two secrets are the same, in a time that tells neither their contents nor their lengths. */
export function equalSecrets(a: string, b: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  // SECURITY: digests have one length, and timingSafeEqual looks at all of it.
  return timingSafeEqual(digest(a), digest(b));
}

/** A fresh bearer token: 256 random bits. */
export function createToken(): string {
  return randomBytes(32).toString("base64url");
}

/** The bearer token of a request, or null. */
export function bearerToken(request: Request): string | null {
  return /^Bearer ([A-Za-z0-9._~+/=-]{1,500})$/i.exec(request.headers.get("authorization") ?? "")?.[1] ?? null;
}

/**
 * A secret from a file, without surrounding white space.
 * @throws SentinelError SETTING_INVALID when the file is missing, empty, or readable by others and `ownerOnly`
 */
export function readSecretFile(setting: string, path: string, ownerOnly: boolean): string {
  let text: string;
  try {
    // SECURITY: a token that other accounts can read is no secret. Windows keeps no such bits.
    if (ownerOnly && process.platform !== "win32" && (statSync(path).mode & 0o077) !== 0) {
      throw new SentinelError("SETTING_INVALID", `${setting}: ${path} may be read by others; set its mode to 0600.`);
    }
    text = readFileSync(path, "utf8").trim();
  } catch (error) {
    if (error instanceof SentinelError) throw error;
    throw new SentinelError("SETTING_INVALID", `${setting}: ${path} cannot be read.`, undefined, error);
  }
  if (text === "") throw new SentinelError("SETTING_INVALID", `${setting}: ${path} is empty.`);
  return text;
}
