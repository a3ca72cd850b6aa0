import { join } from "node:path";
import { SentinelError } from "../../shared/errors.ts";
import type { LiveMessage } from "../../shared/live.ts";
import type { Settings } from "../../shared/settings.ts";
import type { Deciders } from "./analysing.ts";
import type { Approvals } from "./approve/approvals.ts";
import type { Principal } from "./base/principals.ts";
import { createCanary } from "./canary.ts";
import { createDatasetJobs } from "./dataset-jobs.ts";
import { createDatasets } from "./datasets.ts";
import { extractorOf, readDeciders } from "./deciders.ts";
import { readOnnxFolder } from "./detect/classifier/onnx-folder.ts";
import { createDrifting } from "./drifting.ts";
import type { Engine } from "./engine-interface.ts";
import type { EnginePorts } from "./engine-ports.ts";
import type { EvidenceRoom } from "./evidence/evidence.ts";
import { createFederating } from "./federating.ts";
import { createLabelProgress } from "./label-progress.ts";
import { createLabelling } from "./labelling.ts";
import { createLabelQueue } from "./learn/label-queue.ts";
import { createLabels } from "./learn/labels.ts";
import { openModelFiles } from "./learn/registry/model-files.ts";
import { createRegistry } from "./learn/registry/registry.ts";
import { reportedSince } from "./learn/reported-now.ts";
import { samplesByIds } from "./learn/sample-table.ts";
import { createModelOperations, describeShipped, isShippedChoice, registeredPrefix } from "./model-operations.ts";
import type { Models } from "./models.ts";
import type { PayloadServing } from "./payload-serving.ts";
import { createReferencing } from "./referencing.ts";
import { createRefitting } from "./refitting.ts";
import { createModelSharing } from "./sharing-models.ts";
import type { Jobs } from "./store/jobs.ts";
import type { EventDraft, StoreHost } from "./store/store.ts";
import { createTraining } from "./training.ts";

export interface LearningOptions {
  readonly ports: EnginePorts;
  readonly store: StoreHost;
  readonly jobs: Jobs;
  readonly models: Models;
  readonly serving: PayloadServing;
  readonly evidence: EvidenceRoom;
  readonly product: string;
  readonly settings: () => Promise<Settings>;
  readonly approvals: Approvals;
  /** Whether a panic holds the response. */
  readonly isHeld: () => Promise<boolean>;
  /** Whether somebody may make this the model that decides. @throws SentinelError CONFLICT while a panic holds it @returns nothing to append */
  readonly requireArmed: (choice: string) => Promise<readonly EventDraft[]>;
  /** Makes a payload model the one that decides. @param along gives events of the same transaction. @returns the event, once it does */
  readonly choosePayloadModel: (
    model: string,
    by: Principal,
    along?: () => Promise<readonly EventDraft[]>,
  ) => Promise<string>;
  readonly publish: (message: LiveMessage) => void;
}

/** The learning loop: labels, datasets, training, registry, canary and drift, each from those before it. */
export async function createLearning(options: LearningOptions) {
  const { ports, store, jobs, models, serving, settings, publish } = options;
  const { directory, clock, log, entries } = ports;

  const registry = await createRegistry({
    store,
    sealer: directory.sealer,
    keys: directory.keys,
    clock,
    files: await openModelFiles(join(directory.path, "models")),
    nodeId: directory.nodeId,
    product: options.product,
    shipped: [await describeShipped(models, options.product)],
    champion: () => serving.health().model.hash,
    onTrial: () => canary.model(),
    trustedKeys: async () => (await settings()).trusted_model_keys,
  });
  const canary = createCanary({
    ...{ store, clock, log, nodeId: directory.nodeId, approvals: options.approvals, isHeld: options.isHeld },
    async standing(id) {
      const { version, metadata, override } = await registry.get(id);
      return { version, authors: [metadata.created_by, ...(override === null ? [] : [override.by])] };
    },
    async candidate(id) {
      const metadata = await registry.requireDeciding(id);
      const path = id === models.classifier.hash ? models.payloadPath : registry.files.pathOf(metadata);
      return { kind: metadata.kind, path, hash: id, onnxEntry: entries.onnx.href };
    },
    champion: serving.deployed,
    choice: async () => (await settings()).payload_model,
    choiceOf: (id) => (id === models.classifier.hash ? "built-in" : `${registeredPrefix}${id}`),
    choose: options.choosePayloadModel,
    challenger: registry.challenger,
    nameChallenger: registry.setChallenger,
    onChange: () => publish({ type: "models" }),
  });
  const sharing = createModelSharing({
    ...{ shelf: ports.shelf, catalogue: ports.catalogue, nodeId: directory.nodeId, registry, store, jobs, log },
    onChange() {
      publish({ type: "models" });
      publish({ type: "health" });
    },
  });
  const isRefitOn = async () => (await settings()).behaviour_refit === "automatic";
  const refitting = createRefitting({
    store,
    jobs,
    models,
    log,
    workerEntry: entries.refit,
    extractorVersion: extractorOf(models),
    isOn: isRefitOn,
    isHeld: () => drifting.holdsFits(),
  });
  const drifting = createDrifting({
    store,
    clock,
    log,
    models,
    payload: serving.deployed,
    refitting,
    extractorVersion: extractorOf(models),
    isRefitOn,
    onLook: () => publish({ type: "drift" }),
  });
  const datasetJobs = createDatasetJobs({
    directory,
    store,
    jobs,
    clock,
    log,
    workerEntry: entries.dataset,
    deployed: () => serving.deployed(),
  });
  const datasets = createDatasets({
    directory,
    store,
    jobs,
    clock,
    champion: () => serving.health().model.hash,
    bring: datasetJobs.bring,
  });
  const training = await createTraining({
    jobs,
    registry,
    clock,
    workerEntry: entries.train,
    onnxEntry: entries.onnx,
    home: directory.path,
    datasetVersion: datasets.rows,
    samples: (ids) => store.read(samplesByIds, ids),
    nameSources: datasets.nameLabellers,
    reportedSince: (since) => store.read(reportedSince, since),
    champion: serving.deployed,
    shipped: { path: models.payloadPath, hash: models.classifier.hash },
  });
  const queue = createLabelQueue({
    store,
    borrow: serving.borrow,
    auditEvery: async () => (await settings()).label_audit_every,
  });
  const federating = createFederating({
    store,
    jobs,
    registry,
    clock,
    workerEntry: entries.train,
    product: options.product,
    nodeId: directory.nodeId,
    localSources: datasets.localSources,
    champion: serving.deployed,
    shipped: { path: models.payloadPath, hash: models.classifier.hash },
    settings,
    evaluate: (id, by) => training.evaluate(id, null, by),
  });
  const labels = createLabelling({
    queue,
    progress: createLabelProgress({ store, queue }),
    store,
    sealer: directory.sealer,
    labels: createLabels({ store, sealer: directory.sealer, clock }),
    survey: datasets.survey,
    nameLabellers: datasets.nameLabellers,
    classify: (text) => serving.classify(text),
  });
  async function deciders(): Promise<Deciders> {
    return await readDeciders(models, await serving.deployed(), canary.challenger(), await settings());
  }
  const referencing = createReferencing({
    directory,
    store,
    evidence: options.evidence,
    models,
    jobs,
    clock,
    log,
    workerEntry: entries.replay,
    payload: serving.deployed,
    deciders,
    onReference: () => publish({ type: "drift" }),
  });
  let hasRecovered = false;
  jobs.register(referencing.job);
  jobs.register(refitting.job);
  jobs.register(training.trainJob);
  jobs.register(training.evaluateJob);
  jobs.register(federating.makeJob);
  jobs.register(federating.combineJob);

  return {
    registry,
    sharing,
    canary,
    refitting,
    drifting,
    /** What decides a session that is analysed now. */
    deciders,
    /**
     * A choice of the setting `payload_model` as it is kept. A folder stands for the registered model of the same files: those are kept,
     * the folder may change.
     * @throws SentinelError SETTING_INVALID naming what is wrong with a folder; NOT_FOUND, GATES_FAILED: the model may not decide
     */
    async settleChoice(choice: string): Promise<string> {
      if (isShippedChoice(choice)) return choice;
      if (choice.startsWith(registeredPrefix)) {
        await registry.requireDeciding(choice.slice(registeredPrefix.length));
        return choice;
      }
      if (!/[\\/]/.test(choice)) {
        const choices = "built-in, classic, model: and the id of a registered model, or the folder of an ONNX model";
        throw new SentinelError("SETTING_INVALID", `payload_model: ${choice} is none of ${choices}.`);
      }
      const { hash } = await readOnnxFolder(choice);
      // SECURITY: a model that nobody judged decides nothing, whichever way it is named.
      const isKnown = (await registry.list()).some(({ metadata }) => metadata.id === hash);
      if (!isKnown) {
        throw new SentinelError(
          "GATES_FAILED",
          `payload_model: the model in ${choice} was not judged yet. Bring the folder in on the models screen, and let its gates judge it.`,
        );
      }
      await registry.requireDeciding(hash);
      return `${registeredPrefix}${hash}`;
    },
    /** Takes up a setting, or an undone event, that named another model. */
    async follow(isUndo = false): Promise<void> {
      const { payload_model, class_set_error_rate } = await settings();
      serving.follow(payload_model, class_set_error_rate);
      await canary.follow(isUndo);
      if (hasRecovered) referencing.consider();
    },
    /** Where a registered model of payloads lies. @throws SentinelError NOT_FOUND */
    async fileOf(id: string) {
      const { metadata } = await registry.get(id);
      return { kind: metadata.kind, path: registry.files.pathOf(metadata) };
    },
    /** Takes up what was being read in, or described, when the engine ended. */
    async recover(): Promise<void> {
      await datasetJobs.recover();
      await sharing.follow();
      hasRecovered = true;
      referencing.consider();
    },
    routes: {
      canary: canary.operations,
      labels,
      datasets: datasets.routes,
      drift: drifting.operations,
      models: createModelOperations({
        registry,
        training,
        shippedId: models.classifier.hash,
        choose: (choice, by) => options.choosePayloadModel(choice, by, () => options.requireArmed(choice)),
        sharing: sharing.operations,
      }),
      federation: federating.operations,
    } satisfies Pick<Engine, "canary" | "labels" | "datasets" | "drift" | "models" | "federation">,
    async close(): Promise<void> {
      await sharing.close();
      await canary.close();
      await referencing.close();
      await datasetJobs.close();
      await drifting.close();
      await refitting.close();
      await training.close();
      await federating.close();
    },
  };
}
