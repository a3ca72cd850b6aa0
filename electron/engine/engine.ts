import { availableParallelism } from "node:os";
import { join } from "node:path";
import { SentinelError } from "../../shared/errors.ts";
import type { LiveMessage } from "../../shared/live.ts";
import type { Input } from "../../shared/route.ts";
import { type changeSettings as changeSettingsRoute, defaultSettings } from "../../shared/settings.ts";
import { createAlertViews } from "./alert-views.ts";
import { createAnalysing } from "./analysing.ts";
import { createApprovals } from "./approve/approvals.ts";
import { createAssisting } from "./assisting.ts";
import { createAuditForwarding } from "./audit-forwarding.ts";
import { createAuditing } from "./auditing.ts";
import { createBackingUp, removeBackupWork } from "./backing-up.ts";
import { uuidv7 } from "./base/ids.ts";
import type { Principal } from "./base/principals.ts";
import { createCasework } from "./casework.ts";
import { createCodeScanning } from "./code-scanning.ts";
import type { Engine } from "./engine-interface.ts";
import type { EnginePorts, EngineProof } from "./engine-ports.ts";
import { createEnriching } from "./enriching.ts";
import { createErasure } from "./erasure-jobs.ts";
import { createEvidence } from "./evidence/evidence.ts";
import { createExplaining } from "./explaining.ts";
import { createFeatureFlags } from "./feature-flags.ts";
import { readFleetDecisions } from "./fleet-decisions.ts";
import { createGateRules } from "./gate-rules.ts";
import { createGatekeeping } from "./gatekeeping.ts";
import { readHealth } from "./health.ts";
import { createImpact } from "./impact.ts";
import { createImporting } from "./importing.ts";
import { createFleet } from "./joining-fleet.ts";
import { createReportKeeping } from "./keeping-reports.ts";
import { createLearning } from "./learning.ts";
import { toLive } from "./live-messages.ts";
import { isShippedChoice } from "./model-operations.ts";
import { type Models, openModels } from "./models.ts";
import { otherConnections } from "./other-connections.ts";
import { createPackageAnalysing } from "./package-analysing.ts";
import { createPanicNotes } from "./panic-notes.ts";
import { createPanicking } from "./panicking.ts";
import { createPayloadExplaining } from "./payload-explaining.ts";
import { createPayloadServing, type PayloadServing } from "./payload-serving.ts";
import { predictAll } from "./predicting.ts";
import { createReadyTaskTitles } from "./ready-task-titles.ts";
import { createReleases } from "./releases.ts";
import { createRemembering } from "./remembering.ts";
import { createReplaying } from "./replaying.ts";
import { createReporting, openModelCards } from "./reporting.ts";
import { reproduce } from "./reproducing.ts";
import { createResponse } from "./response.ts";
import { createRetaining } from "./retaining.ts";
import { createSandboxing } from "./sandboxing.ts";
import { createScanning } from "./scanning.ts";
import { createSearching } from "./searching.ts";
import { hideSecrets, restoreSecrets } from "./setting-secrets.ts";
import { createChampionSharing } from "./sharing-champion.ts";
import { createShift } from "./shift.ts";
import { createSiemOutputs } from "./siem-outputs.ts";
import { createSimulating } from "./simulating.ts";
import { entityVersion } from "./store/event-table.ts";
import { createJobs } from "./store/jobs.ts";
import { openStore } from "./store/open-store.ts";
import { createSettings } from "./store/settings.ts";
import type { EventDraft, StoreHost } from "./store/store.ts";
import { openTelemetry } from "./telemetry.ts";
import { createTextScanning } from "./text-scanning.ts";
import { undoBatchJob } from "./triage/bulk-change.ts";
import { createCases } from "./triage/cases.ts";
import { createHandover } from "./triage/handover.ts";
import { createNamedQueries } from "./triage/named-queries.ts";
import { createTriage } from "./triaging.ts";
import { createUndoCheck, held, requireSettings } from "./undo-check.ts";
import { createUndoing } from "./undoing.ts";
import { createVerdictQueries } from "./verdict-queries.ts";
import { createFolderWatch } from "./watching.ts";
import { createWording } from "./wording.ts";

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
    sharing: isSharing(ports),
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
  const { config, directory, clock, log, metrics, tracing } = ports;
  const supervisor = await ports.supervisor;
  const listeners = new Set<(message: LiveMessage) => void>();
  const publish = (message: LiveMessage) => {
    for (const listener of listeners) listener(message);
  };

  const panicNotes = createPanicNotes({
    ...{ store, clock, log, sealer: directory.sealer, directory: ports.supervisorDirectory },
  });
  // SECURITY: before there is anything that acts: what somebody stopped while an engine hung stays stopped.
  const leftPulls = await panicNotes.takeLeft();
  const settings = createSettings({ store, sealer: directory.sealer });
  // At least two, so that a package sent over the API does not wait for a large import.
  const threads = config.SENTINEL_POOL ?? Math.max(2, Math.min(4, availableParallelism() - 1));
  const jobs = createJobs({ store, clock, log, tracing, concurrency: threads });
  const evidence = createEvidence({
    store,
    blobs: directory.blobs,
    sealer: directory.sealer,
    clock,
    log,
    metrics,
    settings: async () => (await settings.current()).settings,
  });
  const explaining = createExplaining(models, ports.entries.explain, tracing);
  const queries = createVerdictQueries({
    ...{ store, evidence, explaining },
    findingsOf: (row, request) => payloadExplaining.findingsOf(row, request),
    fetches: config.SENTINEL_KAFKA_ROLE === "desktop" && ports.fleet !== null && ports.fleet.objects !== null,
  });
  const payloadExplaining = createPayloadExplaining({
    store,
    evidence,
    models,
    onnxEntry: ports.entries.onnx,
    workerEntry: ports.entries.explain,
    find: queries.find,
  });

  const serving: PayloadServing = createPayloadServing({
    models,
    shipped: join(ports.resources, "model"),
    onnxEntry: ports.entries.onnx,
    log,
    metrics,
    registered: (id) => learning.fileOf(id),
    onChange: () => {
      publish({ type: "health" });
      // Which of them is the champion.
      publish({ type: "models" });
    },
  });
  const product = `Sentinel ${ports.version}`;
  const approvals = createApprovals({ store, sealer: directory.sealer, clock, nodeId: directory.nodeId });
  const learning = await createLearning({
    ports,
    store,
    approvals,
    isHeld: () => response.isHeld(),
    jobs,
    models,
    serving,
    evidence,
    product,
    settings: async () => (await settings.current()).settings,
    requireArmed,
    choosePayloadModel,
    publish,
  });
  const { refitting, deciders } = learning;

  /** SECURITY: asked right before the change is written, since opening a model takes a while in which panic may be pulled. */
  async function requireArmed(choice: string | null): Promise<readonly EventDraft[]> {
    if (choice !== null && !isShippedChoice(choice) && (await response.isHeld())) throw held();
    return [];
  }

  /** @returns the event, once the model decides */
  async function choosePayloadModel(
    payload_model: string,
    by: Principal,
    along?: () => Promise<readonly EventDraft[]>,
  ): Promise<string> {
    const { version: base_version } = await settings.current();
    const { event_id } = await changeSettings({ changes: { payload_model }, base_version }, by, along);
    await serving.deployed();
    return event_id;
  }

  const enriching = createEnriching({
    log,
    settings: async () => (await settings.current()).settings,
    onChange: () => publish({ type: "health" }),
  });
  const analysing = createAnalysing({
    directory,
    store,
    evidence,
    log,
    metrics,
    tracing,
    deciders,
    serving,
    workerEntry: ports.entries.analyse,
    threads,
    onTrials: (trials) => learning.canary.hear(trials),
    onVerdicts: (evidenceId, added) => {
      publish({ type: "verdicts", added, evidence_id: evidenceId });
      if (added > 0) refitting.consider();
      if (added > 0) simulating.consider(evidenceId);
    },
    onEvidence: (evidenceId) => publish({ type: "evidence", evidence_id: evidenceId }),
    onEnrichment: enriching.hear,
  });
  jobs.register(analysing.job);
  const named = createNamedQueries({ store, sealer: directory.sealer, clock });
  const views = createAlertViews({ store, named });
  const cases = createCases({ store, sealer: directory.sealer, clock });
  const triage = createTriage({
    ...{ store, sealer: directory.sealer, clock, jobs, named, views, cases },
    undoBatch: (batchId, by) => undoing.batch(batchId, by),
  });
  const casework = createCasework({ store, sealer: directory.sealer, clock, views, cases });
  const impact = createImpact({ store, clock, settings: async () => (await settings.current()).settings });
  const shift = createShift({
    ...{ store, clock, views, impact },
    handover: createHandover({ store, sealer: directory.sealer, clock }),
  });
  const search = createSearching({ store, sealer: directory.sealer, clock, jobs, named });
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
  const response = createResponse({
    ports,
    store,
    jobs,
    evidence,
    settings: async () => (await settings.current()).settings,
    approvals,
    panics: panicNotes,
    confirmedPayloads: (simulation) => simulating.confirmedPayloads(simulation),
  });
  const simulating = createSimulating({
    store,
    evidence,
    jobs,
    clock,
    log,
    metrics,
    tracing,
    supervisor,
    settings: async () => (await settings.current()).settings,
    find: queries.find,
    isHeld: response.isHeld,
    resources: ports.resources,
    atMost: config.SENTINEL_SANDBOXES,
    publish,
  });
  jobs.register(simulating.job);
  const gatekeeping = await createGatekeeping({
    store,
    keys: directory.keys,
    clock,
    log,
    call: ports.callGatekeeper,
    rules: createGateRules({ store, book: response.book }),
    isHeld: response.isHeld,
    onChange: () => publish({ type: "gatekeepers" }),
  });
  const codeScanning = createCodeScanning(ports.entries.code);
  const textScanning = await createTextScanning({
    models: join(ports.resources, "model"),
    promptGuard: config.SENTINEL_PROMPT_GUARD,
    guardEntry: ports.entries.promptGuard,
    log,
    more: codeScanning.scanners,
  });
  const verdicts: Engine["verdicts"] = {
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
  };
  const remembering = await createRemembering({ ports, store, jobs, onChange: () => publish({ type: "memory" }) });
  const assisting = await createAssisting({
    ports,
    store,
    jobs,
    approvals,
    scanners: textScanning.scanners,
    memory: remembering.memory,
    sources: {
      alerts: triage,
      cases: casework,
      shift,
      search,
      verdicts,
      labels: learning.routes.labels,
      rules: response.routes.rules,
    },
    titleOf: createReadyTaskTitles(store, cases),
    async others() {
      const gatekeepers = (await gatekeeping.operations.list()).items.map(({ address }) => address);
      const { programs } = ports.assistant;
      return otherConnections({ config, settings: (await settings.current()).settings, gatekeepers, programs });
    },
    changed: () => publish({ type: "tasks" }),
  });
  const checkUndo = createUndoCheck({ ...learning.registry, isHeld: response.isHeld });
  const undoing = createUndoing({ store, jobs, check: checkUndo });
  jobs.register(undoBatchJob(store, checkUndo));
  const keeping = createReportKeeping({
    ...{ store, clock, shelf: ports.shelf },
    isOn: config.SENTINEL_S3_SHELF_REPORTS,
  });
  const reports = await createReporting({
    store,
    keys: directory.keys,
    clock,
    version: ports.version,
    nodeId: directory.nodeId,
    home: directory.path,
    modelCards: openModelCards(
      { hash: models.classifier.hash, path: join(ports.resources, "model", "MODEL-CARD.md") },
      learning.registry,
    ),
    alerts: triage,
    cases: casework,
    evidence,
    verdicts: queries,
    keeping,
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
    keeping,
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
  const analysePackage = createPackageAnalysing({ importing, evidence, jobs, store, queries });
  const watching = createFolderWatch({
    ...{ store, log, importing, settings },
    onChange: () => publish({ type: "health" }),
  });
  const auditing = createAuditing({ store, clock, log, onChecked: () => publish({ type: "health" }) });
  const forwarding = createAuditForwarding({
    store,
    log,
    open: ports.openSyslog,
    target: async () => (await settings.current()).settings.syslog_target,
    onChange: () => publish({ type: "health" }),
  });
  const siem = createSiemOutputs({
    ...{ store, clock, log, node: directory.nodeId, version: ports.version, views, settings },
    open: ports.openSiem,
    onChange: () => publish({ type: "health" }),
  });
  const releases = await createReleases({
    ...{ store, jobs, clock, log, version: ports.version, home: directory.path, resources: ports.resources },
    ...{ platform: process.platform, arch: process.arch, openServer: ports.openUpdateServer },
    server: async () => (await settings.current()).settings.update_server,
    isHeld: response.isHeld,
    onChange: () => publish({ type: "health" }),
  });
  const fleet =
    ports.fleet === null
      ? null
      : createFleet({
          ...{
            ports: ports.fleet,
            config: ports.config,
            nodeId: directory.nodeId,
            store,
            clock,
            log,
            metrics,
            tracing,
          },
          ...{
            directory,
            shelf: ports.shelf,
            evidence,
            importing,
            jobs,
            queries,
            settings,
            onChange: () => publish({ type: "health" }),
          },
          onVerdicts: (evidenceId, added) => publish({ type: "verdicts", added, evidence_id: evidenceId }),
        });
  const telemetry = await openTelemetry(
    { ...ports, fitWorker: ports.entries.fitTelemetry },
    store,
    fleet?.flows ?? null,
  );

  const champion = isSharing(ports)
    ? createChampionSharing({
        ...{ store, log, choose: choosePayloadModel },
        choice: async () => (await settings.current()).settings.payload_model,
        onChange: () => publish({ type: "health" }),
      })
    : null;
  const panicking = createPanicking({
    ...{ notes: panicNotes, log, supervisor, directory: ports.supervisorDirectory },
    stop() {
      const tasks = assisting.stopAll("Panic.");
      const simulations = simulating.stop();
      releases.stop();
      return {
        held: Promise.all([tasks.calls, gatekeeping.waitingRaises()]).then(([calls, pushes]) => calls + pushes),
        ended: Promise.all([tasks.ended, simulations]),
      };
    },
    async onPress(pull, by) {
      fleet?.tellPanic(pull, by);
      await assisting.notePanic();
    },
  });
  const stopListening = [
    jobs.onChange((job) => publish({ type: "job", job })),
    store.onAppended((events) => {
      metrics.eventsAppended.inc(events.length);
      for (const message of toLive(events)) publish(message);
    }),
    supervisor.onStatus(() => publish({ type: "health" })),
    supervisor.onPanic((news) => void panicking.hear(news)),
  ];
  await erasure.finish();
  await evidence.restoreNames();
  await learning.follow();
  await refitting.follow();
  await jobs.recover();
  await simulating.recover();
  await assisting.recover();
  await importing.recover();
  await learning.recover();
  remembering.begin();
  await watching.follow();
  await enriching.follow();
  await fleet?.start(panicking.pull);
  await panicking.follow(leftPulls);
  champion?.start();
  await forwarding.follow();
  await siem.follow();
  await releases.follow();

  /**
   * @param along gives events of the same transaction, once the model that is chosen is open
   * @throws SentinelError, GATES_FAILED among them: a model of the registry decides only once its gates let it
   */
  async function changeSettings(
    { changes, base_version }: Input<typeof changeSettingsRoute>,
    by: Principal,
    along?: () => Promise<readonly EventDraft[]>,
  ) {
    const given = restoreSecrets(changes, (await settings.current()).settings);
    const { payload_model: wanted } = given;
    const payload_model = wanted === undefined ? undefined : await learning.settleChoice(wanted);
    // Refused now, not when the first payload comes.
    if (payload_model !== undefined) await serving.prepare(payload_model);
    // The shipped model is chosen by no choice: that takes back exactly what chose another one, and undo takes it for that.
    const isShipped = payload_model === defaultSettings.payload_model;
    const settled = payload_model === undefined ? given : { ...given, payload_model: isShipped ? null : payload_model };
    const { eventId, ...changed } = await settings.change(settled, base_version, by, along);
    await watching.follow();
    await enriching.follow();
    await forwarding.follow();
    await siem.follow();
    await releases.follow();
    await learning.follow();
    return { ...hideSecrets(changed), event_id: eventId };
  }

  /** What an undone event may have set: settings, the deployed model. */
  async function followUndo(): Promise<void> {
    await watching.follow();
    await enriching.follow();
    await forwarding.follow();
    await siem.follow();
    await releases.follow();
    await refitting.follow();
    await learning.follow(true);
  }

  return {
    async analyze({ evidence: given }, by, signal) {
      const { verdicts, ...rest } = await analysePackage(given, by, signal);
      return { verdict: verdicts[0]!, verdicts, ...rest };
    },
    predictPayload: async (input) =>
      "payload" in input ? (await predictAll(serving, [input.payload]))[0]! : await predictAll(serving, input.payloads),
    async explain(input, by, signal) {
      if ("verdict_id" in input) return (await queries.get(input.verdict_id)).explanation;
      return (await analysePackage(input.evidence, by, signal)).verdicts[0]!.explain;
    },
    verdicts,
    alerts: triage,
    cases: casework,
    shift,
    search,
    replays: replaying.operations,
    simulations: simulating.operations,
    decode: payloadExplaining.decode,
    scan: textScanning.scan,
    reports,
    evidence: {
      list: evidence.list,
      get: async ({ id }) => ({ ...(await evidence.get(id)).evidence, custody: await evidence.manifest(id) }),
      async import(source, { file_name, channel }, by, signal) {
        return { job_id: (await importing.take(source, { fileName: file_name, channel, by, signal })).job.id };
      },
      importSamples: async (by) => ({ job_ids: (await importing.takeSamples(by)).map(({ id }) => id) }),
      async fetch({ id }, by) {
        if (fleet?.fetch == null) throw new SentinelError("CONFLICT", "This installation follows no fleet.");
        return { job_id: (await fleet.fetch(id, by)).id };
      },
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
    ...learning.routes,
    ...response.routes,
    approvals: {
      ...response.routes.approvals,
      // What the agent asks for is answered where it waits, and so is a step of a trial.
      decide: async (input, by) => {
        const { kind } = await response.routes.approvals.get(input, by);
        if (kind === "promotion") return await learning.canary.decide(input, by);
        if (kind !== "plan" && kind !== "tool_call") return await response.routes.approvals.decide(input, by);
        await assisting.operations.decide(input, by);
        return await response.routes.approvals.get(input, by);
      },
    },
    assistant: assisting.operations,
    trust: assisting.trust,
    gatekeepers: { ...gatekeeping.operations, impact: impact.report },
    memory: remembering.operations,
    backups: { list: backingUp.list, make: backingUp.start },
    releases: { status: releases.status, look: releases.look, fetch: releases.fetch },
    siem: { preview: siem.preview, test: siem.test },
    settings: {
      get: async () => hideSecrets(await settings.current()),
      async change(input, by) {
        // The model that decides goes back by a roll-back, too, which does not come by here and asks for less.
        requireSettings(Object.keys(input.changes), by);
        return await changeSettings(input, by, () => requireArmed(input.changes.payload_model ?? null));
      },
      flags: createFeatureFlags({ store, settings: async () => (await settings.current()).settings }),
    },
    audit: {
      ...auditing.routes,
      undo: async ({ id }, by) => {
        const event = await undoing.one(id, by);
        await followUndo();
        return { event_id: event.id };
      },
      async undoLast(input, by) {
        const last = await undoing.last(input, by);
        await followUndo();
        return last;
      },
    },
    panic: panicking.pull,
    sandboxes: createSandboxing({
      store,
      supervisor,
      settings: async () => (await settings.current()).settings,
      heldAt: response.heldAt,
    }),
    telemetry: telemetry.operations,
    wording: createWording({ verdicts, telemetry, process: assisting.operations.process }),
    lookAtDrift: learning.drifting.look,
    retain: retaining.now,
    verifyLogIfDue: auditing.verifyIfDue,
    lookForReleaseIfDue: releases.lookIfDue,
    reproduceVerdict: async (id) => await reproduce(await queries.find(id), models),
    live: {
      subscribe(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    async noteRevocation({ credential, name }, by) {
      const entity = { entityType: "network_credential", entityId: credential };
      const baseVersion = await store.read(entityVersion, entity);
      // Without an inverse: who is to come back is given another one.
      const draft = { ...entity, baseVersion, kind: "network.revoked", payload: { name }, inverse: null };
      await store.append([draft], by);
    },
    fleetDecisions: (input, by) => readFleetDecisions({ store, clock, sharing: isSharing(ports) }, input, by),
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
        enriching,
        forwarding,
        siem,
        fleet,
        champion,
        sharing: learning.sharing,
        telemetry,
        gatekeeping,
        response,
        assisting,
        memory: remembering.operations,
        scanning: textScanning,
        releases,
        disk: directory.path,
      }),
    modelServerHealth() {
      const onTrial = learning.canary.challenger();
      const canary = { challenger: onTrial?.payload.hash ?? null, percent: onTrial?.percent ?? 0 };
      return { ...serving.health(), canary };
    },
    metrics: () => {
      serving.flush();
      return metrics.registry.metrics();
    },
    async close() {
      for (const stop of stopListening) stop();
      retaining.close();
      auditing.close();
      releases.close();
      await champion?.close();
      await fleet?.close();
      await forwarding.close();
      await siem.close();
      await watching.close();
      await jobs.close();
      await analysing.close();
      await scanning.close();
      await replaying.close();
      await gatekeeping.close();
      await assisting.close();
      await codeScanning.close();
      await remembering.close();
      await response.close();
      await learning.close();
      await serving.close();
      await explaining.close();
      await textScanning.close();
      await payloadExplaining.close();
      await telemetry.close();
      await store.close();
      ports.shelf?.close();
      await ports.catalogue?.close();
      supervisor.close();
    },
  };
}

/** Whether what is decided here is decided with other engines. */
const isSharing = ({ fleet }: EnginePorts) => fleet !== null && fleet.keys.length > 0;
