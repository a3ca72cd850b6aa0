import { Scissors } from "lucide-react";
import { extentWords } from "../../../shared/extent-words.ts";
import type { VerdictDetail } from "../../queries/verdicts.ts";

/** What of the session was not looked at, and what was found beyond what is kept; nothing where that is nothing. */
export function ExtentNote({ verdict }: { verdict: VerdictDetail }) {
  const kept = verdict.findings.filter(({ prediction }) => prediction.class !== "benign").length;
  const words = extentWords(verdict.extent, kept);
  if (words.length === 0) return null;
  return (
    <section
      aria-label="What is left out"
      className="mx-4 mb-2 flex gap-2 rounded-md bg-sunken px-3 py-2 text-xs text-warn"
    >
      <Scissors size={15} className="mt-px shrink-0" aria-hidden="true" />
      <p>{words.join(" ")}</p>
    </section>
  );
}
