import { z } from "zod";
import { isOwnUrl } from "./window-options.ts";

const Count = z.number().int().min(0).max(99_999_999);

/**
 * The number that the page wants at the application's icon.
 * SECURITY: only the application's own page may set it, and only to a number.
 * @returns null for anything else
 */
export function readBadge(senderUrl: string | undefined, count: unknown): number | null {
  const parsed = Count.safeParse(count);
  return senderUrl !== undefined && isOwnUrl(senderUrl) && parsed.success ? parsed.data : null;
}

/** What the tray's icon says. */
export function trayToolTip(count: number): string {
  if (count === 0) return "Sentinel";
  return `Sentinel: ${count === 1 ? "1 new alert" : `${count} new alerts`}`;
}
