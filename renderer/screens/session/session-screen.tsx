import { useQuery } from "@tanstack/react-query";
import { isToldOnly, verdictQuery } from "../../queries/verdicts.ts";
import { EmptyPanel, PanelStatus, StaleNote } from "../../ui/panel-status.tsx";
import { TabPanel, Tabs } from "../../ui/tabs.tsx";
import { formatCount } from "../../view/format.ts";
import { goTo, type SessionTab, sessionTabs } from "../../view/place.ts";
import { useListPlace } from "../../view/search.ts";
import { useKeys } from "../../view/use-keys.ts";
import { AlertPanel } from "./alert-panel.tsx";
import { AlertStrip } from "./alert-strip.tsx";
import { BehaviourPanel } from "./behaviour-panel.tsx";
import { ExtentNote } from "./extent-note.tsx";
import { FleetNote } from "./fleet-note.tsx";
import { ProvenancePanel } from "./provenance-panel.tsx";
import { ReplacedNote, ReplacedVerdict, successorIn } from "./replaced-verdict.tsx";
import { RequestsPanel } from "./requests-panel.tsx";
import { ScorePanel } from "./score-panel.tsx";
import { SessionHeader } from "./session-header.tsx";
import { ToldPayloads } from "./told-payloads.tsx";
import { useAlertOf, useNeighbours } from "./use-alert.ts";

interface SessionScreenProps {
  readonly id: string;
  readonly tab: SessionTab;
  readonly request: number | undefined;
}

/** One session: what was decided, the requests with their payloads, why, and from what; and the alert that it belongs to. */
export function SessionScreen({ id, tab, request }: SessionScreenProps) {
  const query = useQuery(verdictQuery(id));
  const alert = useAlertOf(id);
  const listPlace = useListPlace();
  const goToNeighbour = useNeighbours(alert.id ?? null, tab);
  const show = (to: SessionTab) => goTo({ screen: "session", id, tab: to }, { replace: true });
  const shown = sessionTabs.filter((each) => each !== "alert" || typeof alert.id === "string" || tab === "alert");
  const step = (by: number) => {
    show(shown[(shown.indexOf(tab) + by + shown.length) % shown.length] ?? "requests");
  };
  useKeys({
    back: () => goTo(listPlace),
    nextTab: () => step(1),
    previousTab: () => step(-1),
    nextAlert: () => goToNeighbour(1),
    previousAlert: () => goToNeighbour(-1),
  });
  const successor = successorIn(query.error);
  const replaced = successor === null ? null : { successor, tab, request };
  if (query.data === undefined) {
    return replaced === null ? <PanelStatus query={query} what="this session" /> : <ReplacedVerdict {...replaced} />;
  }
  const verdict = query.data;
  const labels: Record<SessionTab, { label: string; count?: string }> = {
    requests: { label: "Requests and payloads", count: formatCount(verdict.requests) },
    score: { label: verdict.verdict === "benign" ? "Why it was not flagged" : "Why this score" },
    behaviour: { label: "Behaviour in context" },
    provenance: { label: "Provenance" },
    alert: {
      label: "Alert",
      ...(alert.alert !== undefined && alert.alert.notes > 0 ? { count: formatCount(alert.alert.notes) } : {}),
    },
  };
  return (
    <div className="flex h-full flex-col">
      {replaced === null ? <StaleNote query={query} what="the session" /> : <ReplacedNote {...replaced} />}
      <SessionHeader verdict={verdict} />
      <FleetNote verdict={verdict} tab={tab} />
      <ExtentNote verdict={verdict} />
      {alert.alert !== undefined && (
        <AlertStrip alert={alert.alert} caseTitle={alert.detail?.case_title ?? null} tab={tab} onMove={goToNeighbour} />
      )}
      <div className="px-4">
        <Tabs
          label="About this session"
          current={tab}
          onChange={show}
          tabs={shown.map((key) => ({ key, ...labels[key] }))}
        />
      </div>
      <TabPanel tab={tab} className="min-h-0 flex-1">
        {tab === "requests" &&
          (isToldOnly(verdict) ? (
            <ToldPayloads verdict={verdict} />
          ) : (
            <RequestsPanel verdict={verdict} selected={request} />
          ))}
        {tab === "score" && <ScorePanel verdict={verdict} />}
        {tab === "behaviour" && <BehaviourPanel verdict={verdict} />}
        {tab === "provenance" && <ProvenancePanel verdict={verdict} />}
        {tab === "alert" &&
          (alert.detail !== undefined ? (
            <AlertPanel detail={alert.detail} verdictId={id} />
          ) : alert.id === null ? (
            <EmptyPanel title="This session was not flagged: there is no alert of it" />
          ) : (
            <PanelStatus query={alert.query} what="the alert" />
          ))}
      </TabPanel>
    </div>
  );
}
