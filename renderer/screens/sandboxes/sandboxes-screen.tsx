import { useQuery } from "@tanstack/react-query";
import { CircleCheck, CircleMinus, CircleX, type LucideIcon } from "lucide-react";
import type { SandboxStatus } from "../../../shared/sandbox.ts";
import { sandboxesQuery } from "../../queries/sandboxes.ts";
import { PanelStatus, StaleNote } from "../../ui/panel-status.tsx";
import { DriversPanel } from "./drivers-panel.tsx";
import { EgressPanel } from "./egress-panel.tsx";
import { LimitsPanel } from "./limits-panel.tsx";
import { LivePanel } from "./live-panel.tsx";
import { PanicPanel } from "./panic-panel.tsx";

const looks: Record<SandboxStatus["status"], { icon: LucideIcon; tone: string; word: string }> = {
  healthy: { icon: CircleCheck, tone: "text-good", word: "Foreign code runs in sandboxes" },
  off: { icon: CircleMinus, tone: "text-warn", word: "Nothing is simulated" },
  down: { icon: CircleX, tone: "text-danger", word: "The supervisor is gone: nothing is simulated" },
};

/** How foreign code is held: what isolates it, what limits it, what of it lives, and how it is ended. */
export function SandboxesScreen() {
  const query = useQuery(sandboxesQuery());
  if (query.data === undefined) return <PanelStatus query={query} what="the sandboxes" />;
  const { status, detail } = query.data;
  const { icon: Icon, tone, word } = looks[status];
  return (
    <section aria-label="Sandboxes" tabIndex={0} className="h-full overflow-y-auto">
      <StaleNote query={query} what="the sandboxes" />
      <div className="mx-auto max-w-[1080px] space-y-4 p-4">
        <p className="card flex items-start gap-2 px-4 py-3">
          <Icon size={18} className={`mt-0.5 shrink-0 ${tone}`} aria-hidden="true" />
          <span>
            <strong className={`font-semibold ${tone}`}>{word}</strong>
            <span className="ml-2 break-words text-ink-2">{detail}</span>
          </span>
        </p>
        <LivePanel status={query.data} />
        <PanicPanel status={query.data} />
        <DriversPanel drivers={query.data.drivers} />
        <EgressPanel egress={query.data.egress} />
        {query.data.limits.length > 0 && <LimitsPanel limits={query.data.limits} />}
      </div>
    </section>
  );
}
