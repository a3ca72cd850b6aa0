import { Eye, ShieldAlert, ShieldCheck } from "lucide-react";
import type { MemoryLabel, MemorySourceKind } from "../../../shared/memory.ts";
import { Badge } from "../../ui/badge.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";

const originWords: Record<MemoryLabel["sources"][number], string> = {
  user: "typed by a person",
  claude: "written by Claude",
  qwen: "written by the local model",
  web: "copied from elsewhere",
  file: "from a file",
  tool: "answered by a tool",
  memory: "remembered",
};

export const kindWords: Record<MemorySourceKind, string> = {
  note: "Note",
  word: "Word",
  case: "Case",
  file: "File",
  tool_result: "Tool result",
};

/** What is known about a text, whatever it says: trust, where it came from, who may read it. */
export function LabelChips({ label }: { label: MemoryLabel }) {
  const isTrusted = label.integrity === "trusted";
  return (
    <span className="flex flex-wrap items-center gap-1.5">
      <Badge tone={isTrusted ? "good" : "warn"} icon={isTrusted ? ShieldCheck : ShieldAlert}>
        {isTrusted ? "Trusted" : "Untrusted"}
      </Badge>
      {label.sources.map((source) => (
        <Badge key={source} tone="calm">
          {originWords[source]}
        </Badge>
      ))}
      {label.readers !== "everyone" && (
        <Badge tone="accent" icon={Eye}>
          {label.readers.length === 0 ? (
            "nobody else may read it"
          ) : (
            <>
              only <UntrustedText text={label.readers.join(", ")} />
            </>
          )}
        </Badge>
      )}
    </span>
  );
}
