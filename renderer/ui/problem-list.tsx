import { TriangleAlert } from "lucide-react";
import type { z } from "zod";
import type { EvidenceProblem } from "../../shared/evidence.ts";
import { formatCount, formatPlural } from "../view/format.ts";
import { UntrustedText } from "./untrusted-text.tsx";

type Problem = z.infer<typeof EvidenceProblem>;

/** What could not be read, place by place. */
export function ProblemList({ problems, count }: { problems: readonly Problem[]; count: number }) {
  if (count === 0) return null;
  return (
    <details className="rounded-md border border-line">
      <summary className="flex items-center gap-2 px-2.5 py-1.5 text-xs font-medium text-warn">
        <TriangleAlert size={14} aria-hidden="true" />
        {formatPlural(count, "place")} could not be read
      </summary>
      <ul className="max-h-60 space-y-1 overflow-y-auto border-t border-line px-2.5 py-2 text-xs">
        {problems.map((problem, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the problems of one piece of evidence never move.
          <li key={i} className="break-words [&_.untrusted]:font-sans">
            <span className="font-medium">
              <UntrustedText text={problem.place} />
            </span>
            : <UntrustedText text={problem.message} />{" "}
            <span className="font-mono text-2xs text-ink-3">{problem.code}</span>
          </li>
        ))}
        {count > problems.length && <li className="text-ink-3">… and {formatCount(count - problems.length)} more</li>}
      </ul>
    </details>
  );
}
