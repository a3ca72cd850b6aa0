import type { getEgress, listEgress } from "../../shared/agent-egress.ts";
import type { scanText } from "../../shared/agent-scan.ts";
import type {
  cancelTask,
  checkTask,
  decideTaskApproval,
  followTask,
  getProvenance,
  getSession,
  getTask,
  getTaskApproval,
  listTasks,
  previewTask,
  processText,
  runPlan,
  runTask,
  startTask,
  TaskEvent,
  validateCommand,
  validatePath,
} from "../../shared/agent-task.ts";
import type { listTemplates, runTemplate } from "../../shared/agent-template.ts";
import type {
  getAgentTrust,
  getRedTeam,
  listToolPolicies,
  raiseAgentTrust,
  reportAgent,
  startRedTeam,
} from "../../shared/agent-trust.ts";
import type {
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
import type { decideApproval, getApproval, listApprovals } from "../../shared/approval.ts";
import type {
  auditLog,
  findAudit,
  getVerification,
  listAuditMembers,
  takeCheckpoint,
  undoEvent,
  undoLast,
  verifyAudit,
} from "../../shared/audit.ts";
import type { listBacktestFlips, listBacktestGroups, listBacktestHits, startBacktest } from "../../shared/backtest.ts";
import type { listBackups, makeBackup } from "../../shared/backup.ts";
import type { getCanary, promoteModel, rollBackCanary } from "../../shared/canary.ts";
import type {
  changeCase,
  getCase,
  listCases,
  mergeCases,
  openCase,
  removeCaseItem,
  saveCaseItem,
} from "../../shared/case.ts";
import type {
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
import type { decodeText } from "../../shared/decode.ts";
import type { acknowledgeDrift, getDrift, getDriftAlarm, listDriftLooks, refitBehaviour } from "../../shared/drift.ts";
import type {
  eraseEvidence,
  erasePerson,
  previewErasure,
  previewRetention,
  searchPerson,
} from "../../shared/erasure.ts";
import type {
  fetchEvidence,
  getEvidence,
  importEvidence,
  importSamples,
  listEvidence,
  pinEvidence,
  withdrawEvidence,
} from "../../shared/evidence.ts";
import type { addExclusion, proposeExclusions, removeExclusion } from "../../shared/exclusion.ts";
import type { listFeatureFlags } from "../../shared/feature-flags.ts";
import type {
  combineFederatedUpdates,
  getFederation,
  importFederatedUpdate,
  makeFederatedUpdate,
  takeFederatedUpdate,
} from "../../shared/federation.ts";
import type { getFleetDecisions } from "../../shared/fleet-decisions.ts";
import type {
  compareGatekeeper,
  judgeRuleHit,
  listGatekeepers,
  listRuleHits,
  removeGatekeeper,
  saveGatekeeper,
} from "../../shared/gatekeeper.ts";
import type { Health } from "../../shared/health.ts";
import type { getImpact } from "../../shared/impact.ts";
import type { cancelJob, listJobs, resumeJob } from "../../shared/job.ts";
import type { getJudgement } from "../../shared/judgement.ts";
import type { excludeLabels, nextLabels, setLabel } from "../../shared/label.ts";
import type { LiveMessage } from "../../shared/live.ts";
import type {
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
import type {
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
import type { ModelServerHealth } from "../../shared/model-server.ts";
import type { fetchModel, listModelsElsewhere } from "../../shared/model-sharing.ts";
import type { listNamedQueries, removeNamedQuery, saveNamedQuery } from "../../shared/named-query.ts";
import type { PanicAnswer, PanicPull } from "../../shared/panic.ts";
import type { predictPayload } from "../../shared/payload.ts";
import type { getCounterfactual, getHighlights } from "../../shared/payload-explanation.ts";
import type { fetchRelease, getReleases, lookForRelease } from "../../shared/release.ts";
import type { listReplayFlips, listReplayModels, listReplays, startReplay } from "../../shared/replay.ts";
import type {
  checkReport,
  exportAlerts,
  exportCase,
  fetchShelvedReport,
  getReportKey,
  listShelvedReports,
  makeAlertReport,
  makeCaseReport,
} from "../../shared/report.ts";
import type { Input, Output } from "../../shared/route.ts";
import type {
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
import type { drillPanic, getSandboxStatus } from "../../shared/sandbox.ts";
import type { searchCounts, searchRequests, startScan } from "../../shared/search.ts";
import type { changeSettings, getSettings } from "../../shared/settings.ts";
import type { getShift, listHandoverNotes, removeHandoverNote, writeHandoverNote } from "../../shared/shift.ts";
import type { previewSiem, testSiem } from "../../shared/siem.ts";
import type {
  cancelSimulation,
  compareSimulations,
  getSimulation,
  listSimulations,
  simulationStatus,
  startSimulation,
} from "../../shared/simulation.ts";
import type {
  analyzeFlow,
  clearFlowOverride,
  listFlowOverrides,
  rebaseTelemetry,
  setFlowOverride,
  telemetryState,
} from "../../shared/telemetry.ts";
import type {
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
import type { putInWords } from "../../shared/wording.ts";
import type { Config } from "./base/config.ts";
import type { Logger } from "./base/logging.ts";
import type { Metrics } from "./base/metrics.ts";
import type { Principal } from "./base/principals.ts";
import type { Tracing } from "./base/tracing.ts";
import type { SupervisorClient } from "./sandbox/supervisor-client.ts";
import type { KeySource } from "./store/master-key.ts";

/** May answer at once or later; the router awaits either. */
type Soon<T> = T | Promise<T>;

/**
 * The engine as its hosts see it: one method per operation of the contract, inputs parsed, outputs in wire shapes. Expected
 * failures are thrown as `SentinelError`; anything else that is thrown is a bug. A plain object of closures.
 */
export interface Engine {
  /** Stores a package as evidence, analyses it and waits for its verdicts, worst first; cancelled by `signal`. */
  analyze(
    input: Input<typeof analyzeEvidence>,
    by: Principal,
    signal: AbortSignal,
  ): Promise<Output<typeof analyzeEvidence>>;
  predictPayload(input: Input<typeof predictPayload>): Soon<Output<typeof predictPayload>>;
  explain(
    input: Input<typeof explainVerdict>,
    by: Principal,
    signal: AbortSignal,
  ): Promise<Output<typeof explainVerdict>>;
  readonly verdicts: {
    list(input: Input<typeof listVerdicts>): Promise<Output<typeof listVerdicts>>;
    counts(input: Input<typeof verdictCounts>): Promise<Output<typeof verdictCounts>>;
    get(input: Input<typeof getVerdict>): Promise<Output<typeof getVerdict>>;
    decisions(input: Input<typeof listDecisions>): Promise<Output<typeof listDecisions>>;
    requests(input: Input<typeof listSessionRequests>): Promise<Output<typeof listSessionRequests>>;
    request(input: Input<typeof getSessionRequest>): Promise<Output<typeof getSessionRequest>>;
    counterfactual(input: Input<typeof getCounterfactual>): Promise<Output<typeof getCounterfactual>>;
    highlights(input: Input<typeof getHighlights>): Promise<Output<typeof getHighlights>>;
    judgement(input: Input<typeof getJudgement>): Promise<Output<typeof getJudgement>>;
    reveal(input: Input<typeof revealSecrets>, by: Principal): Promise<Output<typeof revealSecrets>>;
  };
  readonly alerts: {
    list(input: Input<typeof listAlerts>, by: Principal): Promise<Output<typeof listAlerts>>;
    counts(input: Input<typeof alertCounts>, by: Principal): Promise<Output<typeof alertCounts>>;
    get(input: Input<typeof getAlert>): Promise<Output<typeof getAlert>>;
    /** The alert that a session belongs to. */
    ofVerdict(input: Input<typeof alertOfVerdict>): Promise<Output<typeof alertOfVerdict>>;
    change(input: Input<typeof changeAlerts>, by: Principal): Promise<Output<typeof changeAlerts>>;
    changeMatching(
      input: Input<typeof changeMatchingAlerts>,
      by: Principal,
    ): Promise<Output<typeof changeMatchingAlerts>>;
    undoBatch(input: Input<typeof undoBatch>, by: Principal): Promise<Output<typeof undoBatch>>;
    addNote(input: Input<typeof addAlertNote>, by: Principal): Promise<Output<typeof addAlertNote>>;
    export(input: Input<typeof exportAlerts>, by: Principal): Promise<Output<typeof exportAlerts>>;
    /** Saved views, suppressions and watches. */
    queries(): Promise<Output<typeof listNamedQueries>>;
    saveQuery(input: Input<typeof saveNamedQuery>, by: Principal): Promise<Output<typeof saveNamedQuery>>;
    removeQuery(input: Input<typeof removeNamedQuery>, by: Principal): Promise<Output<typeof removeNamedQuery>>;
    removeNote(input: Input<typeof removeAlertNote>, by: Principal): Promise<Output<typeof removeAlertNote>>;
  };
  readonly cases: {
    list(input: Input<typeof listCases>): Promise<Output<typeof listCases>>;
    get(input: Input<typeof getCase>, by: Principal): Promise<Output<typeof getCase>>;
    open(input: Input<typeof openCase>, by: Principal): Promise<Output<typeof openCase>>;
    change(input: Input<typeof changeCase>, by: Principal): Promise<Output<typeof changeCase>>;
    merge(input: Input<typeof mergeCases>, by: Principal): Promise<Output<typeof mergeCases>>;
    saveItem(input: Input<typeof saveCaseItem>, by: Principal): Promise<Output<typeof saveCaseItem>>;
    removeItem(input: Input<typeof removeCaseItem>, by: Principal): Promise<Output<typeof removeCaseItem>>;
  };
  readonly shift: {
    summary(input: Input<typeof getShift>, by: Principal): Promise<Output<typeof getShift>>;
    notes(): Promise<Output<typeof listHandoverNotes>>;
    writeNote(input: Input<typeof writeHandoverNote>, by: Principal): Promise<Output<typeof writeHandoverNote>>;
    removeNote(input: Input<typeof removeHandoverNote>, by: Principal): Promise<Output<typeof removeHandoverNote>>;
  };
  /** Over all requests in view, benign ones included. */
  readonly search: {
    requests(input: Input<typeof searchRequests>): Promise<Output<typeof searchRequests>>;
    counts(input: Input<typeof searchCounts>): Promise<Output<typeof searchCounts>>;
    /** Looks through headers and bodies: a job. */
    scan(input: Input<typeof startScan>, by: Principal): Promise<Output<typeof startScan>>;
  };
  /** A model's way into service. */
  readonly canary: {
    get(): Promise<Output<typeof getCanary>>;
    /** @throws SentinelError CONFLICT naming the only allowed step, NOT_FOUND, GATES_FAILED */
    promote(input: Input<typeof promoteModel>, by: Principal): Promise<Output<typeof promoteModel>>;
    /** @throws SentinelError CONFLICT when there is nothing to take back */
    rollBack(by: Principal): Promise<Output<typeof rollBackCanary>>;
  };
  /** Stored evidence judged again, with another model or other thresholds; nothing that is stored changes. */
  readonly replays: {
    models(): Promise<Output<typeof listReplayModels>>;
    /** @throws SentinelError INPUT_INVALID, NOT_FOUND when a model is not kept, MODEL_UNREADABLE when it cannot judge today's sessions */
    start(input: Input<typeof startReplay>, by: Principal): Promise<Output<typeof startReplay>>;
    list(): Promise<Output<typeof listReplays>>;
    flips(input: Input<typeof listReplayFlips>): Promise<Output<typeof listReplayFlips>>;
  };
  /** Rules of the web application firewall: made, tried on stored requests, and let further step by step. */
  readonly rules: {
    /** @throws SentinelError NOT_FOUND, CONFLICT, INPUT_INVALID */
    generate(input: Input<typeof generateRuleOffers>): Promise<Output<typeof generateRuleOffers>>;
    /** @throws SentinelError INPUT_INVALID naming what it misses or matches falsely, NOT_FOUND, CONFLICT */
    create(input: Input<typeof createRule>, by: Principal): Promise<Output<typeof createRule>>;
    list(): Promise<Output<typeof listRules>>;
    get(input: Input<typeof getRule>): Promise<Output<typeof getRule>>;
    edit(input: Input<typeof editRule>, by: Principal): Promise<Output<typeof editRule>>;
    history(input: Input<typeof ruleHistory>): Promise<Output<typeof ruleHistory>>;
    /** @throws SentinelError CONFLICT telling what is missing, INPUT_INVALID for more than one step */
    stage(input: Input<typeof stageRule>, by: Principal): Promise<Output<typeof stageRule>>;
    /** @throws SentinelError CONFLICT telling what is missing, INPUT_INVALID for a time that is past or the same */
    renew(input: Input<typeof renewRule>, by: Principal): Promise<Output<typeof renewRule>>;
    remove(input: Input<typeof removeRule>, by: Principal): Promise<Output<typeof removeRule>>;
    export(input: Input<typeof exportRule>): Promise<Output<typeof exportRule>>;
    backtest(input: Input<typeof startBacktest>, by: Principal): Promise<Output<typeof startBacktest>>;
    groups(input: Input<typeof listBacktestGroups>): Promise<Output<typeof listBacktestGroups>>;
    hits(input: Input<typeof listBacktestHits>): Promise<Output<typeof listBacktestHits>>;
    flips(input: Input<typeof listBacktestFlips>): Promise<Output<typeof listBacktestFlips>>;
    proposeExclusions(input: Input<typeof proposeExclusions>): Promise<Output<typeof proposeExclusions>>;
    /** @throws SentinelError CONFLICT when it was not tried on the rule as it is, or lets a known attack through */
    addExclusion(input: Input<typeof addExclusion>, by: Principal): Promise<Output<typeof addExclusion>>;
    removeExclusion(input: Input<typeof removeExclusion>, by: Principal): Promise<Output<typeof removeExclusion>>;
  };
  /** How far the agent is trusted. */
  readonly trust: {
    get(): Promise<Output<typeof getAgentTrust>>;
    /** @throws SentinelError FORBIDDEN, GATES_FAILED */
    raise(input: Input<typeof raiseAgentTrust>, by: Principal): Promise<Output<typeof raiseAgentTrust>>;
    report(input: Input<typeof reportAgent>, by: Principal): Promise<Output<typeof reportAgent>>;
    /** @throws SentinelError BUSY */
    startRedTeam(by: Principal): Promise<Output<typeof startRedTeam>>;
    redTeam(): Promise<Output<typeof getRedTeam>>;
    policies(): Output<typeof listToolPolicies>;
  };
  /** The agent. */
  readonly assistant: {
    /** @throws SentinelError INPUT_INVALID, INPUT_TOO_LARGE */
    ask(input: Input<typeof runTask>, by: Principal): Promise<Output<typeof runTask>>;
    /** As `ask`, without waiting. */
    start(input: Input<typeof startTask>, by: Principal): Promise<Output<typeof startTask>>;
    runPlan(input: Input<typeof runPlan>, by: Principal): Promise<Output<typeof runPlan>>;
    templates(): Output<typeof listTemplates>;
    /** @throws SentinelError INPUT_INVALID for something that it cannot be about */
    runTemplate(input: Input<typeof runTemplate>, by: Principal): Promise<Output<typeof runTemplate>>;
    preview(input: Input<typeof previewTask>): Promise<Output<typeof previewTask>>;
    get(input: Input<typeof getTask>): Promise<Output<typeof getTask>>;
    check(input: Input<typeof checkTask>): Promise<Output<typeof checkTask>>;
    provenance(input: Input<typeof getProvenance>): Promise<Output<typeof getProvenance>>;
    cancel(input: Input<typeof cancelTask>, by: Principal): Promise<Output<typeof cancelTask>>;
    list(input: Input<typeof listTasks>): Promise<Output<typeof listTasks>>;
    session(input: Input<typeof getSession>): Promise<Output<typeof getSession>>;
    approval(input: Input<typeof getTaskApproval>, by: Principal): Promise<Output<typeof getTaskApproval>>;
    /** @throws SentinelError APPROVAL_REFUSED, FORBIDDEN */
    decide(input: Input<typeof decideTaskApproval>, by: Principal): Promise<Output<typeof decideTaskApproval>>;
    egress(input: Input<typeof listEgress>): Promise<Output<typeof listEgress>>;
    /** @throws SentinelError NOT_FOUND */
    egressText(input: Input<typeof getEgress>): Promise<Output<typeof getEgress>>;
    follow(input: Input<typeof followTask>, signal: AbortSignal): AsyncGenerator<TaskEvent>;
    process(input: Input<typeof processText>, signal: AbortSignal): Promise<Output<typeof processText>>;
    validatePath(input: Input<typeof validatePath>): Output<typeof validatePath>;
    validateCommand(input: Input<typeof validateCommand>, signal: AbortSignal): Promise<Output<typeof validateCommand>>;
  };
  /** What waits for somebody's word. */
  readonly approvals: {
    list(input: Input<typeof listApprovals>, by: Principal): Promise<Output<typeof listApprovals>>;
    get(input: Input<typeof getApproval>, by: Principal): Promise<Output<typeof getApproval>>;
    /** @throws SentinelError APPROVAL_REFUSED, FORBIDDEN */
    decide(input: Input<typeof decideApproval>, by: Principal): Promise<Output<typeof decideApproval>>;
  };
  /** Where rules are enforced. */
  readonly gatekeepers: {
    list(): Promise<Output<typeof listGatekeepers>>;
    /** @throws SentinelError INPUT_INVALID, NOT_FOUND, CONFLICT, FORBIDDEN */
    save(input: Input<typeof saveGatekeeper>, by: Principal): Promise<Output<typeof saveGatekeeper>>;
    remove(input: Input<typeof removeGatekeeper>, by: Principal): Promise<Output<typeof removeGatekeeper>>;
    compare(input: Input<typeof compareGatekeeper>): Promise<Output<typeof compareGatekeeper>>;
    hits(input: Input<typeof listRuleHits>): Promise<Output<typeof listRuleHits>>;
    /** @throws SentinelError NOT_FOUND, CONFLICT */
    judge(input: Input<typeof judgeRuleHit>, by: Principal): Promise<Output<typeof judgeRuleHit>>;
    impact(input: Input<typeof getImpact>): Promise<Output<typeof getImpact>>;
  };
  /** What is remembered, every chunk with its label. */
  readonly memory: {
    /** @throws SentinelError INPUT_INVALID, INPUT_TOO_LARGE, FORBIDDEN; CONFLICT when the source is revoked */
    store(input: Input<typeof storeMemory>, by: Principal): Promise<Output<typeof storeMemory>>;
    list(input: Input<typeof listMemory>, by: Principal): Promise<Output<typeof listMemory>>;
    search(input: Input<typeof searchMemory>, by: Principal, signal: AbortSignal): Promise<Output<typeof searchMemory>>;
    /** @throws SentinelError NOT_FOUND */
    remove(input: Input<typeof removeMemory>, by: Principal): Promise<Output<typeof removeMemory>>;
    sources(input: Input<typeof listMemorySources>): Promise<Output<typeof listMemorySources>>;
    source(input: Input<typeof getMemorySource>, by: Principal): Promise<Output<typeof getMemorySource>>;
    /** @throws SentinelError NOT_FOUND, CONFLICT */
    revoke(input: Input<typeof revokeMemorySource>, by: Principal): Promise<Output<typeof revokeMemorySource>>;
    restore(input: Input<typeof restoreMemorySource>, by: Principal): Promise<Output<typeof restoreMemorySource>>;
    status(): Promise<Output<typeof memoryStatus>>;
  };
  readonly response: {
    rearm(input: Input<typeof rearmResponse>, by: Principal): Promise<Output<typeof rearmResponse>>;
  };
  /** Payloads of sessions played in sandboxes; what came of it is stored. */
  readonly simulations: {
    status(): Promise<Output<typeof simulationStatus>>;
    /** @throws SentinelError NOT_FOUND, INPUT_INVALID when there is no such application */
    start(input: Input<typeof startSimulation>, by: Principal): Promise<Output<typeof startSimulation>>;
    list(input: Input<typeof listSimulations>): Promise<Output<typeof listSimulations>>;
    get(input: Input<typeof getSimulation>): Promise<Output<typeof getSimulation>>;
    compare(input: Input<typeof compareSimulations>): Promise<Output<typeof compareSimulations>>;
    cancel(input: Input<typeof cancelSimulation>, by: Principal): Promise<Output<typeof cancelSimulation>>;
  };
  /** Decodes a text step by step; nothing of it is kept. */
  decode(input: Input<typeof decodeText>): Promise<Output<typeof decodeText>>;
  /** Looks through a text for what must not pass; nothing of it is kept. */
  scan(input: Input<typeof scanText>, signal: AbortSignal): Promise<Output<typeof scanText>>;
  readonly labels: {
    next(input: Input<typeof nextLabels>): Promise<Output<typeof nextLabels>>;
    set(input: Input<typeof setLabel>, by: Principal): Promise<Output<typeof setLabel>>;
    exclude(input: Input<typeof excludeLabels>, by: Principal): Promise<Output<typeof excludeLabels>>;
    addSample(input: Input<typeof addSample>, by: Principal): Promise<Output<typeof addSample>>;
    addFalsePositive(input: Input<typeof addFalsePositive>, by: Principal): Promise<Output<typeof addFalsePositive>>;
  };
  readonly datasets: {
    stats(): Promise<Output<typeof datasetStats>>;
    list(): Promise<Output<typeof listDatasets>>;
    make(input: Input<typeof makeDataset>, by: Principal): Promise<Output<typeof makeDataset>>;
    diff(input: Input<typeof diffDatasets>): Promise<Output<typeof diffDatasets>>;
    export(input: Input<typeof exportDataset>, by: Principal): Promise<AsyncIterable<Uint8Array>>;
    import(
      source: AsyncIterable<Uint8Array>,
      input: Input<typeof importDataset>,
      by: Principal,
      signal: AbortSignal,
    ): Promise<Output<typeof importDataset>>;
    imports(): Promise<Output<typeof listDatasetImports>>;
    withdrawImport(
      input: Input<typeof withdrawDatasetImport>,
      by: Principal,
    ): Promise<Output<typeof withdrawDatasetImport>>;
    falsePositives(): Promise<Output<typeof listFalsePositives>>;
  };
  readonly reports: {
    /** The whole file, signed. */
    ofAlert(input: Input<typeof makeAlertReport>, by: Principal): Promise<Output<typeof makeAlertReport>>;
    ofCase(input: Input<typeof makeCaseReport>, by: Principal): Promise<Output<typeof makeCaseReport>>;
    exportCase(input: Input<typeof exportCase>, by: Principal): Promise<Output<typeof exportCase>>;
    key(): Output<typeof getReportKey>;
    /** Those that lie on the shelf. */
    shelved(): Promise<Output<typeof listShelvedReports>>;
    fetch(input: Input<typeof fetchShelvedReport>, by: Principal): Promise<Output<typeof fetchShelvedReport>>;
    check(source: AsyncIterable<Uint8Array>, input: Input<typeof checkReport>): Promise<Output<typeof checkReport>>;
  };
  readonly evidence: {
    list(input: Input<typeof listEvidence>): Promise<Output<typeof listEvidence>>;
    get(input: Input<typeof getEvidence>): Promise<Output<typeof getEvidence>>;
    /** Stores the bytes as they come, then answers with the job that analyses them. The source throws when it ends early. */
    import(
      source: AsyncIterable<Uint8Array>,
      meta: Input<typeof importEvidence>,
      by: Principal,
      signal: AbortSignal,
    ): Promise<Output<typeof importEvidence>>;
    importSamples(by: Principal): Promise<Output<typeof importSamples>>;
    /** Brings evidence that lies at the fleet. @throws SentinelError NOT_FOUND, CONFLICT where it is here, EVIDENCE_ELSEWHERE where it cannot be fetched */
    fetch(input: Input<typeof fetchEvidence>, by: Principal): Promise<Output<typeof fetchEvidence>>;
    withdraw(input: Input<typeof withdrawEvidence>, by: Principal): Promise<Output<typeof withdrawEvidence>>;
    pin(input: Input<typeof pinEvidence>, by: Principal): Promise<Output<typeof pinEvidence>>;
  };
  /** What goes for good. Each begins with a preview, which changes nothing. */
  readonly erasure: {
    preview(input: Input<typeof previewErasure>): Promise<Output<typeof previewErasure>>;
    erase(input: Input<typeof eraseEvidence>, by: Principal): Promise<Output<typeof eraseEvidence>>;
    searchPerson(input: Input<typeof searchPerson>, by: Principal): Promise<Output<typeof searchPerson>>;
    erasePerson(input: Input<typeof erasePerson>, by: Principal): Promise<Output<typeof erasePerson>>;
    retention(input: Input<typeof previewRetention>): Promise<Output<typeof previewRetention>>;
  };
  readonly jobs: {
    list(): Soon<Output<typeof listJobs>>;
    cancel(input: Input<typeof cancelJob>, by: Principal): Promise<Output<typeof cancelJob>>;
    resume(input: Input<typeof resumeJob>, by: Principal): Promise<Output<typeof resumeJob>>;
  };
  readonly models: {
    /** Without a limit: as many as a list may have. */
    list(input?: { readonly limit: number }): Promise<Output<typeof listModels>>;
    card(input: Input<typeof getModelCard>): Promise<Output<typeof getModelCard>>;
    key(): Output<typeof getModelKey>;
    train(input: Input<typeof trainPayloadClassifier>, by: Principal): Promise<Output<typeof trainPayloadClassifier>>;
    trainRows(
      source: AsyncIterable<Uint8Array>,
      input: Input<typeof trainRows>,
      by: Principal,
    ): Promise<Output<typeof trainRows>>;
    curve(input: Input<typeof getTrainingCurve>): Output<typeof getTrainingCurve>;
    doubts(input: Input<typeof getDoubtedLabels>): Promise<Output<typeof getDoubtedLabels>>;
    evaluate(input: Input<typeof evaluateModel>, by: Principal): Promise<Output<typeof evaluateModel>>;
    addFolder(input: Input<typeof addModelFolder>, by: Principal): Promise<Output<typeof addModelFolder>>;
    override(input: Input<typeof overrideGates>, by: Principal): Promise<Output<typeof overrideGates>>;
    setAlias(input: Input<typeof setModelAlias>, by: Principal): Promise<Output<typeof setModelAlias>>;
    withdraw(input: Input<typeof withdrawModel>, by: Principal): Promise<Output<typeof withdrawModel>>;
    export(input: Input<typeof exportModel>, by: Principal): Promise<Output<typeof exportModel>>;
    import(source: AsyncIterable<Uint8Array>, by: Principal): Promise<Output<typeof importModel>>;
    /** What other engines have. Asks the shelf and the catalogue now. */
    elsewhere(): Promise<Output<typeof listModelsElsewhere>>;
    fetch(input: Input<typeof fetchModel>, by: Principal): Promise<Output<typeof fetchModel>>;
  };
  /** Updates from and for other engines. */
  readonly federation: {
    get(): Promise<Output<typeof getFederation>>;
    make(input: Input<typeof makeFederatedUpdate>, by: Principal): Promise<Output<typeof makeFederatedUpdate>>;
    file(input: Input<typeof takeFederatedUpdate>, by: Principal): Promise<Output<typeof takeFederatedUpdate>>;
    import(source: AsyncIterable<Uint8Array>, by: Principal): Promise<Output<typeof importFederatedUpdate>>;
    combine(
      input: Input<typeof combineFederatedUpdates>,
      by: Principal,
    ): Promise<Output<typeof combineFederatedUpdates>>;
  };
  readonly backups: {
    list(): Promise<Output<typeof listBackups>>;
    make(input: Input<typeof makeBackup>, by: Principal): Promise<Output<typeof makeBackup>>;
  };
  readonly releases: {
    status(): Promise<Output<typeof getReleases>>;
    look(): Promise<Output<typeof lookForRelease>>;
    fetch(input: Input<typeof fetchRelease>, by: Principal): Promise<Output<typeof fetchRelease>>;
  };
  /** Systems that alerts are told to. */
  readonly siem: {
    preview(input: Input<typeof previewSiem>): Promise<Output<typeof previewSiem>>;
    test(input: Input<typeof testSiem>): Promise<Output<typeof testSiem>>;
  };
  readonly settings: {
    get(): Soon<Output<typeof getSettings>>;
    change(input: Input<typeof changeSettings>, by: Principal): Promise<Output<typeof changeSettings>>;
    flags(): Promise<Output<typeof listFeatureFlags>>;
  };
  readonly audit: {
    log(input: Input<typeof auditLog>): Promise<Output<typeof auditLog>>;
    find(input: Input<typeof findAudit>): Promise<Output<typeof findAudit>>;
    members(input: Input<typeof listAuditMembers>): Promise<Output<typeof listAuditMembers>>;
    verify(by: Principal): Promise<Output<typeof verifyAudit>>;
    checkpoint(): Promise<Output<typeof takeCheckpoint>>;
    verification(): Promise<Output<typeof getVerification>>;
    undo(input: Input<typeof undoEvent>, by: Principal): Promise<Output<typeof undoEvent>>;
    undoLast(input: Input<typeof undoLast>, by: Principal): Promise<Output<typeof undoLast>>;
  };
  /** Ends what acts, and logs `panic.pulled` at once and `panic.ended` with what it came to, once a press. */
  panic(pull: PanicPull, by: Principal): Promise<PanicAnswer>;
  readonly sandboxes: {
    status(): Promise<Output<typeof getSandboxStatus>>;
    /** Rehearses panic with sandboxes of its own, and logs the event `sandbox.drilled`. */
    drill(by: Principal): Promise<Output<typeof drillPanic>>;
  };
  /** @throws SentinelError NOT_FOUND, UNAVAILABLE when there is no local model or it does not answer */
  readonly wording: {
    put(input: Input<typeof putInWords>, signal: AbortSignal): Promise<Output<typeof putInWords>>;
  };
  readonly telemetry: {
    analyse(input: Input<typeof analyzeFlow>): Output<typeof analyzeFlow>;
    state(): Output<typeof telemetryState>;
    overrides(): Promise<Output<typeof listFlowOverrides>>;
    setOverride(input: Input<typeof setFlowOverride>, by: Principal): Promise<Output<typeof setFlowOverride>>;
    clearOverride(input: Input<typeof clearFlowOverride>, by: Principal): Promise<Output<typeof clearFlowOverride>>;
    rebase(input: Input<typeof rebaseTelemetry>, by: Principal): Promise<Output<typeof rebaseTelemetry>>;
  };
  /** Whether what comes in is still what the deployed models were made from. */
  readonly drift: {
    get(input: Input<typeof getDrift>): Promise<Output<typeof getDrift>>;
    alarm(): Promise<Output<typeof getDriftAlarm>>;
    looks(input: Input<typeof listDriftLooks>): Promise<Output<typeof listDriftLooks>>;
    acknowledge(input: Input<typeof acknowledgeDrift>, by: Principal): Promise<Output<typeof acknowledgeDrift>>;
    refit(input: Input<typeof refitBehaviour>, by: Principal): Promise<Output<typeof refitBehaviour>>;
  };
  readonly live: {
    /** @returns the function that stops listening */
    subscribe(listener: (message: LiveMessage) => void): () => void;
  };
  /** Writes down that a credential of the network was revoked. @param what the name that it was issued to; null: never seen */
  noteRevocation(what: { readonly credential: string; readonly name: string | null }, by: Principal): Promise<void>;
  fleetDecisions(input: Input<typeof getFleetDecisions>, by: Principal): Promise<Output<typeof getFleetDecisions>>;
  health(): Soon<Health>;
  /** How the payload model is served. */
  modelServerHealth(): ModelServerHealth;
  /** Prometheus text exposition format. */
  metrics(): Soon<string>;
  close(): Promise<void>;
}

/** What a host gives the engine; `electron/compose.ts` adds the rest. */
export interface HostPorts {
  readonly config: Config;
  readonly version: string;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
  /** Where the master key comes from. */
  readonly keySource: KeySource;
  /** The host in words, for whoever finds the data directory locked: "headless", "command line", "desktop application". */
  readonly host: string;
  /** Called once the data directory is locked. Does not reject where no supervisor can be had: it is then an absent one. */
  readonly startSupervisor: () => Promise<SupervisorClient>;
}

/**
 * Opens the data directory of `config.SENTINEL_HOME`, locked, and the engine over it. A host depends on this type; only its
 * entry file names `compose.ts`. The engine closes the supervisor.
 * @throws SentinelError LOCKED, KEY_UNAVAILABLE, DATA_NEWER, DISK_FULL, MODEL_UNREADABLE
 */
export type ComposeEngine = (ports: HostPorts) => Promise<Engine>;
