import { type Canary, canarySteps } from "../../../shared/canary.ts";

const labels = { 0: "Shadow", 1: "1 %", 10: "10 %", 100: "Decides" } as const;
const meanings = {
  0: "judges every session, its word never counts",
  1: "decides one session in a hundred",
  10: "decides one session in ten",
  100: "decides all sessions",
} as const;

/** Where the model stands on its way into service. */
export function CanarySteps({ percent }: Pick<Canary, "percent">) {
  const at = percent === null ? -1 : canarySteps.indexOf(percent);
  return (
    <ol aria-label="Steps" className="grid grid-cols-4 gap-2">
      {canarySteps.map((step, i) => (
        <li
          key={step}
          aria-current={i === at ? "step" : undefined}
          className={`rounded-md border px-3 py-2 text-xs ${i === at ? "border-accent bg-accent-soft text-accent" : i < at ? "border-line bg-good-soft text-good" : "border-line text-ink-2"}`}
        >
          <span className="block text-sm font-semibold">
            {labels[step]}
            {i < at && <span className="sr-only"> (passed)</span>}
          </span>
          {meanings[step]}
        </li>
      ))}
    </ol>
  );
}
