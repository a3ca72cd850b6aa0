import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Save } from "lucide-react";
import { useState } from "react";
import { refusalInWords } from "../../queries/client.ts";
import { adoptSettings, type SettingsInForce, saveSettings, settingsQuery } from "../../queries/settings.ts";
import { Button } from "../../ui/button.tsx";
import { offerUndo } from "../../ui/offer-undo.ts";
import { PanelStatus, StaleNote } from "../../ui/panel-status.tsx";
import { notify } from "../../ui/toast.tsx";
import { formatPlural } from "../../view/format.ts";
import { useView } from "../../view/view.ts";
import { DataSection } from "./data-section.tsx";
import {
  changedSettings,
  type Field,
  fields,
  fromText,
  type SettingChanges,
  type SettingName,
  toText,
} from "./fields.ts";
import { FlagSection } from "./flag-section.tsx";
import { KeySettings } from "./key-settings.tsx";
import { Looks } from "./looks.tsx";
import { NetworkSection } from "./network-section.tsx";
import { NoticeSettings } from "./notice-settings.tsx";
import { ReportKey } from "./report-key.tsx";
import { SiemSection } from "./siem-section.tsx";

interface FieldRowProps {
  readonly field: Field;
  readonly text: string;
  readonly problem: string | null;
  readonly changed: boolean;
  /** What the field was set to elsewhere since it was edited here; null: nothing happened. */
  readonly elsewhere: string | null;
  readonly onChange: (text: string) => void;
}

function FieldInput({ field, text, problem, onChange }: Omit<FieldRowProps, "changed" | "elsewhere">) {
  const common = {
    id: `setting-${field.name}`,
    "aria-describedby": problem === null ? `meaning-${field.name}` : `meaning-${field.name} problem-${field.name}`,
    "aria-invalid": problem !== null,
  };
  switch (field.kind) {
    case "number":
      return (
        <input
          {...common}
          type="number"
          step={field.step}
          {...(field.min === null ? {} : { min: field.min })}
          {...(field.max === null ? {} : { max: field.max })}
          className="input w-[120px]"
          value={text}
          onChange={(event) => onChange(event.target.value)}
        />
      );
    case "choice":
      return (
        <select {...common} className="input w-[180px]" value={text} onChange={(event) => onChange(event.target.value)}>
          {field.options.map((option) => (
            <option key={option} value={option}>
              {option === "utc" ? "UTC" : option === "local" ? "Local time" : option}
            </option>
          ))}
        </select>
      );
    case "time":
      return (
        <input
          {...common}
          type="time"
          className="input w-[120px]"
          value={text}
          onChange={(event) => onChange(event.target.value)}
        />
      );
    case "text":
      return (
        <input
          {...common}
          type="text"
          spellCheck={false}
          className="input w-full font-mono !text-xs"
          value={text}
          onChange={(event) => onChange(event.target.value)}
        />
      );
    default:
      return (
        <textarea
          {...common}
          rows={field.kind === "json" ? 5 : 4}
          spellCheck={false}
          className="input w-full resize-y"
          placeholder={field.kind === "lines" ? "One a line" : undefined}
          value={text}
          onChange={(event) => onChange(event.target.value)}
        />
      );
  }
}

function FieldRow({ field, text, problem, changed, elsewhere, onChange }: FieldRowProps) {
  return (
    <div className="grid grid-cols-[minmax(0,2fr)_minmax(0,3fr)] gap-6 border-b border-line px-5 py-2.5 last:border-0">
      <div>
        <label htmlFor={`setting-${field.name}`} className="font-medium">
          {field.label}
          {changed && <span className="ml-2 text-xs font-normal text-accent">changed</span>}
        </label>
        <p id={`meaning-${field.name}`} className="text-xs text-ink-2">
          {field.meaning}
          {field.kind === "number" && field.min !== null && field.max !== null && ` (${field.min} to ${field.max})`}
        </p>
        {elsewhere !== null && (
          <p role="status" className="text-xs font-medium text-warn">
            Changed elsewhere meanwhile: now {elsewhere === "" ? "empty" : elsewhere}
          </p>
        )}
      </div>
      <div className={["number", "choice", "time"].includes(field.kind) ? "flex items-center gap-3" : ""}>
        <FieldInput field={field} text={text} problem={problem} onChange={onChange} />
        {problem !== null && (
          <p id={`problem-${field.name}`} className="text-xs text-danger">
            {problem}
          </p>
        )}
      </div>
    </div>
  );
}

function useSave(onSaved: () => void) {
  const client = useQueryClient();
  const refresh = () => client.invalidateQueries({ queryKey: ["settings"] });
  return useMutation({
    mutationFn: ({ changes, version }: { changes: SettingChanges; version: number }) => saveSettings(changes, version),
    onSuccess: ({ settings, version, event_id }) => {
      adoptSettings(client, { settings, version });
      useView.getState().set({ timeZone: null });
      onSaved();
      offerUndo("Settings saved.", { eventId: event_id, undone: "The settings are as they were.", onTried: refresh });
    },
    onError: (error) => {
      void refresh();
      notify(`Not saved: ${refusalInWords(error)}`, { tone: "danger" });
    },
  });
}

/** Every setting that can be changed while the engine runs. */
export function SettingsScreen() {
  const query = useQuery(settingsQuery());
  const [draft, setDraft] = useState<Partial<Record<SettingName, string>>>({});
  /** The settings that the draft was begun on: what changes elsewhere since then is told, never overwritten unseen. */
  const [base, setBase] = useState<SettingsInForce | null>(null);
  const reset = () => {
    setDraft({});
    setBase(null);
  };
  const saving = useSave(reset);
  if (query.data === undefined) return <PanelStatus query={query} what="the settings" />;
  const { settings, version } = query.data;
  const changes = changedSettings(settings, draft);
  const problemOf = (field: Field) => {
    const text = draft[field.name];
    if (text === undefined) return null;
    const parsed = fromText(field, text);
    return "problem" in parsed ? parsed.problem : null;
  };
  const problems = fields.filter((field) => problemOf(field) !== null).length;
  const count = Object.keys(changes).length;
  const retentionDays = changes.retention_days ?? settings.retention_days;
  const elsewhereOf = (field: Field) => {
    if (base === null || draft[field.name] === undefined) return null;
    const now = toText(field, settings[field.name]);
    return now === toText(field, base.settings[field.name]) ? null : now;
  };
  /** Whether something was set elsewhere that is being changed here; other settings may change without harm. */
  const moved = fields.some((field) => elsewhereOf(field) !== null);
  return (
    <form
      className="flex h-full flex-col"
      onSubmit={(event) => {
        event.preventDefault();
        if (count > 0 && problems === 0)
          saving.mutate({ changes, version: moved ? (base?.version ?? version) : version });
      }}
    >
      <StaleNote query={query} what="the settings" />
      <div role="region" aria-label="Settings" tabIndex={0} className="relative min-h-0 flex-1 overflow-y-auto p-4">
        <div className="card mx-auto max-w-[980px]">
          {fields.map((field) => (
            <FieldRow
              key={field.name}
              field={field}
              text={draft[field.name] ?? toText(field, settings[field.name])}
              problem={problemOf(field)}
              changed={field.name in changes}
              elsewhere={elsewhereOf(field)}
              onChange={(text) => {
                setBase(base ?? query.data);
                setDraft({ ...draft, [field.name]: text });
              }}
            />
          ))}
        </div>
        <p className="mx-auto mt-2 max-w-[980px] px-1 text-xs text-ink-3">
          Changes hold for what is analysed from now on. Verdicts that were decided keep the settings they were decided
          with.
        </p>
        <SiemSection {...query.data} />
        <FlagSection />
        <NetworkSection />
        <NoticeSettings />
        <Looks />
        <KeySettings />
        <DataSection days={retentionDays} />
        <ReportKey />
      </div>
      <div className="flex h-12 shrink-0 items-center justify-end gap-2 border-t border-line bg-surface px-4">
        <span className="mr-2 text-xs text-ink-2" role="status">
          {problems > 0
            ? `${formatPlural(problems, "field")} to correct`
            : count > 0
              ? formatPlural(count, "change")
              : "Nothing changed"}
        </span>
        {moved && (
          <>
            <span className="text-xs font-medium text-warn" role="status">
              The settings were changed elsewhere since you began
            </span>
            <Button onClick={() => setBase(query.data)}>Keep my changes</Button>
          </>
        )}
        <Button disabled={Object.keys(draft).length === 0} onClick={reset}>
          Discard
        </Button>
        <Button type="submit" tone="primary" icon={Save} disabled={count === 0 || problems > 0 || saving.isPending}>
          Save
        </Button>
      </div>
    </form>
  );
}
