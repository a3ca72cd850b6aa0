import { behaviourModule } from "../engine/detect/anomaly/deployed-behaviour.ts";
import { overrideModule } from "../engine/detect/telemetry/override-table.ts";
import { verdictTables } from "../engine/detect/verdicts/verdict-tables.ts";
import { evidenceModule } from "../engine/evidence/evidence-tables.ts";
import { watchedFilesModule } from "../engine/evidence/watched-files.ts";
import { canaryModule } from "../engine/learn/canary/canary-state.ts";
import { driftModule } from "../engine/learn/drift/drift-tables.ts";
import { learnModule } from "../engine/learn/learn-module.ts";
import { modelModule } from "../engine/learn/registry/model-state.ts";
import { replayModule } from "../engine/replay/replay-tables.ts";
import { backupModule } from "../engine/store/backup-table.ts";
import { jobModule } from "../engine/store/job-table.ts";
import { settingsModule } from "../engine/store/settings.ts";
import type { StoreModule } from "../engine/store/store.ts";
import { alertModule } from "../engine/triage/alert-module.ts";
import { caseModule } from "../engine/triage/case-module.ts";
import { handoverModule } from "../engine/triage/handover.ts";
import { namedQueryModule } from "../engine/triage/named-queries.ts";
import { searchModule } from "../engine/triage/scan-table.ts";
import { shiftModule } from "../engine/triage/shift-reads.ts";

/** Every table of the product. A room that stores something adds its module here. */
export const storeModules: readonly StoreModule[] = [
  settingsModule,
  jobModule,
  backupModule,
  evidenceModule,
  watchedFilesModule,
  verdictTables,
  behaviourModule,
  overrideModule,
  alertModule,
  caseModule,
  namedQueryModule,
  shiftModule,
  handoverModule,
  searchModule,
  replayModule,
  canaryModule,
  learnModule,
  modelModule,
  driftModule,
];
