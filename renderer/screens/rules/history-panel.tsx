import { useQuery } from "@tanstack/react-query";
import type { Output } from "../../../shared/route.ts";
import type { ruleHistory } from "../../../shared/rule-record.ts";
import { ruleHistoryQuery } from "../../queries/rules.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { causeWords, exclusionWords, matchText, percent, scopeWords, stageWords } from "../../respond/rule-words.ts";
import { PanelStatus } from "../../ui/panel-status.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatInstant } from "../../view/format.ts";

type Version = Output<typeof ruleHistory>[number];

/** What a person reads of a version, field by field. */
function fieldsOf({ rule }: Version): Record<string, string> {
  if (rule === null) return {};
  const { definition } = rule;
  return {
    name: rule.name,
    match: matchText(definition.match),
    "looks at": scopeWords(definition.scope),
    action: definition.action,
    expires: definition.expires_at ?? "never",
    stage: stageWords[rule.stage].label,
    exclusions: rule.exclusions.map((one) => `${exclusionWords(one)} ${one.shape ?? ""}`).join("; ") || "none",
    confidence: rule.confidence === null ? "not measured" : percent(rule.confidence),
  };
}

/** What differs from the version before. */
function differences(now: Version, before: Version | undefined): { field: string; from: string; to: string }[] {
  const [fields, former] = [fieldsOf(now), before === undefined ? {} : fieldsOf(before)];
  return Object.entries(fields).flatMap(([field, to]) => {
    const from = former[field];
    return from === undefined || from === to ? [] : [{ field, from, to }];
  });
}

/** Versions of the rule, each with what it changed. */
export function HistoryPanel({ id }: { id: string }) {
  const query = useQuery(ruleHistoryQuery(id));
  const zone = useTimeZone();
  if (query.data === undefined) return <PanelStatus query={query} what="the history" />;
  const versions = query.data;
  return (
    <ol aria-label="Versions" className="card divide-y divide-line">
      {versions.map((version, i) => {
        const changed = differences(version, versions[i + 1]);
        const what =
          version.rule === null
            ? "removed"
            : version.because === null
              ? "brought back by undo"
              : causeWords[version.because];
        return (
          <li key={version.event_id} className="px-4 py-2.5 text-sm">
            <p className="flex flex-wrap gap-x-3">
              <span className="w-[90px] font-semibold">Version {version.version}</span>
              <span className="flex-1">
                {what} by <UntrustedText text={version.by} />
              </span>
              <time className="text-xs text-ink-2" dateTime={version.at}>
                {formatInstant(version.at, zone).slice(0, 19)}
              </time>
            </p>
            {changed.length > 0 && (
              <dl className="mt-1 space-y-1 text-xs">
                {changed.map(({ field, from, to }) => (
                  <div key={field} className="flex gap-3">
                    <dt className="w-[90px] shrink-0 text-ink-2">{field}</dt>
                    <dd className="min-w-0 flex-1 font-mono break-all">
                      <del className="mr-2 rounded bg-danger-soft px-1 text-danger no-underline">
                        <span className="sr-only">before: </span>
                        <UntrustedText text={from} />
                      </del>
                      <ins className="rounded bg-good-soft px-1 text-good no-underline">
                        <span className="sr-only">now: </span>
                        <UntrustedText text={to} />
                      </ins>
                    </dd>
                  </div>
                ))}
              </dl>
            )}
            {version.because === "measured" || version.because === "policy" ? (
              <p className="mt-1 text-xs text-ink-2">{version.rule?.decision?.reason}</p>
            ) : null}
          </li>
        );
      })}
    </ol>
  );
}
