import type { Canary } from "../../shared/canary.ts";
import type { Score } from "../../shared/units.ts";
import type { MoveRow, OnTrial } from "./learn/canary/canary-state.ts";
import { type judgeTrial, nextStep } from "./learn/canary/trial.ts";

/** A trial as it stands. */
export interface TrialView {
  /** Null: no model is on trial. */
  readonly onTrial: OnTrial | null;
  /** Hash of the model that decides. */
  readonly champion: string;
  /** What decided before what decides now was promoted; null: it came by no trial. */
  readonly replaced: string | null;
  readonly judgement: ReturnType<typeof judgeTrial>;
  /** The newest first. */
  readonly moves: readonly MoveRow[];
}

/** The trial in wire shape. */
export function toCanary({ onTrial, champion, replaced, judgement, moves }: TrialView): Canary {
  const { sessions, measures, decision } = judgement;
  return {
    model_id: onTrial?.challenger ?? null,
    champion,
    percent: onTrial?.percent ?? null,
    mode: onTrial?.mode ?? "automatic",
    share: onTrial?.share ?? null,
    next: onTrial === null ? 0 : decision === "step" ? nextStep(onTrial.percent, onTrial.share) : null,
    sessions,
    measures: measures.map(({ mean, lower, upper, limit, ...rest }) => ({
      ...rest,
      mean: mean as Score | null,
      lower: lower as Score,
      upper: upper as Score,
      limit: limit as Score,
    })),
    decision,
    can_go_back: onTrial !== null || replaced !== null,
    history: moves.map(({ at, actor, moved: { to, because, sessions: seen } }) => ({
      at,
      actor,
      percent: to?.percent ?? null,
      model_id: to?.challenger ?? null,
      because,
      sessions: seen,
    })),
  };
}
