import { queryOptions } from "@tanstack/react-query";
import {
  listNamedQueries,
  type NamedQuery,
  type NamedQueryDraft,
  removeNamedQuery,
  saveNamedQuery,
} from "../../shared/named-query.ts";
import { call } from "./client.ts";

/** Saved views, suppressions and watches, by name. */
export const namedQueries = () =>
  queryOptions({
    // Under the alerts: what a suppression hides, and what changes them, come as one message.
    queryKey: ["alerts", "named"],
    queryFn: ({ signal }): Promise<NamedQuery[]> => call(listNamedQueries, {}, { signal }),
  });

export const saveQuery = (query: NamedQueryDraft) => call(saveNamedQuery, { query });
export const removeQuery = ({ id, version }: Pick<NamedQuery, "id" | "version">) =>
  call(removeNamedQuery, { id, base_version: version });
