import { useQuery } from "@tanstack/react-query";
import { FlaskConical } from "lucide-react";
import { lazy, useState } from "react";
import { type Backtest, type HitKind, hitKinds } from "../../../shared/backtest.ts";
import type { Rule } from "../../../shared/rule-record.ts";
import { ChartCard, NumberTable } from "../../learn/chart-card.tsx";
import { backtestGroupsQuery, backtestHitsQuery } from "../../queries/rules.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { oneIn, percent } from "../../respond/rule-words.ts";
import { JobProgress } from "../../ui/job-progress.tsx";
import { EmptyPanel, PanelStatus } from "../../ui/panel-status.tsx";
import { Segments } from "../../ui/segments.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatCount, formatInstant, formatPlural } from "../../view/format.ts";
import { placeLabels } from "../../view/labels.ts";
import { placeHash } from "../../view/place.ts";
import { BacktestFlips } from "./backtest-flips.tsx";
import { PastPeriod } from "./past-period.tsx";
import type { RuleDeeds } from "./use-rule-deeds.ts";

const HitsChart = lazy(async () => ({ default: (await import("./hits-chart.tsx")).HitsChart }));

const kindWords: Record<HitKind, string> = {
  attack: "Attacks caught",
  sample: "Its own samples",
  missed: "Attacks missed",
  benign: "Benign hit",
  ordinary: "Ordinary hit",
  undecided: "Undecided",
  excluded: "Taken out",
};
const kindMeanings: Record<HitKind, string> = {
  attack: "Known attacks that it matches.",
  sample: "Attacks that it was made of, or built like those. They prove nothing and count for nothing.",
  missed: "Known attacks of its class, where it looks, that it does not match.",
  benign: "Closed as false positives, or labelled benign: they count against it.",
  ordinary: "Nothing flagged them. They count against it until somebody says otherwise.",
  undecided: "Of alerts that are open, duplicates or allowed tests: they count for nothing. Decide those first.",
  excluded: "What the exclusion that was tried takes out.",
};

function Groups({ backtest, kind }: { backtest: Backtest; kind: HitKind }) {
  const query = useQuery(backtestGroupsQuery(backtest.id, kind));
  if (query.data === undefined) return <PanelStatus query={query} what="the hits" />;
  if (query.data.length === 0) return <p className="py-2 text-sm text-ink-3">None, or erased since.</p>;
  return (
    <table aria-label={kindWords[kind]} className="w-full table-fixed text-xs">
      <thead>
        <tr>
          <th className="th py-1">Example</th>
          <th className="th w-[220px]">Where</th>
          <th className="th w-[80px] !text-right">Alike</th>
          <th className="th w-[80px] pl-4">Session</th>
        </tr>
      </thead>
      <tbody>
        {query.data.map(({ path, place, name, hits, example }) => (
          <tr key={`${example.evidence_id} ${example.request} ${place} ${name}`} className="h-7 border-t border-line">
            <td className="truncate pr-2 font-mono">
              <UntrustedText text={example.text} />
            </td>
            <td className="truncate [&_.untrusted]:font-sans">
              {placeLabels[place]} <UntrustedText text={`${name} on ${path}`} />
            </td>
            <td className="text-right tabular-nums">{formatCount(hits)}</td>
            <td className="pl-4">
              {example.verdict_id !== null && (
                <a
                  className="text-accent hover:underline"
                  href={placeHash({
                    screen: "session",
                    id: example.verdict_id,
                    tab: "requests",
                    request: example.request,
                  })}
                >
                  Open
                </a>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Requests({ backtest }: { backtest: Backtest }) {
  const query = useQuery(backtestHitsQuery(backtest.id));
  const zone = useTimeZone();
  if (query.data === undefined) return <PanelStatus query={query} what="the requests" />;
  return (
    <details className="card p-4">
      <summary className="cursor-pointer text-sm font-semibold">Requests that it would have acted on</summary>
      <table aria-label="Requests that it would have acted on" className="mt-2 w-full table-fixed text-xs">
        <thead>
          <tr>
            <th className="th w-[150px] py-1">When</th>
            <th className="th">Request</th>
            <th className="th w-[60px]">Status</th>
            <th className="th w-[130px]">What it is</th>
          </tr>
        </thead>
        <tbody>
          {query.data.items.map(({ n, at, method, path, status, kind }) => (
            <tr key={`${n} ${kind}`} className="h-7 border-t border-line">
              <td>{at === null ? "not told" : formatInstant(at, zone).slice(0, 19)}</td>
              <td className="truncate pr-2 font-mono">
                <UntrustedText text={`${method} ${path}`} />
              </td>
              <td>{status}</td>
              <td>{kindWords[kind]}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {query.data.next !== null && <p className="pt-1 text-xs text-ink-3">The first are shown.</p>}
    </details>
  );
}

/** What one back-test says: figures, hits by day, and the hits themselves. */
function BacktestResult({ backtest }: { backtest: Backtest }) {
  const { summary } = backtest;
  const shown = hitKinds.filter((kind) => summary.kinds[kind].hits > 0);
  const [chosen, setChosen] = useState<HitKind | null>(null);
  const kind = chosen !== null && shown.includes(chosen) ? chosen : (shown[0] ?? "attack");
  return (
    <div className="space-y-3">
      <section aria-label="What it says" className="card p-4 text-sm">
        <p>
          Over {formatPlural(summary.requests, "request")} of {formatPlural(summary.evidence, "file")}
          {backtest.from !== null && `, from ${backtest.from.slice(0, 10)}`}
          {backtest.to !== null && ` to ${backtest.to.slice(0, 10)}`}: precision{" "}
          {summary.precision === null ? "not known" : percent(summary.precision)}, with 95 % confidence at least{" "}
          <strong className="font-semibold">{percent(summary.confidence)}</strong>; it hits at most{" "}
          <strong className="font-semibold">{oneIn(summary.fp_upper)}</strong> of other requests (
          {formatCount(summary.false_hits)} of {formatCount(summary.others)} seen).
        </p>
        {backtest.is_outdated && (
          <p className="mt-1 text-warn">The rule was changed since: this says nothing of it as it is now.</p>
        )}
        {backtest.exclusion !== null && (
          <p className="mt-1">
            With an exclusion that was tried: {formatPlural(summary.kinds.excluded.hits, "hit")} taken out,{" "}
            {formatPlural(summary.excluded_attacks, "known attack")} let through.
          </p>
        )}
        {summary.notes.map(({ evidence_id, reason }) => (
          <p key={evidence_id} className="mt-1 text-warn">
            A file was left out: {reason}
          </p>
        ))}
      </section>
      {summary.flips !== null && <BacktestFlips backtest={backtest} flips={summary.flips} />}
      <ChartCard
        title="Requests hit by day"
        chart={<HitsChart days={summary.days} />}
        table={
          <NumberTable
            label="Requests hit by day"
            head={["Day", "Known attacks", "Undecided", "False"]}
            rows={summary.days.map((day) => ({
              key: day.day,
              cells: [
                day.day === "" ? "not told" : day.day,
                formatCount(day.attack),
                formatCount(day.undecided),
                formatCount(day.false),
              ],
            }))}
          />
        }
      />
      <section aria-label="Hits" className="card space-y-2 p-4">
        {shown.length === 0 ? (
          <p className="text-sm text-ink-2">
            It matches nothing of what is stored, and no known attack that it should.
          </p>
        ) : (
          <>
            <Segments
              legend="Kind of hit"
              options={shown.map((value) => ({
                value,
                label: `${kindWords[value]} ${formatCount(summary.kinds[value].hits)}`,
              }))}
              value={kind}
              onChange={setChosen}
            />
            <p className="text-xs text-ink-2">
              {kindMeanings[kind]} {formatPlural(summary.kinds[kind].groups, "group")} of near-duplicates.
            </p>
            <Groups key={`${backtest.id} ${kind}`} backtest={backtest} kind={kind} />
          </>
        )}
      </section>
      <Requests backtest={backtest} />
    </div>
  );
}

/** Back-tests of a rule, the last first. */
export function BacktestsPanel({ rule, deeds }: { rule: Rule; deeds: RuleDeeds }) {
  const zone = useTimeZone();
  const [chosen, setChosen] = useState<string | null>(null);
  const backtest = rule.backtests.find(({ id }) => id === chosen) ?? rule.backtests[0];
  return (
    <div className="space-y-3">
      {deeds.running !== undefined && <JobProgress job={deeds.running} label="Back-test" />}
      <div className="flex flex-wrap items-end gap-3">
        {rule.backtests.length > 0 && (
          <label className="flex items-center gap-2 text-xs text-ink-2">
            Back-test
            <select className="input" value={backtest?.id ?? ""} onChange={(event) => setChosen(event.target.value)}>
              {rule.backtests.map((one) => (
                <option key={one.id} value={one.id}>
                  {formatInstant(one.began_at, zone).slice(0, 19)}, version {one.version}
                  {one.exclusion === null ? "" : ", with an exclusion"}
                  {one.summary.flips === null ? "" : `, beside version ${one.summary.flips.version}`}
                  {one.ended_at === null ? ", not ended" : ""}
                </option>
              ))}
            </select>
          </label>
        )}
        <PastPeriod rule={rule} deeds={deeds} />
      </div>
      {backtest === undefined ? (
        <EmptyPanel icon={FlaskConical} title="It was not tried yet">
          A back-test tries it on the requests that are stored: what it would have caught, and what it should not have.
        </EmptyPanel>
      ) : (
        <BacktestResult key={backtest.id} backtest={backtest} />
      )}
    </div>
  );
}
