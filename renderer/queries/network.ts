import { queryOptions, useQuery } from "@tanstack/react-query";
import {
  type CallerIdentity,
  getCaller,
  listNetworkSessions,
  type NetworkSession,
  revokeNetworkSession,
} from "../../shared/network.ts";
import { includesRole, type Role } from "../../shared/route.ts";
import { call } from "./client.ts";

/** How often it is looked who is there. */
const againMs = 10_000;

/** How often it is asked who has this window open: an admin may have given them another role meanwhile. */
const callerAgainMs = 60_000;

/** Who has this window open, and with which role. */
export const callerQuery = () =>
  queryOptions({
    queryKey: ["network", "caller"],
    queryFn: ({ signal }): Promise<CallerIdentity> => call(getCaller, {}, { signal }),
    staleTime: callerAgainMs,
    refetchInterval: callerAgainMs,
  });

/** Whether who has this window open may call a route; not before it is known who that is. */
export function useMay({ role }: { readonly role: Role }): boolean {
  const caller = useQuery(callerQuery()).data;
  return caller !== undefined && includesRole(caller.role, role);
}

/** Nothing where nothing listens on the network. Only admins may ask. */
export function useNetworkSessions() {
  return useQuery({
    queryKey: ["network", "sessions"],
    queryFn: ({ signal }): Promise<NetworkSession[]> => call(listNetworkSessions, {}, { signal }),
    enabled: useMay(listNetworkSessions),
    refetchInterval: againMs,
    retry: false,
  });
}

export const revokeCredential = (credential: string) => call(revokeNetworkSession, { credential });
