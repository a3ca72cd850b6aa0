import type { Canary, CanaryMeasure, CanaryMove } from "../../shared/canary.ts";
import type { Score } from "../../shared/units.ts";
import type { LastAsked } from "./approve/approvals.ts";
import type { MoveRow, OnTrial } from "./learn/canary/canary-state.ts";
import { nextStep, type TrialJudgement } from "./learn/canary/trial.ts";

/** A trial as it stands. */
export interface TrialView {
  /** Null: no model is on trial. */
  readonly onTrial: OnTrial | null;
  /** Hash of the model that decides. */
  readonly champion: string;
  /** What decided before what decides now was promoted; null: it came by no trial. */
  readonly replaced: string | null;
  readonly judgement: TrialJudgement;
  /** What was asked for last about the next step. */
  readonly asked: LastAsked | null;
  /** The newest first, and one more than is shown: each is told by the one before it. */
  readonly moves: readonly MoveRow[];
}

/** How a trial fares in wire shape. */
export function toMeasures({ measures }: Pick<TrialJudgement, "measures">): CanaryMeasure[] {
  return measures.map(({ mean, lower, upper, limit, ...rest }) => ({
    ...rest,
    mean: mean as Score | null,
    lower: lower as Score,
    upper: upper as Score,
    limit: limit as Score,
  }));
}

/** The trial in wire shape. */
export function toCanary({ onTrial, champion, replaced, judgement, moves, asked }: TrialView): Canary {
  const { sessions, decision } = judgement;
  const isAllowed = decision === "step" && asked?.state !== "denied";
  return {
    model_id: onTrial?.challenger ?? null,
    champion,
    percent: onTrial?.percent ?? null,
    mode: onTrial?.mode ?? "automatic",
    share: onTrial?.share ?? null,
    next: onTrial === null ? 0 : isAllowed ? nextStep(onTrial.percent, onTrial.share) : null,
    sessions,
    measures: toMeasures(judgement),
    decision,
    approval: asked === null ? null : { id: asked.id, state: asked.state, decided_by: asked.decided_by },
    can_go_back: onTrial !== null || replaced !== null,
    history: moves.slice(0, shownMoves).map((move, i) => toMove(move, moves[i + 1] ?? null)),
  };
}

/** Changes that are shown. */
export const shownMoves = 20;

/** @param before the change before it; null: it was the first one */
function toMove({ at, actor, moved }: MoveRow, before: MoveRow | null): CanaryMove {
  const { to, because, sessions, promoted } = moved;
  const left = before?.moved.to?.challenger ?? null;
  const isPromotion = to === null && promoted !== null && promoted !== (before?.moved.promoted ?? null);
  return {
    at,
    actor,
    percent: to?.percent ?? (isPromotion ? 100 : null),
    model_id: to?.challenger ?? left,
    because,
    sessions,
  };
}
