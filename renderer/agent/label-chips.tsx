import { ShieldCheck, ShieldQuestion } from "lucide-react";
import { Badge } from "../ui/badge.tsx";
import { UntrustedText } from "../ui/untrusted-text.tsx";
import { sourceWords } from "./task-words.ts";

interface LabelChipsProps {
  readonly trust: "trusted" | "untrusted";
  readonly sources: readonly string[];
  readonly readers: "everyone" | readonly string[];
}

/** The label of a value: whether it may steer anything, where it came from, who may come to know it. Word and sign say what the colour says. */
export function LabelChips({ trust, sources, readers }: LabelChipsProps) {
  const from = sources.map((source) => sourceWords[source] ?? source).join(", ");
  return (
    <span className="inline-flex flex-wrap items-center gap-1">
      <Badge tone={trust === "trusted" ? "good" : "warn"} icon={trust === "trusted" ? ShieldCheck : ShieldQuestion}>
        {trust === "trusted" ? "Trusted" : "Untrusted"}
      </Badge>
      {from !== "" && <Badge tone="calm">from {from}</Badge>}
      {readers !== "everyone" && (
        <Badge tone="accent">
          {readers.length === 0 ? (
            "for nobody outside"
          ) : (
            <>
              only for <UntrustedText text={readers.join(", ")} />
            </>
          )}
        </Badge>
      )}
    </span>
  );
}
