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
import type { auditLog, undoEvent, undoLast, verifyAudit } from "../../shared/audit.ts";
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
  getEvidence,
  importEvidence,
  importSamples,
  listEvidence,
  pinEvidence,
  withdrawEvidence,
} from "../../shared/evidence.ts";
import type { Health } from "../../shared/health.ts";
import type { cancelJob, listJobs, resumeJob } from "../../shared/job.ts";
import type { getJudgement } from "../../shared/judgement.ts";
import type { excludeLabels, nextLabels, setLabel } from "../../shared/label.ts";
import type { LiveMessage } from "../../shared/live.ts";
import type {
  addModelFolder,
  evaluateModel,
  exportModel,
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
import type { listNamedQueries, removeNamedQuery, saveNamedQuery } from "../../shared/named-query.ts";
import type { PanicPull, PanicResult } from "../../shared/panic.ts";
import type { predictPayload } from "../../shared/payload.ts";
import type { getCounterfactual, getHighlights } from "../../shared/payload-explanation.ts";
import type { listReplayFlips, listReplayModels, listReplays, startReplay } from "../../shared/replay.ts";
import type {
  checkReport,
  exportAlerts,
  exportCase,
  getReportKey,
  makeAlertReport,
  makeCaseReport,
} from "../../shared/report.ts";
import type { Input, Output } from "../../shared/route.ts";
import type { searchCounts, searchRequests, startScan } from "../../shared/search.ts";
import type { changeSettings, getSettings } from "../../shared/settings.ts";
import type { getShift, listHandoverNotes, removeHandoverNote, writeHandoverNote } from "../../shared/shift.ts";
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
import type { Config } from "./base/config.ts";
import type { Logger } from "./base/logging.ts";
import type { Metrics } from "./base/metrics.ts";
import type { Principal } from "./base/principals.ts";
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
    /** @throws SentinelError INPUT_INVALID, NOT_FOUND when the model is not kept */
    start(input: Input<typeof startReplay>, by: Principal): Promise<Output<typeof startReplay>>;
    list(): Promise<Output<typeof listReplays>>;
    flips(input: Input<typeof listReplayFlips>): Promise<Output<typeof listReplayFlips>>;
  };
  /** Decodes a text step by step; nothing of it is kept. */
  decode(input: Input<typeof decodeText>): Promise<Output<typeof decodeText>>;
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
    list(): Promise<Output<typeof listModels>>;
    card(input: Input<typeof getModelCard>): Promise<Output<typeof getModelCard>>;
    key(): Output<typeof getModelKey>;
    train(input: Input<typeof trainPayloadClassifier>, by: Principal): Promise<Output<typeof trainPayloadClassifier>>;
    trainRows(
      source: AsyncIterable<Uint8Array>,
      input: Input<typeof trainRows>,
      by: Principal,
    ): Promise<Output<typeof trainRows>>;
    curve(input: Input<typeof getTrainingCurve>): Output<typeof getTrainingCurve>;
    evaluate(input: Input<typeof evaluateModel>, by: Principal): Promise<Output<typeof evaluateModel>>;
    addFolder(input: Input<typeof addModelFolder>, by: Principal): Promise<Output<typeof addModelFolder>>;
    override(input: Input<typeof overrideGates>, by: Principal): Promise<Output<typeof overrideGates>>;
    setAlias(input: Input<typeof setModelAlias>, by: Principal): Promise<Output<typeof setModelAlias>>;
    withdraw(input: Input<typeof withdrawModel>, by: Principal): Promise<Output<typeof withdrawModel>>;
    export(input: Input<typeof exportModel>, by: Principal): Promise<Output<typeof exportModel>>;
    import(source: AsyncIterable<Uint8Array>, by: Principal): Promise<Output<typeof importModel>>;
  };
  readonly backups: {
    list(): Promise<Output<typeof listBackups>>;
    make(input: Input<typeof makeBackup>, by: Principal): Promise<Output<typeof makeBackup>>;
  };
  readonly settings: {
    get(): Soon<Output<typeof getSettings>>;
    change(input: Input<typeof changeSettings>, by: Principal): Promise<Output<typeof changeSettings>>;
  };
  readonly audit: {
    log(input: Input<typeof auditLog>): Promise<Output<typeof auditLog>>;
    verify(): Promise<Output<typeof verifyAudit>>;
    undo(input: Input<typeof undoEvent>, by: Principal): Promise<Output<typeof undoEvent>>;
    undoLast(by: Principal): Promise<Output<typeof undoLast>>;
  };
  /** Ends what acts, through the supervisor, and logs the event `panic.pulled`, once a press. */
  panic(pull: PanicPull, by: Principal): Promise<PanicResult>;
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
