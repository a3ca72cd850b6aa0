import type { PayloadClass } from "../../../shared/payload.ts";
import { type Db, defineSlowRead } from "../store/store.ts";
import { prepareAlertLabels } from "./closed-alerts.ts";
import type { SourcedSample } from "./sample-table.ts";
import { agreeOn, bySample, type Statement } from "./statement.ts";
import { prepareStatements } from "./statement-reads.ts";
import {
  findSuspiciousBatches,
  type LabellerRecord,
  recordLabellers,
  type SuspiciousBatch,
} from "./suspicious-batches.ts";

/** Disagreements that are listed. */
const mostDisputed = 500;

export interface LabelSurvey {
  /** Samples that anything is said of. */
  readonly samples: number;
  /** Of those on which all agree. */
  readonly byClass: Readonly<Partial<Record<PayloadClass, number>>>;
  readonly disagreements: number;
  /** Samples that are disputed, the one disputed last first. */
  readonly disputed: readonly { readonly sample: string; readonly standing: readonly Statement[] }[];
  /** Agreed samples whose last word came after the moment that was asked for. */
  readonly since: number;
  readonly labellers: readonly LabellerRecord[];
  readonly suspicious: readonly SuspiciousBatch[];
}

/** How the labels stand. @param since epoch milliseconds */
export const surveyLabels = defineSlowRead("labels.survey", (db: Db) => {
  const statementsOf = prepareStatements(db);
  return ({ since }: { since: number }): LabelSurvey => {
    const statements = [...statementsOf()];
    const byClass: Partial<Record<PayloadClass, number>> = {};
    const disputed: { sample: string; standing: readonly Statement[] }[] = [];
    let [samples, later] = [0, 0];
    for (const [sample, about] of bySample(statements)) {
      samples++;
      const { label, standing } = agreeOn(about);
      if (label === null) disputed.push({ sample, standing });
      else {
        byClass[label] = (byClass[label] ?? 0) + 1;
        if (standing.at(-1)!.at > since) later++;
      }
    }
    const lastWord = ({ standing }: (typeof disputed)[number]) => standing.at(-1)!.at;
    disputed.sort((a, b) => lastWord(b) - lastWord(a) || (a.sample < b.sample ? -1 : 1));
    return {
      samples,
      byClass,
      disagreements: disputed.length,
      disputed: disputed.slice(0, mostDisputed),
      since: later,
      labellers: recordLabellers(statements),
      suspicious: findSuspiciousBatches(statements),
    };
  };
});

/** Whether those who spoke of a sample disagree about it. */
export const isDisputed = defineSlowRead("labels.is_disputed", (db: Db) => {
  const statementsOf = prepareStatements(db);
  return (sample: string): boolean => {
    const about = [...statementsOf()].filter((one) => one.sample === sample);
    return about.length > 0 && agreeOn(about).label === null;
  };
});

/** Texts of samples that only closed alerts speak of, so that a disagreement about them can be shown and settled. */
export const samplesOfAlerts = defineSlowRead("labels.samples_of_alerts", (db: Db) => {
  const alerts = prepareAlertLabels(db);
  return (wanted: readonly string[]): SourcedSample[] => {
    const ids = new Set(wanted);
    const found: SourcedSample[] = [];
    for (const { known } of alerts.all()) if (ids.has(known.id)) found.push(known);
    return found;
  };
});
