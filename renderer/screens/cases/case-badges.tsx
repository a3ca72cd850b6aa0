import { CircleCheck, CircleDot } from "lucide-react";
import type { Case } from "../../../shared/case.ts";
import { visibleWords } from "../../../shared/visible-text.ts";
import { Badge } from "../../ui/badge.tsx";
import { caseOutcomeLabels } from "../../view/labels.ts";

/** Whether a case is open, and what a closed one came to. */
export function CaseStatusBadge({ status, outcome }: Pick<Case, "status" | "outcome">) {
  if (status === "open") {
    return (
      <Badge tone="accent" icon={CircleDot}>
        Open
      </Badge>
    );
  }
  return (
    <Badge tone="calm" icon={CircleCheck}>
      Closed{outcome !== null && `: ${caseOutcomeLabels[outcome].toLowerCase()}`}
    </Badge>
  );
}

export const nameCase = ({ title }: Pick<Case, "title">): string =>
  title === null ? "A case whose text was erased" : visibleWords(title);
