import { CircleDot, CircleX, Diamond, type LucideIcon, Minus, TriangleAlert } from "lucide-react";
import type { Alert, Severity } from "../../shared/alert.ts";
import { reasonLabels, severityLabels, statusLabels } from "../view/labels.ts";
import { Badge, type Tone } from "./badge.tsx";

/** Colour, shape and word say the same, so that none of them is needed. */
const severityLooks: Record<Severity, { tone: Tone; icon: LucideIcon }> = {
  critical: { tone: "danger", icon: Diamond },
  high: { tone: "danger", icon: TriangleAlert },
  medium: { tone: "warn", icon: CircleDot },
  low: { tone: "calm", icon: Minus },
};

export function SeverityBadge({ severity }: { severity: Severity }) {
  const { tone, icon } = severityLooks[severity];
  return (
    <Badge tone={tone} icon={icon}>
      {severityLabels[severity]}
    </Badge>
  );
}

/** How far the work on an alert is, and for a closed one why. */
export function StatusBadge({ alert }: { alert: Pick<Alert, "status" | "reason"> }) {
  const { status, reason } = alert;
  if (status === "new") return <Badge tone="accent">{statusLabels.new}</Badge>;
  if (status === "in_progress") return <Badge tone="good">{statusLabels.in_progress}</Badge>;
  return (
    <Badge tone="calm" icon={CircleX}>
      {statusLabels.closed}
      {reason !== null && `: ${reasonLabels[reason].toLowerCase()}`}
    </Badge>
  );
}
