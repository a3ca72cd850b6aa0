import { queryOptions } from "@tanstack/react-query";
import { listAlerts } from "../../shared/alert.ts";
import {
  type BacktestQuestion,
  type flipSides,
  type HitKind,
  listBacktestFlips,
  listBacktestGroups,
  listBacktestHits,
  startBacktest,
} from "../../shared/backtest.ts";
import { addExclusion, proposeExclusions, removeExclusion } from "../../shared/exclusion.ts";
import type { Given } from "../../shared/request.ts";
import type { Input } from "../../shared/route.ts";
import {
  createRule,
  editRule,
  exportRule,
  generateRuleOffers,
  getRule,
  listRules,
  type RuleFormat,
  rearmResponse,
  removeRule,
  renewRule,
  ruleHistory,
  stageRule,
} from "../../shared/rule-record.ts";
import { call } from "./client.ts";

export const rulesQuery = () =>
  queryOptions({ queryKey: ["rules", "list"], queryFn: ({ signal }) => call(listRules, {}, { signal }) });

/** Since when panic holds the response; null: it is armed. */
export const heldQuery = () => queryOptions({ ...rulesQuery(), select: ({ held }) => held });

export const ruleQuery = (id: string) =>
  queryOptions({ queryKey: ["rules", "one", id], queryFn: ({ signal }) => call(getRule, { id }, { signal }) });

export const ruleHistoryQuery = (id: string) =>
  queryOptions({ queryKey: ["rules", "history", id], queryFn: ({ signal }) => call(ruleHistory, { id }, { signal }) });

const shownAlerts = 50;

/** Alerts that were closed as true positives, the newest: what rules are made of. Follows the queue. */
export const confirmedAlertsQuery = () =>
  queryOptions({
    queryKey: ["alerts", "head", "confirmed"],
    queryFn: ({ signal }) =>
      call(listAlerts, { q: "status:closed reason:true_positive", limit: shownAlerts }, { signal }),
  });

/** Rules that some alerts make; nothing is stored. */
export const ruleOffersQuery = (alerts: readonly string[]) =>
  queryOptions({
    queryKey: ["rules", "offers", alerts],
    queryFn: ({ signal }) => call(generateRuleOffers, { alerts: [...alerts] }, { signal }),
  });

const shownGroups = 50;

export const backtestGroupsQuery = (id: string, kind: HitKind) =>
  queryOptions({
    queryKey: ["rules", "groups", id, kind],
    queryFn: ({ signal }) => call(listBacktestGroups, { id, kind, limit: shownGroups }, { signal }),
  });

const shownHits = 200;

export const backtestHitsQuery = (id: string) =>
  queryOptions({
    queryKey: ["rules", "hits", id],
    queryFn: ({ signal }) => call(listBacktestHits, { id, limit: shownHits }, { signal }),
  });

export const backtestFlipsQuery = (id: string, side: (typeof flipSides)[number]) =>
  queryOptions({
    queryKey: ["rules", "flips", id, side],
    queryFn: ({ signal }) => call(listBacktestFlips, { id, side, limit: shownHits }, { signal }),
  });

/** @param ordinary also what nobody flagged */
export const exclusionProposalsQuery = (id: string, backtest: string, ordinary: boolean) =>
  queryOptions({
    queryKey: ["rules", "exclusions", id, backtest, ordinary],
    queryFn: ({ signal }) => call(proposeExclusions, { id, backtest_id: backtest, ordinary }, { signal }),
  });

/** @param version of the rule: another one is another file */
export const ruleExportQuery = (id: string, version: number, format: RuleFormat) =>
  queryOptions({
    queryKey: ["rules", "export", id, version, format],
    queryFn: ({ signal }) => call(exportRule, { id, format }, { signal }),
  });

export const sendNewRule = (input: Given<typeof createRule>) => call(createRule, input);
export const sendRuleEdit = (input: Given<typeof editRule>) => call(editRule, input);
export const sendRenewal = (input: Input<typeof renewRule>) => call(renewRule, input);
export const sendStage = (input: Input<typeof stageRule>) => call(stageRule, input);
export const sendRuleRemoval = (input: Input<typeof removeRule>) => call(removeRule, input);
export const sendBacktest = (question: Partial<BacktestQuestion> & { id: string }) => call(startBacktest, question);
export const sendExclusion = (input: Input<typeof addExclusion>) => call(addExclusion, input);
export const sendExclusionRemoval = (input: Input<typeof removeExclusion>) => call(removeExclusion, input);
export const sendRearm = (reason: string) => call(rearmResponse, { reason });
