import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { type FlagState, featureFlags } from "../../../shared/feature-flags.ts";
import { verdictKinds } from "../../../shared/verdict.ts";
import { refusalInWords } from "../../queries/client.ts";
import { adoptSettings, featureFlagsQuery, saveSettings, settingsQuery, useTimeZone } from "../../queries/settings.ts";
import { Button } from "../../ui/button.tsx";
import { offerUndo } from "../../ui/offer-undo.ts";
import { PanelStatus, StaleNote } from "../../ui/panel-status.tsx";
import { differenceOf, totalOf } from "../../view/flag-ways.ts";
import { formatCount, formatInstant, formatPlural } from "../../view/format.ts";
import { verdictLabels } from "../../view/labels.ts";

type Ways = NonNullable<FlagState["ways"]>;

const ruleLabels = { apply: "Let in", propose: "Proposed", log_only: "Logs only" };
const columnsOf = (unit: "session" | "rule"): readonly (readonly [string, string])[] =>
  unit === "rule" ? Object.entries(ruleLabels) : verdictKinds.map((kind) => [kind, verdictLabels[kind]] as const);

/** What became of those that went with the part, beside those that went without it. */
function WaysTable({ title, unit, ways }: { title: string; unit: "session" | "rule"; ways: Ways }) {
  const columns = columnsOf(unit);
  const difference = differenceOf(ways);
  return (
    <>
      <table aria-label={`${title}: each way`} className="mt-1.5 w-full text-xs">
        <thead>
          <tr>
            <th className="th py-1">{unit === "rule" ? "Rules" : "Sessions"}</th>
            <th className="th !text-right">All</th>
            {columns.map(([name, label]) => (
              <th key={name} className="th !text-right">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {(["with", "without"] as const).map((way) => (
            <tr key={way} className="border-t border-line">
              <td className="py-1">{way === "with" ? "With it" : "Without it"}</td>
              <td className="text-right tabular-nums">{formatCount(totalOf(ways[way]))}</td>
              {columns.map(([name]) => (
                <td key={name} className="text-right tabular-nums">
                  {formatCount(ways[way][name] ?? 0)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {difference !== null && (
        <p className="mt-1 text-xs text-ink-2">
          {unit === "rule" ? "Let in by themselves" : "Flagged"} with it, beside without it: {difference}.
        </p>
      )}
    </>
  );
}

function Flag({ flag, version }: { flag: FlagState; version: number }) {
  const { name, share, changed_at, ways } = flag;
  const { title, unit, meaning } = featureFlags[name];
  const id = useId();
  const zone = useTimeZone();
  const client = useQueryClient();
  const [text, setText] = useState<string | null>(null);
  const refresh = () => void client.invalidateQueries({ queryKey: ["settings"] });
  const saving = useMutation({
    mutationFn: (to: number) => saveSettings({ [name]: to }, version),
    networkMode: "always",
    onSuccess: (saved, to) => {
      setText(null);
      adoptSettings(client, saved);
      offerUndo(`${title}: ${to} % of ${unit}s.`, {
        eventId: saved.event_id,
        undone: `${title} is as it was.`,
        onTried: refresh,
      });
    },
    onSettled: refresh,
  });
  const typed = text === null ? share : Number(text);
  const isValid = text === null || (/^\d{1,3}$/.test(text.trim()) && typed <= 100);
  const save = () => {
    if (isValid && typed !== share && !saving.isPending) saving.mutate(typed);
  };
  return (
    <li className="grid grid-cols-[minmax(0,2fr)_minmax(0,3fr)] gap-6 border-t border-line px-5 py-2.5">
      <div>
        <label htmlFor={id} className="font-medium">
          {title}
        </label>
        <p className="text-xs text-ink-2">{meaning}.</p>
      </div>
      <div className="min-w-0">
        <div className="flex items-center gap-2">
          <input
            id={id}
            type="text"
            inputMode="numeric"
            className="input w-[72px] text-right"
            aria-invalid={!isValid}
            aria-describedby={`${id}-unit`}
            value={text ?? String(share)}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={(event) => {
              if (event.key !== "Enter") return;
              event.preventDefault();
              save();
            }}
          />
          <span id={`${id}-unit`} className="min-w-0 flex-1 text-xs text-ink-2">
            {isValid ? `% of ${unit}s` : "A whole number from 0 to 100"}
          </span>
          <Button size="small" disabled={!isValid || typed === share || saving.isPending} onClick={save}>
            Set<span className="sr-only"> {title}</span>
          </Button>
          <Button
            size="small"
            tone="danger"
            disabled={share === 0 || saving.isPending}
            onClick={() => saving.mutate(0)}
          >
            Switch off<span className="sr-only"> {title}</span>
          </Button>
        </div>
        {saving.error !== null && (
          <p role="alert" className="mt-1 text-xs text-danger">
            Not changed: {refusalInWords(saving.error)}
          </p>
        )}
        {changed_at !== null && ways !== null && (
          <div className="mt-1.5">
            <p className="text-xs text-ink-3">
              {unit === "rule"
                ? "Rules decided about, by the share as it is now"
                : `Since ${formatInstant(changed_at, zone).slice(0, 16)}`}
              {totalOf(ways.with) + totalOf(ways.without) === 0 && `: ${formatPlural(0, unit)} yet`}
            </p>
            {totalOf(ways.with) + totalOf(ways.without) > 0 && <WaysTable title={title} unit={unit} ways={ways} />}
          </div>
        )}
      </div>
    </li>
  );
}

/** Parts of detection and policy that are rolled out by share, each saved by itself, with what that did. */
export function FlagSection() {
  const query = useQuery(featureFlagsQuery());
  const version = useQuery(settingsQuery()).data?.version;
  return (
    <div className="card overflow-clip">
      <p className="px-5 py-2.5 text-xs text-ink-2">
        Share of sessions or rules that each part decides about. Who raises a share takes nobody out; 0 switches it off.
        For new analyses; what was decided stays. Approvers change it.
      </p>
      {query.data !== undefined && <StaleNote query={query} what="the flags" />}
      {query.data === undefined || version === undefined ? (
        <PanelStatus query={query} what="the flags" />
      ) : (
        <ul>
          {query.data.map((flag) => (
            <Flag key={flag.name} flag={flag} version={version} />
          ))}
        </ul>
      )}
    </div>
  );
}
