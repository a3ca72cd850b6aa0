import { queryOptions } from "@tanstack/react-query";
import { listNetworkSessions, type NetworkSession, revokeNetworkSession } from "../../shared/network.ts";
import { call } from "./client.ts";

/** How often it is looked who is there. */
const againMs = 10_000;

/** Nothing where nothing listens on the network. Only admins may ask. */
export const networkSessionsQuery = () =>
  queryOptions({
    queryKey: ["network", "sessions"],
    queryFn: ({ signal }): Promise<NetworkSession[]> => call(listNetworkSessions, {}, { signal }),
    refetchInterval: againMs,
    retry: false,
  });

export const revokeCredential = (credential: string) => call(revokeNetworkSession, { credential });
