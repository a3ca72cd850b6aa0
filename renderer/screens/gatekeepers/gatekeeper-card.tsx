import { useMutation, useQueryClient } from "@tanstack/react-query";
import { GitCompareArrows, Pencil, Trash2 } from "lucide-react";
import type { EnforcedRule, Gatekeeper } from "../../../shared/gatekeeper.ts";
import { visibleWords } from "../../../shared/visible-text.ts";
import { refusalInWords } from "../../queries/client.ts";
import { sendComparison, sendRemoval } from "../../queries/gatekeepers.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { stageLabels, stageTones } from "../../respond/deeds.ts";
import { Badge, type Tone } from "../../ui/badge.tsx";
import { Button, IconButton } from "../../ui/button.tsx";
import { offerUndo } from "../../ui/offer-undo.ts";
import { notify } from "../../ui/toast.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatCount, formatDuration, formatInstant, formatPlural } from "../../view/format.ts";
import { placeHash } from "../../view/place.ts";

const states: Record<Gatekeeper["state"], { tone: Tone; label: string }> = {
  in_step: { tone: "good", label: "In step" },
  waiting: { tone: "accent", label: "Waiting" },
  held: { tone: "warn", label: "Held by panic" },
  differs: { tone: "danger", label: "Enforces something else" },
  away: { tone: "danger", label: "Does not answer" },
};

/** Clocks that lie further apart are told. */
const skewMs = 5_000;

function waitInWords({ waits }: EnforcedRule): string {
  if (waits === null) return "";
  if (waits.held) return "held by panic";
  if (waits.problem !== null) return waits.problem;
  return waits.attempts === 0 ? "on its way" : `tried ${formatPlural(waits.attempts, "time")}`;
}

function Rules(props: { gatekeeper: Gatekeeper; chosen: string | null; onChoose: (rule: string) => void }) {
  const { rules, name } = props.gatekeeper;
  if (rules.length === 0) return <p className="text-xs text-ink-2">No rule is in force there: everything passes.</p>;
  return (
    <table aria-label={`Rules in force at ${visibleWords(name)}`} className="w-full table-fixed text-sm">
      <thead>
        <tr className="border-b border-line">
          <th className="th w-[64px] py-1.5">Rule</th>
          <th className="th">Name</th>
          <th className="th w-[80px]">Stage</th>
          <th className="th w-[80px] !text-right">Version</th>
          <th className="th w-[36%] pl-6">On its way</th>
        </tr>
      </thead>
      <tbody>
        {rules.map((rule) => (
          <tr
            key={rule.id}
            className={`h-9 border-b border-line last:border-0 ${rule.id === props.chosen ? "bg-selected" : ""}`}
          >
            <td className="pl-1">
              <a
                className="text-accent underline tabular-nums"
                href={placeHash({ screen: "rules", item: rule.id })}
                aria-label={`Open rule ${rule.number}`}
              >
                {rule.number}
              </a>
            </td>
            <td className="truncate">
              <button
                type="button"
                className="max-w-full truncate text-left text-accent underline [&_.untrusted]:font-sans"
                aria-pressed={rule.id === props.chosen}
                onClick={() => props.onChoose(rule.id)}
              >
                <UntrustedText text={rule.name} />
              </button>
            </td>
            <td>
              <Badge tone={stageTones[rule.stage]}>{stageLabels[rule.stage]}</Badge>
            </td>
            <td className="text-right tabular-nums">{rule.version === 0 ? "–" : rule.version}</td>
            <td className="truncate pl-6 text-ink-2 [&_.untrusted]:font-sans" title={waitInWords(rule)}>
              <UntrustedText text={waitInWords(rule)} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** One gatekeeper: how it is, what it enforces, what it did since it started. */
export function GatekeeperCard(props: {
  gatekeeper: Gatekeeper;
  chosen: string | null;
  onChoose: (rule: string) => void;
  onEdit: () => void;
}) {
  const { gatekeeper } = props;
  const { id, version, name, address, state, problem, counters, answered_at, clock_offset_ms, differences } =
    gatekeeper;
  const client = useQueryClient();
  const zone = useTimeZone();
  const refresh = () => void client.invalidateQueries({ queryKey: ["gatekeepers"] });
  const acting = useMutation({
    mutationFn: (action: () => Promise<unknown>) => action(),
    networkMode: "always",
    onError: (error) => notify(refusalInWords(error), { tone: "danger" }),
    onSettled: refresh,
  });
  const remove = () =>
    acting.mutate(async () => {
      const { event_id } = await sendRemoval(id, version);
      offerUndo(`${name} gets no rules any more; it goes on with those it has.`, {
        eventId: event_id,
        onTried: refresh,
      });
    });
  const { tone, label } = states[state];
  return (
    <section aria-label={name} className="card space-y-3 p-4">
      <div className="flex flex-wrap items-center gap-2">
        <h3 className="text-sm font-semibold [&_.untrusted]:font-sans">
          <UntrustedText text={name} />
        </h3>
        <Badge tone={tone}>{label}</Badge>
        <span className="min-w-0 flex-1 truncate font-mono text-xs text-ink-2">{address}</span>
        <Button
          icon={GitCompareArrows}
          size="small"
          disabled={acting.isPending}
          onClick={() => acting.mutate(() => sendComparison(id))}
        >
          Compare now
        </Button>
        <IconButton icon={Pencil} label={`Change ${name}`} onClick={props.onEdit} />
        <IconButton icon={Trash2} label={`Remove ${name}`} disabled={acting.isPending} onClick={remove} />
      </div>
      {problem !== null && (
        <p role="status" className="text-xs break-words text-danger [&_.untrusted]:font-sans">
          <UntrustedText text={problem} />
        </p>
      )}
      {differences.length > 0 && (
        <p role="alert" className="text-xs text-danger">
          {formatPlural(differences.length, "rule")} there {differences.length === 1 ? "is" : "are"} not what this
          engine says, and {differences.length === 1 ? "is" : "are"} being set right.
        </p>
      )}
      {Math.abs(clock_offset_ms) > skewMs && (
        <p className="text-xs text-ink-2">
          Its clock is {formatDuration(Math.abs(clock_offset_ms))} {clock_offset_ms > 0 ? "ahead" : "behind"}.
        </p>
      )}
      <Rules {...props} />
      {counters !== null && (
        <p className="text-xs text-ink-2">
          Since it started: {formatPlural(counters.requests, "request")}, {formatCount(counters.logged)} logged,{" "}
          {formatCount(counters.tagged)} tagged, {formatCount(counters.challenged)} challenged,{" "}
          {formatCount(counters.blocked)} blocked
          {counters.passed_unchecked > 0 && (
            <strong className="font-semibold text-danger">
              , {formatCount(counters.passed_unchecked)} passed without a check
            </strong>
          )}
          {counters.passed_cut > 0 && `, ${formatCount(counters.passed_cut)} too large to be read whole`}
          {counters.refused > 0 && `, ${formatCount(counters.refused)} refused as no clean HTTP`}
          {answered_at !== null && `. Last heard ${formatInstant(answered_at, zone).slice(0, 19)}`}
        </p>
      )}
    </section>
  );
}
