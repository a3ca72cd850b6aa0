import { Flag, Gavel } from "lucide-react";
import type { LabelTask } from "../../../shared/label.ts";
import { visibleWords } from "../../../shared/visible-text.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { Badge } from "../../ui/badge.tsx";
import { formatInstant } from "../../view/format.ts";
import { classLabels, labelSource } from "../../view/labels.ts";

/** What others say of a sample, and whether they agree. */
export function SaidLabels({ task }: { task: LabelTask }) {
  const zone = useTimeZone();
  const { labels } = task;
  const classes = new Set(labels.flatMap(({ label }) => (label === null ? [] : [label])));
  return (
    <section aria-labelledby="said-labels" className="card p-4">
      <h2 id="said-labels" className="flex items-center gap-2 text-sm font-semibold">
        What was said of it
        {classes.size > 1 && <Badge tone="warn">Disagreement</Badge>}
      </h2>
      {labels.length === 0 ? (
        <p className="mt-1 text-xs text-ink-2">Nobody has said anything yet.</p>
      ) : (
        <ul className="mt-1 divide-y divide-line">
          {labels.map(({ labeller, label, at, source, flagged, resolves, note }) => (
            <li key={`${labeller} ${source} ${at}`} className="py-1.5 text-xs">
              <p className="flex items-center gap-2">
                <span className="min-w-0 flex-1 truncate font-medium">{visibleWords(labeller)}</span>
                {flagged && (
                  <Badge tone="accent" icon={Flag}>
                    Flagged
                  </Badge>
                )}
                {resolves && (
                  <Badge tone="good" icon={Gavel}>
                    Settled it
                  </Badge>
                )}
                <span>{label === null ? "no class" : classLabels[label]}</span>
              </p>
              <p className="text-ink-3">
                {visibleWords(labelSource(source))}, {formatInstant(at, zone).slice(0, 16)}
              </p>
              {note !== null && <p className="mt-0.5 break-words text-ink-2">{visibleWords(note)}</p>}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
