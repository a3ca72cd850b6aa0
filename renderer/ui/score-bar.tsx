import type { VerdictKind } from "../../shared/verdict.ts";
import { formatScore } from "../view/format.ts";
import { verdictBars } from "./badge.tsx";

/** A score as a number and a bar of its share of 1. */
export function ScoreBar({ score, verdict, width = 44 }: { score: number; verdict: VerdictKind; width?: number }) {
  return (
    <span className="flex items-center gap-2">
      <span className="w-[30px] text-right font-medium">{formatScore(score)}</span>
      <span className="h-1.5 overflow-hidden rounded-full bg-sunken" style={{ width }} aria-hidden="true">
        <span className={`block h-full rounded-full ${verdictBars[verdict]}`} style={{ width: `${score * 100}%` }} />
      </span>
    </span>
  );
}
