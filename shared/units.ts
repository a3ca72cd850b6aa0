import { z } from "zod";

// SECURITY: the page's Content-Security-Policy forbids eval, which zod's compiled parsers need; they are for the engine alone.
z.config({ jitless: "document" in globalThis });

/** A score or probability: unitless, in [0, 1]. */
export const Score = z.number().min(0).max(1).brand<"Score">();
export type Score = z.infer<typeof Score>;

/** A duration in milliseconds, at least 0. */
export const Millis = z.number().min(0).brand<"Millis">();
export type Millis = z.infer<typeof Millis>;

/** An instant, ISO 8601 in UTC with milliseconds: `2026-01-31T08:15:00.000Z`. */
export const Instant = z.iso.datetime({
  precision: 3,
  error: "an instant in UTC with milliseconds is expected, as 2026-01-31T08:15:00.000Z",
});
export type Instant = z.infer<typeof Instant>;

/** Lower-case hexadecimal SHA-256 of some content. */
export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);
export type Sha256 = z.infer<typeof Sha256>;

/** An identifier: a content hash for what machines make, a UUIDv7 for what people make. */
export const Id = z.string().regex(/^[0-9a-zA-Z_-]{1,80}$/);
export type Id = z.infer<typeof Id>;

/** Rows per page. */
export const PageSize = z.coerce.number().int().min(1).max(500).default(100);
