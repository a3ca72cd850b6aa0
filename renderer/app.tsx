import { useQuery, useQueryClient } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { lazy, Suspense, useEffect } from "react";
import { CallFailed } from "./queries/client.ts";
import { driftAlarmQuery } from "./queries/drift.ts";
import { healthQuery, troubled } from "./queries/health.ts";
import { settingsQuery, useTimeZone } from "./queries/settings.ts";
import { VerdictsScreen } from "./screens/verdicts/verdicts-screen.tsx";
import { AgentTabs } from "./shell/agent-tabs.tsx";
import { DegradedNote } from "./shell/degraded-note.tsx";
import { DropOverlay } from "./shell/drop-overlay.tsx";
import { HelpDialog } from "./shell/help-dialog.tsx";
import { LearningTabs } from "./shell/learning-tabs.tsx";
import { LostNote } from "./shell/lost-note.tsx";
import { Palette } from "./shell/palette.tsx";
import { Rail } from "./shell/rail.tsx";
import { ResponseTabs } from "./shell/response-tabs.tsx";
import { ScreenBoundary } from "./shell/screen-boundary.tsx";
import { StrayNote } from "./shell/stray-note.tsx";
import { TopBar } from "./shell/top-bar.tsx";
import { undoAnything } from "./shell/undo-anything.ts";
import { useKeysOfSettings } from "./shell/use-change-keys.ts";
import { useNews } from "./shell/use-news.ts";
import { BulkRuns } from "./triage/bulk-runs.tsx";
import { EmptyPanel, LoadingPanel } from "./ui/panel-status.tsx";
import { notify, Toasts } from "./ui/toast.tsx";
import { goTo, isAgent, isLearning, isResponse, type Place, type Screen, usePlace } from "./view/place.ts";
import { sendToDecoder } from "./view/scratch.ts";
import { placeOfList } from "./view/search.ts";
import { type KeyHandlers, useKeys } from "./view/use-keys.ts";
import { cycleContrast, cycleTheme, toggleDensity, useView } from "./view/view.ts";

/** By then the first rows stand, also on a slow machine. */
const otherScreensMs = 2500;

/**
 * The verdict list is what a window opens on; the code of every other screen is read once that one stands, and then at once, so
 * that going there waits for nothing.
 */
const screenCode = {
  assistant: () => import("./screens/assistant/assistant-screen.tsx"),
  outgoing: () => import("./screens/outgoing/outgoing-screen.tsx"),
  alerts: () => import("./screens/alerts/alerts-screen.tsx"),
  approvals: () => import("./screens/approvals/approvals-screen.tsx"),
  audit: () => import("./screens/audit/audit-screen.tsx"),
  canary: () => import("./screens/canary/canary-screen.tsx"),
  cases: () => import("./screens/cases/cases-screen.tsx"),
  datasets: () => import("./screens/datasets/datasets-screen.tsx"),
  drift: () => import("./screens/drift/drift-screen.tsx"),
  decoder: () => import("./screens/decoder/decoder-screen.tsx"),
  evidence: () => import("./screens/evidence/evidence-screen.tsx"),
  health: () => import("./screens/health/health-screen.tsx"),
  import: () => import("./screens/import/import-screen.tsx"),
  memory: () => import("./screens/memory/memory-screen.tsx"),
  gatekeepers: () => import("./screens/gatekeepers/gatekeepers-screen.tsx"),
  impact: () => import("./screens/impact/impact-screen.tsx"),
  sandboxes: () => import("./screens/sandboxes/sandboxes-screen.tsx"),
  trust: () => import("./screens/trust/trust-screen.tsx"),
  telemetry: () => import("./screens/telemetry/telemetry-screen.tsx"),
  rules: () => import("./screens/rules/rules-screen.tsx"),
  replay: () => import("./screens/replay/replay-screen.tsx"),
  labelling: () => import("./screens/labelling/labelling-screen.tsx"),
  search: () => import("./screens/search/search-screen.tsx"),
  federation: () => import("./screens/federation/federation-screen.tsx"),
  models: () => import("./screens/models/models-screen.tsx"),
  training: () => import("./screens/training/training-screen.tsx"),
  shift: () => import("./screens/shift/shift-screen.tsx"),
  simulations: () => import("./screens/simulations/simulations-screen.tsx"),
  session: () => import("./screens/session/session-screen.tsx"),
  settings: () => import("./screens/settings/settings-screen.tsx"),
};
const AlertsScreen = lazy(async () => ({ default: (await screenCode.alerts()).AlertsScreen }));
const AssistantScreen = lazy(async () => ({ default: (await screenCode.assistant()).AssistantScreen }));
const OutgoingScreen = lazy(async () => ({ default: (await screenCode.outgoing()).OutgoingScreen }));
const ApprovalsScreen = lazy(async () => ({ default: (await screenCode.approvals()).ApprovalsScreen }));
const RulesScreen = lazy(async () => ({ default: (await screenCode.rules()).RulesScreen }));
const AuditScreen = lazy(async () => ({ default: (await screenCode.audit()).AuditScreen }));
const CanaryScreen = lazy(async () => ({ default: (await screenCode.canary()).CanaryScreen }));
const CasesScreen = lazy(async () => ({ default: (await screenCode.cases()).CasesScreen }));
const DatasetsScreen = lazy(async () => ({ default: (await screenCode.datasets()).DatasetsScreen }));
const DecoderScreen = lazy(async () => ({ default: (await screenCode.decoder()).DecoderScreen }));
const DriftScreen = lazy(async () => ({ default: (await screenCode.drift()).DriftScreen }));
const EvidenceScreen = lazy(async () => ({ default: (await screenCode.evidence()).EvidenceScreen }));
const FederationScreen = lazy(async () => ({ default: (await screenCode.federation()).FederationScreen }));
const HealthScreen = lazy(async () => ({ default: (await screenCode.health()).HealthScreen }));
const ImportScreen = lazy(async () => ({ default: (await screenCode.import()).ImportScreen }));
const ReplayScreen = lazy(async () => ({ default: (await screenCode.replay()).ReplayScreen }));
const MemoryScreen = lazy(async () => ({ default: (await screenCode.memory()).MemoryScreen }));
const GatekeepersScreen = lazy(async () => ({ default: (await screenCode.gatekeepers()).GatekeepersScreen }));
const ImpactScreen = lazy(async () => ({ default: (await screenCode.impact()).ImpactScreen }));
const SandboxesScreen = lazy(async () => ({ default: (await screenCode.sandboxes()).SandboxesScreen }));
const TelemetryScreen = lazy(async () => ({ default: (await screenCode.telemetry()).TelemetryScreen }));
const TrustScreen = lazy(async () => ({ default: (await screenCode.trust()).TrustScreen }));
const LabellingScreen = lazy(async () => ({ default: (await screenCode.labelling()).LabellingScreen }));
const ModelsScreen = lazy(async () => ({ default: (await screenCode.models()).ModelsScreen }));
const TrainingScreen = lazy(async () => ({ default: (await screenCode.training()).TrainingScreen }));
const SearchScreen = lazy(async () => ({ default: (await screenCode.search()).SearchScreen }));
const SessionScreen = lazy(async () => ({ default: (await screenCode.session()).SessionScreen }));
const ShiftScreen = lazy(async () => ({ default: (await screenCode.shift()).ShiftScreen }));
const SimulationsScreen = lazy(async () => ({ default: (await screenCode.simulations()).SimulationsScreen }));
const SettingsScreen = lazy(async () => ({ default: (await screenCode.settings()).SettingsScreen }));

/** Reads the code of the other screens when the window has had time to open. */
function useOtherScreens(): void {
  useEffect(() => {
    let ended = false;
    // One after the other: all at once would be one long task.
    const readAll = async () => {
      for (const read of Object.values(screenCode)) {
        if (ended) return;
        // A screen whose code cannot be read says so when it is opened.
        await read().catch(() => undefined);
      }
    };
    const timer = setTimeout(readAll, otherScreensMs);
    return () => {
      ended = true;
      clearTimeout(timer);
    };
  }, []);
}

function CurrentScreen({ place }: { place: Place }) {
  switch (place.screen) {
    case "session":
      return <SessionScreen key={place.id} id={place.id} tab={place.tab} request={place.request} />;
    case "search":
      return <SearchScreen q={place.q ?? ""} />;
    case "decoder":
      return <DecoderScreen />;
    case "labelling":
      return <LabellingScreen />;
    case "datasets":
      return <DatasetsScreen item={place.item} />;
    case "assistant":
      return <AssistantScreen item={place.item} />;
    case "outgoing":
      return <OutgoingScreen />;
    case "alerts":
      return <AlertsScreen />;
    case "cases":
      return <CasesScreen item={place.item} />;
    case "shift":
      return <ShiftScreen />;
    case "drift":
      return <DriftScreen />;
    case "verdicts":
      return <VerdictsScreen />;
    case "import":
      return <ImportScreen />;
    case "evidence":
      return <EvidenceScreen item={place.item} />;
    case "canary":
      return <CanaryScreen />;
    case "replay":
      return <ReplayScreen item={place.item} />;
    case "training":
      return <TrainingScreen />;
    case "models":
      return <ModelsScreen item={place.item} />;
    case "federation":
      return <FederationScreen />;
    case "simulations":
      return <SimulationsScreen item={place.item} />;
    case "memory":
      return <MemoryScreen />;
    case "gatekeepers":
      return <GatekeepersScreen />;
    case "impact":
      return <ImpactScreen />;
    case "sandboxes":
      return <SandboxesScreen />;
    case "trust":
      return <TrustScreen />;
    case "telemetry":
      return <TelemetryScreen />;
    case "rules":
      return <RulesScreen item={place.item} />;
    case "approvals":
      return <ApprovalsScreen item={place.item} />;
    case "audit":
      return <AuditScreen />;
    case "health":
      return <HealthScreen />;
    case "settings":
      return <SettingsScreen />;
  }
}

const selectedText = () => window.getSelection()?.toString() ?? "";

function useGlobalKeys(): void {
  const client = useQueryClient();
  const zone = useTimeZone();
  const keys: KeyHandlers = {
    help: () => useView.getState().set({ helpOpen: true }),
    palette: () => useView.getState().set({ paletteOpen: true }),
    theme: cycleTheme,
    contrast: cycleContrast,
    density: toggleDensity,
    timeZone: () => useView.getState().set({ timeZone: zone === "utc" ? "local" : "utc" }),
    undo: () => undoAnything(client, zone),
    goAlerts: () => goTo({ screen: "alerts" }),
    goCases: () => goTo({ screen: "cases" }),
    goShift: () => goTo({ screen: "shift" }),
    goVerdicts: () => goTo({ screen: "verdicts" }),
    goSearch: () => goTo(placeOfList("search")),
    goDecoder: () => goTo({ screen: "decoder" }),
    decode: () => {
      const selected = selectedText();
      if (selected.trim() === "") notify("Select a text first: what is selected goes to the decoder.");
      else sendToDecoder(selected);
    },
    goMemory: () => goTo({ screen: "memory" }),
    goAssistant: () => goTo({ screen: "assistant" }),
    goOutgoing: () => goTo({ screen: "outgoing" }),
    goLabelling: () => goTo({ screen: "labelling" }),
    goDatasets: () => goTo({ screen: "datasets" }),
    goImport: () => goTo({ screen: "import" }),
    goEvidence: () => goTo({ screen: "evidence" }),
    goCanary: () => goTo({ screen: "canary" }),
    goReplay: () => goTo({ screen: "replay" }),
    goTraining: () => goTo({ screen: "training" }),
    goModels: () => goTo({ screen: "models" }),
    goFederation: () => goTo({ screen: "federation" }),
    goDrift: () => goTo({ screen: "drift" }),
    goSimulations: () => goTo({ screen: "simulations" }),
    goGatekeepers: () => goTo({ screen: "gatekeepers" }),
    goImpact: () => goTo({ screen: "impact" }),
    goSandboxes: () => goTo({ screen: "sandboxes" }),
    goTrust: () => goTo({ screen: "trust" }),
    goTelemetry: () => goTo({ screen: "telemetry" }),
    goRules: () => goTo({ screen: "rules" }),
    goApprovals: () => goTo({ screen: "approvals" }),
    goAudit: () => goTo({ screen: "audit" }),
    goHealth: () => goTo({ screen: "health" }),
    goSettings: () => goTo({ screen: "settings" }),
  };
  useKeys(keys, (action) => (action === "decode" && selectedText().trim() === "" ? "nothing is selected" : null));
}

/** Rail, top bar, the current screen, and what lies over all of them. */
export function App() {
  const place = usePlace();
  const paletteOpen = useView((view) => view.paletteOpen);
  const helpOpen = useView((view) => view.helpOpen);
  const set = useView((view) => view.set);
  const health = useQuery(healthQuery()).data;
  const settings = useQuery(settingsQuery());
  useKeysOfSettings();
  useNews(place);
  useGlobalKeys();
  useOtherScreens();
  const down = health === undefined ? [] : troubled(health);
  const drift = useQuery(driftAlarmQuery()).data;
  const attention = new Set<Screen>([
    ...(down.length > 0 || health?.newer_version !== undefined ? (["health"] as const) : []),
    ...(drift?.state === "raised" ? (["drift"] as const) : []),
  ]);
  if (settings.error instanceof CallFailed && settings.error.status === 401) {
    return (
      <EmptyPanel icon={KeyRound} title="This tab is not signed in">
        Its token is missing or no longer valid. Open Sentinel again: start it once more, or use the address it printed.
        Over the network, show your certificate, or open the address with #token= and your token.
      </EmptyPanel>
    );
  }
  return (
    <div className="flex h-full">
      <Rail place={place} attention={attention} />
      <div className="flex min-w-0 flex-1 flex-col">
        <TopBar place={place} health={health} />
        {isLearning(place.screen) && <LearningTabs screen={place.screen} attention={attention} />}
        {isAgent(place.screen) && <AgentTabs screen={place.screen} />}
        {isResponse(place.screen) && <ResponseTabs screen={place.screen} attention={attention} />}
        <main className="min-h-0 flex-1">
          <ScreenBoundary key={place.screen}>
            <Suspense fallback={<LoadingPanel what="the screen" />}>
              <CurrentScreen place={place} />
            </Suspense>
          </ScreenBoundary>
        </main>
        <StrayNote />
        <LostNote />
        <DegradedNote place={place} health={health} />
      </div>
      <Toasts />
      <BulkRuns />
      <DropOverlay />
      {paletteOpen && <Palette />}
      {helpOpen && <HelpDialog onClose={() => set({ helpOpen: false })} />}
    </div>
  );
}
