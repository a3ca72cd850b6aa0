import { useQuery } from "@tanstack/react-query";
import { driftWindows } from "../../../shared/drift.ts";
import { driftQuery } from "../../queries/drift.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { PanelStatus, StaleNote } from "../../ui/panel-status.tsx";
import { Segments } from "../../ui/segments.tsx";
import { TabPanel, Tabs } from "../../ui/tabs.tsx";
import { type DriftTab, driftTabs, useDriftView, windowLabels } from "../../view/drift.ts";
import { formatCount, formatInstant, formatPlural } from "../../view/format.ts";
import { useKeys } from "../../view/use-keys.ts";
import { AlarmCard } from "./alarm-card.tsx";
import { LabelsPanel } from "./labels-panel.tsx";
import { LooksPanel } from "./looks-panel.tsx";
import { NumbersPanel } from "./numbers-panel.tsx";
import { useDriftDeeds } from "./use-drift-deeds.ts";

const windows = driftWindows.map((value) => ({ value, label: windowLabels[value] }));

const tabLabels: Record<DriftTab, string> = {
  numbers: "Features and scores",
  labels: "Probabilities and sets",
  looks: "Looks so far",
};

const showTab = (tab: DriftTab) => useDriftView.setState({ tab });

function move<V>(values: readonly V[], value: V, by: number): V {
  return values[(values.indexOf(value) + by + values.length) % values.length] ?? value;
}

/** Whether what comes in is still what the deployed models were made from. */
export function DriftScreen() {
  const window = useDriftView((view) => view.window);
  const tab = useDriftView((view) => view.tab);
  const zone = useTimeZone();
  const query = useQuery(driftQuery(window));
  const drift = query.data;
  const deeds = useDriftDeeds(drift?.alarm);
  useKeys({
    nextTab: () => showTab(move(driftTabs, tab, 1)),
    previousTab: () => showTab(move(driftTabs, tab, -1)),
    driftWindow: () => useDriftView.setState({ window: move(driftWindows, window, 1) }),
    ...(deeds.acknowledge === null ? {} : { acknowledgeDrift: deeds.acknowledge }),
  });
  return (
    <div className="flex h-full flex-col">
      <div className="flex min-h-12 shrink-0 items-center gap-3 border-b border-line bg-surface px-4 py-2">
        <Segments
          legend="Sessions of the last"
          options={windows}
          value={window}
          onChange={(value) => useDriftView.setState({ window: value })}
        />
        {drift !== undefined && (
          <p
            role="status"
            className="min-w-0 flex-1 truncate text-right text-xs text-ink-2"
            title={
              drift.read < drift.stored
                ? `Of ${formatCount(drift.stored)} stored sessions ${formatCount(drift.read)} were read, evenly spread`
                : undefined
            }
          >
            {formatPlural(drift.sessions, "session")} counted of {formatCount(drift.read)} read, since{" "}
            {formatInstant(drift.from ?? drift.since, zone).slice(0, 16)}
            {" · "}looked at {formatInstant(drift.at, zone)}
          </p>
        )}
      </div>
      {drift === undefined ? (
        <PanelStatus query={query} what="drift" />
      ) : (
        <>
          <StaleNote query={query} what="drift" />
          {drift.problem !== null && (
            <p role="status" className="bg-warn-soft px-4 py-1.5 text-xs break-words text-warn">
              The last look by itself did not succeed: {drift.problem}
            </p>
          )}
          <AlarmCard drift={drift} deeds={deeds} />
          <div className="shrink-0 px-4">
            <Tabs
              label="What may drift"
              tabs={driftTabs.map((key) => ({ key, label: tabLabels[key] }))}
              current={tab}
              onChange={showTab}
            />
          </div>
          <TabPanel tab={tab} className="min-h-0 flex-1">
            {tab === "numbers" && <NumbersPanel drift={drift} />}
            {tab === "labels" && <LabelsPanel drift={drift} />}
            {tab === "looks" && <LooksPanel zone={zone} />}
          </TabPanel>
        </>
      )}
    </div>
  );
}
