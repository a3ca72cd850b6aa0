import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { completeAlertQuery } from "../../../shared/alert-query-complete.ts";
import { alertCountsQuery } from "../../queries/alerts.ts";
import { listedAlerts } from "../../triage/alert-cache.ts";
import type { Complete } from "../../ui/use-completion.ts";
import { ownName } from "../../view/own-name.ts";
import { useQueue } from "../../view/queue.ts";

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

/** What could stand at a caret of the queue's query. */
export function useAlertCompletion(isNeeded: boolean): Complete {
  const names = JSON.stringify(useKnownNames(isNeeded));
  return useMemo(() => {
    const known = JSON.parse(names);
    return (q, caret) => completeAlertQuery(q, caret, known);
  }, [names]);
}
