import type { Impact } from "../../../shared/impact.ts";
import type { Shift } from "../../../shared/shift.ts";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatCount, formatPlural } from "../../view/format.ts";
import { formatFalseBlocks, formatMicros, formatPrice, nameRule } from "../../view/impact.ts";
import { placeHash } from "../../view/place.ts";

function Fact({ name, children }: { name: string; children: string }) {
  return (
    <div className="flex justify-between gap-3 border-t border-line py-1 first:border-0">
      <dt className="text-ink-2">{name}</dt>
      <dd className="tabular-nums">{children}</dd>
    </div>
  );
}

/** What one of them cost, as few words as can be. */
function inWords({ deeds, false_blocks, times }: Impact): string {
  const time = times === null ? [] : [formatMicros(times.mean_us)];
  const stopped = `${formatCount(deeds.blocked + deeds.challenged)} stopped`;
  return [stopped, `${formatFalseBlocks(false_blocks)} false`, ...time].join(", ");
}

function Dearest({ name, rows }: { name: string; rows: readonly { key: string; words: string; impact: Impact }[] }) {
  if (rows.length === 0) return null;
  return (
    <section aria-label={name} className="mt-3 text-xs">
      <h3 className="font-medium">{name}</h3>
      <ul>
        {rows.map(({ key, words, impact }) => (
          <li key={key} className="flex justify-between gap-3 border-t border-line py-1 first:border-0">
            <span className="min-w-0 truncate">
              <UntrustedText text={words} />
            </span>
            <span className="shrink-0 tabular-nums text-ink-2">{inWords(impact)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What rules did to requests in the shift; nothing where there is no gatekeeper. */
export function ShiftImpactCard({ shift }: { shift: Shift }) {
  if (shift.impact === null) return null;
  const { measuring, not_measuring: silent, impact, price, routes, rules } = shift.impact;
  const { deeds, false_blocks: blocks, times } = impact;
  return (
    <section aria-labelledby="shift-impact" className="card p-4">
      <div className="flex items-center justify-between">
        <h2 id="shift-impact" className="text-sm font-semibold">
          At the gatekeepers <span className="font-normal text-ink-3">by whole hours</span>
        </h2>
        <a className="text-xs text-accent underline" href={placeHash({ screen: "impact" })}>
          Impact
        </a>
      </div>
      {measuring === 0 ? (
        <p className="mt-2 text-xs text-ink-2">Not measured: no gatekeeper has told what its rules cost.</p>
      ) : (
        <dl className="mt-2 text-xs">
          <Fact name="Requests">{formatCount(impact.requests)}</Fact>
          <Fact name="Blocked, challenged">{`${formatCount(deeds.blocked)}, ${formatCount(deeds.challenged)}`}</Fact>
          <Fact name="False blocks, known to at most">{formatFalseBlocks(blocks)}</Fact>
          {price !== null && (
            <Fact name="Their price">
              {blocks.known === blocks.at_most
                ? formatPrice(blocks.known, price)
                : `${formatPrice(blocks.known, price)} to ${formatPrice(blocks.at_most, price)}`}
            </Fact>
          )}
          <Fact name="Time added to a request">
            {times === null ? "not timed" : `${formatMicros(times.mean_us)}, at most ${formatMicros(times.max_us)}`}
          </Fact>
        </dl>
      )}
      <Dearest
        name="Dearest routes, by whole days (UTC)"
        rows={routes.map((row) => ({ key: row.route, words: row.route, impact: row }))}
      />
      <Dearest
        name="Dearest rules, by whole days (UTC)"
        rows={rules.map((row) => ({ key: row.rule.id, words: nameRule(row.rule), impact: row }))}
      />
      {measuring > 0 && silent > 0 && (
        <p className="mt-2 text-xs text-warn">{formatPlural(silent, "gatekeeper")} not measured.</p>
      )}
    </section>
  );
}
