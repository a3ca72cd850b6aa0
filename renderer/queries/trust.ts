import { queryOptions } from "@tanstack/react-query";
import {
  type AgentTrust,
  getAgentTrust,
  getRedTeam,
  listToolPolicies,
  raiseAgentTrust,
  reportAgent,
  startRedTeam,
} from "../../shared/agent-trust.ts";
import type { Output } from "../../shared/route.ts";
import { call } from "./client.ts";

export type RedTeam = Output<typeof getRedTeam>;

export const trustQuery = () =>
  queryOptions({
    queryKey: ["trust", "level"],
    queryFn: ({ signal }): Promise<AgentTrust> => call(getAgentTrust, {}, { signal }),
  });

export const redTeamQuery = () =>
  queryOptions({
    queryKey: ["trust", "red-team"],
    queryFn: ({ signal }): Promise<RedTeam> => call(getRedTeam, {}, { signal }),
    // Live messages say when to read again; this is for a stream that was lost.
    refetchInterval: (query) => (query.state.data?.job_id == null ? false : 5_000),
  });

export const sendTrustRaise = (reason: string) => call(raiseAgentTrust, { reason });
export const sendAgentReport = (reason: string) => call(reportAgent, { reason });
export const sendRedTeamStart = () => call(startRedTeam, {});

/** Read when the screen is opened: files are changed by an operator, outside of this program. */
export const toolPoliciesQuery = () =>
  queryOptions({
    queryKey: ["tool-policies"],
    queryFn: ({ signal }) => call(listToolPolicies, {}, { signal }),
  });
