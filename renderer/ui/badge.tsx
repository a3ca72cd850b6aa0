import { CircleCheck, type LucideIcon, OctagonAlert, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import type { VerdictKind } from "../../shared/verdict.ts";
import { verdictLabels } from "../view/labels.ts";

export type Tone = "danger" | "warn" | "good" | "calm" | "accent";

const tones: Record<Tone, string> = {
  danger: "bg-danger-soft text-danger",
  warn: "bg-warn-soft text-warn",
  good: "bg-good-soft text-good",
  calm: "bg-calm-soft text-calm",
  accent: "bg-accent-soft text-accent",
};

export function Badge({ tone, icon: Icon, children }: { tone: Tone; icon?: LucideIcon; children: ReactNode }) {
  return (
    <span
      className={`inline-flex h-5 shrink-0 items-center gap-1 rounded-[5px] px-1.5 text-xs font-semibold whitespace-nowrap ${tones[tone]}`}
    >
      {Icon !== undefined && <Icon size={12} strokeWidth={2.4} aria-hidden="true" />}
      {children}
    </span>
  );
}

/** Colour, shape and word say the same, so that none of them is needed. */
const verdictLooks: Record<VerdictKind, { tone: Tone; icon: LucideIcon }> = {
  simulate: { tone: "danger", icon: OctagonAlert },
  tag: { tone: "warn", icon: TriangleAlert },
  benign: { tone: "calm", icon: CircleCheck },
};

export function VerdictBadge({ verdict }: { verdict: VerdictKind }) {
  const { tone, icon } = verdictLooks[verdict];
  return (
    <Badge tone={tone} icon={icon}>
      {verdictLabels[verdict]}
    </Badge>
  );
}

export const verdictBars: Record<VerdictKind, string> = {
  simulate: "bg-bar-simulate",
  tag: "bg-bar-tag",
  benign: "bg-bar-benign",
};
