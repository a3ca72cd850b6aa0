import { useQuery } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { useState } from "react";
import { type Observable, ObservableType, observableTypes } from "../../../shared/case.ts";
import { formatText } from "../../../shared/query-complete.ts";
import { visibleWords } from "../../../shared/visible-text.ts";
import { watchedTraffic } from "../../../shared/watch-traffic.ts";
import { type CaseDetail, sendItem, sendItemRemoval } from "../../queries/cases.ts";
import { foundCountsQuery } from "../../queries/search.ts";
import { useCasework } from "../../triage/casework.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatCount } from "../../view/format.ts";
import { observableLabels } from "../../view/labels.ts";
import { goTo } from "../../view/place.ts";
import { useQueue } from "../../view/queue.ts";
import { searchPlace } from "../../view/search.ts";

/** Counted up to this. */
const mostElsewhere = 1000;

function Elsewhere({ observable }: { observable: Observable }) {
  const { q, elsewhere } = observable;
  if (q === null || elsewhere === null) return null;
  if (elsewhere === 0) return <span className="text-ink-3">no other alert</span>;
  const words = elsewhere >= mostElsewhere ? `${formatCount(mostElsewhere)}+` : formatCount(elsewhere);
  return (
    <button
      type="button"
      className="min-h-6 font-medium text-accent hover:underline"
      onClick={() => {
        useQueue.getState().ask(q);
        goTo({ screen: "alerts" });
      }}
    >
      {words} {elsewhere === 1 ? "other alert" : "other alerts"}
    </button>
  );
}

/** In how many requests it was seen, benign ones and those of the case included. A sort that alerts are not asked for is looked for as text. */
function InRequests({ observable: { q, value } }: { observable: Observable }) {
  const asked = q === null ? formatText(value) : watchedTraffic(q, Date.now());
  const { data } = useQuery({ ...foundCountsQuery(asked ?? ""), enabled: asked !== null, staleTime: 30_000 });
  if (asked === null || data === undefined) return null;
  if (data.requests === 0 && data.exact) return <span className="text-ink-3">no request</span>;
  return (
    <button
      type="button"
      title={`${formatCount(data.flagged)} flagged, ${formatCount(data.requests - data.flagged)} benign, of all evidence in view`}
      className="min-h-6 font-medium text-accent hover:underline"
      onClick={() => goTo(searchPlace(asked))}
    >
      {formatCount(data.requests)}
      {!data.exact && "+"} {data.requests === 1 ? "request" : "requests"}
    </button>
  );
}

function Line({ observable, detail }: { observable: Observable; detail: CaseDetail }) {
  const { isBusy, run } = useCasework();
  const item = detail.items.find(({ id }) => id === observable.item_id);
  return (
    <tr className="h-8 border-b border-line text-xs">
      <td className="w-[76px] py-1.5 text-ink-2">{observableLabels[observable.type]}</td>
      <td className="max-w-0 py-1.5 pr-2">
        <span className="block truncate" title={visibleWords(observable.value)}>
          <UntrustedText text={observable.value} />
        </span>
        {observable.text !== null && observable.text !== "" && (
          <span className="block text-ink-3">{visibleWords(observable.text)}</span>
        )}
      </td>
      <td className="w-[56px] py-1.5 pr-3 text-right text-ink-2">{formatCount(observable.alerts)}</td>
      <td className="w-[190px]">
        <span className="flex flex-wrap gap-x-3">
          <Elsewhere observable={observable} />
          <InRequests observable={observable} />
        </span>
      </td>
      <td className="w-7">
        {item !== undefined && (
          <IconButton
            icon={Trash2}
            label={`Remove ${observableLabels[observable.type].toLowerCase()} ${visibleWords(observable.value)}`}
            className="!size-6"
            disabled={isBusy}
            onClick={() => run("The observable is removed.", () => sendItemRemoval(item))}
          />
        )}
      </td>
    </tr>
  );
}

function WriteObservable({ caseId }: { caseId: string }) {
  const [type, setType] = useState<ObservableType>("address");
  const [value, setValue] = useState("");
  const [text, setText] = useState("");
  const { isBusy, run } = useCasework();
  const isReady = value.trim() !== "" && !isBusy;
  return (
    <form
      className="mt-2 flex flex-wrap gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isReady) return;
        run(
          "The observable is written.",
          () => sendItem(caseId, { kind: "observable", type, value: value.trim(), text: text.trim() }, null),
          () => {
            setValue("");
            setText("");
          },
        );
      }}
    >
      <select
        aria-label="Sort"
        className="input"
        value={type}
        onChange={(event) => setType(ObservableType.catch("other").parse(event.target.value))}
      >
        {observableTypes.map((each) => (
          <option key={each} value={each}>
            {observableLabels[each]}
          </option>
        ))}
      </select>
      <input
        aria-label="Value"
        placeholder="Value"
        className="input min-w-[120px] flex-1 font-mono"
        maxLength={1000}
        spellCheck={false}
        value={value}
        onChange={(event) => setValue(event.target.value)}
      />
      <input
        aria-label="Why it matters"
        placeholder="Why it matters"
        className="input min-w-[120px] flex-1"
        maxLength={1000}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <Button type="submit" disabled={!isReady}>
        Add
      </Button>
    </form>
  );
}

/** Values that the case was about, and where else they were met. */
export function CaseObservables({ detail }: { detail: CaseDetail }) {
  const { observables, case: shown } = detail;
  return (
    <section aria-labelledby="case-observables" className="card p-4">
      <h3 id="case-observables" className="mb-1 text-sm font-semibold">
        Observables
      </h3>
      {observables.length === 0 ? (
        <p className="text-xs text-ink-2">None yet: its alerts bring theirs.</p>
      ) : (
        <div className="max-h-[420px] overflow-y-auto">
          <table className="w-full table-fixed">
            <thead>
              <tr>
                <th className="th w-[76px]">Sort</th>
                <th className="th">Value</th>
                <th className="th w-[56px] !text-right pr-3">Alerts</th>
                <th className="th w-[190px]">Where else</th>
                <th className="w-7">
                  <span className="sr-only">Remove</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {observables.map((observable) => (
                <Line key={`${observable.type} ${observable.value}`} observable={observable} detail={detail} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <WriteObservable caseId={shown.id} />
    </section>
  );
}
