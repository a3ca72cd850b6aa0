import { useMutation } from "@tanstack/react-query";
import { useId, useRef, useState } from "react";
import { Severity, severities } from "../../../shared/alert.ts";
import { SiemFormat, type SiemOutput, siemFormats } from "../../../shared/siem.ts";
import { refusalInWords } from "../../queries/client.ts";
import { trySiem } from "../../queries/siem.ts";
import { Button } from "../../ui/button.tsx";
import { EntryDialog, saveOnEnter } from "./entry-dialog.tsx";
import { siemWords } from "./siem-formats.ts";
import { SiemPreview } from "./siem-preview.tsx";

const blank: SiemOutput = {
  name: "",
  format: "splunk_hec",
  address: "",
  secret: "",
  min_severity: "medium",
  on: false,
};

interface SiemDialogProps {
  /** Null: a new one. */
  readonly output: SiemOutput | null;
  /** It is no longer what the dialog was opened on. */
  readonly isMoved: boolean;
  readonly error: Error | null;
  readonly isSaving: boolean;
  readonly onSave: (output: SiemOutput) => void;
  readonly onClose: () => void;
}

/** Adds an output or changes one; what an alert becomes stands above the switch that turns it on. */
export function SiemDialog({ output, isMoved, error, isSaving, onSave, onClose }: SiemDialogProps) {
  const id = useId();
  const first = useRef<HTMLInputElement>(null);
  const [draft, setDraft] = useState(output ?? blank);
  const trying = useMutation({ mutationFn: () => trySiem(draft), networkMode: "always" });
  const set = (changes: Partial<SiemOutput>) => {
    trying.reset();
    setDraft({ ...draft, ...changes });
  };
  /** SECURITY: a kept secret belongs to its address; another place has to be given its own. */
  const moveTo = (changes: Partial<SiemOutput>) =>
    set(output !== null && draft.secret === output.secret ? { ...changes, secret: "" } : changes);
  const words = siemWords[draft.format];
  const isReady = draft.name.trim() !== "" && draft.address.trim() !== "" && !isMoved && !isSaving;
  const save = () => {
    if (isReady) onSave({ ...draft, name: draft.name.trim(), address: draft.address.trim() });
  };
  const onEnter = saveOnEnter(save);
  return (
    <EntryDialog
      title={output === null ? "Add an output" : `Change ${output.name}`}
      saveWords="Save output"
      focus={first}
      {...{ isReady, isMoved, error, onClose }}
      onSave={save}
    >
      <Labelled id={`${id}-name`} label="Name">
        <input
          id={`${id}-name`}
          ref={first}
          className="input w-full"
          value={draft.name}
          onKeyDown={onEnter}
          onChange={(event) => moveTo({ name: event.target.value })}
        />
      </Labelled>
      <Labelled id={`${id}-format`} label="Format">
        <select
          id={`${id}-format`}
          className="input w-full"
          value={draft.format}
          onChange={(event) => moveTo({ format: SiemFormat.parse(event.target.value) })}
        >
          {siemFormats.map((format) => (
            <option key={format} value={format}>
              {siemWords[format].label}
            </option>
          ))}
        </select>
      </Labelled>
      <Labelled id={`${id}-address`} label="Address" hint={`As ${words.address}`}>
        <input
          id={`${id}-address`}
          aria-describedby={`${id}-address-hint`}
          className="input w-full font-mono !text-xs"
          spellCheck={false}
          value={draft.address}
          onKeyDown={onEnter}
          onChange={(event) => moveTo({ address: event.target.value })}
        />
      </Labelled>
      {words.secret !== null && (
        <Labelled id={`${id}-secret`} label="Secret" hint={words.secret}>
          <input
            id={`${id}-secret`}
            aria-describedby={`${id}-secret-hint`}
            type="password"
            autoComplete="off"
            className="input w-full font-mono !text-xs"
            value={draft.secret}
            onKeyDown={onEnter}
            onChange={(event) => set({ secret: event.target.value })}
          />
        </Labelled>
      )}
      <Labelled id={`${id}-severity`} label="Mildest severity that is told">
        <select
          id={`${id}-severity`}
          className="input w-[180px]"
          value={draft.min_severity}
          onChange={(event) => set({ min_severity: Severity.parse(event.target.value) })}
        >
          {severities.map((severity) => (
            <option key={severity}>{severity}</option>
          ))}
        </select>
      </Labelled>
      <div className="flex items-center gap-3">
        <Button disabled={!isReady || trying.isPending} onClick={() => trying.mutate()}>
          Try the connection
        </Button>
        <p role="status" className="min-w-0 text-xs break-words">
          {trying.data !== undefined && (
            <span className={trying.data.reached ? "text-good" : "text-danger"}>
              {trying.data.detail}
              {Math.abs(trying.data.clock_skew_seconds ?? 0) >= 60 &&
                ` Its clock differs by ${Math.round(Math.abs(trying.data.clock_skew_seconds ?? 0) / 60)} minutes.`}
            </span>
          )}
          {trying.error !== null && <span className="text-danger">{refusalInWords(trying.error)}</span>}
        </p>
      </div>
      <SiemPreview format={draft.format}>
        <label className="flex items-center gap-2 text-sm">
          <input type="checkbox" checked={draft.on} onChange={(event) => set({ on: event.target.checked })} />
          Tell it of alerts from now on
        </label>
      </SiemPreview>
    </EntryDialog>
  );
}

interface LabelledProps {
  readonly id: string;
  readonly label: string;
  readonly hint?: string;
  readonly children: React.ReactNode;
}

function Labelled({ id, label, hint, children }: LabelledProps) {
  return (
    <div>
      <label htmlFor={id} className="mb-1 block text-xs font-medium text-ink-2">
        {label}
      </label>
      {children}
      {hint !== undefined && (
        <p id={`${id}-hint`} className="mt-1 text-xs text-ink-3">
          {hint}
        </p>
      )}
    </div>
  );
}
