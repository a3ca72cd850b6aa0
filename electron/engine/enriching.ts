import type { ComponentHealth } from "../../shared/health.ts";
import type { Settings } from "../../shared/settings.ts";
import type { Logger } from "./base/logging.ts";
import { checkEnrichment } from "./evidence/enrichment.ts";

/** Whether the operator's own data about addresses can be used. */
export interface Enriching {
  /** Looks at the settings again, and at the file that they name. */
  follow(): Promise<void>;
  /** Hears what an analysis could not use. */
  hear(problems: readonly string[]): void;
  /** Null: there is no such data. */
  health(): ComponentHealth | null;
}

export function createEnriching(options: {
  readonly log: Logger;
  readonly settings: () => Promise<Pick<Settings, "maxmind_file" | "bad_networks">>;
  readonly onChange: () => void;
}): Enriching {
  let isUsed = false;
  let known: readonly string[] = [];

  function hear(problems: readonly string[]): void {
    if (problems.join("\n") === known.join("\n")) return;
    known = problems;
    for (const problem of problems) options.log.warn({ problem }, "Data about addresses cannot be used");
    options.onChange();
  }

  return {
    async follow() {
      const settings = await options.settings();
      isUsed = settings.maxmind_file !== "" || settings.bad_networks.length > 0;
      hear(await checkEnrichment(settings));
    },
    hear,
    health() {
      if (!isUsed) return null;
      return known.length === 0
        ? { status: "healthy", detail: "The data about addresses that the settings name can be used" }
        : { status: "degraded", detail: known.join(" ") };
    },
  };
}
