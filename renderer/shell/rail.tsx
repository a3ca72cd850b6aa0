import {
  Activity,
  ArrowLeftRight,
  BellRing,
  Binary,
  BookMarked,
  Bot,
  BriefcaseBusiness,
  FileArchive,
  GraduationCap,
  type LucideIcon,
  ScrollText,
  Search,
  Settings2,
  ShieldAlert,
  ShieldCheck,
  Upload,
} from "lucide-react";
import { screenLabels } from "../view/labels.ts";
import {
  type AgentScreen,
  agentScreens,
  isAgent,
  isLearning,
  isResponse,
  type LearningScreen,
  learningScreens,
  type Place,
  placeHash,
  type ResponseScreen,
  responseScreens,
  type Screen,
} from "../view/place.ts";
import { placeOfList } from "../view/search.ts";
import { useView } from "../view/view.ts";

type Entry = "learning" | "response" | "assistant" | Exclude<Screen, LearningScreen | ResponseScreen | AgentScreen>;

const entries: readonly { entry: Entry; icon: LucideIcon }[] = [
  { entry: "alerts", icon: BellRing },
  { entry: "cases", icon: BriefcaseBusiness },
  { entry: "shift", icon: ArrowLeftRight },
  { entry: "verdicts", icon: ShieldAlert },
  { entry: "search", icon: Search },
  { entry: "decoder", icon: Binary },
  { entry: "memory", icon: BookMarked },
  { entry: "assistant", icon: Bot },
  { entry: "import", icon: Upload },
  { entry: "evidence", icon: FileArchive },
  { entry: "learning", icon: GraduationCap },
  { entry: "response", icon: ShieldCheck },
  { entry: "audit", icon: ScrollText },
  { entry: "health", icon: Activity },
  { entry: "settings", icon: Settings2 },
];

function entryOf(screen: Screen): Entry {
  if (isLearning(screen)) return "learning";
  if (isAgent(screen)) return "assistant";
  return isResponse(screen) ? "response" : screen;
}

function placeOf(entry: Entry, learning: LearningScreen, response: ResponseScreen): Place {
  if (entry === "learning") return { screen: learning };
  if (entry === "response") return { screen: response };
  return entry === "search" ? placeOfList("search") : { screen: entry };
}

function Mark() {
  return (
    <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
      <path d="M16 2 28 6.5v8.8C28 22.6 23 28 16 30 9 28 4 22.6 4 15.3V6.5z" fill="#2c5fd6" />
      <path
        d="M9.5 16.2h3.4l2-5.2 3 9.4 1.9-4.2h2.7"
        fill="none"
        stroke="#fff"
        strokeWidth="2.2"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}

/** What an entry stands for: its own screen, or the screens behind it. */
function screensOf(entry: Entry): readonly Screen[] {
  if (entry === "learning") return learningScreens;
  if (entry === "assistant") return agentScreens;
  return entry === "response" ? responseScreens : [entry];
}

const groupLabels = { learning: "Learning", response: "Response" } as const;

function labelOf(entry: Entry): string {
  return entry === "learning" || entry === "response" ? groupLabels[entry] : screenLabels[entry];
}

/** The way between the screens. `attention` marks entries that need a look. */
export function Rail({ place, attention }: { place: Place; attention: ReadonlySet<Screen> }) {
  const list = useView((view) => view.list);
  const learning = useView((view) => view.learning);
  const response = useView((view) => view.response);
  const screen = place.screen === "session" ? list : place.screen;
  const current = entryOf(screen);
  return (
    <nav
      aria-label="Screens"
      className="flex w-[76px] shrink-0 flex-col items-center gap-0.5 overflow-x-hidden overflow-y-auto border-r border-line bg-(--rail) pt-2.5 [@media(max-height:840px)]:gap-0 [@media(max-height:840px)]:pt-1.5"
    >
      <div className="mb-2 shrink-0 [@media(max-height:840px)]:mb-1">
        <Mark />
      </div>
      {entries.map(({ entry, icon: Icon }) => (
        <a
          key={entry}
          href={placeHash(placeOf(entry, learning, response))}
          aria-current={entry === current ? "page" : undefined}
          className={`relative flex w-[66px] shrink-0 flex-col items-center gap-1 rounded-lg py-1.5 text-2xs font-medium [@media(max-height:840px)]:gap-0.5 [@media(max-height:840px)]:py-1 ${entry === current ? "bg-accent-soft text-accent" : "text-ink-2 hover:bg-hover hover:text-ink"}`}
        >
          <Icon size={19} strokeWidth={1.9} aria-hidden="true" />
          {labelOf(entry)}
          {screensOf(entry).some((one) => attention.has(one)) && (
            <>
              <span className="absolute top-1.5 right-4 size-2 rounded-full bg-bar-simulate ring-2 ring-(--rail)" />
              <span className="sr-only">needs attention</span>
            </>
          )}
        </a>
      ))}
    </nav>
  );
}
