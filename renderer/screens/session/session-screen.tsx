import { useQuery } from "@tanstack/react-query";
import { verdictQuery } from "../../queries/verdicts.ts";
import { PanelStatus, StaleNote } from "../../ui/panel-status.tsx";
import { TabPanel, Tabs } from "../../ui/tabs.tsx";
import { formatCount } from "../../view/format.ts";
import { goTo, type SessionTab, sessionTabs } from "../../view/place.ts";
import { useKeys } from "../../view/use-keys.ts";
import { BehaviourPanel } from "./behaviour-panel.tsx";
import { ProvenancePanel } from "./provenance-panel.tsx";
import { RequestsPanel } from "./requests-panel.tsx";
import { ScorePanel } from "./score-panel.tsx";
import { SessionHeader } from "./session-header.tsx";

interface SessionScreenProps {
  readonly id: string;
  readonly tab: SessionTab;
  readonly request: number | undefined;
}

/** One session: what was decided, the requests with their payloads, why, and from what. */
export function SessionScreen({ id, tab, request }: SessionScreenProps) {
  const query = useQuery(verdictQuery(id));
  const show = (to: SessionTab) => goTo({ screen: "session", id, tab: to }, { replace: true });
  const step = (by: number) => {
    const at = sessionTabs.indexOf(tab);
    show(sessionTabs[(at + by + sessionTabs.length) % sessionTabs.length] ?? "requests");
  };
  useKeys({
    back: () => goTo({ screen: "verdicts" }),
    nextTab: () => step(1),
    previousTab: () => step(-1),
  });
  if (query.data === undefined) return <PanelStatus query={query} what="this session" />;
  const verdict = query.data;
  return (
    <div className="flex h-full flex-col">
      <StaleNote query={query} what="the session" />
      <SessionHeader verdict={verdict} />
      <div className="px-4">
        <Tabs
          label="About this session"
          current={tab}
          onChange={show}
          tabs={[
            { key: "requests", label: "Requests and payloads", count: formatCount(verdict.requests) },
            { key: "score", label: verdict.verdict === "benign" ? "Why it was not flagged" : "Why this score" },
            { key: "behaviour", label: "Behaviour in context" },
            { key: "provenance", label: "Provenance" },
          ]}
        />
      </div>
      <TabPanel tab={tab} className="min-h-0 flex-1">
        {tab === "requests" && <RequestsPanel verdict={verdict} selected={request} />}
        {tab === "score" && <ScorePanel verdict={verdict} />}
        {tab === "behaviour" && <BehaviourPanel verdict={verdict} />}
        {tab === "provenance" && <ProvenancePanel verdict={verdict} />}
      </TabPanel>
    </div>
  );
}
