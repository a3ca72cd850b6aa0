import { useQuery } from "@tanstack/react-query";
import { History } from "lucide-react";
import { useState } from "react";
import type { Rule } from "../../../shared/rule-record.ts";
import { ruleHistoryQuery } from "../../queries/rules.ts";
import { Button } from "../../ui/button.tsx";
import { notify } from "../../ui/toast.tsx";
import type { RuleDeeds } from "./use-rule-deeds.ts";

const readVersion = (chosen: string) => (chosen === "" ? null : Number(chosen));

const startOf = (day: string) => (day === "" ? null : `${day}T00:00:00.000Z`);

/** The last day counts whole. */
function endOf(day: string): string | null {
  const start = startOf(day);
  return start === null ? null : new Date(Date.parse(start) + 86_400_000).toISOString();
}

/** Time travel: any version of the rule over any past period, and beside another one. */
export function PastPeriod({ rule, deeds }: { rule: Rule; deeds: RuleDeeds }) {
  const history = useQuery(ruleHistoryQuery(rule.id)).data ?? [];
  const [version, setVersion] = useState("");
  const [against, setAgainst] = useState("");
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  const seen = new Set<string>();
  const versions = history.filter(({ rule: of }) => {
    if (of === null) return false;
    const what = JSON.stringify([of.definition, of.exclusions]);
    return !seen.has(what) && seen.add(what) !== undefined;
  });
  const start = () => {
    const period = { from: startOf(from), to: endOf(to) };
    if (period.from === null && period.to === null) notify("Name a first or a last day.");
    else deeds.backtest({ ...period, version: readVersion(version), against: readVersion(against) });
  };
  const options = versions.map((one) => (
    <option key={one.version} value={one.version}>
      {one.version}
    </option>
  ));
  return (
    <fieldset className="flex flex-wrap items-center gap-2 text-xs text-ink-2">
      <legend className="sr-only">A version over a past period</legend>
      <label className="flex items-center gap-1.5">
        Version
        <select className="input" value={version} onChange={(event) => setVersion(event.target.value)}>
          <option value="">as it is</option>
          {options}
        </select>
      </label>
      <label className="flex items-center gap-1.5">
        beside
        <select className="input" value={against} onChange={(event) => setAgainst(event.target.value)}>
          <option value="">no other</option>
          {options}
        </select>
      </label>
      <label className="flex items-center gap-1.5">
        from
        <input type="date" className="input" value={from} onChange={(event) => setFrom(event.target.value)} />
      </label>
      <label className="flex items-center gap-1.5">
        to
        <input type="date" className="input" value={to} onChange={(event) => setTo(event.target.value)} />
      </label>
      <Button size="small" icon={History} onClick={start}>
        Try over this time
      </Button>
    </fieldset>
  );
}
