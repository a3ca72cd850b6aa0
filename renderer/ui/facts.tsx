import type { ReactNode } from "react";

/** Names and values, one pair a line. */
export function Facts({ children }: { children: ReactNode }) {
  return <dl className="grid grid-cols-[136px_minmax(0,1fr)] gap-x-4 gap-y-1.5 text-xs">{children}</dl>;
}

export function Fact({ name, mono = false, children }: { name: string; mono?: boolean; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-2">{name}</dt>
      <dd className={`wrap-anywhere ${mono ? "font-mono" : ""}`}>{children}</dd>
    </>
  );
}
