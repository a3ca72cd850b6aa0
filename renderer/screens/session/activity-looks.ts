import type { ActivityKind } from "../../view/activity.ts";

export const activityLooks: Record<ActivityKind, { label: string; fill: string }> = {
  answered: { label: "Answered", fill: "var(--bar-benign)" },
  refused: { label: "Refused (4xx)", fill: "var(--bar-tag)" },
  failed: { label: "Failed (5xx)", fill: "var(--bar-simulate)" },
  unknown: { label: "No answer", fill: "var(--line-strong)" },
};
