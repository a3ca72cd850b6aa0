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
    // Who was told that this is not for them does not ask again and again.
    refetchInterval: ({ state }) => (state.error === null ? againMs : false),
    retry: false,
    retryOnMount: false,
  });

export const revokeCredential = (credential: string) => call(revokeNetworkSession, { credential });
