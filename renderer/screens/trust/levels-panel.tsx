import type { AgentTrust } from "../../../shared/agent-trust.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { Badge } from "../../ui/badge.tsx";
import { formatInstant } from "../../view/format.ts";
import { levelWords } from "./trust-words.ts";

/** The level in force among all of them, and what each allows. */
export function LevelsPanel({ trust: { level, since, configured } }: { trust: AgentTrust }) {
  const zone = useTimeZone();
  return (
    <section aria-labelledby="trust-levels" className="card">
      <div className="flex flex-wrap items-center justify-between gap-x-3 border-b border-line px-4 py-2">
        <h2 id="trust-levels" className="text-sm font-semibold">
          Trust level {level}
        </h2>
        <span className="text-xs text-ink-2">
          {since === null ? "as it began" : `since ${formatInstant(since, zone)}`}
        </span>
      </div>
      <ol aria-labelledby="trust-levels" className="p-2">
        {levelWords.map((words, n) => (
          <li
            key={words}
            aria-current={n === level ? "step" : undefined}
            className={`flex items-center gap-3 rounded-md px-2 py-2 ${n === level ? "bg-accent-soft" : ""}`}
          >
            <span
              className={`flex size-6 shrink-0 items-center justify-center rounded-full text-xs font-semibold ${n === level ? "bg-accent text-accent-ink" : n < level ? "bg-calm-soft text-calm" : "border border-line-strong text-ink-2"}`}
            >
              {n}
            </span>
            <span className={`min-w-0 flex-1 text-sm ${n > level ? "text-ink-2" : ""}`}>{words}</span>
            {n === level && <Badge tone="accent">In force</Badge>}
          </li>
        ))}
      </ol>
      <p className="border-t border-line px-4 py-2 text-xs text-ink-2">
        What acts on others still asks where its policy says so, at every level.
        {configured !== null && ` The operator's configuration last set it to ${configured}.`}
      </p>
    </section>
  );
}
