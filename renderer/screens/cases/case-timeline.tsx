import { Trash2 } from "lucide-react";
import { useState } from "react";
import type { CaseMoment } from "../../../shared/case.ts";
import { visibleWords } from "../../../shared/visible-text.ts";
import { type CaseDetail, sendItem, sendItemRemoval } from "../../queries/cases.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { useCasework } from "../../triage/casework.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatInstant } from "../../view/format.ts";
import { placeHash } from "../../view/place.ts";

const looks: Record<CaseMoment["kind"], { word: string; dot: string }> = {
  alert: { word: "Alert", dot: "bg-bar-simulate" },
  entry: { word: "Entry", dot: "bg-accent" },
  opened: { word: "Opened", dot: "bg-ink-3" },
  closed: { word: "Closed", dot: "bg-ink-3" },
  reopened: { word: "Reopened", dot: "bg-ink-3" },
  merged: { word: "Merged", dot: "bg-ink-3" },
  unmerged: { word: "Taken out", dot: "bg-ink-3" },
};

function Moment({ moment, detail }: { moment: CaseMoment; detail: CaseDetail }) {
  const zone = useTimeZone();
  const { isBusy, run } = useCasework();
  const { word, dot } = looks[moment.kind];
  const item = detail.items.find(({ id }) => id === moment.item_id);
  const alert = detail.alerts.find(({ id }) => id === moment.alert_id);
  const text = moment.text === null ? <em className="text-ink-3">Its text was erased.</em> : null;
  return (
    <li className="relative flex gap-3 py-1.5 pl-5 text-xs">
      <span className={`absolute top-3 left-0.5 size-2 rounded-full ${dot}`} aria-hidden="true" />
      <span className="w-[124px] shrink-0 text-ink-3">{formatInstant(moment.at, zone)}</span>
      <span className="w-16 shrink-0 font-medium">{word}</span>
      <span className="min-w-0 flex-1 break-words">
        {text ??
          (alert === undefined ? (
            visibleWords(moment.text ?? "")
          ) : (
            <a
              className="hover:underline"
              href={placeHash({ screen: "session", id: alert.verdict_id, tab: "requests" })}
            >
              <UntrustedText text={moment.text ?? ""} />
            </a>
          ))}
        {moment.by !== null && <span className="text-ink-3"> · {visibleWords(moment.by)}</span>}
      </span>
      {item !== undefined && (
        <IconButton
          icon={Trash2}
          label="Remove this entry"
          className="!size-6"
          disabled={isBusy}
          onClick={() => run("The entry is removed.", () => sendItemRemoval(item))}
        />
      )}
    </li>
  );
}

/** An instant in UTC as a field for local time writes it, to the minute. */
const fieldNow = () => new Date().toISOString().slice(0, 16);

function WriteEntry({ caseId }: { caseId: string }) {
  const [text, setText] = useState("");
  const [at, setAt] = useState(fieldNow);
  const { isBusy, run } = useCasework();
  const when = Date.parse(`${at}:00.000Z`);
  const wanted = text.trim();
  const isReady = wanted !== "" && !Number.isNaN(when) && !isBusy;
  return (
    <form
      className="mt-2 flex flex-wrap gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isReady) return;
        run(
          "The entry is written.",
          () => sendItem(caseId, { kind: "entry", text: wanted, at: new Date(when).toISOString() }, null),
          () => setText(""),
        );
      }}
    >
      <input
        type="datetime-local"
        aria-label="When, UTC"
        title="When, UTC"
        className="input w-[190px]"
        value={at}
        onChange={(event) => setAt(event.target.value)}
      />
      <input
        aria-label="What happened"
        placeholder="What happened (time in UTC)"
        className="input min-w-[140px] flex-1"
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

/** What happened in the traffic, as it was written down, and what was done, the oldest first. */
export function CaseTimeline({ detail }: { detail: CaseDetail }) {
  return (
    <section aria-labelledby="case-timeline" className="card p-4">
      <h3 id="case-timeline" className="mb-1 text-sm font-semibold">
        Timeline
      </h3>
      <ol className="max-h-[360px] overflow-y-auto">
        {detail.timeline.map((moment, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: moments have no id of their own.
          <Moment key={i} moment={moment} detail={detail} />
        ))}
      </ol>
      <WriteEntry caseId={detail.case.id} />
    </section>
  );
}
