import { useId, useRef, useState } from "react";
import { type CloseReason, closeReasons } from "../../shared/alert.ts";
import { type AttackClass, payloadClasses } from "../../shared/payload.ts";
import { useDraft } from "../view/drafts.ts";
import { classLabels, reasonLabels, reasonMeanings } from "../view/labels.ts";
import { ActionDialog, Options } from "./action-dialog.tsx";
import { NoteField } from "./note-field.tsx";
import { draftAbout, type Target } from "./target.ts";

const options = closeReasons.map((value) => ({ value, label: reasonLabels[value], detail: reasonMeanings[value] }));

const attacks = payloadClasses.filter((name): name is AttackClass => name !== "benign");

/** What all of the alerts are by their verdicts; null where they differ, or where nothing but behaviour stood out. */
function classOf(target: Target): AttackClass | null {
  if (target.kind === "all") return null;
  const [first] = target.rows;
  const isSame = first !== undefined && target.rows.every((row) => row.class === first.class);
  return isSame && first.class !== "benign" ? first.class : null;
}

/** What stands where no class is chosen. A session that only behaved oddly has no class that could be learned. */
function unnamedWords(target: Target): string {
  const isBehaviourAlone = target.kind !== "all" && target.rows.every((row) => row.class === "benign");
  return isBehaviourAlone ? "not named: then it is no label" : "what each verdict says";
}

/** What the attack was, where its verdict has another class: what is closed trains later models. */
function ClassChoice(props: {
  known: AttackClass | null;
  unnamed: string;
  value: AttackClass | null;
  onChange: (to: AttackClass | null) => void;
}) {
  const { known, unnamed, value, onChange } = props;
  const id = useId();
  return (
    <div className="mt-3 flex items-center gap-2">
      <label htmlFor={id} className="text-xs font-medium text-ink-2">
        It was
      </label>
      <select
        id={id}
        className="input min-w-0 flex-1"
        value={value ?? ""}
        onChange={(event) => onChange(attacks.find((name) => name === event.target.value) ?? null)}
      >
        {known === null && <option value="">{unnamed}</option>}
        {attacks.map((name) => (
          <option key={name} value={name}>
            {classLabels[name]}
            {name === known ? " (as its verdict says)" : ""}
          </option>
        ))}
      </select>
    </div>
  );
}

interface CloseDialogProps {
  readonly target: Target;
  readonly onClose: () => void;
  readonly onConfirm: (reason: CloseReason, note: string | undefined, label: AttackClass | undefined) => void;
}

/** Why alerts are closed, and a word about it. */
export function CloseDialog({ target, onClose, onConfirm }: CloseDialogProps) {
  const [reason, setReason] = useState<CloseReason | null>(null);
  const [note, setNote] = useDraft(draftAbout("close", target));
  const known = classOf(target);
  const [label, setLabel] = useState(known);
  const first = useRef<HTMLInputElement>(null);
  return (
    <ActionDialog
      verb="Close"
      target={target}
      isReady={reason !== null}
      focus={first}
      onClose={onClose}
      onDigit={(digit) => setReason(closeReasons[digit - 1] ?? reason)}
      onConfirm={() => {
        if (reason === null) return;
        const named = reason === "true_positive" && label !== null && label !== known ? label : undefined;
        onConfirm(reason, note.trim() === "" ? undefined : note.trim(), named);
      }}
    >
      <Options legend="Reason" options={options} value={reason} onChange={setReason} first={first} />
      {reason === "true_positive" && (
        <ClassChoice known={known} unnamed={unnamedWords(target)} value={label} onChange={setLabel} />
      )}
      <div className="mt-3">
        <NoteField
          label="Note (optional; Markdown, Shift Enter for a new line)"
          rows={2}
          value={note}
          onChange={setNote}
        />
      </div>
    </ActionDialog>
  );
}
