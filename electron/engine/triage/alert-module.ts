import type { StoreModule } from "../store/store.ts";
import {
  alertIdOfVerdict,
  alertMarks,
  alertPage,
  alertsByIds,
  countAlerts,
  countAssignees,
  matchingAlerts,
  similarAlerts,
} from "./alert-list.ts";
import { alertProjection, alertStandings, notesOfAlert } from "./alert-state.ts";
import { alertTables } from "./alert-tables.ts";

/** Alerts, and what was decided about them. */
export const alertModule: StoreModule = {
  name: "alerts",
  migrations: [{ id: 300, sql: alertTables }],
  reads: [
    alertPage,
    countAlerts,
    countAssignees,
    matchingAlerts,
    alertIdOfVerdict,
    alertMarks,
    alertsByIds,
    similarAlerts,
    alertStandings,
    notesOfAlert,
  ],
  writes: [],
  projections: [alertProjection],
};
