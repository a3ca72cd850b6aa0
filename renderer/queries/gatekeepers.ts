import { queryOptions } from "@tanstack/react-query";
import {
  compareGatekeeper,
  type GatekeeperOverview,
  judgeRuleHit,
  listGatekeepers,
  listRuleHits,
  removeGatekeeper,
  saveGatekeeper,
} from "../../shared/gatekeeper.ts";
import type { Input, Output } from "../../shared/route.ts";
import { call } from "./client.ts";

export type RuleHits = Output<typeof listRuleHits>;
export type GatekeeperDraft = Input<typeof saveGatekeeper>;

export const gatekeepersQuery = () =>
  queryOptions({
    queryKey: ["gatekeepers", "all"],
    queryFn: ({ signal }): Promise<GatekeeperOverview> => call(listGatekeepers, {}, { signal }),
  });

export const ruleHitsQuery = (rule: string, hours: number) =>
  queryOptions({
    queryKey: ["gatekeepers", "hits", rule, hours],
    queryFn: ({ signal }): Promise<RuleHits> => call(listRuleHits, { rule, hours }, { signal }),
  });

export const sendGatekeeper = (draft: GatekeeperDraft) => call(saveGatekeeper, draft);
export const sendRemoval = (id: string, baseVersion: number) =>
  call(removeGatekeeper, { id, base_version: baseVersion });
export const sendComparison = (id: string) => call(compareGatekeeper, { id });
export const sendJudgement = (id: string, baseVersion: number, verdict: "false_positive" | "attack") =>
  call(judgeRuleHit, { id, base_version: baseVersion, verdict });
