import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { flipDirections, Replay, ReplayDecision, ReplayFlip } from "../../../shared/replay.ts";
import { replayFlipsQuery } from "../../queries/replays.ts";
import { VerdictBadge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { EmptyPanel, PanelStatus } from "../../ui/panel-status.tsx";
import { Tabs } from "../../ui/tabs.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatCount } from "../../view/format.ts";
import { placeHash } from "../../view/place.ts";

type Direction = (typeof flipDirections)[number];

function Judgement({ verdict, score }: ReplayFlip["before"]) {
  return (
    <span className="flex items-center gap-1.5">
      <VerdictBadge verdict={verdict} />
      <span className="tabular-nums">{score.toFixed(2)}</span>
    </span>
  );
}

function FlipRow({ flip, labels }: { flip: ReplayFlip; labels: Record<ReplayDecision, string> }) {
  return (
    <tr className="h-8 border-t border-line">
      <td className="truncate pr-2">
        <a
          className="text-accent hover:underline"
          href={placeHash({ screen: "session", id: flip.verdict_id, tab: "score" })}
        >
          <UntrustedText text={`${flip.file_name} ${flip.session}`} />
        </a>
      </td>
      <td className="truncate pr-2 font-mono">
        <UntrustedText text={flip.request_line} />
      </td>
      <td className="truncate pr-2 font-mono">
        {flip.payload === null ? <span className="text-ink-3">none</span> : <UntrustedText text={flip.payload} />}
      </td>
      <td className="truncate pr-2">{labels[flip.decision]}</td>
      <td>
        <Judgement {...flip.before} />
      </td>
      <td>
        <Judgement {...flip.after} />
      </td>
    </tr>
  );
}

/** Sessions that would be decided otherwise, one by one. */
export function ReplayFlips({ replay, labels }: { replay: Replay; labels: Record<ReplayDecision, string> }) {
  const { matrix, opened, gone, evidence } = replay.summary;
  const counts: Record<Direction, number> = {
    gone: Object.values(gone).reduce((sum, n) => sum + n, 0),
    opened,
    other: matrix.simulate.tag + matrix.tag.simulate,
  };
  const [direction, setDirection] = useState<Direction>("gone");
  const query = useInfiniteQuery(replayFlipsQuery(replay.id, direction, evidence));
  const flips = query.data?.pages.flatMap(({ items }) => items);
  return (
    <section aria-label="Sessions that would be decided otherwise" className="card p-4">
      <Tabs
        label="Which changes"
        tabs={[
          { key: "gone", label: "Would be gone", count: formatCount(counts.gone) },
          { key: "opened", label: "Would be new", count: formatCount(counts.opened) },
          { key: "other", label: "Tag and simulate change", count: formatCount(counts.other) },
        ]}
        current={direction}
        onChange={setDirection}
      />
      <div role="tabpanel" id={`panel-${direction}`} aria-labelledby={`tab-${direction}`}>
        {flips === undefined ? (
          <PanelStatus query={query} what="the changes" />
        ) : flips.length === 0 ? (
          <EmptyPanel title="There is no such session" />
        ) : (
          <>
            <table className="mt-1 w-full table-fixed text-xs">
              <thead>
                <tr>
                  <th className="th py-1">Session</th>
                  <th className="th">Request</th>
                  <th className="th">Worst payload</th>
                  <th className="th w-[120px]">Alert</th>
                  <th className="th w-[130px]">Decided</th>
                  <th className="th w-[130px]">Judged again</th>
                </tr>
              </thead>
              <tbody>
                {flips.map((flip) => (
                  <FlipRow key={flip.n} flip={flip} labels={labels} />
                ))}
              </tbody>
            </table>
            {query.hasNextPage && (
              <Button size="small" disabled={query.isFetching} onClick={() => void query.fetchNextPage()}>
                Show more
              </Button>
            )}
          </>
        )}
      </div>
    </section>
  );
}
