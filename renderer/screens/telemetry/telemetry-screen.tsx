import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTimeZone } from "../../queries/settings.ts";
import { overridesQuery, telemetryQuery } from "../../queries/telemetry.ts";
import { PanelStatus, StaleNote } from "../../ui/panel-status.tsx";
import { AlarmsPanel } from "./alarms-panel.tsx";
import { AnswersCard } from "./answers-card.tsx";
import { DecideDialog, type DecisionSubject } from "./decide-dialog.tsx";
import { OverridesPanel } from "./overrides-panel.tsx";
import { RebaseDialog } from "./rebase-dialog.tsx";
import { DriftNote, ReferencePanel } from "./reference-panel.tsx";
import { RoutesPanel } from "./routes-panel.tsx";

/** What services report of their own requests: how it was answered, why, what is ordinary, and what people decided. */
export function TelemetryScreen() {
  const query = useQuery(telemetryQuery());
  const overrides = useQuery(overridesQuery());
  const zone = useTimeZone();
  const [asked, setAsked] = useState<{ readonly subject: DecisionSubject } | "rebase" | null>(null);
  if (query.data === undefined) return <PanelStatus query={query} what="the telemetry" />;
  const state = query.data;
  const decided = overrides.data ?? [];
  const close = () => setAsked(null);
  return (
    <section aria-label="Telemetry" tabIndex={0} className="h-full overflow-y-auto focus-visible:outline-offset-[-2px]">
      <StaleNote query={query} what="the telemetry" />
      <div className="mx-auto max-w-[1320px] space-y-3 p-4">
        <DriftNote drift={state.drift} />
        <RoutesPanel
          routes={state.routes}
          overrides={decided}
          zone={zone}
          onDecide={(route) => setAsked({ subject: { route } })}
        />
        <AnswersCard minutes={state.minutes} zone={zone} />
        <AlarmsPanel
          recent={state.recent}
          zone={zone}
          onDecideUser={(pseudonym) => setAsked({ subject: { pseudonym } })}
        />
        {overrides.data === undefined ? (
          <PanelStatus query={overrides} what="what people decided" />
        ) : (
          <OverridesPanel overrides={decided} zone={zone} onDecide={() => setAsked({ subject: null })} />
        )}
        <ReferencePanel state={state} zone={zone} onRebase={() => setAsked("rebase")} />
      </div>
      {asked === "rebase" && <RebaseDialog isDrifting={state.drift.features.length > 0} onClose={close} />}
      {asked !== null && asked !== "rebase" && <DecideDialog subject={asked.subject} onClose={close} />}
    </section>
  );
}
