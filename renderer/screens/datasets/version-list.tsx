import { useEffect } from "react";
import type { DatasetVersionSummary } from "../../../shared/dataset.ts";
import { visibleWords } from "../../../shared/visible-text.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { ShowMore, useShown } from "../../ui/show-more.tsx";
import { shortId } from "../../view/dataset-view.ts";
import { formatInstant, formatPlural } from "../../view/format.ts";
import { placeHash } from "../../view/place.ts";

/** Every version, the last made first. */
export function VersionList({ versions, current }: { versions: readonly DatasetVersionSummary[]; current: string }) {
  const zone = useTimeZone();
  const index = versions.findIndex(({ id }) => id === current);
  const { shown, ...more } = useShown(versions, index);
  useEffect(() => {
    document.getElementById(`version-${current}`)?.scrollIntoView({ block: "nearest" });
  }, [current]);
  return (
    <nav aria-label="Dataset versions" className="min-h-0 overflow-y-auto border-r border-line bg-surface">
      <ul>
        {shown.map(({ id, at, by, why, counts }) => (
          <li key={id} id={`version-${id}`}>
            <a
              href={placeHash({ screen: "datasets", item: id })}
              aria-current={id === current ? "true" : undefined}
              className={`block border-b border-line px-4 py-2.5 focus-visible:outline-offset-[-2px] ${id === current ? "bg-selected shadow-[inset_3px_0_0_var(--accent)]" : "hover:bg-hover"}`}
            >
              <span className="flex items-baseline justify-between gap-2">
                <span className="font-mono text-xs font-semibold">{shortId(id)}</span>
                <span className="text-xs text-ink-2">{formatPlural(counts.rows, "row")}</span>
              </span>
              <span className="mt-0.5 block truncate text-xs text-ink-2">
                {formatInstant(at, zone).slice(0, 16)} · {visibleWords(by)}
              </span>
              {why !== null && <span className="block truncate text-xs">{visibleWords(why)}</span>}
            </a>
          </li>
        ))}
      </ul>
      <ShowMore {...more} />
    </nav>
  );
}
