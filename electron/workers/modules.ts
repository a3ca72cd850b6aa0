import { egressModule } from "../engine/agent/egress/egress-table.ts";
import { taskModule } from "../engine/agent/tasks/task-table.ts";
import { trustModule } from "../engine/agent/trust/trust-table.ts";
import { approvalModule } from "../engine/approve/approval-state.ts";
import { behaviourModule } from "../engine/detect/anomaly/deployed-behaviour.ts";
import { overrideModule } from "../engine/detect/telemetry/override-table.ts";
import { verdictTables } from "../engine/detect/verdicts/verdict-tables.ts";
import { evidenceModule } from "../engine/evidence/evidence-tables.ts";
import { watchedFilesModule } from "../engine/evidence/watched-files.ts";
import { fleetModule } from "../engine/fleet/arrival-table.ts";
import { fleetKeyModule } from "../engine/fleet/key-table.ts";
import { siemModule } from "../engine/fleet/siem/told-table.ts";
import { canaryModule } from "../engine/learn/canary/canary-state.ts";
import { driftModule } from "../engine/learn/drift/drift-tables.ts";
import { federatedModule } from "../engine/learn/federated/federated-tables.ts";
import { learnModule } from "../engine/learn/learn-module.ts";
import { championModule } from "../engine/learn/registry/champion-state.ts";
import { modelModule } from "../engine/learn/registry/model-state.ts";
import { memoryModule } from "../engine/memory/memory-module.ts";
import { replayModule } from "../engine/replay/replay-tables.ts";
import { reportModule } from "../engine/report/kept-table.ts";
import { backtestModule } from "../engine/respond/backtest/backtest-tables.ts";
import { gatekeeperModule } from "../engine/respond/gatekeeper/gatekeeper-state.ts";
import { hitModule } from "../engine/respond/gatekeeper/hit-table.ts";
import { linkModule } from "../engine/respond/gatekeeper/link-table.ts";
import { measureModule } from "../engine/respond/gatekeeper/measure-table.ts";
import { responseModule } from "../engine/respond/policy/response-state.ts";
import { ruleModule } from "../engine/respond/rules/rule-state.ts";
import { simulationModule } from "../engine/respond/simulation/simulation-tables.ts";
import { backupModule } from "../engine/store/backup-table.ts";
import { forwardModule } from "../engine/store/forward-table.ts";
import { jobModule } from "../engine/store/job-table.ts";
import { outboxModule } from "../engine/store/outbox-table.ts";
import { settingsModule } from "../engine/store/settings.ts";
import type { StoreModule } from "../engine/store/store.ts";
import { verificationModule } from "../engine/store/verification-table.ts";
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
  forwardModule,
  siemModule,
  outboxModule,
  fleetModule,
  fleetKeyModule,
  championModule,
  gatekeeperModule,
  linkModule,
  hitModule,
  measureModule,
  verificationModule,
  approvalModule,
  taskModule,
  trustModule,
  memoryModule,
  egressModule,
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
  reportModule,
  simulationModule,
  canaryModule,
  learnModule,
  modelModule,
  driftModule,
  federatedModule,
  ruleModule,
  responseModule,
  backtestModule,
];
