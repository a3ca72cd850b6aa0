import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

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
