import { useQuery } from "@tanstack/react-query";
import type { Counterfactual } from "../../../shared/payload-explanation.ts";
import { counterfactualQuery } from "../../queries/payload-explanation.ts";
import type { VerdictDetail } from "../../queries/verdicts.ts";
import { PanelStatus } from "../../ui/panel-status.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { minimalInWords } from "../../view/edit-words.ts";
import { formatPlural, formatScore } from "../../view/format.ts";
import { classLabels, placeLabels, verdictLabels } from "../../view/labels.ts";

type Edit = NonNullable<Counterfactual["edit"]>;

const looks = {
  removed: "rounded-[3px] bg-danger-soft text-danger line-through",
  added: "rounded-[3px] bg-accent-soft text-accent no-underline",
} as const;

/** The value with what would be taken out and put in; read aloud as deletions and insertions. */
function EditDiff({ edit }: { edit: Edit }) {
  return (
    <p className="max-h-28 overflow-y-auto rounded-md bg-sunken px-2 py-1.5 break-all">
      {edit.segments.map(({ text, kind }, i) => {
        const shown = <UntrustedText text={text} />;
        // biome-ignore lint/suspicious/noArrayIndexKey: the segments of one answer never move.
        if (kind === "kept") return <span key={i}>{shown}</span>;
        const Tag = kind === "removed" ? "del" : "ins";
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: the segments of one answer never move.
          <Tag key={i} className={looks[kind]}>
            {shown}
          </Tag>
        );
      })}
    </p>
  );
}

function SessionLine({ session }: { session: Counterfactual["session"] }) {
  if (session === null) return null;
  const { verdict_before: before, verdict_after: after, score_before, score_after } = session;
  const scores = `${formatScore(score_before)} → ${formatScore(score_after)}`;
  if (before === after) {
    return (
      <>
        The session would stay {verdictLabels[after].toLowerCase()} ({scores}): more than this value decides it.
      </>
    );
  }
  return (
    <>
      The session would be {verdictLabels[after].toLowerCase()} instead of {verdictLabels[before].toLowerCase()} (
      {scores}
      ).
    </>
  );
}

function Shown({ answer, edit }: { answer: Counterfactual; edit: Edit }) {
  return (
    <>
      <p className="mb-1.5 text-ink-2">
        {placeLabels[answer.place]}{" "}
        {answer.name !== "" && (
          <span className="text-ink">
            <UntrustedText text={answer.name} />
          </span>
        )}{" "}
        {edit.of === "base64" && "(inside its Base64) "}· {formatPlural(edit.changed, "character")} changed,{" "}
        {minimalInWords(edit)}
      </p>
      <EditDiff edit={edit} />
      <p className="mt-1.5">
        The value would be benign instead of {classLabels[edit.before.class]}: probability of an attack{" "}
        {formatScore(edit.before.attack)} → {formatScore(edit.after.attack)}. <SessionLine session={answer.session} />
      </p>
    </>
  );
}

/** The smallest edit of the worst payload that would change its verdict. Server state: TanStack Query. */
export function WhatIfPanel({ verdict }: { verdict: VerdictDetail }) {
  const attacked = verdict.findings[0] !== undefined && verdict.findings[0].prediction.class !== "benign";
  const query = useQuery({ ...counterfactualQuery(verdict.id), enabled: attacked });
  if (!attacked) return null;
  return (
    <section aria-label="What would change it" className="card p-4 text-xs">
      <h2 className="mb-1 text-sm font-semibold">What would change it</h2>
      {query.data === undefined ? (
        <PanelStatus query={query} what="what would change it" />
      ) : query.data.edit === null ? (
        <p className="text-ink-2">{query.data.reason}</p>
      ) : (
        <Shown answer={query.data} edit={query.data.edit} />
      )}
    </section>
  );
}
