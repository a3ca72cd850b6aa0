import type { SimulatedResponse } from "../../../shared/simulation.ts";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { around, diffLines } from "../../view/line-diff.ts";

const marks = { both: " ", left: "−", right: "+" } as const;
const words = { both: "", left: "only in the clean response: ", right: "only in the attacked response: " } as const;
const tones = { both: "text-ink-2", left: "bg-sunken", right: "bg-danger-soft text-danger" } as const;

function describe(response: SimulatedResponse): string {
  if (response.status === 0) return response.problem;
  return `${response.status}, ${response.size} bytes, ${Math.round(response.took_ms)} ms`;
}

/** What the payload changed of the response, line by line. SECURITY: text of an application under attack, shown as text. */
export function ResponseDifference({ clean, attack }: { clean: SimulatedResponse; attack: SimulatedResponse }) {
  const lines = around(diffLines(clean.text, attack.text), 2);
  return (
    <div className="mt-2">
      <p className="text-xs text-ink-2">
        Clean: {describe(clean)}. With the payload: {describe(attack)}.
      </p>
      {lines.every((line) => line === null) ? (
        <p className="mt-1 text-xs text-ink-3">Both responses read the same.</p>
      ) : (
        <section
          tabIndex={0}
          aria-label="Differences of the responses"
          className="mt-1 max-h-[320px] overflow-auto rounded-md border border-line font-mono text-xs"
        >
          {lines.map((line, at) =>
            line === null ? (
              // biome-ignore lint/suspicious/noArrayIndexKey: the lines of one response stand still.
              <div key={at} className="px-2 text-ink-3">
                …
              </div>
            ) : (
              // biome-ignore lint/suspicious/noArrayIndexKey: the lines of one response stand still.
              <div key={at} className={`flex gap-2 px-2 ${tones[line.in]}`}>
                <span aria-hidden="true" className="w-2 shrink-0 select-none">
                  {marks[line.in]}
                </span>
                <span className="min-w-0 break-all whitespace-pre-wrap">
                  <span className="sr-only">{words[line.in]}</span>
                  <UntrustedText text={line.text.slice(0, 2_000)} />
                </span>
              </div>
            ),
          )}
        </section>
      )}
    </div>
  );
}
