import {
  Activity,
  ArrowLeftRight,
  BellRing,
  Binary,
  Bird,
  BriefcaseBusiness,
  Database,
  FileArchive,
  History,
  type LucideIcon,
  ScrollText,
  Search,
  Settings2,
  ShieldAlert,
  Tags,
  Upload,
} from "lucide-react";
import { screenLabels } from "../view/labels.ts";
import { type Place, placeHash, type Screen } from "../view/place.ts";
import { placeOfList } from "../view/search.ts";
import { useView } from "../view/view.ts";

const entries: readonly { screen: Screen; icon: LucideIcon }[] = [
  { screen: "alerts", icon: BellRing },
  { screen: "cases", icon: BriefcaseBusiness },
  { screen: "shift", icon: ArrowLeftRight },
  { screen: "verdicts", icon: ShieldAlert },
  { screen: "search", icon: Search },
  { screen: "decoder", icon: Binary },
  { screen: "labelling", icon: Tags },
  { screen: "datasets", icon: Database },
  { screen: "import", icon: Upload },
  { screen: "evidence", icon: FileArchive },
  { screen: "canary", icon: Bird },
  { screen: "replay", icon: History },
  { screen: "audit", icon: ScrollText },
  { screen: "health", icon: Activity },
  { screen: "settings", icon: Settings2 },
];

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
  const current = place.screen === "session" ? list : place.screen;
  return (
    <nav
      aria-label="Screens"
      className="flex w-[76px] shrink-0 flex-col items-center gap-0.5 overflow-y-auto border-r border-line bg-(--rail) pt-2.5"
    >
      <div className="mb-2 shrink-0">
        <Mark />
      </div>
      {entries.map(({ screen, icon: Icon }) => (
        <a
          key={screen}
          href={placeHash(screen === "search" ? placeOfList("search") : { screen })}
          aria-current={screen === current ? "page" : undefined}
          className={`relative flex w-[66px] shrink-0 flex-col items-center gap-1 rounded-lg py-1.5 text-2xs font-medium ${screen === current ? "bg-accent-soft text-accent" : "text-ink-2 hover:bg-hover hover:text-ink"}`}
        >
          <Icon size={19} strokeWidth={1.9} aria-hidden="true" />
          {screenLabels[screen]}
          {attention.has(screen) && (
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
