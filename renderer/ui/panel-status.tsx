import { CircleAlert, Inbox, LoaderCircle, type LucideIcon, RotateCw } from "lucide-react";
import type { ReactNode } from "react";
import { CallFailed } from "../queries/client.ts";
import { Button } from "./button.tsx";

interface QueryLike {
  readonly error: Error | null;
  readonly isFetching: boolean;
  readonly refetch: () => unknown;
}

export function LoadingPanel({ what }: { what: string }) {
  return (
    <div role="status" className="flex h-full min-h-24 items-center justify-center gap-2 p-4 text-ink-3">
      <LoaderCircle size={16} className="spin" aria-hidden="true" />
      Loading {what}…
    </div>
  );
}

/** What stands where a panel's content would be: loading, or what went wrong and a way to try again. */
export function PanelStatus({ query, what }: { query: QueryLike; what: string }) {
  const { error } = query;
  if (error === null) return <LoadingPanel what={what} />;
  const code = error instanceof CallFailed ? error.code : error.name;
  return (
    <div role="alert" className="flex h-full min-h-24 flex-col items-center justify-center gap-2 p-4 text-center">
      <CircleAlert size={20} className="text-danger" aria-hidden="true" />
      <p className="font-medium">Could not read {what}</p>
      <p className="max-w-[60ch] text-ink-2">
        {error.message} <span className="font-mono text-xs text-ink-3">{code}</span>
      </p>
      <Button icon={RotateCw} disabled={query.isFetching} onClick={() => query.refetch()}>
        Try again
      </Button>
    </div>
  );
}

/** A panel that shows what it last read because reading it again failed. */
export function StaleNote({ query, what }: { query: QueryLike; what: string }) {
  if (query.error === null) return null;
  return (
    <div role="status" className="flex items-center gap-2 bg-warn-soft px-4 py-1.5 text-xs text-warn">
      <CircleAlert size={14} aria-hidden="true" />
      <span className="flex-1">
        This is what was last read; {what} could not be read again: {query.error.message}
      </span>
      <Button size="small" disabled={query.isFetching} onClick={() => query.refetch()}>
        Try again
      </Button>
    </div>
  );
}

export function EmptyPanel({
  title,
  children,
  icon: Icon = Inbox,
}: {
  title: string;
  children?: ReactNode;
  icon?: LucideIcon;
}) {
  return (
    <div className="flex h-full min-h-24 flex-col items-center justify-center gap-1.5 p-6 text-center">
      <Icon size={22} className="shrink-0 text-ink-3" aria-hidden="true" />
      <p className="font-medium">{title}</p>
      {children !== undefined && <div className="max-w-[60ch] text-ink-2">{children}</div>}
    </div>
  );
}
