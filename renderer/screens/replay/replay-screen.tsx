import { useQuery } from "@tanstack/react-query";
import { History } from "lucide-react";
import type { Replay } from "../../../shared/replay.ts";
import { replayModelsQuery, replaysQuery } from "../../queries/replays.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { EmptyPanel, PanelStatus, StaleNote } from "../../ui/panel-status.tsx";
import { formatInstant } from "../../view/format.ts";
import { goTo, placeHash } from "../../view/place.ts";
import { ReplayForm } from "./replay-form.tsx";
import { ReplayResult } from "./replay-result.tsx";

/** What was asked, in a few words. */
function useQuestion(): (replay: Replay) => string {
  const models = useQuery(replayModelsQuery()).data;
  return ({ question: { payload_model, behaviour_model, from, to, tag_threshold, simulate_threshold } }) =>
    [
      payload_model === "as_decided"
        ? "As decided"
        : (models?.payload.find(({ model }) => model === payload_model)?.label ?? payload_model.slice(0, 8)),
      ...(behaviour_model === "as_decided" ? [] : [`behaviour ${behaviour_model.slice(0, 8)}`]),
      ...(tag_threshold === null ? [] : [`tag from ${tag_threshold}`]),
      ...(simulate_threshold === null ? [] : [`simulate from ${simulate_threshold}`]),
      ...(from === null ? [] : [`from ${from.slice(0, 10)}`]),
      ...(to === null ? [] : [`to ${to.slice(0, 10)}`]),
    ].join(", ");
}

/** Any models or thresholds over any past period: what would be decided otherwise. */
export function ReplayScreen({ item }: { item: string | undefined }) {
  const query = useQuery(replaysQuery());
  const zone = useTimeZone();
  const questionOf = useQuestion();
  const replays = query.data;
  const current = replays?.find(({ id }) => id === item) ?? (item === undefined ? replays?.[0] : undefined);
  return (
    <div className="flex h-full flex-col">
      <ReplayForm onStarted={(id) => goTo({ screen: "replay", item: id })} />
      {replays === undefined ? (
        <PanelStatus query={query} what="earlier replays" />
      ) : replays.length === 0 ? (
        <EmptyPanel icon={History} title="Nothing was judged again yet">
          Choose another model, other thresholds or a period above. Asked with nothing changed, a replay proves that
          every stored verdict comes out bit for bit.
        </EmptyPanel>
      ) : (
        <div className="flex min-h-0 flex-1">
          <nav aria-label="Earlier replays" className="w-[240px] shrink-0 overflow-y-auto border-r border-line p-2">
            <ul className="space-y-1">
              {replays.map((replay) => (
                <li key={replay.id}>
                  <a
                    href={placeHash({ screen: "replay", item: replay.id })}
                    aria-current={replay.id === current?.id ? "page" : undefined}
                    className={`block rounded-md px-2.5 py-1.5 text-xs ${replay.id === current?.id ? "bg-accent-soft text-accent" : "hover:bg-hover"}`}
                  >
                    <span className="block truncate font-medium">{questionOf(replay)}</span>
                    <span className="block truncate text-ink-2">
                      {formatInstant(replay.began_at, zone).slice(0, 16)} · {replay.actor}
                    </span>
                  </a>
                </li>
              ))}
            </ul>
          </nav>
          <section
            aria-label="Result"
            tabIndex={0}
            className="min-w-0 flex-1 overflow-y-auto p-4 focus-visible:outline-offset-[-2px]"
          >
            <StaleNote query={query} what="the replays" />
            {current === undefined ? (
              <EmptyPanel title="There is no such replay">It may have been superseded by newer ones.</EmptyPanel>
            ) : (
              <ReplayResult key={current.id} replay={current} />
            )}
          </section>
        </div>
      )}
    </div>
  );
}
