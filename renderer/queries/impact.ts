import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { getImpact, type ImpactReport } from "../../shared/impact.ts";
import { call } from "./client.ts";

/** Measures come every few seconds; what is open is looked at again after this time. */
const againMs = 15_000;

export const impactQuery = (days: number) =>
  queryOptions({
    // Also stale when a gatekeeper tells something.
    queryKey: ["gatekeepers", "impact", days],
    queryFn: ({ signal }): Promise<ImpactReport> => call(getImpact, { days }, { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: againMs,
  });
