import { useQueryClient } from "@tanstack/react-query";
import { CircleCheck, Cloud, GitCompareArrows } from "lucide-react";
import { useCallback } from "react";
import type { FleetVerdict } from "../../../shared/verdict.ts";
import { visibleWords } from "../../../shared/visible-text.ts";
import type { VerdictDetail } from "../../queries/verdicts.ts";
import { findVerdictOf } from "../../queries/verdicts.ts";
import { FetchEvidence } from "../../ui/fetch-evidence.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { nameEngine } from "../../view/engine-name.ts";
import { formatScore } from "../../view/format.ts";
import { classLabels, verdictLabels } from "../../view/labels.ts";
import { goTo, type SessionTab } from "../../view/place.ts";

type Compared = Pick<FleetVerdict, "verdict" | "score" | "payload_score" | "behavioral_score" | "class">;

const inWords = ({ verdict, score, payload_score, behavioral_score, class: kind }: Compared) =>
  `${verdictLabels[verdict]} ${formatScore(score)} (payload ${formatScore(payload_score)}, behaviour ${formatScore(behavioral_score)}, ${kind === "benign" ? "no attack" : classLabels[kind]})`;

function Engine({ id }: { id: string }) {
  return <span title={visibleWords(id)}>engine {nameEngine(id)}</span>;
}

/** Both verdicts of a session that is judged here, too. */
function Comparison({ verdict, fleet }: { verdict: VerdictDetail; fleet: FleetVerdict }) {
  const { same, differences } = fleet.here!;
  if (same) {
    return (
      <p className="flex items-center gap-2 text-good">
        <CircleCheck size={15} className="shrink-0" aria-hidden="true" />
        <span>
          Judged here and by <Engine id={fleet.node_id} /> of the fleet: the same verdict, bit for bit.
        </span>
      </p>
    );
  }
  return (
    <div className="flex gap-2 text-warn">
      <GitCompareArrows size={15} className="mt-px shrink-0" aria-hidden="true" />
      <div>
        <p>
          Here: {inWords(verdict)}. <Engine id={fleet.node_id} /> of the fleet: {inWords(fleet)}.
        </p>
        <p className="[&_.untrusted]:font-sans">
          {differences.length === 0 ? (
            "They were judged by the same models and configuration: one of them has a defect."
          ) : (
            <>
              What they were judged by differs in <UntrustedText text={differences.join("; ")} />.
            </>
          )}
        </p>
      </div>
    </div>
  );
}

/** Who judged a session that the fleet told of, and where its evidence is. */
export function FleetNote({ verdict, tab }: { verdict: VerdictDetail; tab: SessionTab }) {
  const client = useQueryClient();
  const { fleet, evidence_id, session } = verdict;
  const showHere = useCallback(async () => {
    // Other models give another verdict: what is shown is the one in force.
    const id = await findVerdictOf(evidence_id, session);
    await client.invalidateQueries({ queryKey: ["verdict"] });
    if (id !== undefined) goTo({ screen: "session", id, tab }, { replace: true });
  }, [client, evidence_id, session, tab]);
  if (fleet === null) return null;
  const { evidence } = fleet;
  return (
    <section aria-label="The fleet" className="mx-4 mb-2 rounded-md bg-sunken px-3 py-2 text-xs">
      {fleet.here !== null && <Comparison verdict={verdict} fleet={fleet} />}
      {fleet.here === null && evidence === null && (
        <p className="text-warn">
          Judged by <Engine id={fleet.node_id} /> of the fleet. The evidence came: until it is judged here, what the
          fleet told is shown.
        </p>
      )}
      {evidence !== null && (
        <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
          <Cloud size={15} className="shrink-0 text-ink-2" aria-hidden="true" />
          <p className="min-w-[40ch] flex-1 text-ink-2">
            <span className="font-medium text-ink">
              Judged by <Engine id={fleet.node_id} /> of the fleet; the evidence lies there.
            </span>{" "}
            What its message carries is shown here: payloads as they were masked, scores and what moved them.
            {evidence.problem !== null && ` The evidence cannot be fetched: ${evidence.problem}`}
          </p>
          {evidence.problem === null && (
            <FetchEvidence
              evidence={{ id: evidence_id, file_name: verdict.file_name }}
              size={evidence.size}
              onFetched={showHere}
            />
          )}
        </div>
      )}
    </section>
  );
}
