import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Save } from "lucide-react";
import { useMemo, useRef, useState } from "react";
import { refusalInWords } from "../../queries/client.ts";
import { useNetworkSessions } from "../../queries/network.ts";
import { adoptSettings, type SettingsInForce, saveSettings, settingsQuery } from "../../queries/settings.ts";
import { Button } from "../../ui/button.tsx";
import { offerUndo } from "../../ui/offer-undo.ts";
import { EmptyPanel, PanelStatus, StaleNote } from "../../ui/panel-status.tsx";
import { notify } from "../../ui/toast.tsx";
import { formatPlural } from "../../view/format.ts";
import { useView } from "../../view/view.ts";
import { DataSection } from "./data-section.tsx";
import { FieldRow } from "./field-row.tsx";
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
import { findSettings, type SettingsPanel } from "./sections.ts";
import { SettingsIndex, sectionId } from "./settings-index.tsx";
import { SiemSection } from "./siem-section.tsx";
import { TrustedKeys } from "./trusted-keys.tsx";

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

interface PanelProps {
  readonly name: SettingsPanel;
  readonly inForce: SettingsInForce;
  /** As entered. */
  readonly retentionDays: number;
}

function Panel({ name, inForce, retentionDays }: PanelProps) {
  switch (name) {
    case "trusted_keys":
      return <TrustedKeys {...inForce} />;
    case "siem":
      return <SiemSection {...inForce} />;
    case "flags":
      return <FlagSection />;
    case "network":
      return <NetworkSection />;
    case "notices":
      return <NoticeSettings />;
    case "looks":
      return <Looks />;
    case "keys":
      return <KeySettings />;
    case "data":
      return <DataSection days={retentionDays} />;
    case "reports":
      return <ReportKey />;
  }
}

/** Where nothing listens on the network there is nothing to see of it. */
const noNetwork: ReadonlySet<SettingsPanel> = new Set(["network"]);
const nothingAbsent: ReadonlySet<SettingsPanel> = new Set();

/** Every setting that can be changed while the engine runs, in sections. */
export function SettingsScreen() {
  const query = useQuery(settingsQuery());
  const isOnNetwork = (useNetworkSessions().data?.length ?? 0) > 0;
  const page = useRef<HTMLDivElement>(null);
  const [typed, setTyped] = useState("");
  const absent = isOnNetwork ? nothingAbsent : noNetwork;
  const everything = useMemo(() => findSettings("", absent), [absent]);
  const found = useMemo(() => findSettings(typed, absent), [typed, absent]);
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
      <div className="flex min-h-0 flex-1">
        <SettingsIndex sections={found} typed={typed} onType={setTyped} page={page} />
        <div
          ref={page}
          role="region"
          aria-label="Settings"
          tabIndex={0}
          className="relative min-h-0 min-w-0 flex-1 overflow-y-auto p-4"
        >
          {found.length === 0 && <EmptyPanel title={`No setting fits "${typed}"`} />}
          {everything.map((section) => {
            const fitting = found.find(({ id }) => id === section.id);
            // What is being changed stays in sight, and what was begun in a panel stays there while others are looked for.
            const shown = section.fields.filter((field) => field.name in draft || fitting?.fields.includes(field));
            return (
              <section
                key={section.id}
                id={sectionId(section.id)}
                aria-labelledby={`${sectionId(section.id)}-title`}
                tabIndex={-1}
                hidden={fitting === undefined && shown.length === 0}
                className="mx-auto mb-6 max-w-[980px] scroll-mt-4 outline-none"
              >
                <h2 id={`${sectionId(section.id)}-title`} className="mb-2 px-1 text-base font-semibold">
                  {section.title}
                </h2>
                {shown.length > 0 && (
                  <div className="card">
                    {shown.map((field) => (
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
                )}
                {section.id === "verdicts" && shown.length > 0 && (
                  <p className="mt-2 px-1 text-xs text-ink-3">
                    Changes hold for what is analysed from now on. Verdicts that were decided keep the settings they
                    were decided with.
                  </p>
                )}
                {section.panels.map((name) => (
                  <div key={name} hidden={fitting?.panels.includes(name) !== true}>
                    <Panel name={name} inForce={query.data} retentionDays={retentionDays} />
                  </div>
                ))}
              </section>
            );
          })}
        </div>
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
