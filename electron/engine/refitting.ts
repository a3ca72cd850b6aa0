import { Piscina } from "piscina";
import { SentinelError } from "../../shared/errors.ts";
import type { Job } from "../../shared/job.ts";
import type { Logger } from "./base/logging.ts";
import { inBackground } from "./base/on-demand.ts";
import { enginePrincipal, type Principal } from "./base/principals.ts";
import { modelInputs } from "./detect/anomaly/behaviour-model.ts";
import {
  type BehaviourDeployed,
  type DeployedBehaviour,
  deployBehaviour,
  deployedBehaviour,
} from "./detect/anomaly/deployed-behaviour.ts";
import { countReferenceSessions, referenceSessions } from "./detect/anomaly/reference-sessions.ts";
import { isRefitDue, leastSessions, type RefitTask } from "./detect/anomaly/refit-task.ts";
import type { Models } from "./models.ts";
import type { JobContext, JobKind, Jobs } from "./store/jobs.ts";
import type { Store } from "./store/store.ts";

/** The behaviour model's own learning: fitted again to this machine's ordinary sessions, by a job, as an event that can be undone. */
export interface Refitting {
  readonly job: JobKind<Record<string, never>, never>;
  /** Looks which model the log has deployed, and uses it. */
  follow(): Promise<void>;
  /** Sessions were added: starts a fit where one is due. */
  consider(): void;
  /** Starts a fit whether or not one is due. @throws SentinelError CONFLICT while one runs, or with too few sessions */
  start(by: Principal): Promise<Job>;
  status(): RefitStatus;
  close(): Promise<void>;
}

export interface RefitStatus {
  /** The fit in use; null: the shipped model decides. */
  readonly fit: Pick<DeployedBehaviour, "at" | "sessions"> | null;
  /** Whether the log has deployed a model that cannot be used. */
  readonly isMissing: boolean;
}

/** The same sessions give the same model. */
const seed = 1;

export function createRefitting(options: {
  store: Store;
  jobs: Jobs;
  models: Models;
  log: Logger;
  workerEntry: URL;
  extractorVersion: string;
  isOn: () => Promise<boolean>;
  /** Whether a change that nobody has acknowledged would be taken for ordinary: then nothing is fitted by itself. */
  isHeld: () => Promise<boolean>;
}): Refitting {
  const { store, jobs, models, log, extractorVersion } = options;
  const shipped = models.shippedBehaviour;
  let started: Piscina<RefitTask, Uint8Array> | undefined;
  let status: RefitStatus = { fit: null, isMissing: false };
  let considering: Promise<void> | null = null;
  let again = false;
  let closing = false;

  function pool(): Piscina<RefitTask, Uint8Array> {
    started ??= new Piscina({
      filename: options.workerEntry.href,
      name: "refit",
      ...inBackground,
      idleTimeout: 1000,
    });
    return started;
  }

  /** The deployment that holds for this version of the product; a newer one starts from the model that it ships. */
  async function deployment() {
    const { deployed, version } = await store.read(deployedBehaviour, null);
    return { deployed, current: deployed?.shipped === shipped ? deployed : null, version };
  }

  async function follow(): Promise<void> {
    const { current } = await deployment();
    try {
      await models.switchBehaviour(current?.hash ?? shipped);
      const fit = current === null || current.hash === shipped ? null : { at: current.at, sessions: current.sessions };
      status = { fit, isMissing: false };
    } catch (error) {
      log.error(
        { err: error, hash: current?.hash },
        "The deployed behaviour model cannot be used; the shipped one decides.",
      );
      await models.switchBehaviour(shipped);
      status = { fit: null, isMissing: true };
    }
  }

  async function isDue(): Promise<boolean> {
    if (!(await options.isOn()) || jobs.active("refit").length > 0) return false;
    const sessions = await store.read(countReferenceSessions, extractorVersion);
    const last = (await deployment()).deployed?.fitted ?? null;
    if (!isRefitDue(last, { sessions, shipped, extractorVersion })) return false;
    // SECURITY: a creeping attacker must not move what is ordinary; that a change is legitimate is told by a person.
    return !(await options.isHeld());
  }

  async function run({ signal, progress }: JobContext<never>) {
    progress({ step: "reading sessions" });
    const rows = await store.read(referenceSessions, extractorVersion);
    // What the shipped model does not ask about, no fit of it does.
    const { schema } = await models.behaviourOf(shipped);
    progress({ step: "fitting", done: 0, total: rows.length, unit: "sessions" });
    const bytes = await pool().run({ rows: rows.map((row) => modelInputs({ schema }, row)), schema, seed }, { signal });
    signal.throwIfAborted();
    const hash = await models.keepBehaviour(bytes);
    const { current, version } = await deployment();
    const before: BehaviourDeployed = {
      hash: current?.hash ?? shipped,
      shipped,
      sessions: current?.sessions ?? 0,
      extractor_version: current?.extractor_version ?? extractorVersion,
    };
    const next = { hash, shipped, sessions: rows.length, extractor_version: extractorVersion };
    // SECURITY: a model decides verdicts: who deployed which, and what it was fitted to, is in the log.
    await store.append([deployBehaviour(next, before, version)], enginePrincipal);
    await follow();
    progress({ step: "done", done: rows.length });
    return { model_hash: hash, sessions: rows.length };
  }

  /** One look at a time; what is added meanwhile is looked at after. */
  async function look(): Promise<void> {
    do {
      again = false;
      if ((await isDue()) && !closing) await jobs.start("refit", {}, "Behaviour model", enginePrincipal);
    } while (again && !closing);
  }

  return {
    job: { kind: "refit", resumable: false, run: (_args, context) => run(context) },
    follow,
    consider() {
      again = true;
      if (closing || considering !== null) return;
      considering = look()
        .catch((error: unknown) =>
          log.warn({ err: error }, "Whether the behaviour model is due for a fit is not known."),
        )
        .finally(() => {
          considering = null;
        });
    },
    async start(by) {
      if (jobs.active("refit").length > 0) throw new SentinelError("CONFLICT", "The behaviour model is being fitted.");
      const sessions = await store.read(countReferenceSessions, extractorVersion);
      if (sessions < leastSessions) {
        throw new SentinelError(
          "CONFLICT",
          `There are ${sessions} ordinary sessions here, and a fit needs ${leastSessions}.`,
        );
      }
      return await jobs.start("refit", {}, "Behaviour model", by);
    },
    status: () => status,
    async close() {
      closing = true;
      await considering;
      await started?.destroy();
    },
  };
}
