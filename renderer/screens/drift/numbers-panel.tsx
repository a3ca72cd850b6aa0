import { ArrowDown, ArrowUp } from "lucide-react";
import { useEffect, useRef } from "react";
import type { Drift, DriftItem, DriftLevel } from "../../../shared/drift.ts";
import { Badge, type Tone } from "../../ui/badge.tsx";
import { EmptyPanel } from "../../ui/panel-status.tsx";
import { Segments } from "../../ui/segments.tsx";
import { type DriftFilter, describeMove, directionOf, formatP, keyOf, useDriftView } from "../../view/drift.ts";
import { formatCount } from "../../view/format.ts";
import { useKeys } from "../../view/use-keys.ts";
import { NumberDetail } from "./number-detail.tsx";

const levelLooks: Record<DriftLevel, { tone: Tone; word: string }> = {
  drifted: { tone: "danger", word: "Drifted" },
  moved: { tone: "warn", word: "Moved" },
  stable: { tone: "calm", word: "Stable" },
};

/** Of what the shipped models were made from: other applications. */
const expectedLook = { tone: "calm", word: "Differs" } as const;

const subjectWords: Record<DriftItem["subject"], string> = {
  feature: "",
  behaviour_score: "",
  payload_score: "payload model",
};

const select = (item: DriftItem) => useDriftView.setState({ selected: keyOf(item) });

function Direction({ item }: { item: DriftItem }) {
  const direction = item.level === "stable" ? null : directionOf(item);
  if (direction === null) return null;
  const Icon = direction === "up" ? ArrowUp : ArrowDown;
  return (
    <>
      <Icon size={13} className="mr-1 inline" aria-hidden="true" />
      <span className="sr-only">{direction === "up" ? "higher: " : "lower: "}</span>
    </>
  );
}

function Row({ item, isSelected }: { item: DriftItem; isSelected: boolean }) {
  const { tone, word } = item.is_expected && item.level !== "stable" ? expectedLook : levelLooks[item.level];
  const row = useRef<HTMLTableRowElement>(null);
  useEffect(() => {
    if (isSelected) row.current?.scrollIntoView({ block: "nearest" });
  }, [isSelected]);
  return (
    <tr
      ref={row}
      aria-selected={isSelected}
      className={`border-b border-line ${isSelected ? "bg-selected" : "hover:bg-hover"}`}
      onClick={() => select(item)}
    >
      <td className="py-1.5 pl-4">
        <button
          type="button"
          aria-current={isSelected ? "true" : undefined}
          className="min-h-6 text-left font-medium hover:underline"
          onClick={() => select(item)}
        >
          {item.label}
        </button>
        {subjectWords[item.subject] !== "" && (
          <span className="ml-1.5 text-2xs text-ink-3">{subjectWords[item.subject]}</span>
        )}
      </td>
      <td>
        <Badge tone={tone}>{word}</Badge>
      </td>
      <td className="truncate pr-2 text-ink-2">
        <Direction item={item} />
        {describeMove(item)}
      </td>
      <td className="text-right font-medium">{item.psi.toFixed(2)}</td>
      <td className="text-right text-ink-2">{item.ks === null ? "–" : item.ks.toFixed(2)}</td>
      <td className="pr-4 text-right text-ink-2">{formatP(item.p)}</td>
    </tr>
  );
}

const columns = [
  { name: "Number", width: "w-[32%]", right: false, title: "" },
  {
    name: "Judged",
    width: "w-[86px]",
    right: false,
    title:
      "Drifted: certain and large. Moved: certain and of middling size. Differs: from other applications, as is expected",
  },
  { name: "What it did", width: "", right: false, title: "" },
  {
    name: "Index",
    width: "w-[60px]",
    right: true,
    title: "Population stability index, less what chance gives: from 0.1 it moved, from 0.25 it drifted",
  },
  { name: "KS", width: "w-[52px]", right: true, title: "Distance of Kolmogorov and Smirnov, 0 to 1" },
  {
    name: "Chance",
    width: "w-[86px]",
    right: true,
    title: "Probability of such a difference by chance, after all numbers were counted",
  },
] as const;

/** Every number of the look, what moved most first, and one of them closely. */
export function NumbersPanel({ drift }: { drift: Drift }) {
  const only = useDriftView((view) => view.only);
  const selected = useDriftView((view) => view.selected);
  const moved = drift.items.filter(({ level }) => level !== "stable");
  const lists: Record<DriftFilter, readonly DriftItem[]> = {
    changed: moved.filter((each) => !each.is_expected),
    expected: moved.filter((each) => each.is_expected),
    all: drift.items,
  };
  const shown = lists[only];
  const named = shown.find((item) => keyOf(item) === selected);
  const item = named ?? shown[0];
  const at = item === undefined ? -1 : shown.indexOf(item);
  const go = (to: number) => {
    const next = shown[Math.max(0, Math.min(shown.length - 1, to))];
    if (next !== undefined) select(next);
  };
  useKeys({
    next: () => go(at + 1),
    previous: () => go(at - 1),
    first: () => go(0),
    last: () => go(shown.length - 1),
    pageDown: () => go(at + 12),
    pageUp: () => go(at - 12),
    back: () => useDriftView.setState({ selected: null }),
  });
  if (drift.items.length === 0) {
    return (
      <EmptyPanel title={drift.state === "no_reference" ? "No model reference" : "Not enough sessions to compare"}>
        {drift.state === "no_reference"
          ? "A figure of 0 would say that nothing has changed; that is not known."
          : `From ${drift.needed} sessions on each number is compared. Fewer would tell more of chance than of drift.`}
      </EmptyPanel>
    );
  }
  return (
    <div className="flex h-full">
      <div className="flex min-w-0 flex-1 flex-col">
        <div className="flex shrink-0 items-center gap-3 px-4 py-2">
          <Segments
            legend="Numbers that are shown"
            options={[
              { value: "changed", label: `Changed ${formatCount(lists.changed.length)}` },
              { value: "expected", label: `Different as expected ${formatCount(lists.expected.length)}` },
              { value: "all", label: `All ${formatCount(lists.all.length)}` },
            ]}
            value={only}
            onChange={(value) => useDriftView.setState({ only: value })}
          />
          <p className="min-w-0 flex-1 truncate text-right text-xs text-ink-3">
            {drift.payload.reference === null &&
              "The payload model has no record of its own: its scores are not compared. "}
            beside the {formatCount(drift.behaviour.sessions)} sessions of the{" "}
            {drift.behaviour.fitted_at === null ? "shipped " : ""}behaviour model
          </p>
        </div>
        <section
          aria-label="Numbers of the sessions"
          tabIndex={0}
          className="min-h-0 flex-1 overflow-y-auto border-t border-line bg-surface focus-visible:outline-offset-[-2px]"
        >
          {shown.length === 0 ? (
            <EmptyPanel title={only === "expected" ? "Nothing differs as expected" : "No number has changed"}>
              {formatCount(drift.items.length)} were compared. None moved that was not expected to.
            </EmptyPanel>
          ) : (
            <table aria-label="Numbers of the sessions" className="w-full table-fixed text-xs">
              <thead className="sticky top-0 z-[1] bg-surface">
                <tr className="border-b border-line">
                  {columns.map(({ name, width, right, title }) => (
                    <th
                      key={name}
                      title={title === "" ? undefined : title}
                      className={`th py-2 first:pl-4 last:pr-4 ${right ? "!text-right" : ""} ${width}`}
                    >
                      {name}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {shown.map((each) => (
                  <Row key={keyOf(each)} item={each} isSelected={item !== undefined && keyOf(each) === keyOf(item)} />
                ))}
              </tbody>
            </table>
          )}
        </section>
      </div>
      {item !== undefined && <NumberDetail item={item} drift={drift} />}
    </div>
  );
}
