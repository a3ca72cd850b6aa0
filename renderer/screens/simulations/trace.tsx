import type { SimulatedResponse } from "../../../shared/simulation.ts";
import type { TracedCall } from "../../../shared/simulator.ts";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatPlural } from "../../view/format.ts";
import { callLabels } from "../../view/simulation-words.ts";

const keyOf = ({ kind, call, ok }: TracedCall) => `${kind} ${ok} ${call}`;

export function countCalls({ calls }: SimulatedResponse): string {
  return calls === null ? "calls were not kept" : formatPlural(calls, "call");
}

interface TraceProps {
  readonly response: SimulatedResponse;
  /** Names the list. */
  readonly label: string;
  /** Calls of the response that it stands beside: what is not among them is marked. Null: nothing is. */
  readonly others: readonly TracedCall[] | null;
}

/** What the application did while it answered, in order, with milliseconds since the request. SECURITY: its words, shown as text. */
export function Trace({ response: { trace, calls }, label, others }: TraceProps) {
  const known = others === null ? null : new Set(others.map(keyOf));
  const rest = (calls ?? 0) - trace.reduce((sum, { times }) => sum + times, 0);
  return (
    <section
      tabIndex={0}
      aria-label={label}
      className="mt-1 max-h-[320px] min-w-0 overflow-auto rounded-md border border-line p-1.5 text-xs"
    >
      {trace.length === 0 ? (
        <p className="text-ink-3">{calls === null ? "Calls were not kept then." : "Nothing that is watched."}</p>
      ) : (
        <ol>
          {trace.map((one, at) => {
            const isNew = known !== null && !known.has(keyOf(one));
            return (
              // biome-ignore lint/suspicious/noArrayIndexKey: the calls of one response stand still.
              <li key={at} className={`py-0.5 ${isNew ? "bg-danger-soft text-danger" : ""}`}>
                <span className="tabular-nums">{one.at_ms === null ? "" : `${Math.round(one.at_ms)} ms `}</span>
                <span className="font-medium">{callLabels[one.kind]}</span>
                {!one.ok && " (came to nothing)"}
                {one.times > 1 && ` (${one.times} times)`}
                {isNew && " (only here)"}{" "}
                <span className="font-mono break-all">
                  <UntrustedText text={one.call} />
                </span>{" "}
                <span className={`font-mono break-all ${isNew ? "" : "text-ink-2"}`}>
                  <UntrustedText text={one.where} />
                </span>
              </li>
            );
          })}
        </ol>
      )}
      {rest > 0 && <p className="text-ink-2">… and {formatPlural(rest, "more call")}, which are not kept.</p>}
    </section>
  );
}

/** What the application did in the clean run and with the payload, side by side. */
export function TraceDifference({ clean, attack }: { clean: SimulatedResponse; attack: SimulatedResponse }) {
  return (
    <details className="mt-2 text-xs">
      <summary className="cursor-pointer font-medium">
        What the application did (clean: {countCalls(clean)}; with the payload: {countCalls(attack)})
      </summary>
      <div className="grid grid-cols-2 gap-2">
        <Trace response={clean} label="Calls in the clean run" others={attack.trace} />
        <Trace response={attack} label="Calls with the payload" others={clean.trace} />
      </div>
    </details>
  );
}
