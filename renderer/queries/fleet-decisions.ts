import { queryOptions } from "@tanstack/react-query";
import { getFleetDecisions } from "../../shared/fleet-decisions.ts";
import type { Output } from "../../shared/route.ts";
import { call } from "./client.ts";

export type FleetDecisions = Output<typeof getFleetDecisions>;

/** Read again when the log says that something was taken back. */
export const fleetDecisionsQuery = () =>
  queryOptions({
    queryKey: ["fleet-decisions"],
    queryFn: ({ signal }): Promise<FleetDecisions> => call(getFleetDecisions, {}, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
