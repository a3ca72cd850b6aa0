import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { AuditEntry } from "../../../shared/audit.ts";
import { auditMembers } from "../../queries/audit.ts";
import { Button } from "../../ui/button.tsx";
import { PanelStatus } from "../../ui/panel-status.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatCount, formatPlural } from "../../view/format.ts";

/** What an entry is about: one entity, or how many of its type. */
export function onWhat({ entity_type, members }: Pick<AuditEntry, "entity_type" | "members">): string {
  const type = entity_type.replaceAll("_", " ");
  return members === undefined ? type : formatPlural(members, type);
}

function List({ id }: { id: string }) {
  const query = useInfiniteQuery(auditMembers(id));
  const { data, error, hasNextPage, isFetching, isFetchNextPageError, fetchNextPage } = query;
  if (data === undefined) return <PanelStatus query={query} what="what it was over" />;
  const items = data.pages.flatMap((page) => page.items);
  return (
    <>
      <ol className="font-mono text-xs break-all">
        {items.map((member) => (
          <li key={member.id} className="border-t border-line py-1 first:border-0">
            <UntrustedText text={member.id} />
            {member.own !== null && (
              <p className="text-ink-2">
                <UntrustedText text={JSON.stringify(member.own)} />
              </p>
            )}
          </li>
        ))}
      </ol>
      {isFetchNextPageError && (
        <p role="alert" className="py-1 text-xs text-danger">
          Could not read the next ones: {error.message}
        </p>
      )}
      {hasNextPage && (
        <Button size="small" disabled={isFetching} onClick={() => void fetchNextPage()}>
          Show more of {formatCount((data.pages[0]?.total ?? 0) - items.length)}
        </Button>
      )}
    </>
  );
}

/** The entities of a bulk entry, read once somebody asks for them. */
export function AuditMembers({ entry }: { entry: AuditEntry }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="cursor-pointer text-sm">{onWhat(entry)}</summary>
      {isOpen && <List id={entry.id} />}
    </details>
  );
}
