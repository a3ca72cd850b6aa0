import { TriangleAlert } from "lucide-react";
import type { ApprovalStep } from "../../shared/agent-task.ts";
import { Badge } from "../ui/badge.tsx";
import { UntrustedText } from "../ui/untrusted-text.tsx";
import { formatPlural } from "../view/format.ts";
import { LabelChips } from "./label-chips.tsx";
import { effectWords, sourceWords } from "./task-words.ts";
import { UntrustedValue } from "./untrusted-value.tsx";

type Input = NonNullable<ApprovalStep["inputs"]>[number];

/** A reference of the plan, which has no value before its step is done. */
function referenceOf(value: unknown): string | null {
  if (typeof value !== "object" || value === null || !("$from" in value)) return null;
  const { $from: from, path } = value as { $from: unknown; path?: unknown };
  return `what step ${String(from)} gives${typeof path === "string" ? `, at ${path}` : ""}`;
}

const argumentOf = (path: string) => path.split(/[.[]/)[0];

function whereFrom({ from_step, endorsed }: Input): string {
  const from = from_step === null ? "stands in the plan" : `comes from step ${from_step}`;
  if (endorsed === null) return from;
  return `${from}; it equals ${endorsed === "typed" ? "what you typed" : `an entry of the ${endorsed}`}`;
}

type Shown = Pick<ApprovalStep, "args" | "inputs" | "untrusted">;

function Argument({ name, step }: { name: string; step: Shown }) {
  const value = step.args[name];
  const tainted = step.untrusted.filter(({ path }) => argumentOf(path) === name);
  const inputs = step.inputs?.filter(({ path }) => argumentOf(path) === name) ?? [];
  const reference = referenceOf(value);
  const isTainted = tainted.length > 0 || inputs.some(({ trust_level }) => trust_level === "untrusted");
  return (
    <div className="py-2">
      <dt className="mb-1 flex flex-wrap items-center gap-2 font-mono text-xs font-semibold">
        {name}
        {isTainted && (
          <Badge tone="warn" icon={TriangleAlert}>
            Untrusted
          </Badge>
        )}
      </dt>
      <dd className="space-y-1.5">
        {reference === null ? (
          <UntrustedValue value={value} label={`Argument ${name}`} trust={isTainted ? "untrusted" : "trusted"} />
        ) : (
          <p className="text-sm text-ink-2">
            <UntrustedText text={reference} />. It is asked for again when it is known, if it has to be.
          </p>
        )}
        {tainted.map(({ path, from_step, source, value: part, why }) => (
          <div key={path} className="rounded-md border border-mark-line bg-warn-soft px-3 py-2 text-xs text-warn">
            <p>
              <strong className="font-mono">{path}</strong> comes from {sourceWords[source] ?? source}
              {from_step !== undefined && ` through step ${from_step}`}: {why}
            </p>
            {path !== name && (
              <p className="mt-1 break-words whitespace-pre-wrap text-ink">
                <UntrustedText text={typeof part === "string" ? part : (JSON.stringify(part) ?? "")} lines />
              </p>
            )}
          </div>
        ))}
        {inputs.length > 0 && (
          <ul aria-label={`Labels of ${name}`} className="space-y-1 text-xs text-ink-2">
            {inputs.map((input) => (
              <li key={input.path} className="flex flex-wrap items-center gap-2">
                <span className="font-mono">{input.path}</span> {whereFrom(input)}
                <LabelChips trust={input.trust_level} sources={input.sources} readers={input.readers} />
              </li>
            ))}
          </ul>
        )}
      </dd>
    </div>
  );
}

function checkerInWords({ steps, needs_approval }: NonNullable<ApprovalStep["checked"]>): string {
  const before = steps === 0 ? "" : `accepted the ${formatPlural(steps, "proof")} of what was done before it, and `;
  const without = needs_approval
    ? "Without an approval it refuses it."
    : "It would accept it without an approval, too.";
  return `The checker, which shares no code with what runs the plan, was run before this was asked. It ${before}accepts exactly this call once it is approved. ${without} It is run again before the call is made.`;
}

/** What the proof of a call says, for whoever decides. */
function ProofWords({ step }: { step: ApprovalStep }) {
  const effect = step.effect === undefined ? null : effectWords[step.effect];
  const why = [...new Set(step.untrusted.map((one) => one.why))];
  return (
    <section
      aria-label={`Why ${step.tool} is asked for`}
      className="mt-2 rounded-md bg-calm-soft px-3 py-2 text-xs text-calm"
    >
      <ul className="list-disc space-y-0.5 pl-4">
        {effect !== null && <li>Policy: the tool {effect}.</li>}
        {step.inputs === undefined ? (
          <li>The whole plan needs a word at this trust level. Nothing was done yet.</li>
        ) : (
          <>
            <li>
              {why.length === 0
                ? "Policy: this tool is always asked for."
                : `Policy: an argument may not be taken without a word, because ${why.map((one) => `${one.charAt(0).toLowerCase()}${one.slice(1).replace(/\.$/, "")}`).join("; ")}.`}
            </li>
            <li>
              {step.checked === undefined
                ? "The checker was not run on this call yet. It is run before the call is made."
                : checkerInWords(step.checked)}
            </li>
          </>
        )}
      </ul>
    </section>
  );
}

/** The arguments of a call, each with where it came from. */
export function CallArguments({ step }: { step: Shown }) {
  const names = Object.keys(step.args);
  if (names.length === 0) return <p className="mt-1 text-sm text-ink-2">Without arguments.</p>;
  return (
    <dl className="divide-y divide-line">
      {names.map((name) => (
        <Argument key={name} name={name} step={step} />
      ))}
    </dl>
  );
}

/** Every call that is asked for, verbatim, with what in it cannot be trusted, whence it came, and why somebody has to say a word. */
export function AskedCalls({ steps }: { steps: readonly ApprovalStep[] }) {
  return (
    <ol aria-label="Calls" className="space-y-3">
      {steps.map((step) => (
        <li key={step.id} className="card p-4">
          <h3 className="flex flex-wrap items-center gap-2 text-sm font-semibold">
            {step.tool === "llm_task" ? (
              "Text work by the local model"
            ) : (
              <span className="font-mono">
                <UntrustedText text={step.tool} />
              </span>
            )}
            <span className="font-normal text-ink-2">step {step.id}</span>
            {step.effect !== undefined && step.effect !== "read" && (
              <Badge tone={step.effect === "write" ? "warn" : "danger"}>{effectWords[step.effect]}</Badge>
            )}
          </h3>
          <CallArguments step={step} />
          <ProofWords step={step} />
        </li>
      ))}
    </ol>
  );
}
