import {
  Activity,
  ArrowLeftRight,
  BellRing,
  Binary,
  BriefcaseBusiness,
  FileArchive,
  GraduationCap,
  type LucideIcon,
  ScrollText,
  Search,
  Settings2,
  ShieldAlert,
  Upload,
} from "lucide-react";
import { screenLabels } from "../view/labels.ts";
import { isLearning, type LearningScreen, learningScreens, type Place, placeHash, type Screen } from "../view/place.ts";
import { placeOfList } from "../view/search.ts";
import { useView } from "../view/view.ts";

type Entry = "learning" | Exclude<Screen, LearningScreen>;

const entries: readonly { entry: Entry; icon: LucideIcon }[] = [
  { entry: "alerts", icon: BellRing },
  { entry: "cases", icon: BriefcaseBusiness },
  { entry: "shift", icon: ArrowLeftRight },
  { entry: "verdicts", icon: ShieldAlert },
  { entry: "search", icon: Search },
  { entry: "decoder", icon: Binary },
  { entry: "import", icon: Upload },
  { entry: "evidence", icon: FileArchive },
  { entry: "learning", icon: GraduationCap },
  { entry: "audit", icon: ScrollText },
  { entry: "health", icon: Activity },
  { entry: "settings", icon: Settings2 },
];

function placeOf(entry: Entry, learning: LearningScreen): Place {
  if (entry === "learning") return { screen: learning };
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

/** The way between the screens. `attention` marks entries that need a look. */
export function Rail({ place, attention }: { place: Place; attention: ReadonlySet<Screen> }) {
  const list = useView((view) => view.list);
  const learning = useView((view) => view.learning);
  const screen = place.screen === "session" ? list : place.screen;
  const current: Entry = isLearning(screen) ? "learning" : screen;
  return (
    <nav
      aria-label="Screens"
      className="flex w-[76px] shrink-0 flex-col items-center gap-0.5 overflow-y-auto border-r border-line bg-(--rail) pt-2.5"
    >
      <div className="mb-2 shrink-0">
        <Mark />
      </div>
      {entries.map(({ entry, icon: Icon }) => (
        <a
          key={entry}
          href={placeHash(placeOf(entry, learning))}
          aria-current={entry === current ? "page" : undefined}
          className={`relative flex w-[66px] shrink-0 flex-col items-center gap-1 rounded-lg py-1.5 text-2xs font-medium ${entry === current ? "bg-accent-soft text-accent" : "text-ink-2 hover:bg-hover hover:text-ink"}`}
        >
          <Icon size={19} strokeWidth={1.9} aria-hidden="true" />
          {entry === "learning" ? "Learning" : screenLabels[entry]}
          {(entry === "learning" ? learningScreens.some((one) => attention.has(one)) : attention.has(entry)) && (
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
