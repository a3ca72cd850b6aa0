import { Link2, Link2Off } from "lucide-react";
import { memo } from "react";
import type { AuditEntry } from "../../../shared/audit.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { Badge } from "../../ui/badge.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { nameEvent } from "../../view/deed-words.ts";
import { formatInstant } from "../../view/format.ts";
import { onWhat } from "./audit-members.tsx";

export const auditGrid =
  "grid grid-cols-[52px_130px_minmax(0,1.3fr)_minmax(0,1fr)_128px_72px_98px] 2xl:grid-cols-[64px_140px_minmax(0,1fr)_minmax(0,2fr)_180px_90px_120px] gap-x-3 px-4 items-center";
export const auditColumns = ["No.", "At", "What", "On", "Who", "Chain", "State"] as const;

/** Whether an entry names the one before it by its hash; null while that one is not read. */
export function isLinked(entry: AuditEntry, before: AuditEntry | undefined): boolean | null {
  if (before === undefined) return entry.seq === 1 ? true : null;
  return before.seq === entry.seq - 1 && entry.prev_hash === before.hash;
}

function Chain({ linked }: { linked: boolean | null }) {
  if (linked === null) return <span className="text-xs text-ink-3">–</span>;
  return linked ? (
    <span className="flex items-center gap-1 text-xs text-good">
      <Link2 size={14} aria-hidden="true" /> linked
    </span>
  ) : (
    <span className="flex items-center gap-1 text-xs font-semibold text-danger">
      <Link2Off size={14} aria-hidden="true" /> broken
    </span>
  );
}

/** In a fleet an entry waits for the other engines' word, and is taken back where somebody was before. */
function State({ entry: { fate, state, undoable } }: { entry: AuditEntry }) {
  if (fate === "rejected") return <Badge tone="danger">taken back</Badge>;
  if (fate === "waiting" || (fate === undefined && state === "pending")) return <Badge tone="warn">waiting</Badge>;
  if (state === "rejected") return <Badge tone="danger">rejected</Badge>;
  return undoable ? "can be undone" : <span className="text-ink-3">final</span>;
}

interface AuditRowProps {
  readonly entry: AuditEntry;
  readonly before: AuditEntry | undefined;
  readonly index: number;
  readonly top: number;
  readonly height: number;
  readonly selected: boolean;
  readonly onSelect: (id: string) => void;
}

export const AuditRow = memo(function AuditRow({
  entry,
  before,
  index,
  top,
  height,
  selected,
  onSelect,
}: AuditRowProps) {
  const zone = useTimeZone();
  const name = nameEvent(entry.kind);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list's own keys select the row that it marks as active.
    <div
      role="row"
      id={`entry-${entry.id}`}
      aria-rowindex={index + 2}
      aria-selected={selected}
      tabIndex={-1}
      onClick={() => onSelect(entry.id)}
      style={{ transform: `translateY(${top}px)`, height }}
      className={`absolute top-0 left-0 w-full border-b border-line ${auditGrid} ${selected ? "bg-selected shadow-[inset_3px_0_0_var(--accent)]" : "hover:bg-hover"}`}
    >
      <div role="gridcell" className="text-ink-3">
        {entry.seq}
      </div>
      <div role="gridcell" className="text-xs text-ink-2">
        {formatInstant(entry.at, zone)}
      </div>
      <div role="gridcell" className="truncate" title={[name, entry.kind].filter(Boolean).join(": ")}>
        {name !== null && <span className="font-medium">{name} </span>}
        <span className={name === null ? "font-medium" : "text-2xs text-ink-3"}>{entry.kind}</span>
      </div>
      <div role="gridcell" className="truncate text-xs text-ink-2">
        {onWhat(entry)}
        {entry.members === undefined && <span className="font-mono"> {entry.entity_id}</span>}
      </div>
      <div role="gridcell" className="truncate text-xs">
        <span className="[&_.untrusted]:font-sans">
          <UntrustedText text={entry.actor} />
        </span>{" "}
        <span className="text-ink-3">{entry.role}</span>
      </div>
      <div role="gridcell">
        <Chain linked={isLinked(entry, before)} />
      </div>
      <div role="gridcell" className="text-xs text-ink-2">
        <State entry={entry} />
      </div>
    </div>
  );
});
