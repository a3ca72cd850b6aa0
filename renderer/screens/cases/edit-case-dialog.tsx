import { useId, useRef, useState } from "react";
import { Assignee, Severity, severities, Tag } from "../../../shared/alert.ts";
import type { CaseChange } from "../../../shared/case.ts";
import { type CaseDetail, sendCaseChange } from "../../queries/cases.ts";
import { useCasework } from "../../triage/casework.ts";
import { NoteField } from "../../triage/note-field.tsx";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { KeyCap } from "../../ui/key-cap.tsx";
import { severityLabels } from "../../view/labels.ts";
import { nameCase } from "./case-badges.tsx";

const asFound = "";

interface FieldProps {
  readonly label: string;
  readonly problem?: string | null;
  readonly value: string;
  readonly maxLength: number;
  readonly field?: React.RefObject<HTMLInputElement | null>;
  readonly onChange: (text: string) => void;
}

function Field({ label, problem = null, value, maxLength, field, onChange }: FieldProps) {
  const id = useId();
  return (
    <div className="mb-3">
      <label htmlFor={id} className="mb-1 block text-xs font-medium text-ink-2">
        {label}
      </label>
      <input
        ref={field}
        id={id}
        className="input w-full"
        maxLength={maxLength}
        autoComplete="off"
        aria-invalid={problem !== null}
        aria-describedby={problem === null ? undefined : `${id}-problem`}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
      {problem !== null && (
        <p id={`${id}-problem`} role="alert" className="mt-1 text-xs text-danger">
          {problem}
        </p>
      )}
    </div>
  );
}

const problemOf = (schema: typeof Tag | typeof Assignee, text: string) =>
  text === "" ? null : (schema.safeParse(text).error?.issues[0]?.message ?? null);

/** Title, summary, severity, assignee and tags of a case: what was changed is sent, the rest stays. */
export function EditCaseDialog({ detail, onClose }: { detail: CaseDetail; onClose: () => void }) {
  const { case: shown } = detail;
  const [title, setTitle] = useState(shown.title ?? "");
  const [summary, setSummary] = useState(shown.summary ?? "");
  const [severity, setSeverity] = useState<Severity | typeof asFound>(shown.severity_set ? shown.severity : asFound);
  const [assignee, setAssignee] = useState(shown.assignee ?? "");
  const [tags, setTags] = useState(shown.tags.join(" "));
  const first = useRef<HTMLInputElement>(null);
  const id = useId();
  const { isBusy, run } = useCasework();

  const words = [...new Set(tags.split(/[\s,]+/).map((tag) => tag.replace(/^#/, "")))].filter((tag) => tag !== "");
  const added = words.filter((tag) => !shown.tags.includes(tag));
  const removed = shown.tags.filter((tag) => !words.includes(tag));
  const wantedSeverity = severity === asFound ? null : severity;
  const wantedAssignee = assignee.trim() === "" ? null : assignee.trim();
  const change: CaseChange = {
    ...(title.trim() === (shown.title ?? "") ? {} : { title: title.trim() }),
    ...(summary.trim() === (shown.summary ?? "") ? {} : { summary: summary.trim() }),
    ...(wantedSeverity === (shown.severity_set ? shown.severity : null) ? {} : { severity: wantedSeverity }),
    ...(wantedAssignee === shown.assignee ? {} : { assignee: wantedAssignee }),
    ...(added.length === 0 ? {} : { add_tags: added }),
    ...(removed.length === 0 ? {} : { remove_tags: removed }),
  };
  const assigneeProblem = problemOf(Assignee, assignee.trim());
  const tagProblem = words.map((tag) => problemOf(Tag, tag)).find((problem) => problem !== null) ?? null;
  const isReady =
    title.trim() !== "" && assigneeProblem === null && tagProblem === null && Object.keys(change).length > 0 && !isBusy;
  const save = () => run("The case is saved.", () => sendCaseChange(shown, change), onClose);
  return (
    <Dialog
      title={`Edit "${nameCase(shown)}"`}
      onClose={onClose}
      focus={first}
      onKeyDown={(event) => {
        if (event.key !== "Enter" || event.target instanceof HTMLButtonElement) return;
        if (event.target instanceof HTMLTextAreaElement && !(event.ctrlKey || event.metaKey)) return;
        event.preventDefault();
        if (isReady) save();
      }}
      actions={
        <>
          <Button onClick={onClose}>
            Cancel <KeyCap name="Escape" isHint />
          </Button>
          <Button tone="primary" disabled={!isReady} onClick={save}>
            Save <KeyCap name="Ctrl+Enter" isHint />
          </Button>
        </>
      }
    >
      <Field label="Title" value={title} maxLength={200} field={first} onChange={setTitle} />
      <div className="mb-3">
        <NoteField label="Summary (Markdown)" rows={5} value={summary} onChange={setSummary} />
      </div>
      <div className="mb-3">
        <label htmlFor={id} className="mb-1 block text-xs font-medium text-ink-2">
          Severity
        </label>
        <select
          id={id}
          className="input w-full"
          value={severity}
          onChange={(event) => setSeverity(Severity.safeParse(event.target.value).data ?? asFound)}
        >
          <option value={asFound}>that of its worst alert</option>
          {severities.map((each) => (
            <option key={each} value={each}>
              {severityLabels[each]}
            </option>
          ))}
        </select>
      </div>
      <Field label="Assignee" value={assignee} maxLength={60} problem={assigneeProblem} onChange={setAssignee} />
      <Field
        label="Tags, with spaces between them"
        value={tags}
        maxLength={400}
        problem={tagProblem}
        onChange={setTags}
      />
    </Dialog>
  );
}
