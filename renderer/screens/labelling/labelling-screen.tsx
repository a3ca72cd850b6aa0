import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { PartyPopper } from "lucide-react";
import { useEffect, useState } from "react";
import { type LabelQueue, type LabelTask, labelQueues } from "../../../shared/label.ts";
import { labelTasks } from "../../queries/labels.ts";
import { countsQuery } from "../../queries/verdicts.ts";
import { EmptyPanel, PanelStatus, StaleNote } from "../../ui/panel-status.tsx";
import { Segments } from "../../ui/segments.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatPlural } from "../../view/format.ts";
import { beginQueue, labelKeys, skip, tasksLeft, useLabelling } from "../../view/labelling.ts";
import { placeHash } from "../../view/place.ts";
import { type KeyHandlers, useKeys } from "../../view/use-keys.ts";
import { ClassKeys } from "./class-keys.tsx";
import { ProgressPanel } from "./progress-panel.tsx";
import { SaidLabels } from "./said-labels.tsx";
import { TaskCard } from "./task-card.tsx";
import { TaskNoteDialog } from "./task-note-dialog.tsx";
import { useSaying } from "./use-labelling.ts";

const queueLabels: Record<LabelQueue, string> = {
  payloads: "Payloads",
  sessions: "Sessions",
  disagreements: "Disagreements",
  flagged: "Flagged",
};
const queues = labelQueues.map((value) => ({ value, label: queueLabels[value] }));

const queueMeanings: Record<LabelQueue, string> = {
  payloads: "Values that nobody has labelled, those that teach most first",
  sessions: "Sessions that nobody has labelled: labels measure what is missed, and train no model",
  disagreements: "Labellers contradict each other: your label settles it",
  flagged: "Somebody wants another look",
};

const nothingLeft: Record<LabelQueue, string> = {
  payloads: "Every value that was found is labelled.",
  sessions: "Every session is labelled.",
  disagreements: "All labellers agree.",
  flagged: "Nobody has flagged anything.",
};

/** Tasks that are ahead, from which on more are read. */
const fewLeft = 5;
const shownAhead = 8;

function Ahead({ tasks }: { tasks: readonly LabelTask[] }) {
  if (tasks.length === 0) return null;
  return (
    <section aria-labelledby="tasks-ahead" className="card p-4">
      <h2 id="tasks-ahead" className="mb-1 text-sm font-semibold">
        Next
      </h2>
      <ol className="divide-y divide-line">
        {tasks.map(({ sample_id, text, why }) => (
          <li key={sample_id} className="truncate py-1 text-xs text-ink-2">
            {why?.kind === "audit" && <strong className="font-semibold">Audit: </strong>}
            {text === null ? "erased" : <UntrustedText text={text.slice(0, 120)} />}
          </li>
        ))}
      </ol>
    </section>
  );
}

/** What stands there when the queue is empty: that all is done, or that there was nothing to do. */
function NothingLeft({ queue }: { queue: LabelQueue }) {
  const counts = useQuery(countsQuery({})).data;
  const isOfEvidence = queue === "payloads" || queue === "sessions";
  if (isOfEvidence && counts?.total === 0) {
    return (
      <EmptyPanel title="There is nothing to label yet">
        What sessions send is labelled here, as soon as there is{" "}
        <a className="text-accent underline" href={placeHash({ screen: "import" })}>
          evidence
        </a>
        . Payloads that are labelled already are imported under{" "}
        <a className="text-accent underline" href={placeHash({ screen: "datasets" })}>
          Datasets
        </a>
        .
      </EmptyPanel>
    );
  }
  return (
    <div className="min-h-0 flex-1 space-y-3 overflow-y-auto p-4">
      <div className="py-12">
        <EmptyPanel icon={PartyPopper} title={nothingLeft[queue]}>
          {isOfEvidence ? (
            <>
              Bring{" "}
              <a className="text-accent underline" href={placeHash({ screen: "import" })}>
                more evidence
              </a>
              , or make a{" "}
              <a className="text-accent underline" href={placeHash({ screen: "datasets" })}>
                dataset version
              </a>{" "}
              of what is labelled.
            </>
          ) : undefined}
        </EmptyPanel>
      </div>
      <ProgressPanel queue={queue} />
    </div>
  );
}

/** Labels, one task at a time, from the keyboard. */
export function LabellingScreen() {
  const { queue, done, skipped, front, note, given } = useLabelling();
  const [isNoting, setNoting] = useState(false);
  const query = useInfiniteQuery(labelTasks(queue));
  const say = useSaying();
  // The list is read anew; what was done before is no longer in it.
  useEffect(() => beginQueue(useLabelling.getState().queue), []);
  const tasks = tasksLeft(query.data?.pages.flatMap((page) => page.items) ?? [], { done, skipped, front });
  const [task, ...ahead] = tasks;
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = query;
  const needsMore = tasks.length < fewLeft && hasNextPage && !isFetchingNextPage && query.error === null;
  useEffect(() => {
    if (needsMore) void fetchNextPage();
  }, [needsMore, fetchNextPage]);

  // Who skips what was drawn at random chooses what is drawn: it is flagged, so that it is not lost, and counted as missing.
  const putOff = (current: LabelTask) => (current.why?.kind === "audit" ? say(current, null) : skip(current.sample_id));
  const withTask = (run: (current: LabelTask) => void) => () => {
    if (task !== undefined) run(task);
  };
  const turnTo = (step: number) => {
    const at = (labelQueues.indexOf(queue) + step + labelQueues.length) % labelQueues.length;
    beginQueue(labelQueues[at] ?? "payloads");
  };
  const handlers: KeyHandlers = {
    ...Object.fromEntries(labelKeys.map(({ action, label }) => [action, withTask((current) => say(current, label))])),
    skipTask: withTask(putOff),
    flagTask: withTask((current) => say(current, null)),
    noteTask: withTask(() => setNoting(true)),
    nextTab: () => turnTo(1),
    previousTab: () => turnTo(-1),
  };
  useKeys(handlers, () => (task === undefined ? "there is nothing to label" : null));

  return (
    <div className="flex h-full flex-col">
      <div className="flex min-h-12 shrink-0 items-center gap-3 border-b border-line bg-surface px-4 py-2">
        <Segments legend="What to label" options={queues} value={queue} onChange={beginQueue} />
        <p className="min-w-0 flex-1 truncate text-xs text-ink-2">{queueMeanings[queue]}</p>
        <p role="status" className="shrink-0 text-xs text-ink-2">
          {given === 0 ? "" : `${formatPlural(given, "label")} given`}
        </p>
      </div>
      {query.data !== undefined && <StaleNote query={query} what="what to label next" />}
      {task !== undefined ? (
        <div className="grid min-h-0 flex-1 grid-cols-[minmax(0,5fr)_minmax(0,2fr)] gap-3 p-4">
          <div className="flex min-h-0 flex-col gap-3 overflow-y-auto">
            <TaskCard key={task.sample_id} task={task} />
            {note !== "" && (
              <p className="text-xs text-ink-2">
                Note with the label: <span className="text-ink">{note}</span>
              </p>
            )}
            <ClassKeys
              said={task.said?.class ?? null}
              onSay={(label) => say(task, label)}
              onSkip={() => putOff(task)}
              onFlag={() => say(task, null)}
              onNote={() => setNoting(true)}
            />
          </div>
          <section
            aria-label="About the task and the labels"
            tabIndex={0}
            className="min-h-0 space-y-3 overflow-y-auto"
          >
            <SaidLabels task={task} />
            <Ahead tasks={ahead.slice(0, shownAhead)} />
            <ProgressPanel queue={queue} />
          </section>
        </div>
      ) : query.data === undefined || isFetchingNextPage || needsMore ? (
        <PanelStatus query={query} what="what to label next" />
      ) : (
        <NothingLeft queue={queue} />
      )}
      {isNoting && <TaskNoteDialog onClose={() => setNoting(false)} />}
    </div>
  );
}
