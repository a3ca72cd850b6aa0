import { useQuery } from "@tanstack/react-query";
import { memo, type ReactNode } from "react";
import { alertStatuses, severities } from "../../../shared/alert.ts";
import { toggleTerm } from "../../../shared/alert-query-complete.ts";
import { payloadClasses } from "../../../shared/payload.ts";
import { alertCountsQuery } from "../../queries/alerts.ts";
import { asksFor, toggleStatus, withoutField, withoutStatus } from "../../view/alert-facets.ts";
import { formatCount } from "../../view/format.ts";
import { classLabels, severityLabels, statusLabels } from "../../view/labels.ts";
import { nameAssignee, ownName } from "../../view/own-name.ts";
import { useQueue } from "../../view/queue.ts";

/** Choices that fit into two columns. */
const mostAssignees = 8;

/** Counts of what matches; `isOld` while they are those of the query before, or are read again. */
function useCounts(q: string) {
  const { data, isPlaceholderData, isFetching, error } = useQuery(alertCountsQuery(q));
  return { data, isOld: isPlaceholderData || isFetching || error !== null };
}

interface ChoiceProps {
  readonly label: string;
  readonly count: number | undefined;
  readonly isOld: boolean;
  readonly isOn: boolean;
  readonly mark?: string | undefined;
  readonly onToggle: () => void;
}

function Choice({ label, count, isOld, isOn, mark, onToggle }: ChoiceProps) {
  return (
    <button
      type="button"
      aria-pressed={isOn}
      onClick={onToggle}
      className={`flex h-6 min-w-0 items-center justify-between gap-3 rounded px-2 text-xs ${isOn ? "bg-accent-soft font-semibold text-accent" : "text-ink-2 hover:bg-hover hover:text-ink"}`}
    >
      <span className="flex min-w-0 items-center gap-1.5">
        {mark !== undefined && <span className={`size-2 shrink-0 rounded-sm ${mark}`} aria-hidden="true" />}
        <span className="truncate">{label}</span>
      </span>
      <span className={isOld && !isOn ? "facet-count is-old" : "facet-count"}>
        {count === undefined ? "" : formatCount(count)}
      </span>
    </button>
  );
}

function Group({ name, className, children }: { name: string; className: string; children: ReactNode }) {
  return (
    <fieldset className={`min-w-0 content-start gap-x-3 ${className}`}>
      <legend className="th mb-0.5 pl-2">{name}</legend>
      {children}
    </fieldset>
  );
}

const severityBars = {
  critical: "bg-bar-simulate",
  high: "bg-bar-simulate/60",
  medium: "bg-bar-tag",
  low: "bg-bar-benign",
} as const;

function Statuses({ q, text, ask }: FacetProps) {
  const open = useCounts(withoutField(q, "status"));
  // What `is:open` hides is counted without it.
  const closed = useCounts(withoutStatus(q));
  return (
    <Group name="Status" className="grid w-[150px] shrink-0">
      {alertStatuses.map((status) => {
        const { data, isOld } = status === "closed" ? closed : open;
        return (
          <Choice
            key={status}
            label={statusLabels[status]}
            count={data?.by_status[status]}
            isOld={isOld}
            isOn={asksFor(text, "status", status)}
            onToggle={() => ask(toggleStatus(text, status))}
          />
        );
      })}
    </Group>
  );
}

function Severities({ q, text, ask }: FacetProps) {
  const { data, isOld } = useCounts(withoutField(q, "severity"));
  return (
    <Group name="Severity" className="grid w-[150px] shrink-0">
      {severities.toReversed().map((severity) => (
        <Choice
          key={severity}
          label={severityLabels[severity]}
          mark={severityBars[severity]}
          count={data?.by_severity[severity]}
          isOld={isOld}
          isOn={asksFor(text, "severity", severity)}
          onToggle={() => ask(toggleTerm(text, "severity", severity))}
        />
      ))}
    </Group>
  );
}

function Classes({ q, text, ask }: FacetProps) {
  const { data, isOld } = useCounts(withoutField(q, "class"));
  return (
    <Group name="Class" className="grid min-w-0 max-w-[460px] flex-1 grid-cols-2">
      {payloadClasses.map((name) => (
        <Choice
          key={name}
          label={name === "benign" ? "Behaviour only" : classLabels[name]}
          count={data?.by_class[name]}
          isOld={isOld}
          isOn={asksFor(text, "class", name)}
          onToggle={() => ask(toggleTerm(text, "class", name))}
        />
      ))}
    </Group>
  );
}

function Assignees({ q, text, ask }: FacetProps) {
  const { data, isOld } = useCounts(withoutField(q, "assignee"));
  const all = data?.by_assignee ?? [];
  const hasMe = all.some(({ name }) => name === ownName);
  const shown = [...all.slice(0, mostAssignees - (hasMe ? 0 : 1)), ...(hasMe ? [] : [{ name: ownName, alerts: 0 }])];
  return (
    <Group name="Assignee" className="grid min-w-0 max-w-[460px] flex-1 grid-cols-2">
      {shown.map(({ name, alerts }) => {
        const value = name === null ? "none" : name === ownName ? "me" : name;
        return (
          <Choice
            key={value}
            label={nameAssignee(name)}
            count={data === undefined ? undefined : alerts}
            isOld={isOld}
            isOn={asksFor(text, "assignee", value)}
            onToggle={() => ask(toggleTerm(text, "assignee", value))}
          />
        );
      })}
    </Group>
  );
}

interface FacetProps {
  /** The query that is run, and the one that is typed. */
  readonly q: string;
  readonly text: string;
  readonly ask: (text: string) => void;
}

/** What the queue can be narrowed to, each choice beside how many it has. Counts are read apart: rows never wait for them. */
export const Facets = memo(function Facets() {
  const q = useQueue((queue) => queue.q);
  const text = useQueue((queue) => queue.text);
  const ask = useQueue((queue) => queue.ask);
  const props = { q, text, ask };
  return (
    <div className="flex h-[126px] shrink-0 gap-4 overflow-hidden border-b border-line px-2 pt-1.5">
      <Statuses {...props} />
      <Severities {...props} />
      <Classes {...props} />
      <Assignees {...props} />
    </div>
  );
});
