import type { StoreModule } from "../store/store.ts";
import { alertsOfCase, evidenceOfCase, openAlertsOfCase, tallyCases, valuesOfCase } from "./case-alerts.ts";
import {
  caseFamily,
  caseItemProjection,
  casePage,
  caseProjection,
  caseTables,
  countCases,
  eventsOfCaseItems,
  itemsOfCase,
  topCases,
} from "./case-state.ts";
import { labelledAfter, labelledByIds, labelsInLog } from "./label-reads.ts";

/** Cases, what is written into them, and what their alerts come to. */
export const caseModule: StoreModule = {
  name: "cases",
  migrations: [{ id: 311, sql: caseTables }],
  reads: [
    caseFamily,
    casePage,
    countCases,
    eventsOfCaseItems,
    topCases,
    itemsOfCase,
    tallyCases,
    alertsOfCase,
    evidenceOfCase,
    openAlertsOfCase,
    valuesOfCase,
    labelledAfter,
    labelledByIds,
    labelsInLog,
  ],
  writes: [],
  projections: [caseProjection, caseItemProjection],
};
