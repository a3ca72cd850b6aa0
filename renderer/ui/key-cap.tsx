import { printKey } from "../view/keys-in-force.ts";

/** A key as it is printed on a keyboard. */
export function KeyCap({ name }: { name: string }) {
  return (
    <kbd className="inline-flex h-5 min-w-5 items-center justify-center rounded border border-line-strong bg-sunken px-1 font-sans text-2xs font-medium whitespace-nowrap text-ink-2">
      {printKey(name)}
    </kbd>
  );
}

/** Keys that are pressed one after the other. */
export function KeyCaps({ keys }: { keys: string }) {
  return (
    <span className="inline-flex items-center gap-1">
      {keys.split(" ").map((part, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one shortcut never move.
        <KeyCap key={i} name={part} />
      ))}
    </span>
  );
}
