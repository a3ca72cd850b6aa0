import { UntrustedText } from "../ui/untrusted-text.tsx";

/** A value as text; a text stands without quotes. */
export function valueText(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value, null, 2) ?? "");
}

/** The beginning of a value, on one line. */
export function valueBeginning(value: unknown): string {
  return (typeof value === "string" ? value : (JSON.stringify(value) ?? "")).slice(0, 120);
}

interface UntrustedValueProps {
  readonly value: unknown;
  /** What it is, for those who hear it. */
  readonly label: string;
  readonly trust?: "trusted" | "untrusted";
}

/**
 * What a step gave, a value, an argument.
 * SECURITY: text alone, whoever wrote it: no Markdown, no link, no picture; what would hide in it is named.
 */
export function UntrustedValue({ value, label, trust = "untrusted" }: UntrustedValueProps) {
  return (
    <section
      aria-label={`${label}, ${trust}`}
      tabIndex={0}
      className={`max-h-[320px] overflow-auto rounded-md border-l-4 bg-sunken px-3 py-2 text-xs break-words whitespace-pre-wrap ${trust === "untrusted" ? "border-warn" : "border-good"}`}
    >
      <UntrustedText text={valueText(value)} lines />
    </section>
  );
}
