import { useQuery } from "@tanstack/react-query";
import {
  type Backtest,
  type flipSides,
  type RequestKind,
  type RuleFlips,
  requestKinds,
} from "../../../shared/backtest.ts";
import { backtestFlipsQuery } from "../../queries/rules.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { PanelStatus } from "../../ui/panel-status.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatCount, formatInstant, formatPlural } from "../../view/format.ts";
import { placeHash } from "../../view/place.ts";

type Side = (typeof flipSides)[number];

const kindWords: Record<RequestKind, string> = { attack: "Known attacks", undecided: "Undecided", false: "False" };

/** How many of the requests that were counted are shown; empty: all. */
export function shownWords(shown: number, counted: number): string {
  if (shown >= counted) return "";
  if (shown > 0) return `${formatCount(shown)} of ${formatCount(counted)} are shown.`;
  return `${formatPlural(counted, "request")} cannot be shown: the evidence may be gone.`;
}

interface RequestsProps {
  backtest: Backtest;
  side: Side;
  title: string;
  /** How many there were, listed or not. */
  counted: number;
}

function Requests({ backtest, side, title, counted }: RequestsProps) {
  const query = useQuery(backtestFlipsQuery(backtest.id, side));
  const zone = useTimeZone();
  if (query.data === undefined) return <PanelStatus query={query} what="the requests" />;
  const words = shownWords(query.data.length, counted);
  const note = words !== "" && (
    <p className="pt-1 text-xs text-ink-3">
      {title}: {words}
    </p>
  );
  if (query.data.length === 0) return note;
  return (
    <details>
      <summary className="cursor-pointer text-xs">{title}, request by request</summary>
      <table aria-label={title} className="mt-1 w-full table-fixed text-xs">
        <thead>
          <tr>
            <th className="th w-[150px] py-1">When</th>
            <th className="th">Request</th>
            <th className="th w-[130px]">What it is</th>
            <th className="th w-[80px] pl-4">Session</th>
          </tr>
        </thead>
        <tbody>
          {query.data.map(({ n, at, method, path, kind, verdict_id, request }) => (
            <tr key={n} className="h-7 border-t border-line">
              <td>{at === null ? "not told" : formatInstant(at, zone).slice(0, 19)}</td>
              <td className="truncate pr-2 font-mono">
                <UntrustedText text={`${method} ${path}`} />
              </td>
              <td>{kindWords[kind]}</td>
              <td className="pl-4">
                {verdict_id !== null && (
                  <a
                    className="text-accent hover:underline"
                    href={placeHash({ screen: "session", id: verdict_id, tab: "requests", request })}
                  >
                    Open
                  </a>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {note}
    </details>
  );
}

/** Which requests only one of two versions of a rule would have acted on, both ways. */
export function BacktestFlips({ backtest, flips }: { backtest: Backtest; flips: RuleFlips }) {
  const sides = [
    { side: "tried", title: `Only version ${backtest.version} hits` },
    { side: "other", title: `Only version ${flips.version} hits` },
  ] as const;
  return (
    <section aria-labelledby="backtest-flips" className="card space-y-2 p-4">
      <h3 id="backtest-flips" className="text-sm font-semibold">
        Version {backtest.version} beside version {flips.version}{" "}
        <span className="font-normal text-ink-3">both hit {formatPlural(flips.both, "request")}</span>
      </h3>
      <table aria-labelledby="backtest-flips" className="w-full table-fixed text-xs">
        <thead>
          <tr>
            <th className="th py-1">Requests</th>
            {requestKinds.map((kind) => (
              <th key={kind} className="th !text-right">
                {kindWords[kind]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sides.map(({ side, title }) => (
            <tr key={side} className="h-7 border-t border-line">
              <th scope="row" className="text-left font-normal">
                {title}
              </th>
              {requestKinds.map((kind) => (
                <td key={kind} className="text-right tabular-nums">
                  {formatCount(flips.only[side][kind])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {sides.map(({ side, title }) => (
        <Requests
          key={side}
          backtest={backtest}
          side={side}
          title={title}
          counted={requestKinds.reduce((sum, kind) => sum + flips.only[side][kind], 0)}
        />
      ))}
    </section>
  );
}
