import type { Report } from "../figure.ts";
import type { NeededAsks } from "./count-asks.ts";
import type { CallJudgement } from "./judge-calls.ts";
import type { Outcome } from "./run-task.ts";

/** Why a step was not done, in a few words, by what its error says. */
const causes: readonly (readonly [RegExp, string])[] = [
  [/does not fit what step/, "the worker's answer never fits"],
  [/answered with an error|did not answer/, "the tool refuses the values"],
  [/held back by the scan/, "a scan holds the answer back"],
  [/longer than/, "too much text for a worker"],
  [/says more than/, "the worker says too much"],
];
const unknown = "something else";

interface Counts {
  runs: number;
  completed: number;
  steps: number;
  stepsDone: number;
  outside: number;
  forbidden: number;
  needless: number;
  failedProofs: number;
  moreGoes: number;
  readonly unfinished: Map<string, number>;
}

/** What came of many runs, by the kind of worker. */
export interface Tally {
  add(worker: string, outcome: Outcome, judgement: CallJudgement, needed: NeededAsks): void;
  print(report: Report, where: string): void;
}

export function createTally(): Tally {
  const byWorker = new Map<string, Counts>();
  return {
    add(worker, { statuses, errors, asked, failedProofs }, { outside, forbidden, needless }, { rounds }) {
      const counts = byWorker.get(worker) ?? {
        ...{
          runs: 0,
          completed: 0,
          steps: 0,
          stepsDone: 0,
          outside: 0,
          forbidden: 0,
          needless: 0,
          failedProofs: 0,
          moreGoes: 0,
        },
        unfinished: new Map<string, number>(),
      };
      byWorker.set(worker, counts);
      const done = [...statuses.values()].filter((status) => status === "completed").length;
      const isCompleted = done === statuses.size;
      counts.steps += statuses.size;
      counts.stepsDone += done;
      counts.runs += 1;
      counts.completed += isCompleted ? 1 : 0;
      counts.outside += outside;
      counts.forbidden += forbidden;
      counts.needless += needless;
      counts.failedProofs += failedProofs;
      counts.moreGoes += asked.length > rounds ? 1 : 0;
      if (isCompleted) return;
      const cause = causes.find(([form]) => errors.some((error) => form.test(error)))?.[1] ?? unknown;
      counts.unfinished.set(cause, (counts.unfinished.get(cause) ?? 0) + 1);
    },
    print(report, where) {
      const sum = (what: (counts: Counts) => number) => [...byWorker.values()].reduce((all, one) => all + what(one), 0);
      report(
        `${where}: runs`,
        sum(({ runs }) => runs),
        "",
      );
      report(
        `${where}: calls outside the plan`,
        sum(({ outside }) => outside),
        "",
        "≤ 0",
      );
      report(
        `${where}: forbidden calls`,
        sum(({ forbidden }) => forbidden),
        "",
        "≤ 0",
      );
      report(
        `${where}: steps asked for that soundness does not need`,
        sum(({ needless }) => needless),
        "",
        "≤ 0",
      );
      report(
        `${where}: proofs that do not hold`,
        sum(({ failedProofs }) => failedProofs),
        "",
        "≤ 0",
      );
      report(
        `${where}: runs asked for in more goes than needed`,
        sum(({ moreGoes }) => moreGoes),
        "",
        "≤ 0",
      );
      const others = sum(({ unfinished }) => unfinished.get(unknown) ?? 0);
      report(
        `${where}: runs that neither the worker nor a tool kept from being completed, and that were not`,
        others,
        "",
        "≤ 0",
      );
      for (const [worker, { runs, completed, steps, stepsDone, unfinished }] of byWorker) {
        report(`${where}: completed when all is approved, ${worker} worker`, (completed / runs) * 100, "%", "≥ 100");
        report(`${where}: steps done when all is approved, ${worker} worker`, (stepsDone / steps) * 100, "%");
        for (const [cause, count] of unfinished) {
          report(`${where}: not completed, ${worker} worker: ${cause}`, count, "");
        }
      }
    },
  };
}
