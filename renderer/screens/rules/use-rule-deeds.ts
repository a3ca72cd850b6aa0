import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { Job } from "../../../shared/job.ts";
import type { Rule, RuleStage } from "../../../shared/rule-record.ts";
import { refusalInWords } from "../../queries/client.ts";
import { isRunning, jobsQuery } from "../../queries/jobs.ts";
import { sendBacktest, sendStage } from "../../queries/rules.ts";
import { stageWords } from "../../respond/rule-words.ts";
import { offerUndo } from "../../ui/offer-undo.ts";
import { notify } from "../../ui/toast.tsx";
import { goTo } from "../../view/place.ts";
import { useKeys } from "../../view/use-keys.ts";

export interface RuleDeeds {
  /** Its back-test that runs. */
  readonly running: Job | undefined;
  backtest(question?: Omit<Parameters<typeof sendBacktest>[0], "id">): void;
  raise(): void;
  takeBack(): void;
  /** To the stage at which it writes down what it matches. */
  lowerToLog(): void;
}

/** What is done with a rule, by buttons and by keys. */
export function useRuleDeeds(rule: Rule | undefined): RuleDeeds {
  const client = useQueryClient();
  const jobs = useQuery(jobsQuery()).data;
  const refresh = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: ["rules"] }),
      client.invalidateQueries({ queryKey: ["jobs"] }),
      client.invalidateQueries({ queryKey: ["approvals"] }),
    ]);
  const refuse = (what: string) => (error: Error) => notify(`${what}: ${refusalInWords(error)}`, { tone: "danger" });

  const stage = (to: Exclude<RuleStage, "proposed">) => {
    if (rule === undefined) return;
    sendStage({ id: rule.id, base_version: rule.version, to })
      .then(({ event_id, approval_id }) => {
        if (event_id !== null) {
          const said = `Rule ${rule.number}: ${stageWords[to].label.toLowerCase()}.`;
          offerUndo(said, { eventId: event_id, onTried: () => void refresh() });
        } else if (approval_id !== null) {
          notify(`Asked: rule ${rule.number} goes on once somebody approves it.`);
          goTo({ screen: "approvals", item: approval_id });
        }
      })
      .catch(refuse("Not done"))
      .finally(() => void refresh());
  };
  const running = jobs?.find(
    (job) => job.kind === "backtest" && isRunning(job) && rule !== undefined && job.subject === `Rule ${rule.number}`,
  );
  const deeds: RuleDeeds = {
    running,
    backtest(question = {}) {
      if (rule === undefined) return;
      sendBacktest({ id: rule.id, ...question })
        .then(() => notify("The rule is tried on stored requests."))
        .catch(refuse("Not tried"))
        .finally(() => void refresh());
    },
    raise() {
      const next = rule?.next;
      if (next === undefined || next === null) return;
      if (next.needs === "backtest") deeds.backtest();
      else if (next.needs === "nothing" || next.needs === "approval") stage(next.to as "log");
      else notify(next.why);
    },
    takeBack: () => stage("off"),
    lowerToLog: () => stage("log"),
  };
  useKeys({ backtestRule: () => deeds.backtest(), raiseRule: deeds.raise, rollBackRule: deeds.takeBack }, (action) => {
    if (rule === undefined) return "no rule is chosen";
    if (action === "backtestRule") return running === undefined ? null : "it is being tried already";
    if (action === "rollBackRule") return rule.stage === "off" ? "the rule is off already" : null;
    return rule.next === null ? "there is no further stage" : null;
  });
  return deeds;
}
