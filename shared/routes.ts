import * as agentEgress from "./agent-egress.ts";
import * as agentScan from "./agent-scan.ts";
import * as agentTask from "./agent-task.ts";
import * as agentTemplate from "./agent-template.ts";
import * as agentTrust from "./agent-trust.ts";
import * as alert from "./alert.ts";
import * as approval from "./approval.ts";
import * as audit from "./audit.ts";
import * as backtest from "./backtest.ts";
import * as backup from "./backup.ts";
import * as canary from "./canary.ts";
import * as cases from "./case.ts";
import * as dataset from "./dataset.ts";
import * as decode from "./decode.ts";
import * as drift from "./drift.ts";
import * as erasure from "./erasure.ts";
import * as evidence from "./evidence.ts";
import * as exclusion from "./exclusion.ts";
import * as featureFlags from "./feature-flags.ts";
import * as federation from "./federation.ts";
import * as fleetDecisions from "./fleet-decisions.ts";
import * as gatekeeper from "./gatekeeper.ts";
import * as health from "./health.ts";
import * as impact from "./impact.ts";
import * as job from "./job.ts";
import * as judgement from "./judgement.ts";
import * as label from "./label.ts";
import * as live from "./live.ts";
import * as memory from "./memory.ts";
import * as model from "./model.ts";
import * as modelServer from "./model-server.ts";
import * as modelSharing from "./model-sharing.ts";
import * as namedQuery from "./named-query.ts";
import * as network from "./network.ts";
import * as panic from "./panic.ts";
import * as payload from "./payload.ts";
import * as payloadExplanation from "./payload-explanation.ts";
import * as release from "./release.ts";
import * as replay from "./replay.ts";
import * as report from "./report.ts";
import * as rule from "./rule-record.ts";
import * as sandbox from "./sandbox.ts";
import * as search from "./search.ts";
import * as settings from "./settings.ts";
import * as shift from "./shift.ts";
import * as siem from "./siem.ts";
import * as simulation from "./simulation.ts";
import * as telemetry from "./telemetry.ts";
import * as verdict from "./verdict.ts";
import * as wording from "./wording.ts";

/** Every operation of the contract. OpenAPI, binding and the documentation tests walk this list. */
export const routes = [
  verdict.analyzeEvidence,
  payload.predictPayload,
  verdict.explainVerdict,
  modelServer.getModelServerHealth,
  model.trainPayloadClassifier,
  model.trainRows,
  model.getTrainingCurve,
  model.getDoubtedLabels,
  model.listModels,
  modelSharing.listModelsElsewhere,
  modelSharing.fetchModel,
  model.getModelKey,
  model.addModelFolder,
  model.importModel,
  model.getModelCard,
  model.evaluateModel,
  model.overrideGates,
  model.setModelAlias,
  model.withdrawModel,
  model.exportModel,
  federation.getFederation,
  federation.makeFederatedUpdate,
  federation.takeFederatedUpdate,
  federation.importFederatedUpdate,
  federation.combineFederatedUpdates,
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
  rule.generateRuleOffers,
  rule.createRule,
  rule.listRules,
  rule.getRule,
  rule.editRule,
  rule.ruleHistory,
  rule.stageRule,
  rule.renewRule,
  rule.removeRule,
  rule.exportRule,
  rule.rearmResponse,
  backtest.startBacktest,
  backtest.listBacktestGroups,
  backtest.listBacktestHits,
  backtest.listBacktestFlips,
  exclusion.proposeExclusions,
  exclusion.addExclusion,
  exclusion.removeExclusion,
  approval.listApprovals,
  approval.getApproval,
  approval.decideApproval,
  simulation.simulationStatus,
  simulation.startSimulation,
  simulation.listSimulations,
  simulation.getSimulation,
  simulation.compareSimulations,
  simulation.cancelSimulation,
  decode.decodeText,
  agentScan.scanText,
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
  report.listShelvedReports,
  report.fetchShelvedReport,
  memory.storeMemory,
  memory.listMemory,
  memory.searchMemory,
  memory.memoryStatus,
  memory.listMemorySources,
  memory.getMemorySource,
  memory.revokeMemorySource,
  memory.restoreMemorySource,
  memory.removeMemory,
  evidence.listEvidence,
  evidence.getEvidence,
  evidence.importEvidence,
  evidence.importSamples,
  evidence.pinEvidence,
  evidence.fetchEvidence,
  evidence.withdrawEvidence,
  erasure.previewErasure,
  erasure.eraseEvidence,
  erasure.searchPerson,
  erasure.erasePerson,
  erasure.previewRetention,
  backup.listBackups,
  backup.makeBackup,
  release.getReleases,
  release.lookForRelease,
  release.fetchRelease,
  job.listJobs,
  job.cancelJob,
  job.resumeJob,
  settings.getSettings,
  settings.changeSettings,
  featureFlags.listFeatureFlags,
  siem.previewSiem,
  siem.testSiem,
  audit.auditLog,
  audit.findAudit,
  audit.listAuditMembers,
  audit.verifyAudit,
  audit.takeCheckpoint,
  audit.getVerification,
  audit.undoLast,
  audit.undoEvent,
  panic.panic,
  sandbox.getSandboxStatus,
  sandbox.drillPanic,
  gatekeeper.listGatekeepers,
  gatekeeper.saveGatekeeper,
  gatekeeper.removeGatekeeper,
  gatekeeper.compareGatekeeper,
  gatekeeper.listRuleHits,
  gatekeeper.judgeRuleHit,
  impact.getImpact,
  drift.getDrift,
  drift.getDriftAlarm,
  drift.listDriftLooks,
  drift.acknowledgeDrift,
  drift.refitBehaviour,
  telemetry.analyzeFlow,
  telemetry.analyzeFlows,
  telemetry.telemetryState,
  telemetry.listFlowOverrides,
  telemetry.setFlowOverride,
  telemetry.clearFlowOverride,
  telemetry.rebaseTelemetry,
  live.liveStream,
  live.pollLive,
  network.getCaller,
  network.listNetworkSessions,
  network.revokeNetworkSession,
  fleetDecisions.getFleetDecisions,
  health.getHealth,
  health.getMetrics,
  agentTask.runTask,
  agentTask.startTask,
  agentTask.runPlan,
  agentTemplate.listTemplates,
  agentTemplate.runTemplate,
  agentTask.previewTask,
  agentTask.getTask,
  agentTask.cancelTask,
  agentTask.listTasks,
  agentTask.getProvenance,
  agentTask.checkTask,
  agentTask.getSession,
  agentTask.getTaskApproval,
  agentTask.decideTaskApproval,
  agentTask.followTask,
  agentEgress.listEgress,
  agentEgress.getEgress,
  agentTask.processText,
  wording.putInWords,
  agentTask.validatePath,
  agentTask.validateCommand,
  agentTrust.getAgentTrust,
  agentTrust.listToolPolicies,
  agentTrust.raiseAgentTrust,
  agentTrust.reportAgent,
  agentTrust.startRedTeam,
  agentTrust.getRedTeam,
] as const;
