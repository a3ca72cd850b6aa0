import { useQuery } from "@tanstack/react-query";
import { Database, FileInput, Plus } from "lucide-react";
import { type ReactNode, useRef, useState } from "react";
import { DatasetFormat, type DatasetVersionSummary } from "../../../shared/dataset.ts";
import { datasetsQuery, sendDatasetFile, sendMakeDataset } from "../../queries/datasets.ts";
import { Button } from "../../ui/button.tsx";
import { JobProgress } from "../../ui/job-progress.tsx";
import { KeyCaps } from "../../ui/key-cap.tsx";
import { EmptyPanel, PanelStatus, StaleNote } from "../../ui/panel-status.tsx";
import { TabPanel, Tabs } from "../../ui/tabs.tsx";
import { notify } from "../../ui/toast.tsx";
import { type DatasetTab, datasetTabs, shortId, useDatasetView } from "../../view/dataset-view.ts";
import { formatCount, formatPlural } from "../../view/format.ts";
import { ariaKey, useKeyOf } from "../../view/keys-in-force.ts";
import { goTo, placeHash } from "../../view/place.ts";
import { useKeys } from "../../view/use-keys.ts";
import { ChangesPanel } from "./changes-panel.tsx";
import { FalsePositivesPanel } from "./false-positives-panel.tsx";
import { ImportsPanel } from "./imports-panel.tsx";
import { LabelsPanel } from "./labels-panel.tsx";
import { MakeDialog } from "./make-dialog.tsx";
import { useDatasetJob } from "./use-dataset-work.ts";
import { VersionList } from "./version-list.tsx";
import { VersionPanel } from "./version-panel.tsx";

const tabLabels: Record<DatasetTab, string> = {
  version: "Version",
  changes: "Changes",
  labels: "Labels now",
  imports: "Imported files",
  "false-positives": "False positives",
};

function tellMade({ unchanged, dataset_version, rows }: Record<string, unknown>): string {
  const name = shortId(String(dataset_version));
  if (unchanged === true) return `Nothing is labelled otherwise than in version ${name}.`;
  return `Version ${name} is made, with ${formatPlural(Number(rows), "row")}.`;
}

function tellBrought({ rows, refused }: Record<string, unknown>): string {
  const left = Number(refused) === 0 ? "" : `; ${formatCount(Number(refused))} lines could not be used`;
  return `${formatPlural(Number(rows), "row")} went in${left}.`;
}

/** The format that a file's name tells; null: none. */
function formatOf(name: string): DatasetFormat | null {
  const ending = name.split(".").at(-1)?.toLowerCase() ?? "";
  const parsed = DatasetFormat.safeParse(ending === "ndjson" ? "jsonl" : ending);
  return parsed.success ? parsed.data : null;
}

function NoVersion() {
  return (
    <EmptyPanel icon={Database} title="No dataset version was made yet">
      A version holds everything that is labelled and agreed on: by closed alerts,{" "}
      <a className="text-accent underline" href={placeHash({ screen: "labelling" })}>
        labels
      </a>
      , reported false positives and imported files. Models are trained on versions.
    </EmptyPanel>
  );
}

function Body({
  tab,
  version,
  versions,
}: {
  tab: DatasetTab;
  version: DatasetVersionSummary | undefined;
  versions: readonly DatasetVersionSummary[];
}): ReactNode {
  switch (tab) {
    case "version":
      return version === undefined ? <NoVersion /> : <VersionPanel version={version} />;
    case "changes":
      return version === undefined ? (
        <NoVersion />
      ) : (
        <ChangesPanel key={version.id} version={version} versions={versions} />
      );
    case "labels":
      return <LabelsPanel />;
    case "imports":
      return <ImportsPanel />;
    case "false-positives":
      return <FalsePositivesPanel />;
  }
}

/** Dataset versions, and what goes into the next one. */
export function DatasetsScreen({ item }: { item: string | undefined }) {
  const query = useQuery(datasetsQuery());
  const tab = useDatasetView((view) => view.tab);
  const [isAsking, setAsking] = useState(false);
  const making = useDatasetJob(tellMade);
  const bringing = useDatasetJob(tellBrought);
  const input = useRef<HTMLInputElement>(null);
  const makeKey = useKeyOf("makeDataset");
  const versions = query.data ?? [];
  const version = versions.find(({ id }) => id === item) ?? versions[0];
  const turnTo = (step: number) => {
    const at = (datasetTabs.indexOf(tab) + step + datasetTabs.length) % datasetTabs.length;
    useDatasetView.setState({ tab: datasetTabs[at] ?? "version" });
  };
  const move = (step: number) => {
    const to = versions[versions.findIndex(({ id }) => id === version?.id) + step];
    if (to !== undefined) goTo({ screen: "datasets", item: to.id }, { replace: true });
  };
  useKeys({
    makeDataset: () => setAsking(true),
    next: () => move(1),
    previous: () => move(-1),
    nextTab: () => turnTo(1),
    previousTab: () => turnTo(-1),
  });

  const bring = (file: File) => {
    const format = formatOf(file.name);
    if (format === null) notify("Its name should end with .csv, .json or .jsonl.", { tone: "danger" });
    else {
      useDatasetView.setState({ tab: "imports" });
      bringing.start(() => sendDatasetFile(file, format));
    }
  };

  return (
    <div className="flex h-full flex-col">
      <div className="flex min-h-12 shrink-0 items-center gap-2 border-b border-line bg-surface px-4 py-2">
        <Button
          tone="primary"
          icon={Plus}
          disabled={making.isBusy}
          aria-keyshortcuts={ariaKey(makeKey)}
          onClick={() => setAsking(true)}
        >
          Make a version {makeKey !== undefined && <KeyCaps keys={makeKey} isHint />}
        </Button>
        <Button icon={FileInput} disabled={bringing.isBusy} onClick={() => input.current?.click()}>
          Import labelled payloads…
        </Button>
        <input
          ref={input}
          type="file"
          accept=".csv,.json,.jsonl,.ndjson"
          hidden
          aria-label="File of labelled payloads"
          onChange={(event) => {
            const [file] = event.target.files ?? [];
            event.target.value = "";
            if (file !== undefined) bring(file);
          }}
        />
        <div className="min-w-0 flex-1 pl-2">
          {making.isBusy && <JobProgress job={making.job} label="Making a version" />}
          {bringing.isBusy && <JobProgress job={bringing.job} label="Importing" />}
        </div>
      </div>
      {query.data === undefined ? (
        <PanelStatus query={query} what="the dataset versions" />
      ) : (
        <div
          className={`grid min-h-0 flex-1 ${version === undefined ? "grid-cols-1" : "grid-cols-[240px_minmax(0,1fr)]"}`}
        >
          {version !== undefined && <VersionList versions={versions} current={version.id} />}
          <div className="flex min-h-0 flex-col">
            <StaleNote query={query} what="the dataset versions" />
            <div className="shrink-0 bg-surface px-4">
              <Tabs
                label="Parts of the datasets"
                tabs={datasetTabs.map((key) => ({ key, label: tabLabels[key] }))}
                current={tab}
                onChange={(to) => useDatasetView.setState({ tab: to })}
              />
            </div>
            <TabPanel tab={tab} className="min-h-0 flex-1">
              <section
                key={tab}
                aria-label={tabLabels[tab]}
                tabIndex={0}
                className="h-full overflow-y-auto p-4 focus-visible:outline-offset-[-2px]"
              >
                <Body tab={tab} version={version} versions={versions} />
              </section>
            </TabPanel>
          </div>
        </div>
      )}
      {isAsking && (
        <MakeDialog onClose={() => setAsking(false)} onConfirm={(why) => making.start(() => sendMakeDataset(why))} />
      )}
    </div>
  );
}
