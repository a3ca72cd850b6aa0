import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef } from "react";
import type { Alert } from "../../shared/alert.ts";
import { useChangedAlerts } from "../live/live-state.ts";
import { readAlerts } from "../queries/alerts.ts";
import { patchAlerts } from "./alert-cache.ts";

/** Rows are read again at most this often: an import or a bulk change has news several times a second. */
const restMs = 1000;

/**
 * Keeps the rows of the queue up to date in their places: those that are in sight are read again once something about them
 * changed, the others when they come into sight.
 * @returns what hears which rows are in sight
 */
export function useFreshRows(rows: readonly Alert[]): (first: number, end: number) => void {
  const client = useQueryClient();
  const listed = useRef(rows);
  listed.current = rows;
  const sight = useRef({ first: 0, end: 0 });
  /** Rows that changed, or with `isAll` all but those that were read since. */
  const stale = useRef({ isAll: false, ids: new Set<string>() });
  const isReading = useRef(false);

  const read = useCallback(async () => {
    if (isReading.current) return;
    const { first, end } = sight.current;
    const { isAll, ids: named } = stale.current;
    const ids = listed.current.slice(first, end).flatMap(({ id }) => (named.has(id) === isAll ? [] : [id]));
    if (ids.length === 0) return;
    isReading.current = true;
    for (const id of ids) {
      if (isAll) named.add(id);
      else named.delete(id);
    }
    // Whether the engine can be reached the list itself tells.
    patchAlerts(client, await readAlerts(ids).catch(() => []));
    await new Promise((resolve) => setTimeout(resolve, restMs));
    isReading.current = false;
    void read();
  }, [client]);

  useEffect(
    () =>
      useChangedAlerts.subscribe(({ ids }) => {
        if (ids === null) stale.current = { isAll: true, ids: new Set() };
        for (const id of ids ?? []) {
          if (stale.current.isAll) stale.current.ids.delete(id);
          else stale.current.ids.add(id);
        }
        void read();
      }),
    [read],
  );
  return useCallback(
    (first, end) => {
      sight.current = { first, end };
      void read();
    },
    [read],
  );
}
