import { type Canary, stepsOf } from "../../../shared/canary.ts";

function wordsOf(step: number, share: Canary["share"]): { label: string; meaning: string } {
  if (step === 0) return { label: "Shadow", meaning: "judges every session, its word never counts" };
  if (step === 100) return { label: "Decides", meaning: "decides all sessions" };
  const label = `${step} %`;
  if (step === share) return { label, meaning: `decides ${step} of a hundred sessions, until you decide` };
  return { label, meaning: step === 1 ? "decides one session in a hundred" : "decides one session in ten" };
}

/** Where the model stands on its way into service. */
export function CanarySteps({ percent, share }: Pick<Canary, "percent" | "share">) {
  const steps = stepsOf(share);
  const at = percent === null ? -1 : steps.indexOf(percent);
  return (
    <ol aria-label="Steps" className="grid auto-cols-fr grid-flow-col gap-2">
      {steps.map((step, i) => {
        const { label, meaning } = wordsOf(step, share);
        return (
          <li
            key={step}
            aria-current={i === at ? "step" : undefined}
            className={`rounded-md border px-3 py-2 text-xs ${i === at ? "border-accent bg-accent-soft text-accent" : i < at ? "border-line bg-good-soft text-good" : "border-line text-ink-2"}`}
          >
            <span className="block text-sm font-semibold">
              {label}
              {i < at && <span className="sr-only"> (passed)</span>}
            </span>
            {meaning}
          </li>
        );
      })}
    </ol>
  );
}
