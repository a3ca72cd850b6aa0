import { getEgress, listEgress } from "../../shared/agent-egress.ts";
import { scanText } from "../../shared/agent-scan.ts";
import {
  cancelTask,
  checkTask,
  decideTaskApproval,
  followTask,
  getProvenance,
  getSession,
  getTask,
  getTaskApproval,
  isOpenTask,
  listTasks,
  previewTask,
  processText,
  runPlan,
  runTask,
  startTask,
  type TaskEvent,
  validateCommand,
  validatePath,
} from "../../shared/agent-task.ts";
import { listTemplates, runTemplate } from "../../shared/agent-template.ts";
import {
  getAgentTrust,
  getRedTeam,
  listToolPolicies,
  raiseAgentTrust,
  reportAgent,
  startRedTeam,
} from "../../shared/agent-trust.ts";
import {
  addAlertNote,
  alertCounts,
  alertOfVerdict,
  changeAlerts,
  changeMatchingAlerts,
  getAlert,
  listAlerts,
  removeAlertNote,
  undoBatch,
} from "../../shared/alert.ts";
import { decideApproval, getApproval, listApprovals } from "../../shared/approval.ts";
import {
  auditLog,
  findAudit,
  getVerification,
  listAuditMembers,
  takeCheckpoint,
  undoEvent,
  undoLast,
  verifyAudit,
} from "../../shared/audit.ts";
import { listBacktestFlips, listBacktestGroups, listBacktestHits, startBacktest } from "../../shared/backtest.ts";
import { listBackups, makeBackup } from "../../shared/backup.ts";
import { getCanary, promoteModel, rollBackCanary } from "../../shared/canary.ts";
import {
  changeCase,
  getCase,
  listCases,
  mergeCases,
  openCase,
  removeCaseItem,
  saveCaseItem,
} from "../../shared/case.ts";
import {
  addFalsePositive,
  addSample,
  datasetStats,
  diffDatasets,
  exportDataset,
  importDataset,
  listDatasetImports,
  listDatasets,
  listFalsePositives,
  makeDataset,
  withdrawDatasetImport,
} from "../../shared/dataset.ts";
import { decodeText } from "../../shared/decode.ts";
import { acknowledgeDrift, getDrift, getDriftAlarm, listDriftLooks, refitBehaviour } from "../../shared/drift.ts";
import { eraseEvidence, erasePerson, previewErasure, previewRetention, searchPerson } from "../../shared/erasure.ts";
import {
  fetchEvidence,
  getEvidence,
  importEvidence,
  importSamples,
  listEvidence,
  pinEvidence,
  withdrawEvidence,
} from "../../shared/evidence.ts";
import { addExclusion, proposeExclusions, removeExclusion } from "../../shared/exclusion.ts";
import { listFeatureFlags } from "../../shared/feature-flags.ts";
import {
  combineFederatedUpdates,
  getFederation,
  importFederatedUpdate,
  makeFederatedUpdate,
  takeFederatedUpdate,
} from "../../shared/federation.ts";
import { getFleetDecisions } from "../../shared/fleet-decisions.ts";
import {
  compareGatekeeper,
  judgeRuleHit,
  listGatekeepers,
  listRuleHits,
  removeGatekeeper,
  saveGatekeeper,
} from "../../shared/gatekeeper.ts";
import { getHealth, getMetrics } from "../../shared/health.ts";
import { getImpact } from "../../shared/impact.ts";
import { cancelJob, listJobs, resumeJob } from "../../shared/job.ts";
import { getJudgement } from "../../shared/judgement.ts";
import { excludeLabels, nextLabels, setLabel } from "../../shared/label.ts";
import { liveStream, pollLive } from "../../shared/live.ts";
import {
  getMemorySource,
  listMemory,
  listMemorySources,
  memoryStatus,
  removeMemory,
  restoreMemorySource,
  revokeMemorySource,
  searchMemory,
  storeMemory,
} from "../../shared/memory.ts";
import {
  addModelFolder,
  evaluateModel,
  exportModel,
  getDoubtedLabels,
  getModelCard,
  getModelKey,
  getTrainingCurve,
  importModel,
  listModels,
  overrideGates,
  setModelAlias,
  trainPayloadClassifier,
  trainRows,
  withdrawModel,
} from "../../shared/model.ts";
import { getModelServerHealth } from "../../shared/model-server.ts";
import { fetchModel, listModelsElsewhere } from "../../shared/model-sharing.ts";
import { listNamedQueries, removeNamedQuery, saveNamedQuery } from "../../shared/named-query.ts";
import { panic } from "../../shared/panic.ts";
import { predictPayload } from "../../shared/payload.ts";
import { getCounterfactual, getHighlights } from "../../shared/payload-explanation.ts";
import { fetchRelease, getReleases, lookForRelease } from "../../shared/release.ts";
import { listReplayFlips, listReplayModels, listReplays, startReplay } from "../../shared/replay.ts";
import {
  checkReport,
  exportAlerts,
  exportCase,
  fetchShelvedReport,
  getReportKey,
  listShelvedReports,
  makeAlertReport,
  makeCaseReport,
} from "../../shared/report.ts";
import {
  createRule,
  editRule,
  exportRule,
  generateRuleOffers,
  getRule,
  listRules,
  rearmResponse,
  removeRule,
  renewRule,
  ruleHistory,
  stageRule,
} from "../../shared/rule-record.ts";
import { drillPanic, getSandboxStatus } from "../../shared/sandbox.ts";
import { searchCounts, searchRequests, startScan } from "../../shared/search.ts";
import { changeSettings, getSettings } from "../../shared/settings.ts";
import { getShift, listHandoverNotes, removeHandoverNote, writeHandoverNote } from "../../shared/shift.ts";
import { previewSiem, testSiem } from "../../shared/siem.ts";
import {
  cancelSimulation,
  compareSimulations,
  getSimulation,
  listSimulations,
  simulationStatus,
  startSimulation,
} from "../../shared/simulation.ts";
import {
  analyzeFlow,
  analyzeFlows,
  clearFlowOverride,
  listFlowOverrides,
  rebaseTelemetry,
  setFlowOverride,
  telemetryState,
} from "../../shared/telemetry.ts";
import {
  analyzeEvidence,
  explainVerdict,
  getSessionRequest,
  getVerdict,
  listDecisions,
  listSessionRequests,
  listVerdicts,
  revealSecrets,
  verdictCounts,
} from "../../shared/verdict.ts";
import { putInWords } from "../../shared/wording.ts";
import type { Engine } from "../engine/engine-interface.ts";
import { type Binding, bind, bindStream } from "./binding.ts";
import type { Live } from "./live.ts";
import { type NetworkAccess, networkRoutes } from "./network-access.ts";

/** Detection: what other programs call too. */
export function detectionRoutes(engine: Engine): Binding[] {
  return [
    bind(analyzeEvidence, (input, call) => engine.analyze(input, call.by, call.signal)),
    bind(predictPayload, (input) => engine.predictPayload(input)),
    bind(explainVerdict, (input, call) => engine.explain(input, call.by, call.signal)),
  ];
}

export function telemetryRoutes(engine: Engine): Binding[] {
  return [
    bind(analyzeFlow, (input) => engine.telemetry.analyse(input)),
    bind(analyzeFlows, ({ samples }) => ({ answers: samples.map((sample) => engine.telemetry.analyse(sample)) })),
    bind(telemetryState, () => engine.telemetry.state()),
    bind(listFlowOverrides, () => engine.telemetry.overrides()),
    bind(setFlowOverride, (input, call) => engine.telemetry.setOverride(input, call.by)),
    bind(clearFlowOverride, (input, call) => engine.telemetry.clearOverride(input, call.by)),
    bind(rebaseTelemetry, (input, call) => engine.telemetry.rebase(input, call.by)),
    bind(putInWords, (input, call) => engine.wording.put(input, call.signal)),
  ];
}

export function driftRoutes(engine: Engine): Binding[] {
  return [
    bind(getDrift, (input) => engine.drift.get(input)),
    bind(getDriftAlarm, () => engine.drift.alarm()),
    bind(listDriftLooks, (input) => engine.drift.looks(input)),
    bind(acknowledgeDrift, (input, call) => engine.drift.acknowledge(input, call.by)),
    bind(refitBehaviour, (input, call) => engine.drift.refit(input, call.by)),
  ];
}

export function verdictRoutes(engine: Engine): Binding[] {
  return [
    bind(listVerdicts, (input) => engine.verdicts.list(input)),
    bind(verdictCounts, (input) => engine.verdicts.counts(input)),
    bind(getVerdict, (input) => engine.verdicts.get(input)),
    bind(listDecisions, (input) => engine.verdicts.decisions(input)),
    bind(listSessionRequests, (input) => engine.verdicts.requests(input)),
    bind(getSessionRequest, (input) => engine.verdicts.request(input)),
    bind(getCounterfactual, (input) => engine.verdicts.counterfactual(input)),
    bind(getHighlights, (input) => engine.verdicts.highlights(input)),
    bind(getJudgement, (input) => engine.verdicts.judgement(input)),
    bind(revealSecrets, (input, call) => engine.verdicts.reveal(input, call.by)),
  ];
}

export function alertRoutes(engine: Engine): Binding[] {
  return [
    bind(listAlerts, (input, call) => engine.alerts.list(input, call.by)),
    bind(alertCounts, (input, call) => engine.alerts.counts(input, call.by)),
    bind(changeAlerts, (input, call) => engine.alerts.change(input, call.by)),
    bind(changeMatchingAlerts, (input, call) => engine.alerts.changeMatching(input, call.by)),
    bind(undoBatch, (input, call) => engine.alerts.undoBatch(input, call.by)),
    bind(getAlert, (input) => engine.alerts.get(input)),
    bind(alertOfVerdict, (input) => engine.alerts.ofVerdict(input)),
    bind(addAlertNote, (input, call) => engine.alerts.addNote(input, call.by)),
    bind(listNamedQueries, () => engine.alerts.queries()),
    bind(saveNamedQuery, (input, call) => engine.alerts.saveQuery(input, call.by)),
    bind(removeNamedQuery, (input, call) => engine.alerts.removeQuery(input, call.by)),
    bind(removeAlertNote, (input, call) => engine.alerts.removeNote(input, call.by)),
  ];
}

export function caseRoutes(engine: Engine): Binding[] {
  return [
    bind(listCases, (input) => engine.cases.list(input)),
    bind(openCase, (input, call) => engine.cases.open(input, call.by)),
    bind(getCase, (input, call) => engine.cases.get(input, call.by)),
    bind(changeCase, (input, call) => engine.cases.change(input, call.by)),
    bind(mergeCases, (input, call) => engine.cases.merge(input, call.by)),
    bind(saveCaseItem, (input, call) => engine.cases.saveItem(input, call.by)),
    bind(removeCaseItem, (input, call) => engine.cases.removeItem(input, call.by)),
  ];
}

export function memoryRoutes(engine: Engine): Binding[] {
  return [
    bind(storeMemory, (input, call) => engine.memory.store(input, call.by)),
    bind(listMemory, (input, call) => engine.memory.list(input, call.by)),
    bind(searchMemory, (input, call) => engine.memory.search(input, call.by, call.signal)),
    bind(memoryStatus, () => engine.memory.status()),
    bind(listMemorySources, (input) => engine.memory.sources(input)),
    bind(getMemorySource, (input, call) => engine.memory.source(input, call.by)),
    bind(revokeMemorySource, (input, call) => engine.memory.revoke(input, call.by)),
    bind(restoreMemorySource, (input, call) => engine.memory.restore(input, call.by)),
    bind(removeMemory, (input, call) => engine.memory.remove(input, call.by)),
  ];
}

export function shiftRoutes(engine: Engine): Binding[] {
  return [
    bind(getShift, (input, call) => engine.shift.summary(input, call.by)),
    bind(listHandoverNotes, () => engine.shift.notes()),
    bind(writeHandoverNote, (input, call) => engine.shift.writeNote(input, call.by)),
    bind(removeHandoverNote, (input, call) => engine.shift.removeNote(input, call.by)),
  ];
}

export function canaryRoutes(engine: Engine): Binding[] {
  return [
    bind(getCanary, () => engine.canary.get()),
    bind(promoteModel, (input, call) => engine.canary.promote(input, call.by)),
    bind(rollBackCanary, (_input, call) => engine.canary.rollBack(call.by)),
  ];
}

export function replayRoutes(engine: Engine): Binding[] {
  return [
    bind(listReplayModels, () => engine.replays.models()),
    bind(startReplay, (input, call) => engine.replays.start(input, call.by)),
    bind(listReplays, () => engine.replays.list()),
    bind(listReplayFlips, (input) => engine.replays.flips(input)),
  ];
}

export function gatekeeperRoutes({ gatekeepers }: Engine): Binding[] {
  return [
    bind(listGatekeepers, () => gatekeepers.list()),
    bind(saveGatekeeper, (input, call) => gatekeepers.save(input, call.by)),
    bind(removeGatekeeper, (input, call) => gatekeepers.remove(input, call.by)),
    bind(compareGatekeeper, (input) => gatekeepers.compare(input)),
    bind(listRuleHits, (input) => gatekeepers.hits(input)),
    bind(judgeRuleHit, (input, call) => gatekeepers.judge(input, call.by)),
    bind(getImpact, (input) => gatekeepers.impact(input)),
  ];
}

export function ruleRoutes({ rules, approvals, response }: Engine): Binding[] {
  return [
    bind(generateRuleOffers, (input) => rules.generate(input)),
    bind(createRule, (input, call) => rules.create(input, call.by)),
    bind(listRules, () => rules.list()),
    bind(getRule, (input) => rules.get(input)),
    bind(editRule, (input, call) => rules.edit(input, call.by)),
    bind(ruleHistory, (input) => rules.history(input)),
    bind(stageRule, (input, call) => rules.stage(input, call.by)),
    bind(renewRule, (input, call) => rules.renew(input, call.by)),
    bind(removeRule, (input, call) => rules.remove(input, call.by)),
    bind(exportRule, (input) => rules.export(input)),
    bind(startBacktest, (input, call) => rules.backtest(input, call.by)),
    bind(listBacktestGroups, (input) => rules.groups(input)),
    bind(listBacktestHits, (input) => rules.hits(input)),
    bind(listBacktestFlips, (input) => rules.flips(input)),
    bind(proposeExclusions, (input) => rules.proposeExclusions(input)),
    bind(addExclusion, (input, call) => rules.addExclusion(input, call.by)),
    bind(removeExclusion, (input, call) => rules.removeExclusion(input, call.by)),
    bind(listApprovals, (input, call) => approvals.list(input, call.by)),
    bind(getApproval, (input, call) => approvals.get(input, call.by)),
    bind(decideApproval, (input, call) => approvals.decide(input, call.by)),
    bind(rearmResponse, (input, call) => response.rearm(input, call.by)),
  ];
}

export function simulationRoutes(engine: Engine): Binding[] {
  return [
    bind(simulationStatus, () => engine.simulations.status()),
    bind(startSimulation, (input, call) => engine.simulations.start(input, call.by)),
    bind(listSimulations, (input) => engine.simulations.list(input)),
    bind(getSimulation, (input) => engine.simulations.get(input)),
    bind(compareSimulations, (input) => engine.simulations.compare(input)),
    bind(cancelSimulation, (input, call) => engine.simulations.cancel(input, call.by)),
  ];
}

export function searchRoutes(engine: Engine): Binding[] {
  return [
    bind(searchRequests, (input) => engine.search.requests(input)),
    bind(searchCounts, (input) => engine.search.counts(input)),
    bind(decodeText, (input) => engine.decode(input)),
    bind(scanText, (input, call) => engine.scan(input, call.signal)),
    bind(startScan, (input, call) => engine.search.scan(input, call.by)),
  ];
}

/** Labels, and the dataset versions that are made of them. */
export function datasetRoutes(engine: Engine): Binding[] {
  return [
    bind(addSample, (input, call) => engine.labels.addSample(input, call.by)),
    bind(addFalsePositive, (input, call) => engine.labels.addFalsePositive(input, call.by)),
    bind(nextLabels, (input) => engine.labels.next(input)),
    bind(setLabel, (input, call) => engine.labels.set(input, call.by)),
    bind(excludeLabels, (input, call) => engine.labels.exclude(input, call.by)),
    bind(datasetStats, () => engine.datasets.stats()),
    bind(listDatasets, () => engine.datasets.list()),
    bind(makeDataset, (input, call) => engine.datasets.make(input, call.by)),
    bind(diffDatasets, (input) => engine.datasets.diff(input)),
    bind(exportDataset, (input, call) => engine.datasets.export(input, call.by)),
    bind(importDataset, (input, call) => engine.datasets.import(call.body, input, call.by, call.signal)),
    bind(listDatasetImports, () => engine.datasets.imports()),
    bind(withdrawDatasetImport, (input, call) => engine.datasets.withdrawImport(input, call.by)),
    bind(listFalsePositives, () => engine.datasets.falsePositives()),
  ];
}

export function reportRoutes(engine: Engine): Binding[] {
  return [
    bind(exportAlerts, (input, call) => engine.alerts.export(input, call.by)),
    bind(makeAlertReport, (input, call) => engine.reports.ofAlert(input, call.by)),
    bind(makeCaseReport, (input, call) => engine.reports.ofCase(input, call.by)),
    bind(exportCase, (input, call) => engine.reports.exportCase(input, call.by)),
    bind(getReportKey, () => engine.reports.key()),
    bind(listShelvedReports, () => engine.reports.shelved()),
    bind(fetchShelvedReport, (input, call) => engine.reports.fetch(input, call.by)),
    bind(checkReport, (input, call) => engine.reports.check(call.body, input)),
  ];
}

export function evidenceRoutes(engine: Engine): Binding[] {
  return [
    bind(listEvidence, (input) => engine.evidence.list(input)),
    bind(getEvidence, (input) => engine.evidence.get(input)),
    bind(importEvidence, (input, call) => engine.evidence.import(call.body, input, call.by, call.signal)),
    bind(importSamples, (_input, call) => engine.evidence.importSamples(call.by)),
    bind(fetchEvidence, (input, call) => engine.evidence.fetch(input, call.by)),
    bind(pinEvidence, (input, call) => engine.evidence.pin(input, call.by)),
    bind(withdrawEvidence, (input, call) => engine.evidence.withdraw(input, call.by)),
    bind(previewErasure, (input) => engine.erasure.preview(input)),
    bind(eraseEvidence, (input, call) => engine.erasure.erase(input, call.by)),
    bind(searchPerson, (input, call) => engine.erasure.searchPerson(input, call.by)),
    bind(erasePerson, (input, call) => engine.erasure.erasePerson(input, call.by)),
    bind(previewRetention, (input) => engine.erasure.retention(input)),
  ];
}

export function modelRoutes(engine: Engine): Binding[] {
  return [
    bind(trainPayloadClassifier, (input, call) => engine.models.train(input, call.by)),
    bind(trainRows, (input, call) => engine.models.trainRows(call.body, input, call.by)),
    bind(getTrainingCurve, (input) => engine.models.curve(input)),
    bind(getDoubtedLabels, (input) => engine.models.doubts(input)),
    bind(listModels, (input) => engine.models.list(input)),
    bind(listModelsElsewhere, () => engine.models.elsewhere()),
    bind(fetchModel, (input, call) => engine.models.fetch(input, call.by)),
    bind(getModelKey, () => engine.models.key()),
    bind(addModelFolder, (input, call) => engine.models.addFolder(input, call.by)),
    bind(importModel, (_input, call) => engine.models.import(call.body, call.by)),
    bind(getModelCard, (input) => engine.models.card(input)),
    bind(evaluateModel, (input, call) => engine.models.evaluate(input, call.by)),
    bind(overrideGates, (input, call) => engine.models.override(input, call.by)),
    bind(setModelAlias, (input, call) => engine.models.setAlias(input, call.by)),
    bind(withdrawModel, (input, call) => engine.models.withdraw(input, call.by)),
    bind(exportModel, (input, call) => engine.models.export(input, call.by)),
    bind(getFederation, () => engine.federation.get()),
    bind(makeFederatedUpdate, (input, call) => engine.federation.make(input, call.by)),
    bind(takeFederatedUpdate, (input, call) => engine.federation.file(input, call.by)),
    bind(importFederatedUpdate, (_input, call) => engine.federation.import(call.body, call.by)),
    bind(combineFederatedUpdates, (input, call) => engine.federation.combine(input, call.by)),
  ];
}

/** Jobs, settings, the log, panic, health: what keeps the engine governed. */
export function operationRoutes(engine: Engine): Binding[] {
  return [
    bind(listBackups, () => engine.backups.list()),
    bind(makeBackup, (input, call) => engine.backups.make(input, call.by)),
    bind(getReleases, () => engine.releases.status()),
    bind(lookForRelease, () => engine.releases.look()),
    bind(fetchRelease, (input, call) => engine.releases.fetch(input, call.by)),
    bind(listJobs, () => engine.jobs.list()),
    bind(cancelJob, (input, call) => engine.jobs.cancel(input, call.by)),
    bind(resumeJob, (input, call) => engine.jobs.resume(input, call.by)),
    bind(getSettings, () => engine.settings.get()),
    bind(changeSettings, (input, call) => engine.settings.change(input, call.by)),
    bind(listFeatureFlags, () => engine.settings.flags()),
    bind(previewSiem, (input) => engine.siem.preview(input)),
    bind(testSiem, (input) => engine.siem.test(input)),
    bind(auditLog, (input) => engine.audit.log(input)),
    bind(findAudit, (input) => engine.audit.find(input)),
    bind(listAuditMembers, (input) => engine.audit.members(input)),
    bind(verifyAudit, (_input, call) => engine.audit.verify(call.by)),
    bind(takeCheckpoint, () => engine.audit.checkpoint()),
    bind(getVerification, () => engine.audit.verification()),
    bind(undoLast, (input, call) => engine.audit.undoLast(input, call.by)),
    bind(undoEvent, (input, call) => engine.audit.undo(input, call.by)),
    bind(panic, (input, call) => engine.panic(input, call.by)),
    bind(getSandboxStatus, () => engine.sandboxes.status()),
    bind(drillPanic, (_input, call) => engine.sandboxes.drill(call.by)),
    bind(getModelServerHealth, () => engine.modelServerHealth()),
    bind(getHealth, () => engine.health()),
    bind(getFleetDecisions, (input, call) => engine.fleetDecisions(input, call.by)),
    bind(getMetrics, () => engine.metrics()),
  ];
}

export function trustRoutes({ trust }: Engine): Binding[] {
  return [
    bind(getAgentTrust, () => trust.get()),
    bind(listToolPolicies, () => trust.policies()),
    bind(raiseAgentTrust, (input, call) => trust.raise(input, call.by)),
    bind(reportAgent, (input, call) => trust.report(input, call.by)),
    bind(startRedTeam, (_input, call) => trust.startRedTeam(call.by)),
    bind(getRedTeam, () => trust.redTeam()),
  ];
}

export function assistantRoutes({ assistant }: Engine): Binding[] {
  return [
    bind(runTask, (input, call) => assistant.ask(input, call.by)),
    bind(startTask, (input, call) => assistant.start(input, call.by)),
    bind(runPlan, (input, call) => assistant.runPlan(input, call.by)),
    bind(listTemplates, () => assistant.templates()),
    bind(runTemplate, (input, call) => assistant.runTemplate(input, call.by)),
    bind(previewTask, (input) => assistant.preview(input)),
    bind(getTask, (input) => assistant.get(input)),
    bind(getProvenance, (input) => assistant.provenance(input)),
    bind(checkTask, (input) => assistant.check(input)),
    bind(cancelTask, (input, call) => assistant.cancel(input, call.by)),
    bind(listTasks, (input) => assistant.list(input)),
    bind(getSession, (input) => assistant.session(input)),
    bind(getTaskApproval, (input, call) => assistant.approval(input, call.by)),
    bind(decideTaskApproval, (input, call) => assistant.decide(input, call.by)),
    bindStream(followTask, async (input, call) => {
      const events = assistant.follow(input, call.signal);
      if (isOpenTask((await assistant.get({ id: input.task_id })).status)) return toItems(events);
      const first = await events.next();
      return first.done ? null : toItems(events, first.value);
    }),
    bind(listEgress, (input) => assistant.egress(input)),
    bind(getEgress, (input) => assistant.egressText(input)),
    bind(processText, (input, call) => assistant.process(input, call.signal)),
    bind(validatePath, (input) => assistant.validatePath(input)),
    bind(validateCommand, (input, call) => assistant.validateCommand(input, call.signal)),
  ];
}

async function* toItems(events: AsyncGenerator<TaskEvent>, first?: TaskEvent) {
  try {
    if (first !== undefined) yield { id: first.id, data: first };
    for await (const event of events) yield { id: event.id, data: event };
  } finally {
    await events.return(undefined);
  }
}

export function liveRoutes(live: Live): Binding[] {
  return [
    bindStream(liveStream, async function* (input, call) {
      // The id alone comes first, so that a reader that is cut off before any message knows where to go on.
      const from = input.last_event_id ?? live.lastId;
      yield { id: from };
      for await (const { id, message } of live.follow(from, call.signal)) yield { id, data: message };
    }),
    bind(pollLive, (input) => {
      const { messages, lastId } = live.since(input.last_event_id);
      return { messages, last_event_id: lastId };
    }),
  ];
}

/** Every operation of the contract, bound to an engine. */
export function allRoutes(engine: Engine, live: Live, network: NetworkAccess | null = null): Binding[] {
  return [
    ...detectionRoutes(engine),
    ...telemetryRoutes(engine),
    ...verdictRoutes(engine),
    ...driftRoutes(engine),
    ...alertRoutes(engine),
    ...caseRoutes(engine),
    ...shiftRoutes(engine),
    ...memoryRoutes(engine),
    ...searchRoutes(engine),
    ...replayRoutes(engine),
    ...simulationRoutes(engine),
    ...canaryRoutes(engine),
    ...ruleRoutes(engine),
    ...gatekeeperRoutes(engine),
    ...datasetRoutes(engine),
    ...reportRoutes(engine),
    ...modelRoutes(engine),
    ...evidenceRoutes(engine),
    ...operationRoutes(engine),
    ...assistantRoutes(engine),
    ...trustRoutes(engine),
    ...liveRoutes(live),
    ...networkRoutes(network, engine.noteRevocation),
  ];
}
