import { printKey } from "../view/keys-in-force.ts";

interface KeyCapProps {
  readonly name: string;
  /** True where the element that it stands in tells the key itself, or is named without it. */
  readonly isHint?: boolean;
}

/** A key as it is printed on a keyboard. */
export function KeyCap({ name, isHint = false }: KeyCapProps) {
  return (
    <kbd
      aria-hidden={isHint}
      className="inline-flex h-5 min-w-5 items-center justify-center rounded border border-line-strong bg-sunken px-1 font-sans text-2xs font-medium whitespace-nowrap text-ink-2"
    >
      {printKey(name)}
    </kbd>
  );
}

/** Keys that are pressed one after the other. */
export function KeyCaps({ keys, isHint = false }: { keys: string; isHint?: boolean }) {
  return (
    <span className="inline-flex items-center gap-1">
      {keys.split(" ").map((part, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one shortcut never move.
        <KeyCap key={i} name={part} isHint={isHint} />
      ))}
    </span>
  );
}
