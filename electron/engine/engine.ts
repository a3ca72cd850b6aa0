import { availableParallelism } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { type ErrorCode, errorCodes, SentinelError } from "../../shared/errors.ts";
import type { EvidencePackage } from "../../shared/evidence.ts";
import type { Job } from "../../shared/job.ts";
import type { LiveMessage } from "../../shared/live.ts";
import type { PayloadPrediction } from "../../shared/payload.ts";
import type { Input } from "../../shared/route.ts";
import type { changeSettings as changeSettingsRoute } from "../../shared/settings.ts";
import type { Verdict } from "../../shared/verdict.ts";
import { createAlertViews } from "./alert-views.ts";
import { createAnalysing, type Deciders } from "./analysing.ts";
import { createBackingUp, removeBackupWork } from "./backing-up.ts";
import type { Clock } from "./base/clock.ts";
import { uuidv7 } from "./base/ids.ts";
import { enginePrincipal, type Principal, requireRole } from "./base/principals.ts";
import { type CanaryRoom, createCanary } from "./canary.ts";
import { createCasework } from "./casework.ts";
import { createDatasetJobs } from "./dataset-jobs.ts";
import { createDatasets } from "./datasets.ts";
import { extractorOf, readDeciders } from "./deciders.ts";
import { verdictsOfEvidence } from "./detect/verdicts/verdict-tables.ts";
import { createDrifting } from "./drifting.ts";
import type { Engine, HostPorts } from "./engine-interface.ts";
import { createErasure } from "./erasure-jobs.ts";
import { createEvidence } from "./evidence/evidence.ts";
import { createExplaining } from "./explaining.ts";
import { readHealth } from "./health.ts";
import { createImporting } from "./importing.ts";
import { createLabelling } from "./labelling.ts";
import { createLabels } from "./learn/labels.ts";
import { openModelFiles } from "./learn/registry/model-files.ts";
import { createRegistry } from "./learn/registry/registry.ts";
import { toLive } from "./live-messages.ts";
import { createModelOperations, describeShipped, registeredPrefix } from "./model-operations.ts";
import { type Models, openModels } from "./models.ts";
import { createPanicNotes } from "./panic-notes.ts";
import { createPayloadExplaining } from "./payload-explaining.ts";
import { createPayloadServing, type PayloadServing } from "./payload-serving.ts";
import { createRefitting } from "./refitting.ts";
import { createReplaying } from "./replaying.ts";
import { createReporting } from "./reporting.ts";
import { type Reproduction, reproduce } from "./reproducing.ts";
import { createRetaining } from "./retaining.ts";
import type { SupervisorClient } from "./sandbox/supervisor-client.ts";
import { createScanning } from "./scanning.ts";
import { createSearching } from "./searching.ts";
import { hideSecrets, restoreSecrets } from "./setting-secrets.ts";
import { createShift } from "./shift.ts";
import type { DataDirectory } from "./store/data-directory.ts";
import { shorten, toAuditEntry } from "./store/event-row.ts";
import { eventsAfter, logHead } from "./store/event-table.ts";
import { createJobs } from "./store/jobs.ts";
import { openStore } from "./store/open-store.ts";
import { createSettings } from "./store/settings.ts";
import type { StoreHost } from "./store/store.ts";
import { openTelemetry } from "./telemetry.ts";
import { createTraining } from "./training.ts";
import { createCases } from "./triage/cases.ts";
import { createHandover } from "./triage/handover.ts";
import { createNamedQueries } from "./triage/named-queries.ts";
import { createTriage } from "./triaging.ts";
import { createUndoCheck } from "./undo-check.ts";
import { createUndoing } from "./undoing.ts";
import { createVerdictQueries } from "./verdict-queries.ts";
import { toPrediction } from "./verdict-views.ts";
import { createFolderWatch } from "./watching.ts";

/** What the engine is built from; the caller made it and closes it, except the supervisor. */
export interface EnginePorts extends Omit<HostPorts, "keySource" | "host" | "startSupervisor"> {
  readonly directory: DataDirectory;
  readonly clock: Clock;
  /** May still be starting: the store opens meanwhile. */
  readonly supervisor: SupervisorClient | Promise<SupervisorClient>;
  readonly entries: {
    readonly writer: URL;
    readonly reader: URL;
    readonly analyse: URL;
    readonly explain: URL;
    readonly refit: URL;
    readonly train: URL;
    readonly onnx: URL;
    readonly fitTelemetry: URL;
    readonly scan: URL;
    readonly replay: URL;
    readonly dataset: URL;
  };
  /** Folder of the shipped models, samples and schemas. */
  readonly resources: string;
}

const noHash = "0".repeat(64);
/** A list of payloads is judged for so long before others get their turn, milliseconds. */
const longestTurnMs = 5;

/** What hosts do not call: for tests and audits of the engine itself. */
export interface EngineProof {
  /** Computes a stored verdict again from its stored inputs. @throws SentinelError NOT_FOUND */
  reproduceVerdict(id: string): Promise<Reproduction>;
  /** Does at once what the clock does every hour: erases what has reached its time. @returns the job; null: nothing is due */
  retain(): Promise<string | null>;
  /** Does at once what the clock does four times an hour: looks whether what comes in has drifted. */
  lookAtDrift(): Promise<void>;
}

/** Builds the engine, room by room, each from those before it. */
export async function createEngine(ports: EnginePorts): Promise<Engine & EngineProof> {
  const { directory, log } = ports;
  // While the store's threads start: this thread has nothing else to do.
  const models = openModels(join(ports.resources, "model"), join(directory.path, "models"));
  models.catch(() => {});
  const store = await openStore({
    directory: directory.path,
    nodeId: directory.nodeId,
    entries: ports.entries,
    readers: ports.config.SENTINEL_READERS,
    checkpointSeed: directory.checkpointSeed,
    log,
  });
  try {
    return await build(ports, store, await models);
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function build(ports: EnginePorts, store: StoreHost, models: Models): Promise<Engine & EngineProof> {
  const { config, directory, clock, log, metrics } = ports;
  const supervisor = await ports.supervisor;
  const listeners = new Set<(message: LiveMessage) => void>();
  const publish = (message: LiveMessage) => {
    for (const listener of listeners) listener(message);
  };

  const settings = createSettings({ store, sealer: directory.sealer });
  // At least two, so that a package sent over the API does not wait for a large import.
  const threads = config.SENTINEL_POOL ?? Math.max(2, Math.min(4, availableParallelism() - 1));
  const jobs = createJobs({ store, clock, log, concurrency: threads });
  const evidence = createEvidence({
    store,
    blobs: directory.blobs,
    sealer: directory.sealer,
    clock,
    log,
    metrics,
    settings: async () => (await settings.current()).settings,
  });
  const explaining = createExplaining(models, ports.entries.explain);
  const queries = createVerdictQueries({ store, evidence, explaining });
  const payloadExplaining = createPayloadExplaining({
    store,
    evidence,
    models,
    workerEntry: ports.entries.explain,
    find: queries.find,
  });

  const serving: PayloadServing = createPayloadServing({
    models,
    shipped: join(ports.resources, "model"),
    onnxEntry: ports.entries.onnx,
    log,
    metrics,
    registered: async (id) => {
      const { metadata } = await registry.get(id);
      return { kind: metadata.kind, path: registry.files.pathOf(metadata) };
    },
    onChange: () => {
      publish({ type: "health" });
      // Which of them is the champion.
      publish({ type: "models" });
    },
  });
  const product = `Sentinel ${ports.version}`;
  const registry = await createRegistry({
    store,
    sealer: directory.sealer,
    keys: directory.keys,
    clock,
    files: await openModelFiles(join(directory.path, "models")),
    nodeId: directory.nodeId,
    product,
    shipped: [await describeShipped(models, product)],
    champion: () => serving.health().model.hash,
    onTrial: () => canary.model(),
    trustedKeys: async () => (await settings.current()).settings.trusted_model_keys,
  });
  const canary: CanaryRoom = createCanary({
    store,
    log,
    async candidate(id) {
      const metadata = await registry.requireDeciding(id);
      const path = id === models.classifier.hash ? models.payloadPath : registry.files.pathOf(metadata);
      return { kind: metadata.kind, path, hash: id, onnxEntry: ports.entries.onnx.href };
    },
    champion: serving.deployed,
    choice: async () => (await settings.current()).settings.payload_model,
    choiceOf: (id) => (id === models.classifier.hash ? "built-in" : `${registeredPrefix}${id}`),
    choose: choosePayloadModel,
    nameChallenger: registry.setChallenger,
    onChange: () => publish({ type: "models" }),
  });

  async function followModel(): Promise<void> {
    serving.follow((await settings.current()).settings.payload_model);
    await canary.follow();
  }

  /** @returns the event, once the model decides */
  async function choosePayloadModel(payload_model: string, by: Principal): Promise<string> {
    const { version: base_version } = await settings.current();
    const { event_id } = await changeSettings({ changes: { payload_model }, base_version }, by);
    await serving.deployed();
    return event_id;
  }

  async function deciders(): Promise<Deciders> {
    const { settings: now } = await settings.current();
    return await readDeciders(models, await serving.deployed(), canary.challenger(), now);
  }

  const refitting = createRefitting({
    store,
    jobs,
    models,
    log,
    workerEntry: ports.entries.refit,
    extractorVersion: extractorOf(models),
    isOn: async () => (await settings.current()).settings.behaviour_refit === "automatic",
    isHeld: () => drifting.holdsFits(),
  });
  const analysing = createAnalysing({
    directory,
    store,
    evidence,
    log,
    metrics,
    deciders,
    serving,
    workerEntry: ports.entries.analyse,
    threads,
    onTrials: (trials) => canary.hear(trials),
    onVerdicts: (evidenceId, added) => {
      publish({ type: "verdicts", added, evidence_id: evidenceId });
      if (added > 0) refitting.consider();
    },
    onEvidence: (evidenceId) => publish({ type: "evidence", evidence_id: evidenceId }),
  });
  jobs.register(analysing.job);
  jobs.register(refitting.job);
  const datasetJobs = createDatasetJobs({
    directory,
    store,
    jobs,
    clock,
    log,
    workerEntry: ports.entries.dataset,
    deployed: () => serving.deployed(),
  });
  const datasets = createDatasets({ directory, store, jobs, clock, bring: datasetJobs.bring });
  const training = await createTraining({
    jobs,
    registry,
    clock,
    workerEntry: ports.entries.train,
    onnxEntry: ports.entries.onnx,
    home: directory.path,
    datasetVersion: datasets.rows,
    champion: serving.deployed,
    shipped: { path: models.payloadPath, hash: models.classifier.hash },
  });
  jobs.register(training.trainJob);
  jobs.register(training.evaluateJob);
  const notePanic = createPanicNotes({ store, clock, sealer: directory.sealer });
  const named = createNamedQueries({ store, sealer: directory.sealer, clock });
  const views = createAlertViews({ store, named });
  const cases = createCases({ store, sealer: directory.sealer, clock });
  const triage = createTriage({ store, sealer: directory.sealer, clock, jobs, named, views, cases });
  const casework = createCasework({ store, sealer: directory.sealer, clock, views, cases });
  const search = createSearching({ store, sealer: directory.sealer, clock, jobs });
  const scanning = createScanning({
    directory,
    store,
    evidence,
    workerEntry: ports.entries.scan,
    entryMb: async () => (await settings.current()).settings.max_entry_mb,
  });
  jobs.register(scanning.job);
  const replaying = createReplaying({
    directory,
    store,
    evidence,
    models,
    jobs,
    clock,
    workerEntry: ports.entries.replay,
    shipped: join(ports.resources, "model"),
    deciders,
  });
  jobs.register(replaying.job);
  const labelling = createLabelling({
    store,
    sealer: directory.sealer,
    labels: createLabels({ store, sealer: directory.sealer, clock }),
    survey: datasets.survey,
    nameLabellers: datasets.nameLabellers,
    classify: (text) => serving.classify(text),
  });
  const undoing = createUndoing({ store, jobs, check: createUndoCheck(registry.requireDeciding) });
  const reports = await createReporting({
    store,
    keys: directory.keys,
    clock,
    version: ports.version,
    nodeId: directory.nodeId,
    home: directory.path,
    modelCard: join(ports.resources, "model", "MODEL-CARD.md"),
    alerts: triage,
    cases: casework,
    evidence,
    verdicts: queries,
  });
  await removeBackupWork(directory.path);
  const backingUp = createBackingUp({ directory, store, jobs, clock, product });
  const erasure = createErasure({
    directory,
    store,
    jobs,
    clock,
    log,
    evidence,
    backingUp,
    alone: analysing.alone,
    onErased: (evidenceId) => publish({ type: "verdicts", added: 0, evidence_id: evidenceId }),
  });
  const retaining = createRetaining({
    erasure,
    clock,
    log,
    days: async () => (await settings.current()).settings.retention_days,
  });
  const samples = join(ports.resources, "samples");
  const importing = createImporting({ evidence, jobs, store, samples, onComing: analysing.prepare });
  const watching = createFolderWatch({ store, log, importing, settings });
  const drifting = createDrifting({
    store,
    clock,
    log,
    models,
    payload: serving.deployed,
    refitting,
    extractorVersion: extractorOf(models),
    isRefitOn: async () => (await settings.current()).settings.behaviour_refit === "automatic",
    onLook: () => publish({ type: "drift" }),
  });
  const telemetry = await openTelemetry({ ...ports, fitWorker: ports.entries.fitTelemetry }, store);

  const stopListening = [
    jobs.onChange((job) => publish({ type: "job", job })),
    store.onAppended((events) => {
      metrics.eventsAppended.inc(events.length);
      for (const message of toLive(events)) publish(message);
    }),
    supervisor.onStatus(() => publish({ type: "health" })),
    supervisor.onPanic(({ result, via, pull }) => {
      // The panic is done; if the log cannot take it down, that must be heard, not undone.
      notePanic(pull, { ...enginePrincipal, actor: `panic ${via}` }, result).catch((error: unknown) =>
        log.error({ err: error }, "A panic could not be written to the log."),
      );
    }),
  ];
  await erasure.finish();
  await evidence.restoreNames();
  await followModel();
  await refitting.follow();
  await jobs.recover();
  await importing.recover();
  await datasetJobs.recover();
  await watching.follow();

  /** Stores and analyses a package, and waits for its verdicts, worst first. */
  async function analysePackage(given: EvidencePackage, by: Principal, signal: AbortSignal): Promise<Verdict[]> {
    const received = await importing.take(once(JSON.stringify(given)), {
      fileName: "package.json",
      channel: "api",
      by,
      signal,
    });
    const stop = () => void jobs.cancel(received.job.id).catch(() => undefined);
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    const job = await jobs.ended(received.job.id);
    signal.removeEventListener("abort", stop);
    if (job.state !== "done") throw toEndError(job);
    const rows = await store.read(verdictsOfEvidence, received.evidence.id);
    if (rows.length === 0)
      throw new SentinelError("EVIDENCE_UNREADABLE", "The package holds no request that could be read.");
    rows.sort((a, b) => b.score - a.score || a.n - b.n);
    const verdicts: Verdict[] = [];
    for (const row of rows) {
      signal.throwIfAborted();
      verdicts.push(await queries.whole(row));
    }
    return verdicts;
  }

  /** @throws SentinelError, GATES_FAILED among them: a model of the registry decides only once its gates let it */
  async function changeSettings({ changes, base_version }: Input<typeof changeSettingsRoute>, by: Principal) {
    const given = restoreSecrets(changes, (await settings.current()).settings);
    const { payload_model } = given;
    // SECURITY: what decides verdicts is for those who may promote, and whose models are trusted for those who may bring them.
    if (payload_model !== undefined) requireRole(by, "approver");
    if (given.trusted_model_keys !== undefined) requireRole(by, "admin");
    if (payload_model?.startsWith(registeredPrefix)) {
      await registry.requireDeciding(payload_model.slice(registeredPrefix.length));
    }
    // Refused now, not when the first payload comes.
    if (payload_model !== undefined) await serving.prepare(payload_model);
    const { eventId, ...changed } = await settings.change(given, base_version, by);
    await watching.follow();
    await followModel();
    return { ...hideSecrets(changed), event_id: eventId };
  }

  /** What an undone event may have set: settings, the deployed model. */
  async function followUndo(): Promise<void> {
    await watching.follow();
    await refitting.follow();
    await followModel();
  }

  async function predictAll(texts: readonly string[]): Promise<PayloadPrediction[]> {
    const predictions: PayloadPrediction[] = [];
    let since = performance.now();
    for (const text of texts) {
      predictions.push(toPrediction(await serving.classify(text)));
      // Awaiting what is there already lets nobody in: an analyst's input must not wait for a long list.
      if (performance.now() - since < longestTurnMs) continue;
      await setImmediate();
      since = performance.now();
    }
    return predictions;
  }

  return {
    async analyze({ evidence: given }, by, signal) {
      const verdicts = await analysePackage(given, by, signal);
      return { verdict: verdicts[0]!, verdicts };
    },
    predictPayload: async (input) =>
      "payload" in input ? toPrediction(await serving.classify(input.payload)) : await predictAll(input.payloads),
    async explain(input, by, signal) {
      if ("verdict_id" in input) return (await queries.get(input.verdict_id)).explanation;
      return (await analysePackage(input.evidence, by, signal))[0]!.explain;
    },
    verdicts: {
      list: queries.list,
      counts: queries.counts,
      get: ({ id }) => queries.get(id),
      decisions: queries.decisions,
      requests: queries.requests,
      request: ({ id, request }) => queries.request(id, request),
      counterfactual: payloadExplaining.counterfactual,
      highlights: payloadExplaining.highlights,
      judgement: payloadExplaining.judgement,
      async reveal({ id, request, reason }, by) {
        const row = await queries.find(id);
        const entityId = uuidv7(clock);
        const sealed = reason === "" ? null : await directory.sealer.seal(row.evidenceId, reason);
        const payload = { verdict_id: id, evidence_id: row.evidenceId, request, reason: sealed };
        // SECURITY: first the log, then the secret: nobody sees one without a trace.
        await store.append(
          [{ entityType: "reveal", entityId, baseVersion: 0, kind: "secret.revealed", payload, inverse: null }],
          by,
        );
        return { segments: await queries.revealed(id, request) };
      },
    },
    alerts: triage,
    cases: casework,
    shift: createShift({ store, clock, views, handover: createHandover({ store, sealer: directory.sealer, clock }) }),
    search,
    canary: canary.operations,
    replays: replaying.operations,
    decode: payloadExplaining.decode,
    labels: labelling,
    datasets: datasets.routes,
    reports,
    evidence: {
      list: evidence.list,
      get: async ({ id }) => (await evidence.get(id)).evidence,
      async import(source, { file_name, channel }, by, signal) {
        return { job_id: (await importing.take(source, { fileName: file_name, channel, by, signal })).job.id };
      },
      importSamples: async (by) => ({ job_ids: (await importing.takeSamples(by)).map(({ id }) => id) }),
      withdraw: async ({ id, base_version }, by) => ({ event_id: await evidence.withdraw(id, base_version, by) }),
      pin: async ({ id, pinned, base_version }, by) => ({ event_id: await evidence.pin(id, pinned, base_version, by) }),
    },
    erasure: {
      preview: erasure.preview,
      erase: erasure.erase,
      searchPerson: erasure.searchPerson,
      erasePerson: erasure.erasePerson,
      retention: ({ days }) => retaining.preview(days),
    },
    jobs: {
      list: jobs.list,
      cancel: ({ id }, by) => jobs.cancel(id, by),
      resume: ({ id }, by) => jobs.resume(id, by),
    },
    models: createModelOperations({
      registry,
      training,
      shippedId: models.classifier.hash,
      choose: choosePayloadModel,
    }),
    backups: { list: backingUp.list, make: backingUp.start },
    settings: {
      get: async () => hideSecrets(await settings.current()),
      change: changeSettings,
    },
    audit: {
      async log({ after, limit, brief }) {
        const entries = (await store.read(eventsAfter, { after, limit })).map((event) =>
          toAuditEntry(brief === "1" ? shorten(event) : event),
        );
        const head = await store.read(logHead, null);
        return { entries, head: head ?? { seq: 0, hash: noHash } };
      },
      verify: store.verify,
      undo: async ({ id }, by) => {
        const event = await undoing.one(id, by);
        await followUndo();
        return { event_id: event.id };
      },
      async undoLast(by) {
        const last = await undoing.last(by);
        await followUndo();
        return last;
      },
    },
    async panic(pull, by) {
      const result = await supervisor.panic();
      await notePanic(pull, by, result);
      return result;
    },
    telemetry: telemetry.operations,
    drift: drifting.operations,
    lookAtDrift: drifting.look,
    retain: retaining.now,
    reproduceVerdict: async (id) => await reproduce(await queries.find(id), models),
    live: {
      subscribe(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    health: () =>
      readHealth({
        version: ports.version,
        clock,
        supervisor,
        jobs,
        models,
        serving: serving.health(),
        refitting,
        watching,
        telemetry,
        disk: directory.path,
      }),
    modelServerHealth: serving.health,
    metrics: () => {
      serving.flush();
      return metrics.registry.metrics();
    },
    async close() {
      for (const stop of stopListening) stop();
      retaining.close();
      await watching.close();
      await jobs.close();
      await analysing.close();
      await canary.close();
      await scanning.close();
      await replaying.close();
      await datasetJobs.close();
      await drifting.close();
      await refitting.close();
      await training.close();
      await serving.close();
      await explaining.close();
      await payloadExplaining.close();
      await telemetry.close();
      await store.close();
      supervisor.close();
    },
  };
}

/** Why a job that should have ended did not, with the code that it failed by. */
function toEndError(job: Job): SentinelError {
  if (job.error !== null && job.error.code in errorCodes) {
    return new SentinelError(job.error.code as ErrorCode, job.error.message);
  }
  return job.state === "cancelled"
    ? new SentinelError("CANCELLED", "The analysis was cancelled.")
    : new SentinelError("UNAVAILABLE", "The engine closed before the analysis ended.");
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
