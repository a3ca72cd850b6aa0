import * as alert from "./alert.ts";
import * as audit from "./audit.ts";
import * as backup from "./backup.ts";
import * as canary from "./canary.ts";
import * as cases from "./case.ts";
import * as dataset from "./dataset.ts";
import * as decode from "./decode.ts";
import * as drift from "./drift.ts";
import * as erasure from "./erasure.ts";
import * as evidence from "./evidence.ts";
import * as health from "./health.ts";
import * as job from "./job.ts";
import * as judgement from "./judgement.ts";
import * as label from "./label.ts";
import * as live from "./live.ts";
import * as model from "./model.ts";
import * as modelServer from "./model-server.ts";
import * as namedQuery from "./named-query.ts";
import * as panic from "./panic.ts";
import * as payload from "./payload.ts";
import * as payloadExplanation from "./payload-explanation.ts";
import * as replay from "./replay.ts";
import * as report from "./report.ts";
import * as search from "./search.ts";
import * as settings from "./settings.ts";
import * as shift from "./shift.ts";
import * as telemetry from "./telemetry.ts";
import * as verdict from "./verdict.ts";

/** Every operation of the contract. OpenAPI, binding and the documentation tests walk this list. */
export const routes = [
  verdict.analyzeEvidence,
  payload.predictPayload,
  verdict.explainVerdict,
  modelServer.getModelServerHealth,
  model.trainPayloadClassifier,
  model.trainRows,
  model.getTrainingCurve,
  model.listModels,
  model.getModelKey,
  model.addModelFolder,
  model.importModel,
  model.getModelCard,
  model.evaluateModel,
  model.overrideGates,
  model.setModelAlias,
  model.withdrawModel,
  model.exportModel,
  verdict.listVerdicts,
  verdict.verdictCounts,
  verdict.getVerdict,
  verdict.listDecisions,
  verdict.listSessionRequests,
  verdict.getSessionRequest,
  payloadExplanation.getCounterfactual,
  payloadExplanation.getHighlights,
  judgement.getJudgement,
  verdict.revealSecrets,
  alert.listAlerts,
  alert.alertCounts,
  alert.changeAlerts,
  alert.changeMatchingAlerts,
  alert.undoBatch,
  alert.getAlert,
  alert.alertOfVerdict,
  alert.addAlertNote,
  alert.removeAlertNote,
  cases.listCases,
  cases.openCase,
  cases.getCase,
  cases.changeCase,
  cases.mergeCases,
  cases.saveCaseItem,
  cases.removeCaseItem,
  search.searchRequests,
  search.searchCounts,
  search.startScan,
  canary.getCanary,
  canary.promoteModel,
  canary.rollBackCanary,
  replay.listReplayModels,
  replay.startReplay,
  replay.listReplays,
  replay.listReplayFlips,
  decode.decodeText,
  dataset.addSample,
  dataset.addFalsePositive,
  dataset.datasetStats,
  label.nextLabels,
  label.setLabel,
  label.excludeLabels,
  dataset.listDatasets,
  dataset.makeDataset,
  dataset.diffDatasets,
  dataset.exportDataset,
  dataset.importDataset,
  dataset.listDatasetImports,
  dataset.withdrawDatasetImport,
  dataset.listFalsePositives,
  shift.getShift,
  shift.listHandoverNotes,
  shift.writeHandoverNote,
  shift.removeHandoverNote,
  namedQuery.listNamedQueries,
  namedQuery.saveNamedQuery,
  namedQuery.removeNamedQuery,
  report.exportAlerts,
  report.makeAlertReport,
  report.makeCaseReport,
  report.exportCase,
  report.getReportKey,
  report.checkReport,
  evidence.listEvidence,
  evidence.getEvidence,
  evidence.importEvidence,
  evidence.importSamples,
  evidence.pinEvidence,
  evidence.withdrawEvidence,
  erasure.previewErasure,
  erasure.eraseEvidence,
  erasure.searchPerson,
  erasure.erasePerson,
  erasure.previewRetention,
  backup.listBackups,
  backup.makeBackup,
  job.listJobs,
  job.cancelJob,
  job.resumeJob,
  settings.getSettings,
  settings.changeSettings,
  audit.auditLog,
  audit.verifyAudit,
  audit.undoLast,
  audit.undoEvent,
  panic.panic,
  drift.getDrift,
  drift.getDriftAlarm,
  drift.listDriftLooks,
  drift.acknowledgeDrift,
  drift.refitBehaviour,
  telemetry.analyzeFlow,
  telemetry.telemetryState,
  telemetry.listFlowOverrides,
  telemetry.setFlowOverride,
  telemetry.clearFlowOverride,
  telemetry.rebaseTelemetry,
  live.liveStream,
  live.pollLive,
  health.getHealth,
  health.getMetrics,
] as const;
