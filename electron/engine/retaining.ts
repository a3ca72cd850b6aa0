import type { previewRetention } from "../../shared/erasure.ts";
import type { Output } from "../../shared/route.ts";
import { type Clock, toInstant } from "./base/clock.ts";
import type { Logger } from "./base/logging.ts";
import { enginePrincipal, type Principal } from "./base/principals.ts";
import type { Erasure } from "./erasure-jobs.ts";

const dayMs = 86_400_000;
/** How often it is looked whether evidence has reached its time. */
const everyMs = 3_600_000;
/** The first time: not while the application starts. */
const firstMs = 120_000;

/** Who erases what has reached its time. */
const retention: Principal = { ...enginePrincipal, actor: "retention" };

/** Erases evidence that is older than the setting says. */
export interface Retaining {
  /** What would go were evidence kept so many days. */
  preview(days: number): Promise<Output<typeof previewRetention>>;
  /** Does now what the clock does every hour. @returns the job; null: nothing is due */
  now(): Promise<string | null>;
  close(): void;
}

export function createRetaining(options: {
  erasure: Pick<Erasure, "before" | "eraseBefore">;
  clock: Clock;
  log: Logger;
  /** 0: evidence is kept for ever. */
  days: () => Promise<number>;
}): Retaining {
  const { erasure, clock, log } = options;
  const before = (days: number) => toInstant(Math.max(0, clock.now() - days * dayMs));

  async function now(): Promise<string | null> {
    const days = await options.days();
    return days === 0 ? null : await erasure.eraseBefore(before(days), retention);
  }
  const look = () =>
    void now().catch((error: unknown) =>
      log.error({ err: error }, "Evidence that has reached its time was not erased."),
    );
  const first = setTimeout(look, firstMs).unref();
  const timer = setInterval(look, everyMs).unref();

  return {
    preview: (days) => erasure.before(before(days)),
    now,
    close() {
      clearTimeout(first);
      clearInterval(timer);
    },
  };
}
