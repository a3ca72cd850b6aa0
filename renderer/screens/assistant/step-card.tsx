import {
  CircleCheck,
  CircleDashed,
  CircleSlash,
  CircleX,
  Hourglass,
  LoaderCircle,
  type LucideIcon,
} from "lucide-react";
import type { TaskStep } from "../../../shared/agent-task.ts";
import { CallArguments } from "../../agent/asked-calls.tsx";
import { LabelChips } from "../../agent/label-chips.tsx";
import { scannerInWords, stepLooks } from "../../agent/task-words.ts";
import { UntrustedValue } from "../../agent/untrusted-value.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";

const icons: Record<TaskStep["status"], LucideIcon> = {
  pending: CircleDashed,
  running: LoaderCircle,
  awaiting_approval: Hourglass,
  completed: CircleCheck,
  failed: CircleX,
  denied: CircleSlash,
  blocked: CircleSlash,
  skipped: CircleDashed,
  cancelled: CircleDashed,
};

const tones: Record<string, string> = {
  good: "text-good",
  warn: "text-warn",
  danger: "text-danger",
  accent: "text-accent",
  calm: "text-ink-2",
};

interface ScanResult {
  readonly flagged: boolean;
  readonly findings: readonly { readonly rule: string; readonly why: string }[];
}

function readScan(value: unknown): ScanResult {
  const given = (typeof value === "object" && value !== null ? value : {}) as Partial<ScanResult>;
  return { flagged: given.flagged !== false, findings: Array.isArray(given.findings) ? given.findings : [] };
}

function Scans({ results }: { results: TaskStep["scan_results"] }) {
  const all = Object.entries(results).map(([name, value]) => ({ name, ...readScan(value) }));
  if (all.length === 0) return null;
  const flagged = all.filter((one) => one.flagged);
  return (
    <div className="text-xs">
      <p className={flagged.length > 0 ? "font-medium text-warn" : "text-ink-2"}>
        {flagged.length === 0
          ? `${all.length} scanners looked at it and found nothing.`
          : `Scanners found: ${flagged.map(({ name }) => scannerInWords(name)).join(", ")}.`}
      </p>
      {flagged.length > 0 && (
        <ul className="mt-0.5 list-disc pl-4 text-ink-2">
          {flagged.flatMap(({ name, findings }) =>
            [...new Set(findings.map(({ why }) => why))].slice(0, 5).map((why) => (
              <li key={`${name} ${why}`}>
                {scannerInWords(name)}: <UntrustedText text={why} />
              </li>
            )),
          )}
        </ul>
      )}
    </div>
  );
}

interface ProofLike {
  readonly inputs?: readonly {
    readonly path: string;
    readonly from: string | null;
    readonly label: { readonly integrity: string };
  }[];
  readonly decision?: { readonly verdict: string };
  readonly level?: number;
}

/** What the checker followed, in words. */
function Proof({ step }: { step: TaskStep }) {
  if (step.proof === undefined) return null;
  const { inputs = [], decision, level } = step.proof as ProofLike;
  return (
    <details className="text-xs text-ink-2">
      <summary className="min-h-6 cursor-pointer py-1 font-medium">
        Proof accepted by the checker:{" "}
        {decision?.verdict === "approved" ? "approved by a person" : "allowed by the policy"}
      </summary>
      <ul className="mt-1 list-disc space-y-0.5 pl-4">
        <li>Done at trust level {level}.</li>
        {inputs.length === 0 && <li>Nothing went into it but the plan.</li>}
        {inputs.map(({ path, from, label }, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the inputs of one proof never move.
          <li key={i}>
            <span className="font-mono">{path}</span> {from === null ? "stands in the plan" : `comes from step ${from}`}
            : {label.integrity}
          </li>
        ))}
      </ul>
    </details>
  );
}

/** One step of a plan as it is now. @param isOver whether its task has ended: what is still to come then never comes */
export function StepCard({ step, isOver }: { step: TaskStep; isOver: boolean }) {
  const Icon = icons[step.status];
  const { label: now, tone } = stepLooks[step.status];
  const label = isOver && step.status === "pending" ? "Not done" : now;
  const isDone = step.status === "completed";
  return (
    <li className="relative border-l-2 border-line pb-4 pl-5 last:pb-1">
      <span className="absolute top-0 -left-[10px] bg-surface py-0.5">
        <Icon size={18} className={`${tones[tone]} ${step.status === "running" ? "spin" : ""}`} aria-hidden="true" />
      </span>
      <div className="space-y-1.5">
        <p className="flex flex-wrap items-center gap-2 text-sm">
          <span className="font-medium">
            {step.type === "llm_task" ? (
              "Text work by the local model"
            ) : (
              <span className="font-mono">
                <UntrustedText text={step.tool ?? ""} />
              </span>
            )}
          </span>
          <span className="text-xs text-ink-2">
            {step.id}
            {step.derived_from.length > 0 && ` · of ${step.derived_from.join(", ")}`}
          </span>
          <span className={`text-xs font-medium ${tones[tone]}`}>{label}</span>
          {isDone && <LabelChips trust={step.trust_level} sources={[step.source]} readers={step.readers} />}
        </p>
        {step.error !== null && (
          <p className="text-xs text-danger [&_.untrusted]:font-sans">
            <UntrustedText text={step.error} />
          </p>
        )}
        {step.note !== undefined && <p className="text-xs text-warn">{step.note}</p>}
        {step.status === "denied" && step.args !== undefined && (
          <section aria-label={`What step ${step.id} would have been called with`}>
            <CallArguments step={{ args: step.args, inputs: step.inputs, untrusted: [] }} />
          </section>
        )}
        <Scans results={step.scan_results} />
        {isDone && (
          <details className="text-xs">
            <summary className="min-h-6 cursor-pointer py-1 font-medium text-ink-2">What it gave</summary>
            <div className="mt-1">
              <UntrustedValue value={step.output} label={`Output of step ${step.id}`} trust={step.trust_level} />
            </div>
          </details>
        )}
        <Proof step={step} />
      </div>
    </li>
  );
}
