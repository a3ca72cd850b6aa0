import { CircleHelp, type LucideIcon, OctagonAlert, ShieldCheck } from "lucide-react";
import type { SimulationSummary, SimulationVerdict } from "../../shared/simulation.ts";
import { simulationStateLabels, simulationVerdictLabels } from "../view/simulation-words.ts";
import { Badge, type Tone } from "./badge.tsx";

const looks: Record<SimulationVerdict, { tone: Tone; icon: LucideIcon }> = {
  exploit_possible: { tone: "danger", icon: OctagonAlert },
  exploit_improbable: { tone: "good", icon: ShieldCheck },
  not_simulated: { tone: "warn", icon: CircleHelp },
};

/** What a simulation came to, or how far it is. */
export function SimulationBadge({ verdict, state }: Pick<SimulationSummary, "verdict" | "state">) {
  if (verdict === null)
    return <Badge tone={state === "failed" ? "danger" : "calm"}>{simulationStateLabels[state]}</Badge>;
  return <Badge {...looks[verdict]}>{simulationVerdictLabels[verdict]}</Badge>;
}
