import { CircleCheck, CircleX } from "lucide-react";
import type { SandboxDriverState } from "../../../shared/sandbox.ts";
import { EmptyPanel } from "../../ui/panel-status.tsx";
import { formatDuration, humanise } from "../../view/format.ts";

const words: Record<SandboxDriverState["state"], { word: string; tone: string }> = {
  chosen: { word: "In use", tone: "text-good" },
  ready: { word: "Ready", tone: "text-good" },
  failed: { word: "Does not isolate", tone: "text-danger" },
  absent: { word: "Not here", tone: "text-ink-2" },
};

function Driver({ kind, name, state, detail, checks, probe_ms }: SandboxDriverState) {
  const { word, tone } = words[state];
  return (
    <li className="border-b border-line px-4 py-3 last:border-0">
      <div className="flex items-baseline gap-3">
        <h3 className="text-sm font-medium">{humanise(kind)}</h3>
        {name !== null && <span className="text-xs text-ink-2">{name}</span>}
        <span className={`text-xs font-medium ${tone}`}>{word}</span>
        {probe_ms !== null && <span className="text-xs text-ink-3">probed in {formatDuration(probe_ms)}</span>}
      </div>
      {checks.length === 0 && <p className="mt-1 text-sm break-words text-ink-2">{detail}</p>}
      {checks.length > 0 && (
        <ul
          aria-label={`What was tried inside ${name ?? kind}`}
          className="mt-2 grid grid-cols-3 gap-x-4 gap-y-1 text-xs"
        >
          {checks.map((check) => (
            <li key={check.name} className="flex items-start gap-1.5">
              {check.passed ? (
                <CircleCheck size={14} className="shrink-0 text-good" aria-hidden="true" />
              ) : (
                <CircleX size={14} className="shrink-0 text-danger" aria-hidden="true" />
              )}
              <span className="break-words">
                {humanise(check.name)}
                <span className="sr-only">: {check.passed ? "held" : "got through"}</span>
                {check.detail !== "" && <span className="block text-danger">{check.detail}</span>}
              </span>
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}

/** The ways to sandbox that were looked for when Sentinel started, with what was tried from inside. */
export function DriversPanel({ drivers }: { drivers: readonly SandboxDriverState[] }) {
  return (
    <section aria-labelledby="sandbox-drivers" className="card">
      <div className="flex items-center justify-between border-b border-line px-4 py-2">
        <h2 id="sandbox-drivers" className="text-sm font-semibold">
          Drivers
        </h2>
        <span className="text-xs text-ink-2">The same is tried in every sandbox before anything runs in it.</span>
      </div>
      {drivers.length === 0 ? (
        <EmptyPanel title="No driver was probed">The supervisor has not looked for one yet, or is gone.</EmptyPanel>
      ) : (
        <ul>
          {drivers.map((driver) => (
            <Driver key={driver.kind} {...driver} />
          ))}
        </ul>
      )}
    </section>
  );
}
