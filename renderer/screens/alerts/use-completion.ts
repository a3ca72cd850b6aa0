import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useLayoutEffect, useMemo, useRef, useState } from "react";
import { completeAlertQuery } from "../../../shared/alert-query-complete.ts";
import type { CompletionItem } from "../../../shared/query-complete.ts";
import { alertCountsQuery } from "../../queries/alerts.ts";
import { listedAlerts } from "../../triage/alert-cache.ts";
import { ownName } from "../../view/own-name.ts";
import { useQueue } from "../../view/queue.ts";

const nothing = { from: 0, to: 0, items: [] as readonly CompletionItem[] };

/** Rows whose tags are offered. */
const rowsLookedAt = 2000;

/** Names to offer: assignees by how much they have, tags of the rows that were read. */
function useKnownNames(isNeeded: boolean) {
  const client = useQueryClient();
  const counts = useQuery({ ...alertCountsQuery(""), enabled: isNeeded }).data;
  const assignees = (counts?.by_assignee ?? []).flatMap(({ name }) =>
    name === null || name === ownName ? [] : [name],
  );
  const rows = isNeeded ? listedAlerts(client, useQueue.getState()).slice(0, rowsLookedAt) : [];
  const tags = [...new Set(rows.flatMap((row) => row.tags))].sort();
  return { assignee: assignees, tag: tags };
}

/** What could be written at the caret of the query's field, and how it gets there. */
export function useCompletion(input: React.RefObject<HTMLInputElement | null>) {
  const text = useQueue((queue) => queue.text);
  const type = useQueue((queue) => queue.type);
  const [isOpen, setOpen] = useState(false);
  const [caret, setCaret] = useState(0);
  const [active, setActive] = useState(-1);
  const known = useKnownNames(isOpen);
  const names = JSON.stringify(known);
  const { from, to, items } = useMemo(
    () => (isOpen ? completeAlertQuery(text, caret, JSON.parse(names)) : nothing),
    [isOpen, text, caret, names],
  );
  const caretAfter = useRef<number | null>(null);
  useLayoutEffect(() => {
    if (caretAfter.current === null) return;
    input.current?.setSelectionRange(caretAfter.current, caretAfter.current);
    caretAfter.current = null;
  });
  const show = (at: number) => {
    setOpen(true);
    setCaret(at);
    setActive(-1);
  };
  const accept = ({ insert }: CompletionItem) => {
    const end = from + insert.length;
    caretAfter.current = end;
    type(text.slice(0, from) + insert + text.slice(to));
    show(end);
  };
  return {
    items,
    /** The item that arrows are on; -1: none. */
    active,
    /** Whether something is being written that an item would complete. */
    isWriting: from < caret,
    show,
    hide: () => setOpen(false),
    move: (by: number) => {
      if (items.length === 0) return;
      const start = active === -1 && by < 0 ? 0 : active;
      setActive((start + by + items.length) % items.length);
    },
    accept,
  };
}
