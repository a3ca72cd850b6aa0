import { useMutation, useQuery } from "@tanstack/react-query";
import { Bot } from "lucide-react";
import { refusalInWords } from "../queries/client.ts";
import { healthQuery } from "../queries/health.ts";
import { sendWording, type WordingSubject } from "../queries/wording.ts";
import { Button } from "../ui/button.tsx";
import { UntrustedText } from "../ui/untrusted-text.tsx";

interface ModelWordsProps {
  readonly about: WordingSubject;
  /** What it said before, where the engine keeps it. */
  readonly said?: string | null;
}

/**
 * What stands above, in the local model's words, for who asks. Marked as its words; not offered where the model cannot be had.
 * SECURITY: text of a model is untrusted: shown as text, and used for nothing.
 */
export function ModelWords({ about, said = null }: ModelWordsProps) {
  const isThere = useQuery(healthQuery()).data?.components.worker?.status === "healthy";
  const asking = useMutation({ mutationFn: () => sendWording(about), networkMode: "always" });
  const words = asking.data?.words ?? said;
  if (words !== null) {
    return (
      <p className="mt-1 max-w-[110ch] text-sm text-ink-2">
        <span className="mr-1.5 inline-flex items-center gap-1 rounded bg-sunken px-1.5 text-xs font-medium">
          <Bot size={12} aria-hidden="true" />
          The local model's words, no evidence
        </span>
        <span className="whitespace-pre-line [&_.untrusted]:font-sans">
          <UntrustedText text={words} lines />
        </span>
      </p>
    );
  }
  if (!isThere) return null;
  const refused = asking.error === null ? asking.data?.reason : refusalInWords(asking.error);
  return (
    <div className="mt-1 flex items-center gap-2">
      <Button size="small" icon={Bot} disabled={asking.isPending} onClick={() => asking.mutate()}>
        {asking.isPending ? "Putting it in words…" : "Put it in words"}
      </Button>
      {refused != null && (
        <span role="alert" className="text-xs text-danger">
          No words: {refused}
        </span>
      )}
    </div>
  );
}
