import { useQuery } from "@tanstack/react-query";
import { trustQuery } from "../../queries/trust.ts";
import { PanelStatus, StaleNote } from "../../ui/panel-status.tsx";
import { ChangesPanel } from "./changes-panel.tsx";
import { LevelsPanel } from "./levels-panel.tsx";
import { NextLevelPanel } from "./next-level-panel.tsx";
import { PoliciesPanel } from "./policies-panel.tsx";
import { RedTeamPanel } from "./red-team-panel.tsx";

/** How far the agent is trusted, what raises and lowers that, and how it stands against attacks. */
export function TrustScreen() {
  const query = useQuery(trustQuery());
  const trust = query.data;
  if (trust === undefined) return <PanelStatus query={query} what="the trust in the agent" />;
  return (
    <section aria-label="Trust" tabIndex={0} className="h-full overflow-y-auto focus-visible:outline-offset-[-2px]">
      <StaleNote query={query} what="the trust in the agent" />
      <div className="mx-auto max-w-[1320px] space-y-4 p-4">
        <div className="grid grid-cols-2 items-start gap-4">
          <LevelsPanel trust={trust} />
          <NextLevelPanel trust={trust} />
        </div>
        <ChangesPanel changes={trust.changes} />
        <PoliciesPanel />
        <RedTeamPanel />
      </div>
    </section>
  );
}
