import { useQuery } from "@tanstack/react-query";
import { memo } from "react";
import { payloadClasses } from "../../../shared/payload.ts";
import { countsQuery } from "../../queries/verdicts.ts";
import { formatCount } from "../../view/format.ts";
import { classLabels } from "../../view/labels.ts";
import { type ListFilter, useView } from "../../view/view.ts";

/** How many sessions each class has; a click shows only those. */
export const ClassCounts = memo(function ClassCounts({ filter }: { filter: ListFilter }) {
  const setFilter = useView((view) => view.setFilter);
  const { class: _, ...others } = filter;
  const counts = useQuery(countsQuery(others)).data?.by_class;
  // Benign sessions outnumber all others by far; a common scale would leave the attacks without bars.
  const most = Math.max(1, ...payloadClasses.filter((c) => c !== "benign").map((c) => counts?.[c] ?? 0));
  return (
    <fieldset className="grid grid-cols-2 content-start gap-x-3">
      <legend className="th mb-1">Class of the worst payload</legend>
      {payloadClasses.map((name) => {
        const count = counts?.[name] ?? 0;
        const on = filter.class === name;
        return (
          <button
            key={name}
            type="button"
            aria-pressed={on}
            onClick={() => setFilter({ class: on ? undefined : name })}
            className={`relative flex h-6 items-center justify-between gap-2 overflow-hidden rounded px-2 text-xs ${on ? "bg-accent-soft font-semibold text-accent" : "text-ink-2 hover:bg-hover hover:text-ink"}`}
          >
            <span className="truncate">{classLabels[name]}</span>
            <span className="font-medium">{counts === undefined ? "" : formatCount(count)}</span>
            {name !== "benign" && count > 0 && (
              <span
                className="absolute bottom-0 left-2 h-0.5 rounded-full bg-bar-tag"
                style={{ width: `calc((100% - 16px) * ${count / most})` }}
                aria-hidden="true"
              />
            )}
          </button>
        );
      })}
    </fieldset>
  );
});
