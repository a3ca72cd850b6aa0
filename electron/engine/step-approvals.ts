import type { ApprovalRisk, decideApproval } from "../../shared/approval.ts";
import type { ShownPromotion } from "../../shared/canary.ts";
import { SentinelError } from "../../shared/errors.ts";
import type { Input } from "../../shared/route.ts";
import type { Approvals, Ask, LastAsked } from "./approve/approvals.ts";
import { canonicalJson } from "./base/canonical-json.ts";
import { enginePrincipal, type Principal } from "./base/principals.ts";
import { toMeasures } from "./canary-views.ts";
import type { OnTrial } from "./learn/canary/canary-state.ts";
import { nextStep, type TrialJudgement } from "./learn/canary/trial.ts";
import type { EventDraft } from "./store/store.ts";

const kind = "promotion";
/** How long a step waits for somebody's word, milliseconds: 7 days. What was seen by then is a week old, and is asked about anew. */
const validMs = 7 * 86_400_000;

/** The next step of a trial, as things stand. */
export interface TrialStep {
  readonly onTrial: OnTrial;
  /** Version of the trial in the log: every move counts it up, so that one step is never taken for another that looks like it. */
  readonly version: number;
  readonly judgement: TrialJudgement;
}

/** What else is known of a model on trial. */
export interface Standing {
  /** Counts what its gates and those who override them said of it. */
  readonly version: number;
  /** Who made it, and who lets it decide although it failed a gate. */
  readonly authors: readonly string[];
}

/** An approval that is granted and used up, with the events that do. */
export interface UsedApproval {
  readonly id: string;
  readonly events: readonly EventDraft[];
}

/** Steps of a trial that somebody has to take, in the approval queue. One model is on trial at a time. */
export interface StepApprovals {
  /** What was asked for last about a step, as things stand; null: nothing. */
  last(step: TrialStep): Promise<LastAsked | null>;
  /** Asks for a step. What waits is not asked for twice; what was denied, or withdrawn, not before something has changed. */
  ask(step: TrialStep): Promise<void>;
  /**
   * Grants a step that is then taken: by somebody's word about what waits, or by who takes it without one (null), which is asked for first
   * where nothing waits.
   * @throws SentinelError as `Approvals.grantAndUse`: FORBIDDEN (four eyes) among them; CONFLICT where somebody denied it
   */
  grant(step: TrialStep, word: Input<typeof decideApproval> | null, by: Principal): Promise<UsedApproval>;
  /** The events that void what still waits; append them together with the move. @param except an approval that the move uses up */
  void(except?: string): Promise<EventDraft[]>;
  /** Voids what waits and is not about the trial as it stands. @param step null: nothing is on trial */
  tidy(step: TrialStep | null): Promise<readonly EventDraft[]>;
}

/** @param standing of a model. @throws SentinelError NOT_FOUND */
export function createStepApprovals(options: {
  readonly approvals: Approvals;
  readonly nodeId: string;
  readonly standing: (id: string) => Promise<Standing>;
}): StepApprovals {
  const { approvals, nodeId, standing } = options;

  async function toAsk({ onTrial, version, judgement }: TrialStep): Promise<Ask> {
    const { challenger, champion, percent, share, begun_by } = onTrial;
    const to = nextStep(percent, share) ?? percent;
    const { version: model, authors } = await standing(challenger);
    const shown: ShownPromotion = {
      ...{ model_id: challenger, champion, from: percent, to, share },
      ...{ sessions: judgement.sessions, measures: toMeasures(judgement) },
      ...{ begun_by, engine: nodeId },
    };
    return {
      kind,
      subject: challenger,
      title: titleOf(challenger, to),
      shown,
      inputs: canonicalJson({ challenger, champion, percent, share, version, model }),
      risk: riskOf(to),
      authors: begun_by === null ? authors : [begun_by, ...authors],
      validMs,
    };
  }

  return {
    last: async (step) => await approvals.lastAsked(await toAsk(step)),

    async ask(step) {
      const ask = await toAsk(step);
      const last = await approvals.lastAsked(ask);
      if (last === null || last.state === "expired" || last.state === "superseded")
        await approvals.request(ask, enginePrincipal);
    },

    async grant(step, word, by) {
      const ask = await toAsk(step);
      const given = word ?? (await askedFor(ask));
      // What was seen since it was asked is in the trial's favour, or no step would be allowed: the word stands for what it was about.
      const { shown } = await approvals.get(given.id, by);
      const events = await approvals.grantAndUse(given, { ...ask, shown: shown ?? {} }, by);
      return { id: given.id, events };
    },

    void: (except) => approvals.supersedeKind(kind, except),

    async tidy(step) {
      const stands = step === null ? null : await approvals.lastAsked(await toAsk(step));
      return await approvals.supersedeKind(kind, stands?.id);
    },
  };

  /** What waits, named as somebody would who saw it: whoever takes a step names that step themselves. */
  async function askedFor(ask: Ask): Promise<Input<typeof decideApproval>> {
    const last = await approvals.lastAsked(ask);
    // SECURITY: another button is no way past somebody's no.
    if (last?.state === "denied") {
      throw new SentinelError(
        "CONFLICT",
        `${last.decided_by} denied this step: that can be taken back in the audit log, or the model be taken out.`,
        { allowed_step: null },
      );
    }
    const id = last?.state === "pending" ? last.id : await approvals.request(ask, enginePrincipal);
    const { shown_hash } = await approvals.get(id, enginePrincipal);
    return { id, granted: true, shown_hash, reason: "" };
  }
}

const titleOf = (model: string, to: number) =>
  `Let model ${model.slice(0, 12)} decide ${to === 100 ? "all" : `${to} % of`} sessions`;

function riskOf(to: number): ApprovalRisk {
  if (to > 10) return "high";
  return to > 1 ? "medium" : "low";
}
